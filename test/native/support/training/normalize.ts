// Cases of the normalize kernels.
import { type Case, f32, noise, zeros } from "../cases.ts";

const shapes = [
  [0, 8],
  [1, 1],
  [3, 5],
  [7, 64],
  [33, 100],
  [200, 384],
  [2, 4099],
] as const;

function norms(): Case[] {
  return shapes.flatMap(([rows, width], i): Case[] => {
    const n = rows * width;
    const centered = i % 2 === 0;
    const has = { hasGamma: i % 3 === 0 ? 0 : 1, hasBeta: i % 4 === 0 ? 0 : 1 };
    const x = f32(noise(n, 1, 3).map((value) => value + 2));
    const gamma = f32(noise(width * has.hasGamma, 2));
    const label = `${rows}x${width}`;
    const block = [1, 16, 4][i % 3];
    const runs = Math.ceil(rows / block);
    return [
      {
        kernel: "norm",
        label,
        operands: { x, gamma, beta: f32(noise(width * has.hasBeta, 3)), y: zeros("f32", n) },
        sizes: { rows, width, epsilon: 1e-3, ...has },
        flags: { centered },
        magnitude: () => new Float64Array(n).fill(4),
      },
      ...[0, 1].map(
        (hasPartial): Case => ({
          kernel: "normGrad",
          label: `${label}${hasPartial ? " with sums" : " accumulate"}`,
          operands: { x, gamma, dy: f32(noise(n, 4)), partial: zeros("f32", 2 * runs * width * hasPartial), dx: f32(noise(n, 5)) },
          sizes: { rows, width, epsilon: 1e-3, hasGamma: has.hasGamma, hasPartial, block },
          flags: { centered, accumulate: hasPartial === 0 },
          magnitude: (output) => (output === "partial" ? new Float64Array(2 * runs * width).fill(block * 4) : new Float64Array(n).fill(10)),
        }),
      ),
    ];
  });
}

function softmaxes(): Case[] {
  return shapes.flatMap(([rows, width]) =>
    [false, true].flatMap((logarithm): Case[] => {
      const n = rows * width;
      const label = `${rows}x${width}${logarithm ? " logarithm" : ""}`;
      const y = noise(n, 8).map((value) => (logarithm ? -4 : 1) * Math.abs(value));
      return [
        {
          kernel: "softmax",
          label,
          operands: { x: f32(noise(n, 7, 20)), y: zeros("f32", n) },
          sizes: { rows, width },
          flags: { logarithm },
          magnitude: () => new Float64Array(n).fill(logarithm ? 40 : 1),
        },
        {
          kernel: "softmaxGrad",
          label,
          operands: { y: f32(y), dy: f32(noise(n, 9)), dx: f32(noise(n, 10)) },
          sizes: { rows, width },
          flags: { logarithm, accumulate: logarithm },
          magnitude: () => new Float64Array(n).fill(2 + width),
        },
      ];
    }),
  );
}

/** All of them. */
export const normalizeCases = (): Case[] => [...norms(), ...softmaxes()];
