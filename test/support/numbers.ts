// Numbers for tests: random ones that are always the same, matrices from them, and how near is near enough.
import { expect } from "vitest";
import { type Device, type PackedMatrix, packMatrix, type Tensor, tensor } from "#tensor";
import { dequantize, quantize, type WrittenType, writtenTypes } from "./quantize.ts";

export { noise } from "../native/support/cases.ts";

/** Every value of `found` lies within `tolerance` of the largest of `expected` (at least of 1) beside its own. */
export function expectNear(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number = 2e-6, label: string = ""): void {
  expect(found.length, `${label} values`).toBe(expected.length);
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const far = Array.from(expected).findIndex((value, i) => !(Math.abs(found[i] - value) <= tolerance * largest));
  expect(far, `${label}[${far}] is ${found[far]}, expected ${expected[far]}`).toBe(-1);
}

/** The same bits: a zero of another sign is not the same. */
export function expectBits(found: ArrayLike<number>, expected: ArrayLike<number>, label: string = ""): void {
  const far = Array.from(expected).findIndex((value, i) => !Object.is(found[i], value));
  expect(far, `${label}[${far}] is ${found[far]}, expected the bits of ${expected[far]}`).toBe(-1);
  expect(found.length, `${label} values`).toBe(expected.length);
}

/** A packed matrix of a file's type made from values, and the values that it stands for. */
export function packed(
  device: Device,
  type: WrittenType,
  values: Float32Array,
  outputs: number,
  inputs: number,
): { matrix: PackedMatrix; dense: Float32Array } {
  const bytes = quantize(type, values);
  const rowBytes = bytes.length / outputs;
  const readRows = (first: number, rows: number, into: Uint8Array) => into.set(bytes.subarray(first * rowBytes, (first + rows) * rowBytes));
  return { matrix: packMatrix(device, { sourceType: writtenTypes[type].id, outputs, inputs, readRows }), dense: dequantize(type, bytes) };
}

/** All types that weights come in. */
export const weightTypes: readonly WrittenType[] = Object.keys(writtenTypes) as WrittenType[];

/** f32 values on a device. */
export const on = (device: Device, values: ArrayLike<number>, shape: readonly number[]): Tensor =>
  tensor(Float32Array.from(values), shape, { device });
