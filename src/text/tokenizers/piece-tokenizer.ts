// A tokenizer on one of the services. Knows ids, bytes and the executor; where its configuration came from is another's business.
import { isUtf8 } from "node:buffer";
import { checkText, InkstoneError } from "../../core/index.ts";
import {
  CONTROL_BYTES,
  CONTROL_CANCEL,
  type Executor,
  packTexts,
  packTokenizer,
  type ServiceHandle,
  type TokenizerConfiguration,
  tokenizerMethods,
  tokenTypes,
} from "../../native/index.ts";
import type { Split } from "./added-tokens.ts";
import { filled, plainTemplate, type Template } from "./template.ts";
import type { DecodeOptions, EncodeAllOptions, EncodeOptions, ModelInput, StreamDecoder, Tokenizer } from "./tokenizer.ts";
import { type Alphabet, type Beginning, Vocabulary } from "./vocabulary.ts";

/** Most tokens and merges of a vocabulary. */
export const MOST_TOKENS: number = 1 << 20;
/** Most bytes of all its strings together. */
const MOST_VOCABULARY_BYTES: number = 64 << 20;

/** Texts of control tokens that end an answer, by the model families that have them. */
const endings = [
  "<|im_end|>",
  "<|endoftext|>",
  "<|eot_id|>",
  "<|eom_id|>",
  "<|end_of_text|>",
  "<|end|>",
  "<end_of_turn>",
  "</s>",
  "<|EOT|>",
  "<｜end▁of▁sentence｜>",
];

/** Ids that a file declares. */
export interface DeclaredIds {
  readonly bos?: number;
  readonly eos?: number;
  /** Further ids that end a turn. */
  readonly endOfTurn?: readonly number[];
}

/** What a tokenizer is made of. */
export interface TokenizerParts {
  readonly service: "bpe" | "wordpiece" | "unigram";
  readonly configuration: TokenizerConfiguration;
  readonly declared?: DeclaredIds;
  /** Default "bytes". */
  readonly alphabet?: Alphabet;
  readonly beginning?: Beginning;
  readonly tidy?: boolean;
  readonly unknown?: { readonly id: number; readonly text: string };
  /** What stands around texts. Default: nothing. */
  readonly template?: Template;
  /** Cuts added tokens out of a text and makes the rest what the service cuts into pieces. Default: the service does all of it. */
  readonly prepare?: (text: string, special: boolean) => Split;
}

/** Where texts of up to some 20,000 letters are handed over: a call is synchronous, so that no two need it at once. */
const scratch = { input: Buffer.allocUnsafeSlow(1 << 16), output: Buffer.allocUnsafeSlow(1 << 18) };

