// Cases of the loss kernels.
import { createReferenceExecutor } from "#native";
import { type Case, f32, i32, noise, zeros } from "../cases.ts";
import { runCommand } from "../run.ts";

const shapes = [
  [0, 4],
  [1, 1],
  [5, 11],
  [40, 1000],
  [3, 20_011],
] as const;

// A loss of rows, then its gradient from the normaliser that it gave.
function pair(forward: Case, gradient: (normalizer: Float32Array) => Case): Case[] {
  return [forward, gradient(runCommand(createReferenceExecutor(), forward)["normalizer"] as Float32Array)];
}

function hard(): Case[] {
  return shapes.flatMap(([rows, vocabulary], i) => {
    const n = rows * vocabulary;
    const sizes = { rows, vocabulary, value: -100, smoothing: i % 2 ? 0 : 0.1, hasWeights: i % 3 === 2 ? 1 : 0 };
    const shared = {
      logits: f32(noise(n, 1, 8).map((value) => value + 100)),
      targets: i32(Array.from({ length: rows }, (_, row) => (row % 4 === 3 ? -100 : (row * 7) % vocabulary))),
      weights: f32(noise(vocabulary * sizes.hasWeights, 2).map(Math.abs)),
    };
    const label = `${rows}x${vocabulary}`;
    const perRow = i % 2;
    return pair(
      {
        kernel: "crossEntropy",
        label,
        operands: { ...shared, losses: zeros("f32", rows), counted: zeros("f32", rows), normalizer: zeros("f32", 2 * rows) },
        sizes,
        magnitude: (output) => new Float64Array(output === "normalizer" ? 2 * rows : rows).fill(20),
      },
      (normalizer) => ({
        kernel: "crossEntropyGrad",
        label,
        operands: {
          ...shared,
          normalizer: f32(normalizer),
          share: f32(Float32Array.of(0.7)),
          dy: f32(noise(perRow ? rows : 1, 3)),
          dlogits: f32(noise(n, 4)),
        },
        sizes: { ...sizes, perRow },
        flags: { accumulate: i === 2 },
        magnitude: () => new Float64Array(n).fill(2),
      }),
    );
  });
}

function soft(): Case[] {
  return shapes.flatMap(([rows, vocabulary], i) => {
    const n = rows * vocabulary;
    const sizes = { rows, vocabulary, smoothing: i % 2 ? 0 : 0.1 };
    const shared = { logits: f32(noise(n, 5, 8)), targets: f32(noise(n, 6).map((value) => Math.abs(value) / vocabulary)) };
    const label = `${rows}x${vocabulary}`;
    const perRow = i % 2;
    return pair(
      {
        kernel: "softCrossEntropy",
        label,
        operands: { ...shared, losses: zeros("f32", rows), normalizer: zeros("f32", 2 * rows) },
        sizes,
        magnitude: (output) => new Float64Array(output === "normalizer" ? 2 * rows : rows).fill(40),
      },
      (normalizer) => ({
        kernel: "softCrossEntropyGrad",
        label,
        operands: {
          ...shared,
          normalizer: f32(normalizer),
          share: f32(Float32Array.of(0.7)),
          dy: f32(noise(perRow ? rows : 1, 7)),
          dlogits: f32(noise(n, 8)),
        },
        sizes: { ...sizes, perRow },
        flags: { accumulate: i === 2 },
        magnitude: () => new Float64Array(n).fill(2),
      }),
    );
  });
}

function small(): Case[] {
  const totals = [0, 1, 500].flatMap((rows) =>
    [false, true].map((sum): Case => {
      const operands = { losses: f32(noise(rows, 9)), counted: f32(noise(rows, 10).map(Math.abs)), y: zeros("f32", 1), share: zeros("f32", 1) };
      return { kernel: "totalLoss", label: `${rows}${sum ? " sum" : ""}`, operands, sizes: { rows }, flags: { sum } };
    }),
  );
  const single = (seed: number) => f32(noise(1, seed));
  const elements = [0, 1, 40_001].flatMap((n): Case[] => [
    { kernel: "finite", label: `${n}`, operands: { x: f32(noise(n, 19)), y: zeros("f32", n) }, sizes: { n } },
    { kernel: "clip", label: `${n}`, operands: { x: f32(noise(n, 11)), y: zeros("f32", n) }, sizes: { n, alpha: -0.3, beta: 0.4 } },
    {
      kernel: "clipGrad",
      label: `${n}`,
      operands: { x: f32(noise(n, 12)), dy: f32(noise(n, 13)), dx: f32(noise(n, 14)) },
      sizes: { n, alpha: -0.3, beta: 0.4 },
      flags: { accumulate: n === 1 },
      magnitude: () => new Float64Array(n).fill(2),
    },
    {
      kernel: "scaleBy",
      label: `${n}`,
      operands: { x: f32(noise(n, 15)), a: single(16), b: single(17), y: f32(noise(n, 18)) },
      sizes: { n },
      flags: { accumulate: n > 1 },
      magnitude: () => new Float64Array(n).fill(2),
    },
  ]);
  return [...totals, ...elements];
}

/** All of them. */
export const lossCases = (): Case[] => [...hard(), ...soft(), ...small()];
