// What stands behind a text classifier: counted words with a linear model, vectors with one, both with one, or a tuned encoder. Each gives a row of scores a text. Knows no confidence.
import type { Label } from "../classical/index.ts";
import { InkstoneError, type Lazily, lazily, Pieces, refuseOption, rowBlocks, type SparseMatrix } from "../core/index.ts";
import { type BecauseMethod, type DecidingWord, EmbeddingModel, HeadedEncoder, type TextEmbedder } from "../generate/index.ts";
import type { Vectoriser } from "../text/index.ts";
import { decidingWords } from "./deciding-words.ts";
import type { SavableClassifier } from "./text-models.ts";

/** Scores of texts. */
export interface ScoredTexts {
  /** A row a text, a value a class. */
  readonly rows: readonly Float64Array[];
  /** Whether anything in a text is known; absent: always. */
  readonly known?: readonly boolean[];
}

/** How deciding words are asked for. */
export interface BecauseOptions {
  readonly most: number;
  readonly by: BecauseMethod | undefined;
  /** Texts as the scorer takes them; words are left out of the text as it was given. */
  readonly seen: (texts: readonly string[]) => readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** Gives scores to texts. */
export interface TextScorer {
  readonly classes: readonly Label[];
  /** Classes are independent: a text may have any number of them. */
  readonly many?: boolean;
  scores(texts: readonly string[], signal?: AbortSignal): Promise<ScoredTexts>;
  /** The words that decided for class `right`, at most so many. Errors: `E_OPTION` for a method of gradients where there are none. */
  because(text: string, right: number, how: BecauseOptions): Promise<DecidingWord[]>;
  close(): Promise<void>;
}

/** Scores of a matrix's rows with turns for the event loop. Errors: those of the model; the signal's reason. */
export async function scoresOf(model: SavableClassifier, matrix: SparseMatrix, signal?: AbortSignal): Promise<Float64Array[]> {
  const rows: Float64Array[] = [];
  const classes = model.classes.length;
  const pieces = new Pieces(signal);
  for (const block of rowBlocks(matrix, Math.ceil((1 << 20) / classes))) {
    for (const row of model.scores(block)) rows.push(row);
    await pieces.pass((block.values.length + 1) * classes);
  }
  return rows;
}

// What is left out is asked for together.
function becauseOf(
  scorer: TextScorer,
  text: string,
  right: number,
  { most, by = "leaving-out", seen, signal }: BecauseOptions,
): Promise<DecidingWord[]> {
  if (by !== "leaving-out")
    refuseOption("by", by, { en: "leaving-out: only tuned encoders have gradients", zh: "leaving-out：仅微调的编码器有梯度" });
  return decidingWords(text, async (texts) => (await scorer.scores(seen(texts), signal)).rows, right, most);
}

/** Counted words or characters and a linear model. */
export class WordScorer implements TextScorer {
  readonly vectoriser: Vectoriser;
  readonly model: SavableClassifier;

  constructor(vectoriser: Vectoriser, model: SavableClassifier) {
    this.vectoriser = vectoriser;
    this.model = model;
  }

  get classes(): readonly Label[] {
    return this.model.classes;
  }

  async scores(texts: readonly string[], signal?: AbortSignal): Promise<ScoredTexts> {
    const matrix = await this.vectoriser.transformAsync(texts, { signal });
    return { rows: await scoresOf(this.model, matrix, signal), known: texts.map((_, i) => matrix.starts[i + 1] > matrix.starts[i]) };
  }

  because(text: string, right: number, how: BecauseOptions): Promise<DecidingWord[]> {
    return becauseOf(this, text, right, how);
  }

  /** Nothing is held beyond memory. */
  async close(): Promise<void> {}
}

/**
 * Vectors as a matrix whose every value is stored: what classical models learn from.
 *
 * @example
 * const model = await new KMeans({ nClusters: 2 }).fit(vectorRows([Float32Array.of(1, 0), Float32Array.of(0.9, 0), Float32Array.of(0, 1)]));
 * model.labels[0] === model.labels[1]; // true
 */
export function vectorRows(vectors: readonly ArrayLike<number>[]): SparseMatrix {
  const columns = vectors[0]?.length ?? 0;
  const values = new Float64Array(vectors.length * columns);
  for (const [i, vector] of vectors.entries()) values.set(Array.from(vector), i * columns);
  const indices = Int32Array.from({ length: values.length }, (_, i) => i % columns);
  return { rows: vectors.length, columns, starts: Int32Array.from({ length: vectors.length + 1 }, (_, i) => i * columns), indices, values };
}

/** An embedding model that is opened when it is first needed. One that was given stays its giver's: `close` leaves it open. */
class Vectors {
  readonly reference: string;
  readonly #own: Lazily<TextEmbedder>;
  readonly #lent: TextEmbedder | undefined;

