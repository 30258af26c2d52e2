// Cases of the optimize kernels.
import { type Case, f32, noise, zeros } from "../cases.ts";

const counts = [0, 1, 77, 40_001];
const runs = (n: number): number => Math.ceil(n / 16_384);
const positive = (n: number, seed: number): Float32Array => noise(n, seed).map(Math.abs);

// Sums of squares lose what a sum of so many terms loses; all else is near the largest of its terms.
const magnitude =
  (n: number) =>
  (output: string): Float64Array =>
    output === "partials" ? new Float64Array(runs(n)).fill(n * Math.min(128, Math.sqrt(n))) : new Float64Array(Math.max(n, 1)).fill(2);

function norms(): Case[] {
  const squares = counts.map(
    (n): Case => ({
      kernel: "sumSquares",
      label: `${n}`,
      operands: { x: f32(noise(n, 1)), partials: zeros("f32", runs(n)) },
      sizes: { n },
      magnitude: magnitude(n),
    }),
  );
  const scales = [
    { count: 0, maxNorm: 1, epsilon: 1e-6 },
    { count: 0, maxNorm: 1, epsilon: 0 },
    { count: 5, maxNorm: 1, epsilon: 1e-6 },
    { count: 5, maxNorm: Number.POSITIVE_INFINITY, epsilon: 0 },
    { count: 300, maxNorm: 0.5, epsilon: 1e-7, normalize: true },
    { count: 1, maxNorm: 1, epsilon: 1e-7, normalize: true },
  ].map(
    ({ count, maxNorm, epsilon, normalize = false }): Case => ({
      kernel: "gradientScale",
      label: `${count}, at most ${maxNorm}${normalize ? ", normalised" : ""}`,
      operands: { partials: f32(positive(count, 2)), norm: zeros("f32", 1), factor: zeros("f32", 1) },
      sizes: { count, maxNorm, epsilon, scale: 0.25 },
      flags: { normalize },
    }),
  );
  return [...squares, ...scales];
}

/** Operands that every update has. */
const common = (n: number, hasPartials: number) => ({
  gradient: f32(noise(n, 3)),
  factor: f32(Float32Array.of(0.7)),
  partials: zeros("f32", runs(n) * hasPartials),
  parameter: f32(noise(n, 4)),
});

function descents(): Case[] {
  const forms = [
    { hasMomentum: 0, hasPartials: 1 },
    { hasMomentum: 0, hasPartials: 0, decoupled: true },
    { hasMomentum: 1, hasPartials: 0 },
    { hasMomentum: 1, hasPartials: 1, nesterov: true },
    { hasMomentum: 1, hasPartials: 0, rateInside: true, decoupled: true },
    { hasMomentum: 1, hasPartials: 0, rateInside: true, nesterov: true },
  ];
  return counts.flatMap((n) =>
    forms.map(({ hasMomentum, hasPartials, nesterov = false, decoupled = false, rateInside = false }): Case => {
      const sizes = { n, learningRate: 0.1, momentum: 0.9, dampening: 0.3, weightDecay: 0.01, delta: 0.5, hasMomentum, hasPartials };
      const operands = { ...common(n, hasPartials), momentumBuffer: f32(noise(n * hasMomentum, 5)) };
      const flags = { nesterov, decoupled, rateInside };
      const label = `${n}, ${JSON.stringify({ hasMomentum, hasPartials, ...flags })}`;
      return { kernel: "sgdUpdate", label, operands, sizes, flags, magnitude: magnitude(n) };
    }),
  );
}

function moments(): Case[] {
  return counts.flatMap((n) =>
    [0, 1].map((on): Case => {
      const corrections = { correction1: 2, correction2: 1.5, ahead: 0.3 * (1 - on), delta: on ? 0.4 : Number.POSITIVE_INFINITY };
      const sizes = {
        n,
        learningRate: 0.01,
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-3,
        weightDecay: 0.1,
        ...corrections,
        hasLargest: on,
        hasPartials: on,
      };
      const state = { m: f32(noise(n, 6)), v: f32(positive(n, 7)), largest: f32(positive(n * on, 8)) };
      const flags = { decoupled: on === 0 };
      return { kernel: "adamUpdate", label: `${n}, ${on}`, operands: { ...common(n, on), ...state }, sizes, flags, magnitude: magnitude(n) };
    }),
  );
}

