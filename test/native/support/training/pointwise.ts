// Cases of the pointwise kernels.
import { type Case, f32, noise, zeros } from "../cases.ts";

/** All of them. */
export const pointwiseCases = (): Case[] =>
  [0, 1, 17, 40_000].flatMap((n): Case[] => [
    { kernel: "fill", label: `${n}`, operands: { y: zeros("f32", n) }, sizes: { n, value: 0.3 } },
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
