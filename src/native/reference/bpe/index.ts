// The "bpe" service in plain TypeScript: byte-level byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909; on bytes: Radford et al. 2019).
// The twin of native/services/src/bpe: same configuration, same methods, same ids. Knows no files and no templates.
import { isUtf8 } from "node:buffer";
import { InkstoneError } from "../../../core/index.ts";
import { type BpeConfiguration, bpeMethods, preTokenizers, type StringTable, tokenTypes, unpackBpe } from "../../services.ts";
import { MergeTable } from "./merges.ts";
import { type Scanner, scanners } from "./scan/index.ts";
import { Specials } from "./specials.ts";

/** Most bytes of an added token's text: the search for them looks that far ahead at every byte. */
const MOST_SPECIAL_BYTES = 1024;
/** Pieces that are remembered, and how long they may be. When full, all are forgotten. */
const MOST_CACHED = 65536;
const MOST_CACHED_BYTES = 32;

function refuse(why: string): never {
  throw new InkstoneError("E_SERVICE", { service: "bpe", why });
}

/** Token ids of the vocabulary's strings. */
type Vocabulary = ReadonlyMap<string, number>;

function piece({ bytes, offsets }: StringTable, index: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + offsets[index], offsets[index + 1] - offsets[index]);
}

/** Texts of normal tokens; the first of equals counts. Strings stand for bytes: latin1 both ways. */
function vocabularyOf({ tokens, types }: BpeConfiguration): Vocabulary {
  const found = new Map<string, number>();
  for (let id = 0; id < types.length; id++) {
    if (types[id] !== tokenTypes.normal) continue;
    const text = piece(tokens, id).toString("latin1");
    if (!found.has(text)) found.set(text, id);
  }
  return found;
}

/** GPT-2's alphabet: printable Latin-1 bytes stand for themselves, the other 68 for the characters from U+0100 on. */
function byteIds(vocabulary: Vocabulary): Int32Array {
  const ids = new Int32Array(256);
  let others = 0;
  for (let byte = 0; byte < 256; byte++) {
    const itself = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const character = String.fromCharCode(itself ? byte : 256 + others++);
    ids[byte] = vocabulary.get(Buffer.from(character, "utf8").toString("latin1")) ?? -1;
  }
  return ids;
}

function mergesOf({ merges }: BpeConfiguration, vocabulary: Vocabulary): MergeTable {
  const count = merges.offsets.length - 1;
  const [lefts, rights, products] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
  for (let i = 0; i < count; i++) {
    const text = piece(merges, i).toString("latin1");
    const gap = text.indexOf(" ");
    if (gap <= 0 || gap === text.length - 1 || text.includes(" ", gap + 1)) refuse(`merge ${i} is not two pieces`);
    const [left, right] = [vocabulary.get(text.slice(0, gap)), vocabulary.get(text.slice(gap + 1))];
    const product = vocabulary.get(text.slice(0, gap) + text.slice(gap + 1));
    if (left === undefined || right === undefined) refuse(`merge ${i}: its ${left === undefined ? "first" : "second"} piece is no token`);
    if (product === undefined) refuse(`merge ${i}: the two together are no token`);
    lefts[i] = left;
    rights[i] = right;
    products[i] = product;
  }
  return new MergeTable(lefts, rights, products);
}

/** What a service object must do: see `Executor.callService`. */
export interface BpeTwin {
  call(method: number, input: Uint8Array, output: Uint8Array): number;
}

class Encoder implements BpeTwin {
  private readonly scan: Scanner;
  private readonly byteIds: Int32Array;
  private readonly merges: MergeTable;
  private readonly always: Specials = new Specials();
  private readonly all: Specials = new Specials();
  private readonly cache: Map<string, Int32Array> = new Map();
  private symbols: Int32Array = new Int32Array(256);

