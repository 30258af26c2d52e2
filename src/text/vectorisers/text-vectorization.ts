// Texts as ids, or as rows over a vocabulary by frequency: Keras's TextVectorization. Knows no tensors.
import { InkstoneError, type Phrase, refuseUnknown } from "../../core/index.ts";
import { type IdMatrix, padSequences } from "./pad-sequences.ts";
import { readSaved } from "./saved.ts";
import type { SavedVectoriser, TokenFunction } from "./types.ts";

/** Names and defaults are Keras's. */
export interface TextVectorizationOptions {
  /** Most entries of the vocabulary, "[UNK]" (and "", for "int") included. Default all. */
  readonly maxTokens?: number | null;
  /** Default "lower_and_strip_punctuation" (ASCII punctuation). */
  readonly standardize?: "lower_and_strip_punctuation" | "lower" | "strip_punctuation" | null | ((text: string) => string);
  /** Default "whitespace". */
  readonly split?: "whitespace" | "character" | null | TokenFunction;
  /** n-grams up to this, or of these sizes, joined by blanks. Default none. */
  readonly ngrams?: number | readonly number[] | null;
  /** Default "int". */
  readonly outputMode?: "int" | "multi_hot" | "count" | "tf_idf";
  /** Columns of "int": longer texts are cut, shorter ones filled with 0. Default: the longest text. */
  readonly outputSequenceLength?: number | null;
  /** Rows of `maxTokens` columns even where the vocabulary has fewer. Not with "int". Default false. */
  readonly padToMaxTokens?: boolean;
  /** Tokens in order, without "" and "[UNK]", in place of adapting. */
  readonly vocabulary?: readonly string[] | null;
  /** Weight of each token of `vocabulary`, for "tf_idf". */
  readonly idfWeights?: readonly number[] | null;
}

const UNKNOWN = "[UNK]";
const PUNCTUATION = /[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~']/g;

const standardizers: Readonly<Record<string, (text: string) => string>> = {
  lower_and_strip_punctuation: (text) => text.toLowerCase().replace(PUNCTUATION, ""),
  lower: (text) => text.toLowerCase(),
  strip_punctuation: (text) => text.replace(PUNCTUATION, ""),
  none: (text) => text,
};
const splitters: Readonly<Record<string, TokenFunction>> = {
  whitespace: (text) => text.split(/[ \t\n\v\f\r]+/).filter((token) => token !== ""),
  character: (text) => [...text],
  none: (text) => [text],
};

function pick<F>(option: string, value: string | null | undefined | F, known: Readonly<Record<string, F>>, usual: string): F {
  if (typeof value === "function") return value;
  const found = known[String(value === undefined ? usual : (value ?? "none"))];
  if (found === undefined)
    throw misfit(option, value, { en: `${Object.keys(known).join(", ")} or a function`, zh: `${Object.keys(known).join("、")} 或函数` });
  return found;
}

function misfit(option: string, value: unknown, allowed: Phrase): InkstoneError {
  return new InkstoneError("E_OPTION", { option, value, allowed });
}

function sizesOf(ngrams: TextVectorizationOptions["ngrams"]): readonly number[] | undefined {
  if (ngrams == null) return undefined;
  const sizes = typeof ngrams === "number" ? Array.from({ length: ngrams }, (_, i) => i + 1) : ngrams;
  if (sizes.length === 0 || !sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= 100))
    throw misfit("ngrams", ngrams, { en: "1 to 100", zh: "1 到 100" });
  return sizes;
}

/**
 * Texts as rows of token ids (0 fills, 1 is every unknown token), or as rows over the vocabulary: which tokens occur, how often, or by TF-IDF
 * (count · ln(1 + n / (1 + df))). The vocabulary is learnt by `adapt`: most frequent first, equals in falling order of their code points, as Keras has it.
 *
 * Shapes: n texts -> ids of n rows (`call`, "int"); n rows of as many values as there are tokens (`rows`, other modes).
 * Errors: `E_OPTION`, `E_NOT_FITTED`, `E_VOCABULARY`, `E_TEXT_VALUE`. Source: keras.layers.TextVectorization, Keras 3.
 *
 * @example
 * const layer = new TextVectorization({ outputSequenceLength: 4 });
 * layer.adapt(["foo bar", "bar baz", "baz bada boom"]);
 * layer.call(["foo qux bar", "qux baz"]).ids; // [4, 1, 3, 0, 1, 2, 0, 0]
 * layer.getVocabulary(); // ["", "[UNK]", "baz", "bar", "foo", "boom", "bada"]
 */