  constructor(reference: string, opened: TextEmbedder | undefined, isLent: boolean) {
    this.reference = reference;
    this.#lent = isLent ? opened : undefined;
    this.#own = lazily(async () => opened ?? (await EmbeddingModel.open(reference)));
    if (opened !== undefined && !isLent) void this.#own.get(); // its to close, used or not
  }

  async of(texts: readonly string[], signal?: AbortSignal): Promise<readonly Float32Array[]> {
    return (await (this.#lent ?? (await this.#own.get())).embed(texts, { signal })).vectors;
  }

  close(): Promise<void> {
    return this.#own.close();
  }
}

/** Vectors of an embedding model and a linear model. The embedding model is opened when it is first needed. */
export class VectorScorer implements TextScorer {
  readonly model: SavableClassifier;
  readonly #vectors: Vectors;

  constructor(reference: string, model: SavableClassifier, opened?: TextEmbedder, isLent = false) {
    this.model = model;
    this.#vectors = new Vectors(reference, opened, isLent);
  }

  get reference(): string {
    return this.#vectors.reference;
  }

  get classes(): readonly Label[] {
    return this.model.classes;
  }

  async scores(texts: readonly string[], signal?: AbortSignal): Promise<ScoredTexts> {
    return { rows: await scoresOf(this.model, vectorRows(await this.#vectors.of(texts, signal)), signal) };
  }

  because(text: string, right: number, how: BecauseOptions): Promise<DecidingWord[]> {
    return becauseOf(this, text, right, how);
  }

  close(): Promise<void> {
    return this.#vectors.close();
  }
}

// How long a vector is beside counted words of length 1 a part.
const vectorLength = 2;

/**
 * Counted words with the vectors of the same texts behind them, each row of a vector made longer: what a linear model of both learns from.
 *
 * @example
 * const words = { rows: 1, columns: 2, starts: Int32Array.of(0, 1), indices: Int32Array.of(1), values: Float64Array.of(0.5) };
 * const { columns, values } = joinedRows(words, [Float32Array.of(1, 0)]);
 * [columns, values]; // [4, [0.5, 2, 0]]
 */
export function joinedRows(words: SparseMatrix, vectors: readonly ArrayLike<number>[]): SparseMatrix {
  const width = vectors[0]?.length ?? 0;
  const starts = words.starts.map((start, row) => start + row * width);
  const indices = new Int32Array(words.values.length + words.rows * width);
  const values = new Float64Array(indices.length);
  for (const [row, vector] of vectors.entries()) {
    const [from, to] = [words.starts[row], words.starts[row + 1]];
    const at = starts[row];
    indices.set(words.indices.subarray(from, to), at);
    values.set(words.values.subarray(from, to), at);
    for (let i = 0; i < width; i++) {
      indices[at + to - from + i] = words.columns + i;
      values[at + to - from + i] = vector[i] * vectorLength;
    }
  }
  return { rows: words.rows, columns: words.columns + width, starts, indices, values };
}

/** Counted words beside vectors of an embedding model, and one linear model of both. */
export class JoinedScorer implements TextScorer {
  readonly vectoriser: Vectoriser;
  readonly model: SavableClassifier;
  /** Features of the linear model: words and values of a vector. */
  readonly columns: number;
  readonly #vectors: Vectors;

  constructor(
    { vectoriser, model, columns }: { readonly vectoriser: Vectoriser; readonly model: SavableClassifier; readonly columns: number },
    reference: string,
    opened?: TextEmbedder,
    isLent = false,
  ) {
    this.vectoriser = vectoriser;
    this.model = model;
    this.columns = columns;
    this.#vectors = new Vectors(reference, opened, isLent);
  }

  get reference(): string {
    return this.#vectors.reference;
  }

  get classes(): readonly Label[] {
    return this.model.classes;
  }

  /** Errors: `E_PIPELINE` for an embedding model of another width than the one it was learned with. */
  async scores(texts: readonly string[], signal?: AbortSignal): Promise<ScoredTexts> {
    if (texts.length === 0) return { rows: [] };
    const [words, vectors] = await Promise.all([this.vectoriser.transformAsync(texts, { signal }), this.#vectors.of(texts, signal)]);
    const matrix = joinedRows(words, vectors);
    if (matrix.columns !== this.columns) {
      const [wanted, got] = [this.columns - words.columns, vectors[0].length];
      const why = { en: `it was learned with vectors of ${wanted} values, and got ${got}`, zh: `它以 ${wanted} 维向量训练，实际得到 ${got} 维` };
      throw new InkstoneError("E_PIPELINE", { file: this.reference, why });
    }
    return { rows: await scoresOf(this.model, matrix, signal) };
  }

  because(text: string, right: number, how: BecauseOptions): Promise<DecidingWord[]> {
    return becauseOf(this, text, right, how);
  }

  close(): Promise<void> {
    return this.#vectors.close();
  }
}

/** A tuned encoder with its head. */
export class EncoderScorer implements TextScorer {
  readonly classes: readonly Label[];
  readonly many: boolean;
  readonly #encoder: HeadedEncoder;

  constructor(encoder: HeadedEncoder, classes: readonly Label[], many: boolean) {
    this.#encoder = encoder;
    this.classes = classes;
    this.many = many;
  }

  /** Opens the folder of one. Errors: those of `HeadedEncoder.open`. */
  static async open(folder: string, classes: readonly Label[], many: boolean): Promise<EncoderScorer> {
    return new EncoderScorer(await HeadedEncoder.open(folder, "classes"), classes, many);
  }

  async scores(texts: readonly string[], signal?: AbortSignal): Promise<ScoredTexts> {
    const rows = await this.#encoder.scores(texts, undefined, signal === undefined ? {} : { signal });
    return { rows: rows.map((row) => Float64Array.from(row)) };
  }

  async because(text: string, right: number, how: BecauseOptions): Promise<DecidingWord[]> {
    const { most, by = "integrated-gradients", signal } = how;
    if (by === "leaving-out") return becauseOf(this, text, right, how);
    const words = await this.#encoder.attribute(text, right, by, signal === undefined ? {} : { signal });
    return words
      .filter(({ text: word, weight }) => weight !== 0 && /[\p{L}\p{N}]/u.test(word))
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.start - b.start)
      .slice(0, most);
  }

  close(): Promise<void> {
    return this.#encoder.close();
  }
}

/** What a tuned encoder has beside it: a classifier of counted words that was learned from the same rows. */
export interface WordsBeside {
  readonly classes: readonly Label[];
  scores(texts: readonly string[], options: { readonly signal?: AbortSignal }): Promise<readonly Float64Array[]>;
  toJSON(): unknown;
}

/** A tuned encoder and counted words that answer together: the scores of the words, so many times, are added. */
export class WordsBesideScorer implements TextScorer {
  readonly encoder: EncoderScorer;
  readonly words: WordsBeside;
  readonly weight: number;
  readonly #order: readonly number[];

  /** Errors: `E_PIPELINE` for words that know other labels. */
  constructor(encoder: EncoderScorer, words: WordsBeside, weight: number, from: string) {
    this.encoder = encoder;
    this.words = words;
    this.weight = weight;
    const of = words.classes.map(String);
    this.#order = encoder.classes.map((label) => of.indexOf(String(label)));
    if (of.length !== this.#order.length || this.#order.includes(-1))
      throw new InkstoneError("E_PIPELINE", { file: from, why: { en: "its words have other labels", zh: "其词语模型的标签不同" } });
  }

  get classes(): readonly Label[] {
    return this.encoder.classes;
  }

  async scores(texts: readonly string[], signal?: AbortSignal): Promise<ScoredTexts> {
    if (texts.length === 0) return { rows: [] };
    const [{ rows }, beside] = await Promise.all([
      this.encoder.scores(texts, signal),
      this.words.scores(texts, signal === undefined ? {} : { signal }),
    ]);
    return { rows: rows.map((row, i) => row.map((score, at) => score + this.weight * beside[i][this.#order[at]])) };
  }

  because(text: string, right: number, how: BecauseOptions): Promise<DecidingWord[]> {
    return how.by === "leaving-out" ? becauseOf(this, text, right, how) : this.encoder.because(text, right, how);
  }

  close(): Promise<void> {
    return this.encoder.close();
  }
}
