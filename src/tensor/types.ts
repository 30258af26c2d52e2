// Element types as JavaScript sees them. Knows no tensors.
import { brainsToSingles, InkstoneError, refuseOption, singlesToBrains } from "../core/index.ts";
import type { ElementType } from "../native/index.ts";

/** Sizes of each dimension, outermost first; [] is a single value. */
export type Shape = readonly number[];

/** Values of a tensor as JavaScript has them: bf16 comes widened. */
export type Values = Float32Array | Int32Array | Uint8Array;

/** Bytes of one element. */
export const elementBytes: Readonly<Record<ElementType, number>> = { f32: 4, bf16: 2, i32: 4, u8: 1 };

/**
 * How many elements a shape holds. Errors: `E_SHAPE` where a size counts nothing (negative, broken, not a number).
 *
 * @example
 * sizeOf([2, 3]); // 6
 */
export function sizeOf(shape: Shape): number {
  if (!Array.isArray(shape)) {
    const allowed = { en: "a list of sizes, such as [4, 10]", zh: "由各维大小组成的列表，例如 [4, 10]" };
    refuseOption("shape", shape, allowed);
  }
  if (!shape.every(isCount))
    throw new InkstoneError("E_SHAPE", { operation: "shape", expected: { en: "whole sizes from 0 on", zh: "不小于 0 的整数大小" }, got: shape });
  return shape.reduce((product, size) => product * size, 1);
}

/** Whether a number counts something: whole, exact, not below zero. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

const arrays = { f32: Float32Array, bf16: Float32Array, i32: Int32Array, u8: Uint8Array } as const;

/** Values as the bytes of a type: no copy where they are of that type already; rounded to nearest even for bf16. */
export function encode(values: ArrayLike<number>, type: ElementType): Uint8Array {
  const typed = values instanceof arrays[type] ? values : arrays[type].from(values);
  const stored = type === "bf16" ? singlesToBrains(typed as Float32Array) : typed;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

/** Bytes of a type as values. */
export function decode(bytes: Uint8Array, type: ElementType): Values {
  if (type === "u8") return bytes;
  if (type === "i32") return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  if (type === "f32") return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  return brainsToSingles(halves);
}
