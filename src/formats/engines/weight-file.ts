// What the files of translation engines have in common: weights by name, each a shape, a type and a place. Knows no container.
import { brainsToSingles, halvesToSingles, InkstoneError } from "../../core/index.ts";
import type { ByteSource } from "../source.ts";

/** Most weights of a file. */
export const MOST_WEIGHTS = 65_536;
/** Most dimensions of one. */
const MOST_DIMENSIONS = 8;

/** Bytes of an element by type. */
export const elementSizes = { f32: 4, f16: 2, bf16: 2, i8: 1, i16: 2, i32: 4 } as const;

/** An element type. */
export type WeightType = keyof typeof elementSizes;

/** A weight: where its values lie. */
export interface StoredWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: WeightType;
  readonly elements: number;
  /** Byte of the file at which its values begin. */
  readonly offset: number;
  /** One number that follows the values: what they were multiplied with before they were rounded. */
  readonly multiplierAt?: number;
}

/** An open file of weights. Close it when they have been read. */
export interface WeightFile {
  /** Last part of its path. */
  readonly name: string;
  readonly weights: ReadonlyMap<string, StoredWeight>;
  /** Texts that the file has beside its weights, by name. */
  readonly texts: ReadonlyMap<string, string>;
  /** Values of a weight as f32; those of int8 with a multiplier divided by it. Errors: `E_FORMAT_MISSING`, `E_FORMAT_TRUNCATED`, `E_MEMORY`. */
  values(name: string): Float32Array;
  close(): void;
}

/** How many elements a shape has. Errors: `E_FORMAT_LIMIT`, `E_FORMAT_OVERFLOW`. */
export function elementsOf(tensor: string, offset: number, shape: readonly number[]): number {
  if (shape.length > MOST_DIMENSIONS)
    throw new InkstoneError("E_FORMAT_LIMIT", { field: `${tensor}, dimensions`, offset, value: shape.length, limit: MOST_DIMENSIONS });
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    if (!Number.isSafeInteger(elements) || elements < 0) throw new InkstoneError("E_FORMAT_OVERFLOW", { tensor, offset });
  }
  return elements;
}

/** Refuses a name that is empty or there already. */
export function checkName(field: string, offset: number, name: string, known: { has(name: string): boolean }): void {
  if (name === "") throw new InkstoneError("E_FORMAT_NAME", { field, offset, name, why: { en: "it is empty", zh: "为空" } });
  if (known.has(name)) throw new InkstoneError("E_FORMAT_DUPLICATE", { field, offset, name });
}

function bytesOf(source: ByteSource, { name, offset, elements, type }: StoredWeight): Uint8Array {
  const needed = elements * elementSizes[type];
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(needed);
  } catch (error) {
    throw new InkstoneError("E_MEMORY", { needed }, { cause: error });
  }
  const available = source.read(offset, bytes);
  if (available < needed) throw new InkstoneError("E_FORMAT_TRUNCATED", { field: name, offset, needed, available });
  return bytes;
}

/** Values as f32. The bytes are those of whole elements, and all of their buffer. */
export function widened(bytes: Uint8Array, type: WeightType | "u8" | "i64"): Float32Array {
  const { buffer } = bytes;
  switch (type) {
    case "f32":
      return new Float32Array(buffer);
    case "f16":
      return halvesToSingles(new Uint16Array(buffer));
    case "bf16":
      return brainsToSingles(new Uint16Array(buffer));
    case "i8":
      return Float32Array.from(new Int8Array(buffer));
    case "i16":
      return Float32Array.from(new Int16Array(buffer));
    case "i32":
      return Float32Array.from(new Int32Array(buffer));
    case "u8":
      return Float32Array.from(bytes);
    case "i64":
      return Float32Array.from(new BigInt64Array(buffer), Number);
  }
}

/** A file of what a walk has found. */
export function weightFile(
  source: ByteSource,
  weights: ReadonlyMap<string, StoredWeight>,
  texts: ReadonlyMap<string, string> = new Map(),
): WeightFile {
  return {
    name: source.name,
    weights,
    texts,
    values(name) {
      const weight = weights.get(name);
      if (weight === undefined) throw new InkstoneError("E_FORMAT_MISSING", { field: name });
      const values = widened(bytesOf(source, weight), weight.type);
      if (weight.multiplierAt === undefined) return values;
      const place = { ...weight, offset: weight.multiplierAt, elements: 1, type: "f32" } as const;
      const [multiplier] = widened(bytesOf(source, place), "f32");
      if (!(multiplier > 0 && multiplier < Number.POSITIVE_INFINITY))
        throw new InkstoneError("E_FORMAT_VALUE", { field: `${name}, multiplier`, offset: place.offset, value: multiplier, allowed: ["> 0"] });
      for (let i = 0; i < values.length; i++) values[i] /= multiplier;
      return values;
    },
    close: () => source.close(),
  };
}