export class TextVectorization {
  readonly #options: TextVectorizationOptions;
  readonly #mode: NonNullable<TextVectorizationOptions["outputMode"]>;
  readonly #standardize: (text: string) => string;
  readonly #split: TokenFunction;
  readonly #ngrams: readonly number[] | undefined;
  #vocabulary: ReadonlyMap<string, number> | undefined;
  #idf: Float64Array | undefined;

  constructor(options: TextVectorizationOptions = {}) {
    refuseUnknown<TextVectorizationOptions>("TextVectorization", options, {
      maxTokens: true,
      standardize: true,
      split: true,
      ngrams: true,
      outputMode: true,
      outputSequenceLength: true,
      padToMaxTokens: true,
      vocabulary: true,
      idfWeights: true,
    });
    const { outputMode = "int", maxTokens, outputSequenceLength: length, padToMaxTokens } = options;
    if (!["int", "multi_hot", "count", "tf_idf"].includes(outputMode))
      throw misfit("outputMode", outputMode, ["int", "multi_hot", "count", "tf_idf"]);
    if (maxTokens != null && !(Number.isInteger(maxTokens) && maxTokens > 1))
      throw misfit("maxTokens", maxTokens, { en: "a whole number above 1", zh: "大于 1 的整数" });
    if (length != null && !(outputMode === "int" && Number.isInteger(length) && length >= 1))
      throw misfit("outputSequenceLength", length, { en: 'a whole number from 1 on, with "int"', zh: "不小于 1 的整数，且 outputMode 为“int”" });
    if (padToMaxTokens && (maxTokens == null || outputMode === "int"))
      throw misfit("padToMaxTokens", true, { en: 'maxTokens with it, and not "int"', zh: "须同时设置 maxTokens，且 outputMode 不为“int”" });
    this.#options = options;
    this.#mode = outputMode;
    this.#standardize = pick("standardize", options.standardize, standardizers, "lower_and_strip_punctuation");
    this.#split = pick("split", options.split, splitters, "whitespace");
    this.#ngrams = sizesOf(options.ngrams);
    if (options.vocabulary) this.setVocabulary(options.vocabulary, options.idfWeights);
  }

