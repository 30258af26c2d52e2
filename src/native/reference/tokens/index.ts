// What every tokenizer service is, in plain TypeScript: added tokens are found, the rest is folded and cut into pieces, a model gives each piece its ids,
// and pieces met before are remembered. The twin of native/services/src/tokens. Knows no model.
import { isUtf8 } from "node:buffer";
import { InkstoneError } from "../../../core/index.ts";
import { preTokenizers, stringAt, type TokenizerConfiguration, tokenizerMethods, tokenTypes, unpackTokenizer } from "../../tokenizers.ts";
import { foldOf } from "./fold.ts";
import { type Scanner, scanners } from "./scan/index.ts";
import { Specials } from "./specials.ts";

/** Most bytes of an added token's text: the search for them looks that far ahead at every byte. */
const MOST_SPECIAL_BYTES = 1024;
/** Pieces that are remembered, and how long they may be. When full, all are forgotten. */
const MOST_CACHED = 65536;
const MOST_CACHED_BYTES = 32;

/** Gives a piece its ids. */
export type PieceModel = (bytes: Uint8Array, from: number, end: number) => ArrayLike<number>;

/** What a service object must do: see `Executor.callService`. */
export interface TokenizerTwin {
  call(method: number, input: Uint8Array, output: Uint8Array): number;
  pieces(method: number, input: Uint8Array, output: Uint8Array): Generator<number, number>;
}

/** Refuses in the name of a service. */
export type Refuse = (why: string) => never;

/** What a service may refuse with. */
export function refuseFor(service: string): Refuse {
  return (why) => {
    throw new InkstoneError("E_SERVICE", { service, why });
  };
}

/** Makes the twin of a service: its name, its configuration as bytes, and the model that is made of it. */
export function tokenizerTwin(
  service: string,
  packed: Uint8Array,
  modelOf: (configuration: NonNullable<ReturnType<typeof unpackTokenizer>>, refuse: Refuse) => PieceModel,
): TokenizerTwin {
  const refuse = refuseFor(service);
  const configuration = unpackTokenizer(packed) ?? refuse("the lengths of the configuration do not agree");
  return new Encoder(configuration, modelOf(configuration, refuse), refuse);
}

class Encoder implements TokenizerTwin {
  readonly #refuse: Refuse;
  readonly #scan: Scanner;
  readonly #model: PieceModel;
  readonly #fold: ((bytes: Uint8Array) => Uint8Array) | undefined;
  readonly #always: Specials = new Specials();
  readonly #all: Specials = new Specials();
  readonly #cache: Map<string, ArrayLike<number>> = new Map();

  constructor(configuration: TokenizerConfiguration, model: PieceModel, refuse: Refuse) {
    this.#refuse = refuse;
    const { preTokenizer } = configuration;
    this.#scan = scanners[preTokenizer] ?? refuse(`there is no pre-tokenizer ${preTokenizer}; there are ${preTokenizers.length}`);
    this.#model = model;
    this.#fold = foldOf(configuration);
    this.#addSpecials(configuration);
  }

  #addSpecials({ tokens, types }: TokenizerConfiguration): void {
    for (let id = 0; id < types.length; id++) {
      const isUser = types[id] === tokenTypes.userDefined;
      if (!isUser && types[id] !== tokenTypes.control && types[id] !== tokenTypes.unknown) continue;
      const text = stringAt(tokens, id);
      if (text.length === 0 || text.length > MOST_SPECIAL_BYTES)
        this.#refuse(`token ${id} is added and has ${text.length} bytes, allowed 1 to ${MOST_SPECIAL_BYTES}`);
      if (!isUtf8(text)) this.#refuse(`token ${id} is added and is not UTF-8`);
      this.#all.add(text, id);
      if (isUser) this.#always.add(text, id);
    }
  }

  call(method: number, input: Uint8Array, output: Uint8Array): number {
    const work = this.pieces(method, input, output);
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
    }
  }

  *pieces(method: number, input: Uint8Array, output: Uint8Array): Generator<number, number> {
    if (method !== tokenizerMethods.encode && method !== tokenizerMethods.encodeSpecial) this.#refuse(`there is no method ${method}`);
    const specials = method === tokenizerMethods.encodeSpecial ? this.#all : this.#always;
    const ids: number[] = [];
    const counts: number[] = [];
    for (const text of this.#texts(input)) {
      const before = ids.length;
      this.#encode(text, specials, ids);
      counts.push(ids.length - before);
      yield 1;
    }
    return write(counts, ids, output);
  }

  #texts(input: Uint8Array): Uint8Array[] {
    const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
    const count = input.length >= 4 ? view.getUint32(0, true) : this.#refuse("the input is cut short");
    let at = 4 * (count + 1);
    if (at > input.length) this.#refuse("the input is cut short");
    const texts: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const end = at + view.getUint32(4 * (i + 1), true);
      if (end > input.length) this.#refuse("the input is cut short");
      if (!isUtf8(input.subarray(at, end))) this.#refuse(`text ${i} is not UTF-8`);
      texts.push(input.subarray(at, end));
      at = end;
    }
    return texts;
  }

  #encode(bytes: Uint8Array, specials: Specials, ids: number[]): void {
    let at = 0;
    while (at < bytes.length) {
      const found = specials.find(bytes, at, bytes.length);
      this.#encodePlain(bytes.subarray(at, found?.start ?? bytes.length), ids);
      if (found) ids.push(found.id);
      at = found?.end ?? bytes.length;
    }
  }

  #encodePlain(text: Uint8Array, ids: number[]): void {
    const bytes = this.#fold?.(text) ?? text;
    for (let at = 0; at < bytes.length; ) {
      const after = this.#scan(bytes, at, bytes.length);
      append(ids, this.#piece(bytes, at, after));
      at = after;
    }
  }

  #piece(bytes: Uint8Array, from: number, end: number): ArrayLike<number> {
    const length = end - from;
    if (length > MOST_CACHED_BYTES) return this.#model(bytes, from, end);
    const key = Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString("latin1");
    let known = this.#cache.get(key);
    if (!known) {
      known = Array.from(this.#model(bytes, from, end));
      if (this.#cache.size >= MOST_CACHED) this.#cache.clear();
      this.#cache.set(key, known);
    }
    return known;
  }
}

function append(ids: number[], more: ArrayLike<number>): void {
  for (let i = 0; i < more.length; i++) ids.push(more[i]);
}

function write(counts: number[], ids: number[], output: Uint8Array): number {
  const needed = 4 * (counts.length + ids.length);
  if (needed > output.length) return -needed;
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  for (const [i, count] of counts.entries()) view.setUint32(4 * i, count, true);
  for (const [i, id] of ids.entries()) view.setUint32(4 * (counts.length + i), id, true);
  return needed;
}
