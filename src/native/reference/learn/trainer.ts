// The "tokenizer-trainer" service in plain TypeScript. The twin of native/services/src/learn: same configuration, same methods, same tokens.
import { isUtf8 } from "node:buffer";
import { PackedArrays } from "../../arrays.ts";
import { trainedKinds, trainerMethods } from "../../learn.ts";
import { preTokenizers, stringAt, unpackTokenizer } from "../../tokenizers.ts";
import { finishPieces, type ReferenceService } from "../service.ts";
import { classTable, codePointAt, SPACE } from "../tokens/classes.ts";
import { foldOf } from "../tokens/fold.ts";
import { type Refuse, refuseFor } from "../tokens/index.ts";
import { type Scanner, scanners } from "../tokens/scan/index.ts";
import { Specials } from "../tokens/specials.ts";
import { learnBpe } from "./bpe.ts";
import type { CountedWord, Learned, Settings } from "./settings.ts";
import { learnUnigram } from "./unigram.ts";

const refuse: Refuse = refuseFor("tokenizer-trainer");

class Trainer implements ReferenceService {
  readonly #settings: Settings;
  readonly #scan: Scanner;
  readonly #fold: ((bytes: Uint8Array) => Uint8Array) | undefined;
  readonly #specials: Specials = new Specials();
  readonly #words: Map<string, number> = new Map();
  #total = 0;
  #learned: Learned = { tokens: [], merges: [], scores: [] };

  constructor(packed: Uint8Array) {
    const arrays = PackedArrays.read(packed, 3) ?? refuse("the lengths of its arrays do not agree");
    const words = arrays.words(0);
    if (words.length !== 8) refuse("it has not 8 words");
    const [kind, size, fewest, alphabetLimit, longest, ties, coverage, seeds] = words;
    if (kind > 3) refuse(`there is no kind ${kind}`);
    const tokenizer = unpackTokenizer(arrays.bytes(1)) ?? refuse("the lengths of the configuration do not agree");
    const { preTokenizer, tokens, types } = tokenizer;
    this.#scan = scanners[preTokenizer] ?? refuse(`there is no pre-tokenizer ${preTokenizer}; there are ${preTokenizers.length}`);
    this.#fold = foldOf(tokenizer);
    const specials = Array.from(types, (_, id) => Buffer.from(stringAt(tokens, id)));
    for (const [id, text] of specials.entries()) {
      if (text.length === 0 || text.length > 1024) refuse(`token ${id} is added and has ${text.length} bytes, allowed 1 to 1024`);
      this.#specials.add(text, id);
    }
    this.#settings = {
      ...{ kind, size, fewest: Math.max(1, fewest), alphabetLimit, longest, greatest: ties !== 0, coverage: coverage / 1e6, seeds, specials },
      initial: [...arrays.words(2)],
    };
  }

  call(method: number, input: Uint8Array, output: Uint8Array): number {
    return finishPieces(this.pieces(method, input, output));
  }

  *pieces(method: number, input: Uint8Array, output: Uint8Array): Generator<number, number> {
    const { tokens, merges, scores } = this.#learned;
    switch (method) {
      case trainerMethods.count:
        yield* this.#count(input);
        return written(Float64Array.of(this.#total), output);
      case trainerMethods.learn: {
        const made = yield* this.#settings.kind === trainedKinds.unigram
          ? learnUnigram(this.#sorted(), this.#settings)
          : learnBpe(this.#sorted(), this.#settings);
        this.#learned = made;
        const bytes = made.tokens.reduce((sum, token) => sum + token.length, 0);
        return written(Uint32Array.of(made.tokens.length, bytes, made.merges.length, made.scores.length), output);
      }
      case trainerMethods.tokens:
        return written(Buffer.concat([bytesOf(Uint32Array.from(tokens, (token) => token.length)), ...tokens]), output);
      case trainerMethods.merges:
        return written(Uint32Array.from(merges.flat()), output);
      case trainerMethods.scores:
        return written(Float64Array.from(scores), output);
      default:
        return refuse(`there is no method ${method}`);
    }
  }

  *#count(input: Uint8Array): Generator<number, void> {
    const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
    const count = input.length >= 4 ? view.getUint32(0, true) : refuse("the input is cut short");
    let at = 4 * (count + 1);
    if (at > input.length) refuse("the input is cut short");
    for (let i = 0; i < count; i++) {
      const end = at + view.getUint32(4 * (i + 1), true);
      if (end > input.length) refuse("the input is cut short");
      const text = input.subarray(at, end);
      if (!isUtf8(text)) refuse(`text ${i} is not UTF-8`);
      yield* this.#text(text);
      at = end;
      yield 1;
    }
  }

  *#text(text: Uint8Array): Generator<number, void> {
    for (let at = 0; at < text.length; ) {
      const found = this.#specials.find(text, at, text.length);
      const plain = text.subarray(at, found?.start ?? text.length);
      const bytes = this.#fold?.(plain) ?? plain;
      for (let from = 0, piece = 1; from < bytes.length; piece++) {
        const end = this.#scan(bytes, from, bytes.length);
        if (this.#settings.kind !== trainedKinds.wordpiece || classTable()[codePointAt(bytes, from)] !== SPACE) {
          const word = Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString("latin1");
          this.#words.set(word, (this.#words.get(word) ?? 0) + 1);
          this.#total++;
        }
        from = end;
        if (piece % 8192 === 0) yield 0;
      }
      at = found?.end ?? text.length;
    }
  }

  // By their bytes: an order that does not depend on where words were met.
  #sorted(): CountedWord[] {
    const isBytes = this.#settings.kind === trainedKinds.bytes;
    const sorted = [...this.#words].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([word, count]) => {
      const bytes = Buffer.from(word, "latin1");
      return { codes: isBytes ? [...bytes] : Array.from(bytes.toString("utf8"), (character) => character.codePointAt(0) ?? 0), count };
    });
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Float64Array | Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function written(values: Uint32Array | Float64Array | Uint8Array, output: Uint8Array): number {
  const bytes = bytesOf(values);
  if (bytes.length > output.length) return -bytes.length;
  output.set(bytes);
  return bytes.length;
}

/**
 * Makes the twin from a configuration (`packTrainer`). Errors: `E_SERVICE`.
 *
 * @example
 * createTrainer(new Uint8Array(4)); // throws E_SERVICE
 */
export function createTrainer(configuration: Uint8Array): ReferenceService {
  return new Trainer(configuration);
}
