// Right answers of the metrics, as their generators wrote them: NaN and infinities are strings that Number() reads.
import { readFileSync } from "node:fs";
import { expect } from "vitest";

/** A number of a fixture. */
export type Written = number | string;

/** A fixture by name. */
export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../parity/fixtures/${name}.json`, import.meta.url), "utf8")) as T;
}

/** Whether a number is the written one, to 1e-9 (of the larger of 1 and its size) unless said otherwise. */
export function expectNumber(got: number, written: Written, what = "", tolerance = 1e-9): void {
  const right = Number(written);
  if (!Number.isFinite(right)) expect(got, what).toBe(right);
  else expect(Math.abs(got - right), `${what}: ${got} for ${right}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(right)));
}

/** The same for lists, of one length. */
export function expectNumbers(got: readonly number[], written: readonly Written[], what = ""): void {
  expect(got.length, `${what}: length`).toBe(written.length);
  for (const [i, one] of written.entries()) expectNumber(got[i], one, `${what}[${i}]`);
}
