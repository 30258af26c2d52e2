// Reads the right answers of test/parity/fixtures/learn. Their form: test/parity/generate/learn/common.py.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type Device, type Tensor, tensor } from "#tensor";
import { root } from "../../support/processes.ts";

/** An array as it is written. */
export interface FixtureArray {
  readonly shape: readonly number[];
  readonly f32?: string;
  readonly i32?: string;
}

/** A model with its right answers. */
export interface ModelCase {
  readonly name: string;
  readonly config: Readonly<Record<string, number | string | boolean>>;
  readonly weights: Readonly<Record<string, FixtureArray>>;
  readonly inputs: Readonly<Record<string, FixtureArray>>;
  readonly targets: FixtureArray;
  readonly outputs: Readonly<Record<string, FixtureArray>>;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, FixtureArray>>;
  readonly inputGradients: Readonly<Record<string, FixtureArray>>;
  readonly runs: readonly { readonly optimiser: string; readonly settings: Readonly<Record<string, unknown>>; readonly losses: readonly number[] }[];
}

/** A layer of Keras with its right answers: fixture keras_layers. */
export interface LayerCase<Config = Readonly<Record<string, unknown>>> {
  readonly name: string;
  readonly layer: string;
  readonly config: Config;
  readonly weights: Readonly<Record<string, FixtureArray>>;
  readonly inputs: Readonly<Record<string, FixtureArray>>;
  readonly output: FixtureArray;
  readonly upstream: FixtureArray;
  readonly gradients: Readonly<Record<string, FixtureArray>>;
  readonly inputGradients: Readonly<Record<string, FixtureArray>>;
}

/** The cases of a fixture. */
export function cases<T>(name: string): readonly T[] {
  return (JSON.parse(readFileSync(join(root, `test/parity/fixtures/learn/${name}.json`), "utf8")) as { cases: readonly T[] }).cases;
}

/** The numbers of an array. */
export function numbers(array: FixtureArray): Float32Array | Int32Array {
  const bytes = Uint8Array.from(Buffer.from(array.f32 ?? array.i32 ?? "", "base64"));
  return array.f32 === undefined ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
}

/** An array as a tensor. */
export function tensorOf(array: FixtureArray, device?: Device): Tensor {
  return tensor(numbers(array), array.shape, { device });
}

/** Each value within `share` of the largest of the right ones. */
export function expectClose(found: ArrayLike<number>, right: ArrayLike<number>, share: number, label: string): void {
  expect(found.length, `${label}: values`).toBe(right.length);
  const largest = Array.from(right).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  let [worst, at] = [0, 0];
  for (let i = 0; i < right.length; i++) {
    const error = Math.abs(found[i] - right[i]) / largest;
    if (!(error <= worst)) [worst, at] = [error, i];
  }
  expect(worst, `${label}[${at}] is ${found[at]}, right is ${right[at]}`).toBeLessThanOrEqual(share);
}

/** Ten steps of losses, each within 1e-4 of its value. */
export function expectLosses(found: readonly number[], right: readonly number[], label: string): void {
  for (const [i, loss] of right.entries())
    expect(Math.abs(found[i] - loss) / Math.abs(loss), `${label}, step ${i}: ${found[i]}, right is ${loss}`).toBeLessThan(1e-4);
}