function adaptive(): Case[] {
  const numbers = { learningRate: 0.1, epsilon: 0.01, weightDecay: 0.01, delta: 0.5 };
  return counts.flatMap((n) =>
    [0, 1].flatMap((on): Case[] => {
      const flags = { decoupled: on === 1, epsilonInside: on === 1 };
      const rms = [0, 1].map((hasMomentum): Case => {
        const sizes = { n, ...numbers, rho: 0.9, momentum: 0.8, hasMean: on, hasMomentum, hasPartials: hasMomentum };
        const state = {
          v: f32(positive(n, 13).map((v) => v + 1)),
          meanGradient: f32(noise(n * on, 14, 0.3)),
          momentumBuffer: f32(noise(n * hasMomentum, 15)),
        };
        const label = `${n}, ${on} ${hasMomentum}`;
        const operands = { ...common(n, hasMomentum), ...state };
        return { kernel: "rmspropUpdate", label, operands, sizes, flags: { ...flags, rateInside: on === 1 }, magnitude: magnitude(n) };
      });
      const operands = { ...common(n, on), sum: f32(positive(n, 16)) };
      return [
        ...rms,
        { kernel: "adagradUpdate", label: `${n}, ${on}`, operands, sizes: { n, ...numbers, hasPartials: on }, flags, magnitude: magnitude(n) },
        {
          kernel: "adadeltaUpdate",
          label: `${n}, ${on}`,
          operands: { ...common(n, on), v: f32(positive(n, 20)), moved: f32(positive(n, 21)) },
          sizes: { n, ...numbers, rho: 0.9, hasPartials: on },
          flags: { decoupled: on === 1 },
          magnitude: magnitude(n),
        },
      ];
    }),
  );
}

function muons(): Case[] {
  return counts.flatMap((n) =>
    [0, 1].flatMap((on): Case[] => {
      const { parameter: _, ...seen } = common(n, on);
      const operands = { ...seen, update: zeros("f32", n), momentumBuffer: f32(noise(n, 17)) };
      const sums = { a: f32(noise(n, 18)), b: f32(noise(n * on, 19)), factor: f32(Float32Array.of(0.7)), y: zeros("f32", n) };
      return [
        {
          kernel: "muonMomentum",
          label: `${n}, ${on}`,
          operands,
          sizes: { n, momentum: 0.95, delta: 0.5, hasPartials: on },
          flags: { nesterov: on === 1 },
          magnitude: magnitude(n),
        },
        {
          kernel: "combine",
          label: `${n}, ${on}`,
          operands: sums,
          sizes: { n, alpha: 3.4, beta: -4.7, hasB: on },
          magnitude: () => new Float64Array(n).fill(8),
        },
      ];
    }),
  );
}

function averages(): Case[] {
  return counts.flatMap((n): Case[] => [
    {
      kernel: "averageUpdate",
      label: `${n}`,
      operands: { x: f32(noise(n, 9)), average: f32(noise(n, 10)) },
      sizes: { n, momentum: 0.99 },
      magnitude: magnitude(n),
    },
    { kernel: "exchange", label: `${n}`, operands: { a: f32(noise(n, 11)), b: f32(noise(n, 12)) }, sizes: { n } },
  ]);
}

// A rounding in an early vector turns later ones: their errors are those of vectors of length 1.
function orthogonals(): Case[] {
  return [
    [0, 0],
    [1, 1],
    [4, 9],
    [23, 23],
    [70, 129],
  ].map(
    ([count, length]): Case => ({
      kernel: "orthogonalize",
      label: `${count} of ${length}`,
      operands: { vectors: f32(noise(count * length, 13)) },
      sizes: { count, length },
      magnitude: magnitude(count * length),
    }),
  );
}

/** All of them. */
export const optimizeCases = (): Case[] => [...norms(), ...descents(), ...moments(), ...adaptive(), ...muons(), ...averages(), ...orthogonals()];