  constructor(configuration: BpeConfiguration) {
    const { preTokenizer, tokens, types } = configuration;
    this.scan = scanners[preTokenizer] ?? refuse(`there is no pre-tokenizer ${preTokenizer}; there are ${preTokenizers.length}`);
    const vocabulary = vocabularyOf(configuration);
    this.byteIds = byteIds(vocabulary);
    this.merges = mergesOf(configuration, vocabulary);
    for (let id = 0; id < types.length; id++) {
      const isUser = types[id] === tokenTypes.userDefined;
      if (!isUser && types[id] !== tokenTypes.control && types[id] !== tokenTypes.unknown) continue;
      const text = piece(tokens, id);
      if (text.length === 0 || text.length > MOST_SPECIAL_BYTES)
        refuse(`token ${id} is added and has ${text.length} bytes, allowed 1 to ${MOST_SPECIAL_BYTES}`);
      if (!isUtf8(text)) refuse(`token ${id} is added and is not UTF-8`);
      this.all.add(text, id);
      if (isUser) this.always.add(text, id);
    }
  }

  call(method: number, input: Uint8Array, output: Uint8Array): number {
    if (method !== bpeMethods.encode && method !== bpeMethods.encodeSpecial) refuse(`there is no method ${method}`);
    const specials = method === bpeMethods.encodeSpecial ? this.all : this.always;
    const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
    const count = input.length >= 4 ? view.getUint32(0, true) : refuse("the input is cut short");
    let at = 4 * (count + 1);
    if (at > input.length) refuse("the input is cut short");
    const ids: number[] = [];
    const counts: number[] = [];
    for (let i = 0; i < count; i++) {
      const end = at + view.getUint32(4 * (i + 1), true);
      if (end > input.length) refuse("the input is cut short");
      if (!isUtf8(input.subarray(at, end))) refuse(`text ${i} is not UTF-8`);
      const before = ids.length;
      this.encode(input, at, end, specials, ids);
      counts.push(ids.length - before);
      at = end;
    }
    return write(counts, ids, output);
  }

  private encode(bytes: Uint8Array, from: number, end: number, specials: Specials, ids: number[]): void {
    let at = from;
    while (at < end) {
      const found = specials.find(bytes, at, end);
      const stop = found?.start ?? end;
      while (at < stop) {
        const after = this.scan(bytes, at, stop);
        this.encodePiece(bytes, at, after, ids);
        at = after;
      }
      if (found) {
        ids.push(found.id);
        at = found.end;
      }
    }
  }

  private encodePiece(bytes: Uint8Array, from: number, end: number, ids: number[]): void {
    const length = end - from;
    if (length > MOST_CACHED_BYTES) {
      append(ids, this.merged(bytes, from, end));
      return;
    }
    const key = Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString("latin1");
    let known = this.cache.get(key);
    if (!known) {
      known = this.merged(bytes, from, end).slice();
      if (this.cache.size >= MOST_CACHED) this.cache.clear();
      this.cache.set(key, known);
    }
    append(ids, known);
  }

  // Bytes that the vocabulary lacks are left out, as Hugging Face tokenizers and llama.cpp leave them out.
  private merged(bytes: Uint8Array, from: number, end: number): Int32Array {
    if (this.symbols.length < end - from) this.symbols = new Int32Array(end - from);
    let count = 0;
    for (let i = from; i < end; i++) {
      const id = this.byteIds[bytes[i]];
      if (id >= 0) this.symbols[count++] = id;
    }
    return this.symbols.subarray(0, this.merges.merge(this.symbols, count));
  }
}

function append(ids: number[], more: Int32Array): void {
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

/**
 * Makes the twin from a configuration (`packBpe`).
 *
 * Errors: `E_SERVICE` naming the merge, the token or the length that is wrong; the same words as the native service.
 */
export function createBpe(packed: Uint8Array): BpeTwin {
  return new Encoder(unpackBpe(packed) ?? refuse("the lengths of the configuration do not agree"));
}
