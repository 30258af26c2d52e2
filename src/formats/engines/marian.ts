// Marian's binary model (model.npz turned into .bin, also with the int8 weights of intgemm): a walk over its items. Source: marian's common/binary.cpp, version 1. Knows nothing of what they mean.
import { InkstoneError } from "../../core/index.ts";
import { type ByteSource, openFileSource } from "../source.ts";
import { Walker } from "./walker.ts";
import { checkName, elementSizes, elementsOf, MOST_WEIGHTS, type StoredWeight, type WeightFile, type WeightType, weightFile } from "./weight-file.ts";

/** Types by their number in the file; the last is int8 with its multiplier behind the values. */
const types: ReadonlyMap<number, WeightType> = new Map([
  [0x0101, "i8"],
  [0x0104, "i32"],
  [0x0402, "f16"],
  [0x0404, "f32"],
  [0x4101, "i8"],
]);
const WITH_MULTIPLIER = 0x4101;
/** What a text lies under. */
const TEXT = "special:model.yml";
const MOST_TEXT = 65_536;
/** Most bytes that one item or the gap before all can have. */
const MOST_BYTES = 2 ** 40;

interface Header {
  readonly nameBytes: number;
  readonly type: number;
  readonly dimensions: number;
  readonly bytes: number;
}

/**
 * Opens a binary model of Marian; no value is read but its configuration, a text.
 *
 * Errors: `E_FORMAT_NO_FILE`, `E_FORMAT_NOT_A_FILE`, `E_FORMAT_*` naming the field and its byte. On an error nothing stays open.
 *
 * @example
 * await openMarian("none.bin"); // throws E_FORMAT_NO_FILE
 */
export async function openMarian(path: string): Promise<WeightFile> {
  const source = openFileSource(path);
  try {
    return parseMarian(source);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** The same on any source of bytes; the source is closed by `close()` only. */
export function parseMarian(source: ByteSource): WeightFile {
  const walker = new Walker(source);
  const version = walker.u64("version");
  if (version !== 1) throw new InkstoneError("E_FORMAT_VERSION", { version, offset: 0, why: { en: "version 1 is read", zh: "可读取第 1 版" } });
  const count = walker.u64("items", MOST_WEIGHTS);
  const headers: Header[] = [];
  for (let i = 0; i < count; i++) {
    const [nameBytes, type] = [walker.u64(`item ${i}, length of its name`, 1024), walker.u64(`item ${i}, type`)];
    headers.push({ nameBytes, type, dimensions: walker.u64(`item ${i}, dimensions`, 8), bytes: walker.u64(`item ${i}, bytes`, MOST_BYTES) });
  }
  const names = headers.map(({ nameBytes }, i) => walker.text(`item ${i}, name`, nameBytes));
  const shapes = headers.map(({ dimensions }, i) => Array.from({ length: dimensions }, () => walker.i32(`${names[i]}, size`)));
  walker.skip("gap", walker.u64("gap", MOST_BYTES));
  const [weights, texts] = [new Map<string, StoredWeight>(), new Map<string, string>()];
  for (const [i, header] of headers.entries()) {
    const offset = walker.offset;
    checkName(`item ${i}`, offset, names[i], { has: (name) => weights.has(name) || texts.has(name) });
    walker.skip(names[i], header.bytes);
    if (names[i] === TEXT) texts.set(TEXT, textAt(source, offset, header.bytes));
    else weights.set(names[i], weightOf(names[i], shapes[i], header, offset));
  }
  walker.end();
  return weightFile(source, weights, texts);
}

function textAt(source: ByteSource, offset: number, bytes: number): string {
  if (bytes > MOST_TEXT) throw new InkstoneError("E_FORMAT_LIMIT", { field: TEXT, offset, value: bytes, limit: MOST_TEXT });
  const into = new Uint8Array(bytes);
  const got = source.read(offset, into);
  return new TextDecoder().decode(into.subarray(0, got)).replace(/\0+\s*$/, "");
}

function weightOf(name: string, shape: readonly number[], { type: number, bytes }: Header, offset: number): StoredWeight {
  const elements = elementsOf(name, offset, shape);
  const type = types.get(number);
  if (type === undefined) {
    const shown = `0x${number.toString(16)}`;
    throw new InkstoneError("E_FORMAT_TENSOR_TYPE", { tensor: name, offset, type: shown, why: { en: "it is not known", zh: "未知类型" } });
  }
  const end = elements * elementSizes[type];
  const needed = end + (number === WITH_MULTIPLIER ? 4 : 0);
  if (bytes < needed) throw new InkstoneError("E_FORMAT_TENSOR_END", { tensor: name, offset, end: offset + needed, available: offset + bytes });
  return { name, shape, type, elements, offset, ...(number === WITH_MULTIPLIER ? { multiplierAt: offset + end } : {}) };
}