/** A tokenizer over a native service or its twin. */
export class PieceTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly specialIds: ReadonlySet<number>;
  readonly bos: number | undefined;
  readonly eos: number | undefined;
  readonly endOfTurn: ReadonlySet<number>;
  readonly #vocabulary: Vocabulary;
  readonly #executor: Executor;
  readonly #template: Template;
  readonly #prepare: ((text: string, special: boolean) => Split) | undefined;
  #service: ServiceHandle | undefined;

  constructor(executor: Executor, parts: TokenizerParts) {
    const { configuration, declared = {}, alphabet = "bytes", beginning = "as is", tidy = false, unknown } = parts;
    checkSizes(configuration);
    this.#executor = executor;
    this.#prepare = parts.prepare;
    this.#template = parts.template ?? plainTemplate;
    const { tokens, types } = configuration;
    this.#vocabulary = new Vocabulary({ tokens, types, alphabet, beginning, tidy, ...(unknown === undefined ? {} : { unknown }) });
    this.vocabularySize = this.#vocabulary.size;
    this.bos = declared.bos;
    this.eos = declared.eos;
    this.specialIds = new Set(this.#vocabulary.ofType(tokenTypes.control));
    const ends = new Set(declared.endOfTurn);
    if (declared.eos !== undefined) ends.add(declared.eos);
    // Some files mark the end of a turn as an added token like any other: it ends one all the same.
    for (const id of [...this.specialIds, ...this.#vocabulary.ofType(tokenTypes.userDefined)])
      if (endings.includes(this.#vocabulary.literal(id))) ends.add(id);
    this.endOfTurn = ends;
    this.#service = createService(executor, parts);
  }

  encode(text: string, { special = false }: EncodeOptions = {}): number[] {
    checkText("text", text);
    if (text.length === 0) return [];
    const parts = this.#prepare?.(text, special) ?? [text];
    const texts = parts.filter((part) => typeof part === "string");
    if (texts.length === 0) return parts as number[];
    const input = packTexts(texts, scratch.input);
    // Every id stands for at least one byte.
    const output = 4 * input.length <= scratch.output.length ? scratch.output : Buffer.allocUnsafeSlow(4 * input.length);
    const written = this.#executor.callService(this.#alive, this.#method(special), input, output);
    return joined(parts, new Uint32Array(output.buffer, 0, written / 4), texts.length);
  }

  async encodeAll(texts: readonly string[], { special = false, signal }: EncodeAllOptions = {}): Promise<number[][]> {
    signal?.throwIfAborted();
    const split = texts.map((text): Split => (text.length === 0 ? [] : (this.#prepare?.(text, special) ?? [text])));
    const plain = split.flat().filter((part) => typeof part === "string");
    if (plain.length === 0) return split as number[][];
    const input = packTexts(plain);
    const control = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
    const cancel = () => Atomics.store(control, CONTROL_CANCEL, 1);
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const output = await this.#executor.callServiceAsync(this.#alive, this.#method(special), input, 4 * input.length, control);
      signal?.throwIfAborted();
      const words = new Uint32Array(output.buffer, output.byteOffset, output.byteLength >> 2);
      return distributed(split, words, plain.length);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  forModel(first: readonly number[], second?: readonly number[], most?: number): ModelInput {
    return filled(this.#template, first, second, most);
  }

  get #alive(): ServiceHandle {
    if (this.#service === undefined) throw new InkstoneError("E_SERVICE", { service: "tokenizer", why: "this tokenizer was disposed of" });
    return this.#service;
  }

  // Where texts are prepared, added tokens are cut out already.
  #method(special: boolean): number {
    return special && this.#prepare === undefined ? tokenizerMethods.encodeSpecial : tokenizerMethods.encode;
  }

  decode(ids: readonly number[], options: DecodeOptions = {}): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(this.#bytes(ids, options, true)));
  }

  tokens(ids: readonly number[]): string[] {
    return ids.map((id) => shown(this.#vocabulary.bytes(id)));
  }

  decoder(options: DecodeOptions = {}): StreamDecoder {
    const text = new TextDecoder("utf-8", { ignoreBOM: true });
    let first = true;
    return {
      push: (ids) => {
        const bytes = this.#bytes(ids, options, first);
        first &&= bytes.every((each) => this.#vocabulary.skipsBlanks && each.length === 0);
        return text.decode(Buffer.concat(bytes), { stream: true });
      },
      end: () => {
        first = true;
        return text.decode();
      },
    };
  }

  bytes(id: number): Uint8Array {
    return this.#vocabulary.bytes(id);
  }

  idOf(token: string): number | undefined {
    return this.#vocabulary.find(token);
  }

  dispose(): void {
    if (this.#service !== undefined) this.#executor.freeService(this.#service);
    this.#service = undefined;
  }

  #bytes(ids: readonly number[], { skipSpecial = false }: DecodeOptions, first: boolean): Uint8Array[] {
    const kept = skipSpecial ? ids.filter((id) => this.#vocabulary.type(id) !== tokenTypes.control) : ids;
    let begins = first;
    return kept.map((id) => {
      const bytes = begins ? this.#vocabulary.firstBytes(id) : this.#vocabulary.bytes(id);
      begins &&= this.#vocabulary.skipsBlanks && bytes.length === 0;
      return bytes;
    });
  }
}

/** The ids of one text: counts of its parts, then all ids. */
function joined(parts: Split, words: Uint32Array, count: number): number[] {
  const ids = new Array<number>(words.length - count + parts.length - count);
  let [at, to, part] = [count, 0, 0];
  for (const each of parts) {
    if (typeof each === "number") ids[to++] = each;
    else for (let left = words[part++]; left > 0; left--) ids[to++] = words[at++];
  }
  return ids;
}

function distributed(split: readonly Split[], words: Uint32Array, count: number): number[][] {
  let [at, part] = [count, 0];
  return split.map((parts) => {
    const ids: number[] = [];
    for (const each of parts) {
      if (typeof each === "number") ids.push(each);
      else for (let left = words[part++]; left > 0; left--) ids.push(words[at++]);
    }
    return ids;
  });
}

// What services say of a tokenizer, in Chinese; what else they say is about a program's fault, not a file's.
const inChinese: Readonly<Record<string, string>> = {
  "is not two pieces": "不是两个片段",
  "its first piece is no token": "前一个片段不是词元",
  "its second piece is no token": "后一个片段不是词元",
  "the two together are no token": "两个片段合起来不是词元",
  "it has no token for unknown words": "缺少表示未知词的词元",
  "it has no token for unknown characters": "缺少表示未知字符的词元",
  "it has not a score for every token": "有的词元没有分数",
};

function createService(executor: Executor, { service, configuration, prepare }: TokenizerParts): ServiceHandle {
  // What is cut out before must not be found again in what is left.
  const hidden = (type: number) => (type === tokenTypes.control || type === tokenTypes.userDefined ? tokenTypes.unused : type);
  const types = prepare === undefined ? configuration.types : configuration.types.map(hidden);
  try {
    return executor.createService(service, packTokenizer({ ...configuration, types }));
  } catch (error) {
    if (!(error instanceof InkstoneError) || error.code !== "E_SERVICE") throw error;
    const { why } = error.parameters as { why: string };
    const [, where = "tokenizer", what = why] = /^((?:merge|token) \d+):? (.*)$/s.exec(why) ?? [];
    const zh = inChinese[what];
    throw new InkstoneError("E_TOKENIZER_INVALID", { where, why: zh === undefined ? [what] : { en: what, zh } });
  }
}

function checkSizes({ tokens, types, merges }: TokenizerConfiguration): void {
  const most = (what: string, got: number, limit: number) => {
    if (got > limit) throw new InkstoneError("E_TOKENIZER_SIZE", { what, got, limit });
  };
  most("tokens", types.length, MOST_TOKENS);
  most("merges", (merges?.offsets.length ?? 1) - 1, MOST_TOKENS);
  most("bytes of tokens", tokens.bytes.length, MOST_VOCABULARY_BYTES);
  most("bytes of merges", merges?.bytes.length ?? 0, MOST_VOCABULARY_BYTES);
}

const whole = new TextDecoder("utf-8", { ignoreBOM: true });

function shown(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return whole.decode(bytes);
  return Array.from(bytes, (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`).join("");
}
