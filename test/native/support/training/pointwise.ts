// Cases of the pointwise kernels.
import { binaryFunctions, unaryFunctions } from "#native";
import { type Case, f32, i32, noise, zeros } from "../cases.ts";

const fills = (): Case[] =>
  [0, 1, 17, 40_000].flatMap((n): Case[] => [
    { kernel: "fill", label: `${n}`, operands: { y: zeros("f32", n) }, sizes: { n, value: 0.3 } },
    {
      kernel: "toFloat",
      label: `${n}`,
      operands: { x: i32(Array.from(noise(n, 3, 1e6), Math.round)), y: zeros("f32", n) },
      sizes: { n },
    },
    ...[false, true].map(
      (accumulate): Case => ({
        kernel: "copy",
        label: `${n}${accumulate ? " accumulate" : ""}`,
        operands: { x: f32(noise(n, 1)), y: f32(noise(n, 2)) },
        sizes: { n },
        flags: { accumulate },
        magnitude: () => new Float64Array(n).fill(2),
      }),
    ),
  ]);

/** Numbers near zero, moderate and far from it; only above zero where a function has no value below. */
function inputs(name: string, n: number): Float32Array {
  const x = noise(n, 4, 1).map((value, i) => value * [1, 6, 1e-3, 30][i % 4]);
  return name === "log" || name === "sqrt" ? x.map((value, i) => (i === 5 ? 1e-40 : Math.abs(value) + 1e-6)) : x;
}

const unaries = (): Case[] =>
  Object.entries(unaryFunctions).flatMap(([name, operation]) =>
    [0, 5, 1000, 33_000].flatMap((n): Case[] => {
      const x = inputs(name, n);
      const sizes = { n, operation, alpha: 0.7 };
      const dy = noise(n, 5);
      // Far below zero what gates let through is nearly nothing: their terms are as large as x.
      const magnitude = (slope: boolean, before: number) => () =>
        Float64Array.from(x, (value, i) => largestTerm(name, value, slope) * (slope ? Math.abs(dy[i]) : 1) + before);
      return [
        { kernel: "unary", label: `${name} ${n}`, operands: { x: f32(x), y: zeros("f32", n) }, sizes, magnitude: magnitude(false, 0) },
        ...[false, true].map(
          (accumulate): Case => ({
            kernel: "unaryGrad",
            label: `${name} ${n}${accumulate ? " accumulate" : ""}`,
            operands: { x: f32(x), dy: f32(dy), dx: f32(noise(n, 6)) },
            sizes,
            flags: { accumulate },
            magnitude: magnitude(true, accumulate ? 1 : 0),
          }),
        ),
      ];
    }),
  );

function largestTerm(name: string, x: number, slope: boolean): number {
  if (name === "exp") return Math.exp(x) * (1 + Math.abs(x) / 8);
  if (name === "log") return slope ? 1 / x : Math.abs(Math.log(x));
  if (name === "sqrt") return slope ? 0.5 / Math.sqrt(x) : Math.sqrt(x);
  if (name === "sigmoid" || name === "tanh") return slope ? 1 : Math.abs(name === "tanh" ? Math.tanh(x) : 1 / (1 + Math.exp(-x)));
  return 1 + Math.abs(x);
}

const binaries = (): Case[] =>
  Object.entries(binaryFunctions).flatMap(([name, operation]) =>
    [
      [0, 1, 1],
      [1, 1, 1],
      [77, 1, 77],
      [40_000, 1, 40_000],
      [60_000, 1, 300],
      [60, 1, 3],
      [30_000, 10, 30],
      [20_000, 20_000, 1],
      [20_000, 5000, 2],
    ].flatMap(([n, inner, middle]): Case[] => {
      const away = (values: Float32Array) => values.map((value) => value + Math.sign(value) * 0.5);
      const operands = { a: f32(away(noise(n, 7))), b: f32(away(noise(n === 0 ? 0 : middle, 8))) };
      const sizes = { n, inner, middle, operation };
      const label = `${name} ${n} by ${middle} x ${inner}`;
      return [
        { kernel: "binary", label, operands: { ...operands, y: zeros("f32", n) }, sizes },
        ...[false, true].map(
          (second): Case => ({
            kernel: "binaryGrad",
            label: `${label}${second ? " second" : ""}`,
            operands: { ...operands, dy: f32(noise(n, 9)), d: f32(noise(n, 10)) },
            sizes,
            flags: { second, accumulate: n % 7 === 0 },
            magnitude: () => new Float64Array(n).fill(8),
          }),
        ),
      ];
    }),
  );

// The same elements stay on both sides, so the values are the same bits.
const dropouts = (): Case[] =>
  [0, 1, 63, 1000, 50_001].flatMap((n) =>
    [false, true].map(
      (accumulate): Case => ({
        kernel: "dropout",
        label: `${n}${accumulate ? " accumulate" : ""}`,
        operands: { x: f32(noise(n, 11)), y: f32(noise(n, 12)) },
        sizes: { n, rate: n % 2 ? 0.3 : 0.1, seedLow: 4_000_000_000, seedHigh: 77, step: 3, operation: n },
        flags: { accumulate },
        magnitude: accumulate ? () => new Float64Array(n).fill(2) : () => new Float64Array(n),
      }),
    ),
  );

/** All of them. */
export const pointwiseCases = (): Case[] => [...fills(), ...unaries(), ...binaries(), ...dropouts()];