  /** Learns the vocabulary. */
  adapt(texts: Iterable<string>): this {
    const [counts, documents] = [new Map<string, number>(), new Map<string, number>()];
    let rows = 0;
    for (const tokens of this.#tokens(texts)) {
      rows++;
      for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
      for (const token of new Set(tokens)) documents.set(token, (documents.get(token) ?? 0) + 1);
    }
    counts.delete("");
    counts.delete(UNKNOWN);
    if (counts.size === 0) throw new InkstoneError("E_VOCABULARY", { why: { en: "the texts have no tokens", zh: "文本中没有词元" } });
    const order = [...counts].sort(([a, i], [b, j]) => j - i || Buffer.compare(Buffer.from(b), Buffer.from(a)));
    const most = (this.#options.maxTokens ?? Number.POSITIVE_INFINITY) - this.#first;
    const kept = order.slice(0, most).map(([token]) => token);
    this.#set(kept, this.#mode === "tf_idf" ? kept.map((token) => Math.log(1 + rows / (1 + (documents.get(token) ?? 0)))) : undefined);
    return this;
  }

  /** Sets the vocabulary in place of adapting; `idfWeights` with "tf_idf". */
  setVocabulary(tokens: readonly string[], idfWeights?: readonly number[] | null): void {
    const bare = tokens[0] === "" && tokens[1] === UNKNOWN ? tokens.slice(2) : tokens[0] === UNKNOWN ? tokens.slice(1) : tokens;
    if (new Set(bare).size !== bare.length || bare.includes(""))
      throw new InkstoneError("E_VOCABULARY", { why: { en: "it must be tokens, each once", zh: "词表应为互不相同的词元" } });
    const limit = this.#options.maxTokens ?? Number.POSITIVE_INFINITY;
    if (bare.length + this.#first > limit)
      throw misfit("maxTokens", limit, {
        en: `at least ${bare.length + this.#first}, for this vocabulary`,
        zh: `至少 ${bare.length + this.#first}（就此词表而言）`,
      });
    const isWeighted = this.#mode === "tf_idf";
    if (isWeighted !== (idfWeights != null) || (idfWeights != null && idfWeights.length !== bare.length))
      throw misfit("idfWeights", idfWeights?.length ?? 0, { en: 'one a token, with "tf_idf" only', zh: "每个词元一个，且仅用于“tf_idf”" });
    this.#set(bare, idfWeights ?? undefined);
  }

  /** The vocabulary in order of ids. */
  getVocabulary({ includeSpecialTokens = true }: { includeSpecialTokens?: boolean } = {}): string[] {
    const own = [...this.#known().keys()];
    return includeSpecialTokens ? [...(this.#mode === "int" ? ["", UNKNOWN] : [UNKNOWN]), ...own] : own;
  }

  /** Texts as ids, filled at the end. Output mode "int" only. */
  call(texts: Iterable<string>): IdMatrix {
    if (this.#mode !== "int")
      throw misfit("outputMode", this.#mode, { en: '"int" for ids; rows() gives the others', zh: "“int”才给出编号；其余请用 rows()" });
    const vocabulary = this.#known();
    const sequences = Array.from(this.#tokens(texts), (tokens) => tokens.map((token) => (token === "" ? 0 : (vocabulary.get(token) ?? 1))));
    return padSequences(sequences, { maxlen: this.#options.outputSequenceLength ?? undefined, padding: "post", truncating: "post" });
  }

  /** Texts as rows over the vocabulary. Every output mode but "int". */
  rows(texts: Iterable<string>): Float64Array[] {
    if (this.#mode === "int")
      throw misfit("outputMode", this.#mode, {
        en: '"multi_hot", "count" or "tf_idf" for rows; call() gives ids',
        zh: "“multi_hot”“count”或“tf_idf”才给出行；编号请用 call()",
      });
    const vocabulary = this.#known();
    const columns = this.#options.padToMaxTokens ? (this.#options.maxTokens ?? 0) : vocabulary.size + 1;
    return Array.from(this.#tokens(texts), (tokens) => {
      const row = new Float64Array(columns);
      for (const token of tokens) {
        if (token === "") continue;
        const column = vocabulary.get(token) ?? 0;
        row[column] = this.#mode === "multi_hot" ? 1 : row[column] + 1;
      }
      return this.#idf ? row.map((count, column) => count * (this.#idf?.[column] ?? 0)) : row;
    });
  }

  toJSON(): SavedVectoriser {
    const { vocabulary: _, idfWeights: __, ...options } = this.#options;
    const plain = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, typeof value === "function" ? "function" : value]));
    const vocabulary = this.#vocabulary ? [...this.#vocabulary.keys()] : null;
    return { formatVersion: 1, type: "TextVectorization", options: plain, vocabulary, idf: this.#idf ? [...this.#idf.subarray(1)] : null };
  }

  /** Reads what `toJSON` gave. Functions are to be given again. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown, functions: Pick<TextVectorizationOptions, "standardize" | "split"> = {}): TextVectorization {
    const fields = readSaved(saved, "TextVectorization");
    const options = { ...(fields["options"] as TextVectorizationOptions) } as Record<string, unknown>;
    for (const name of ["standardize", "split"] as const) {
      if (options[name] !== "function") continue;
      if (typeof functions[name] !== "function") {
        const why = { en: `its ${name} was a function, which is to be given again`, zh: `其 ${name} 为函数，需要重新提供` };
        throw new InkstoneError("E_SAVED_MODEL", { what: "TextVectorization", why });
      }
      options[name] = functions[name];
    }
    const made = new TextVectorization(options as TextVectorizationOptions);
    if (fields["vocabulary"]) made.setVocabulary(fields["vocabulary"] as string[], fields["idf"] as number[] | null);
    return made;
  }

  // Id of the first token: "" is 0 and unknown ones are 1, or unknown ones are 0.
  get #first(): number {
    return this.#mode === "int" ? 2 : 1;
  }

  #known(): ReadonlyMap<string, number> {
    if (this.#vocabulary === undefined) throw new InkstoneError("E_NOT_FITTED", { what: "TextVectorization" });
    return this.#vocabulary;
  }

  // Unknown tokens weigh the mean of all weights.
  #set(tokens: readonly string[], idf: readonly number[] | undefined): void {
    this.#vocabulary = new Map(tokens.map((token, i) => [token, i + this.#first]));
    if (idf) this.#idf = Float64Array.of(idf.reduce((sum, value) => sum + value, 0) / idf.length, ...idf);
  }

  *#tokens(texts: Iterable<string>): Generator<readonly string[]> {
    let row = 0;
    for (const text of typeof texts === "string" ? [undefined] : texts) {
      if (typeof text !== "string") throw new InkstoneError("E_TEXT_VALUE", { row, got: text === null ? "null" : typeof text });
      const tokens = this.#split(this.#standardize(text));
      yield this.#ngrams ? this.#ngrams.flatMap((n) => windows(tokens, n)) : tokens;
      row++;
    }
  }
}

function windows(tokens: readonly string[], n: number): string[] {
  return Array.from({ length: Math.max(0, tokens.length - n + 1) }, (_, i) => tokens.slice(i, i + n).join(" "));
}
