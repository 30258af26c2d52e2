// A tokenizer on the "bpe" service. Knows ids, bytes and the executor; where its configuration came from is another's business.
import { InkstoneError } from "../core/index.ts";
import {
  type BpeConfiguration,
  bpeMethods,
  type Executor,
  packBpe,
  packTexts,
  type ServiceHandle,
  type StringTable,
  tokenTypes,
} from "../native/index.ts";
import type { DecodeOptions, EncodeOptions, StreamDecoder, Tokenizer } from "./tokenizer.ts";
import { Vocabulary } from "./vocabulary.ts";

/** Most tokens and merges of a vocabulary. */
export const MOST_TOKENS: number = 1 << 20;
/** Most bytes of all its strings together. */
export const MOST_VOCABULARY_BYTES: number = 64 << 20;

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

/** Byte-level byte-pair encoding over a native service or its twin. */
export class ByteLevelBpe implements Tokenizer {
  readonly vocabularySize: number;
  readonly specialIds: ReadonlySet<number>;
  readonly bos: number | undefined;
  readonly eos: number | undefined;
  readonly endOfTurn: ReadonlySet<number>;
  readonly #vocabulary: Vocabulary;
  readonly #executor: Executor;
  #service: ServiceHandle | undefined;

  constructor(executor: Executor, configuration: BpeConfiguration, declared: DeclaredIds) {
    checkSizes(configuration);
    this.#executor = executor;
    this.#vocabulary = new Vocabulary(configuration.tokens, configuration.types);
    this.vocabularySize = this.#vocabulary.size;
    this.bos = declared.bos;
    this.eos = declared.eos;
    this.specialIds = new Set(this.#vocabulary.ofType(tokenTypes.control));
    const ends = new Set(declared.endOfTurn);
    if (declared.eos !== undefined) ends.add(declared.eos);
    for (const id of this.specialIds) if (endings.includes(this.#vocabulary.literal(id))) ends.add(id);
    this.endOfTurn = ends;
    this.#service = createService(executor, configuration);
  }

  encode(text: string, options: EncodeOptions = {}): number[] {
    if (text.length === 0) return [];
    if (this.#service === undefined) throw new InkstoneError("E_SERVICE", { service: "bpe", why: "this tokenizer was disposed of" });
    const input = packTexts([text]);
    // Every id stands for at least one byte.
    const output = new Uint8Array(4 + 4 * (input.length - 8));
    const method = options.special ? bpeMethods.encodeSpecial : bpeMethods.encode;
    const written = this.#executor.callService(this.#service, method, input, output);
    const ids = new Uint32Array(output.buffer, 4, written / 4 - 1);
    const plain = new Array<number>(ids.length);
    for (let i = 0; i < ids.length; i++) plain[i] = ids[i];
    return plain;
  }

  decode(ids: readonly number[], options: DecodeOptions = {}): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.#bytes(ids, options));
  }

  tokens(ids: readonly number[]): string[] {
    return ids.map((id) => shown(this.#vocabulary.bytes(id)));
  }

  decoder(options: DecodeOptions = {}): StreamDecoder {
    const text = new TextDecoder("utf-8", { ignoreBOM: true });
    return {
      push: (ids) => text.decode(this.#bytes(ids, options), { stream: true }),
      end: () => text.decode(),
    };
  }

  idOf(token: string): number | undefined {
    return this.#vocabulary.find(token);
  }

  dispose(): void {
    if (this.#service !== undefined) this.#executor.freeService(this.#service);
    this.#service = undefined;
  }

  #bytes(ids: readonly number[], { skipSpecial = false }: DecodeOptions): Uint8Array {
    const kept = skipSpecial ? ids.filter((id) => this.#vocabulary.type(id) !== tokenTypes.control) : ids;
    return Buffer.concat(kept.map((id) => this.#vocabulary.bytes(id)));
  }
}

function createService(executor: Executor, configuration: BpeConfiguration): ServiceHandle {
  try {
    return executor.createService("bpe", packBpe(configuration));
  } catch (error) {
    if (!(error instanceof InkstoneError) || error.code !== "E_SERVICE") throw error;
    const { why } = error.parameters as { why: string };
    const [, where = "tokenizer", what = why] = /^((?:merge|token) \d+):? (.*)$/s.exec(why) ?? [];
    throw new InkstoneError("E_TOKENIZER_INVALID", { where, why: what });
  }
}

function checkSizes({ tokens, types, merges }: BpeConfiguration): void {
  const most = (what: string, got: number, limit: number) => {
    if (got > limit) throw new InkstoneError("E_TOKENIZER_SIZE", { what, got, limit });
  };
  most("tokens", types.length, MOST_TOKENS);
  most("merges", merges.offsets.length - 1, MOST_TOKENS);
  most("bytes of tokens", tokens.bytes.length, MOST_VOCABULARY_BYTES);
  most("bytes of merges", merges.bytes.length, MOST_VOCABULARY_BYTES);
}

function shown(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return Array.from(bytes, (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`).join("");
  }
}

/** Strings, all well-formed, as one table. */
export function stringTable(strings: readonly string[]): StringTable {
  const bytes = Buffer.from(strings.join(""), "utf8");
  const offsets = new Uint32Array(strings.length + 1);
  for (const [i, text] of strings.entries()) offsets[i + 1] = offsets[i] + Buffer.byteLength(text, "utf8");
  return { bytes, offsets };
}
