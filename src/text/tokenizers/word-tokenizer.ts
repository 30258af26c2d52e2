// A tokenizer whose vocabulary is the words, or the characters, of the texts it was made for. Knows no byte pairs.
import { checkText, InkstoneError, knownOptions } from "../../core/index.ts";
import { filled, plainTemplate } from "./template.ts";
import type { DecodeOptions, EncodeAllOptions, EncodeOptions, ModelInput, StreamDecoder, Tokenizer } from "./tokenizer.ts";

/** How a vocabulary is made. */
export interface WordTokenizerOptions {
  /** What a token is: a word or a punctuation mark, or a character. White space is no token of either: for texts whose spaces and lines are to be learned, train a byte-level tokenizer. Default "words". */
  readonly by?: "words" | "characters";
  /** Default false. */
  readonly lowercase?: boolean;
  /** Tokens that occur less often become `<unk>`. Default 1. */
  readonly minCount?: number;
  /** Most entries, the four special ones included. Default: all. */
  readonly maxTokens?: number;
}

/** A tokenizer as plain data. */
export interface SavedWordTokenizer {
  readonly type: "word-tokenizer";
  readonly formatVersion: 1;
  readonly by: "words" | "characters";
  readonly lowercase: boolean;
  readonly tokens: readonly string[];
}

const SPECIAL: readonly string[] = ["<pad>", "<unk>", "<s>", "</s>"];
const WORD = /[\p{L}\p{N}\p{M}]+(?:['’-][\p{L}\p{N}\p{M}]+)*|[^\s]/gu;
/** Marks that stand at the word before them, and those that stand at the word after. */
const CLOSING = /^[.,!?;:)\]}%…'’”»]$/u;
const OPENING = /^[([{$£€“«]$/u;

/**
 * Words or characters as ids: 0 fills, 1 is every unknown token, 2 begins and 3 ends a sequence; then the tokens, most frequent first, equals in order of
 * their code points. Decoding joins words by blanks, but for punctuation, and characters without.
 *
 * Errors: `E_VOCABULARY` where the texts have no tokens; `E_OPTION`; `E_TOKEN_ID` for an id outside.
 *
 * @example
 * const tokenizer = WordTokenizer.train(["The cat sat.", "The dog sat."], { lowercase: true });
 * tokenizer.encode("the cat ran."); // [6, 7, 1, 4]
 * tokenizer.decode([6, 7, 5, 4]); // "the cat sat."
 * WordTokenizer.train(["我喜欢苹果。"], { by: "characters" }).encode("我喜欢。").length; // 4
 */
export class WordTokenizer implements Tokenizer {
  readonly by: "words" | "characters";
  readonly lowercase: boolean;
  readonly specialIds: ReadonlySet<number> = new Set([0, 2, 3]);
  readonly pad = 0;
  readonly unknown = 1;
  readonly bos = 2;
  readonly eos = 3;
  readonly endOfTurn: ReadonlySet<number> = new Set([3]);
  readonly #tokens: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  private constructor(saved: Omit<SavedWordTokenizer, "type" | "formatVersion">) {
    this.by = saved.by;
    this.lowercase = saved.lowercase;
    this.#tokens = [...SPECIAL, ...saved.tokens];
    this.#ids = new Map(this.#tokens.map((token, id) => [token, id]));
    if (this.#ids.size !== this.#tokens.length) {
      throw new InkstoneError("E_VOCABULARY", { why: { en: "it must be tokens, each once", zh: "词表应为互不相同的词元" } });
    }
  }

  /** Makes the vocabulary of texts; a text alone is one. Errors: `E_OPTION`, `E_OPTION_UNKNOWN`, `E_VOCABULARY`. */
  static train(texts: Iterable<string>, options: WordTokenizerOptions = {}): WordTokenizer {
    knownOptions("WordTokenizer.train", options, ["by", "lowercase", "minCount", "maxTokens"]);
    const { by = "words", lowercase = false, minCount = 1, maxTokens = Number.POSITIVE_INFINITY } = options;
    if (by !== "words" && by !== "characters") throw new InkstoneError("E_OPTION", { option: "by", value: by, allowed: ["words", "characters"] });
    if (!(maxTokens > SPECIAL.length))
      throw new InkstoneError("E_OPTION", {
        option: "maxTokens",
        value: maxTokens,
        allowed: { en: `more than ${SPECIAL.length}`, zh: `大于 ${SPECIAL.length}` },
      });
    const counts = new Map<string, number>();
    for (const text of typeof texts === "string" ? [texts] : texts)
      for (const token of split(text, by, lowercase)) counts.set(token, (counts.get(token) ?? 0) + 1);
    for (const token of SPECIAL) counts.delete(token);
    const kept = [...counts].filter(([, count]) => count >= minCount).sort(([a, i], [b, j]) => j - i || (a < b ? -1 : 1));
    if (kept.length === 0) throw new InkstoneError("E_VOCABULARY", { why: { en: "the texts have no tokens", zh: "文本中没有词元" } });
    return new WordTokenizer({ by, lowercase, tokens: kept.slice(0, maxTokens - SPECIAL.length).map(([token]) => token) });
  }

  /** What `toJSON` gave. Errors: `E_VOCABULARY`. */
  static fromJSON(saved: unknown): WordTokenizer {
    const { type, formatVersion, by, lowercase, tokens } = (typeof saved === "object" && saved !== null ? saved : {}) as Partial<SavedWordTokenizer>;
    const holds =
      type === "word-tokenizer" &&
      formatVersion === 1 &&
      (by === "words" || by === "characters") &&
      typeof lowercase === "boolean" &&
      Array.isArray(tokens) &&
      tokens.every((token) => typeof token === "string");
    if (!holds) throw new InkstoneError("E_VOCABULARY", { why: { en: "it is no saved word tokenizer", zh: "不是已保存的分词器" } });
    return new WordTokenizer({ by, lowercase, tokens });
  }

  get vocabularySize(): number {
    return this.#tokens.length;
  }

  encode(text: string, { special = false }: EncodeOptions = {}): number[] {
    return split(text, this.by, this.lowercase, special).map((token) => this.#ids.get(token) ?? this.unknown);
  }

  async encodeAll(texts: readonly string[], { signal, ...options }: EncodeAllOptions = {}): Promise<number[][]> {
    const all: number[][] = [];
    for (const text of texts) {
      if (all.length % 256 === 255) await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      all.push(this.encode(text, options));
    }
    return all;
  }

  forModel(first: readonly number[], second?: readonly number[], most?: number): ModelInput {
    return filled(plainTemplate, first, second, most);
  }

  decode(ids: readonly number[], { skipSpecial = false }: DecodeOptions = {}): string {
    const tokens = this.tokens(skipSpecial ? ids.filter((id) => !this.specialIds.has(id)) : ids);
    if (this.by === "characters") return tokens.join("");
    return tokens.reduce((text, token, i) => text + (i > 0 && !CLOSING.test(token) && !OPENING.test(tokens[i - 1]) ? " " : "") + token, "");
  }

  tokens(ids: readonly number[]): string[] {
    return ids.map((id) => {
      const token = this.#tokens[id];
      if (token === undefined) throw new InkstoneError("E_TOKEN_ID", { id, size: this.vocabularySize });
      return token;
    });
  }

  /** Gives each token's text when the next has come, since that decides the blank between them. */
  decoder(options: DecodeOptions = {}): StreamDecoder {
    const ids: number[] = [];
    let given = 0;
    const upTo = (text: string) => {
      const piece = text.slice(given);
      given = text.length;
      return piece;
    };
    return {
      push: (more) => {
        ids.push(...more);
        return upTo(this.decode(ids, options));
      },
      end: () => {
        ids.length = given = 0;
        return "";
      },
    };
  }

  bytes(id: number): Uint8Array {
    return Buffer.from(this.tokens([id])[0], "utf8");
  }

  idOf(token: string): number | undefined {
    return this.#ids.get(token);
  }

  toJSON(): SavedWordTokenizer {
    return { type: "word-tokenizer", formatVersion: 1, by: this.by, lowercase: this.lowercase, tokens: this.#tokens.slice(SPECIAL.length) };
  }

  /** Nothing of it is native. */
  dispose(): void {}
}

// Special tokens in a text are ordinary text unless they are asked for.
function split(text: string, by: "words" | "characters", lowercase: boolean, special = false): string[] {
  checkText("text", text);
  const parts = special ? text.split(/(<pad>|<unk>|<s>|<\/s>)/) : [text];
  return parts.flatMap((part) => {
    if (special && SPECIAL.includes(part)) return [part];
    const whole = lowercase ? part.toLowerCase() : part;
    return by === "words" ? (whole.match(WORD) ?? []) : [...whole].filter((character) => !/^\s$/u.test(character));
  });
}
