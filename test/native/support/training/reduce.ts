// Cases of the reduce kernels.
import { type Case, f32, i32, noise, zeros } from "../cases.ts";

const shapes = [
  [0, 3, 1],
  [2, 0, 3],
  [2, 0, 1],
  [1, 1, 1],
  [1, 50_000, 1],
  [700, 130, 1],
  [1, 300, 1536],
  [3, 17, 5],
  [2, 9, 300],
  [1, 5000, 2],
  [4000, 3, 4],
] as const;

/** All of them. */
export const reduceCases = (): Case[] =>
  shapes.flatMap(([outer, middle, inner]) =>
    [false, true].flatMap((accumulate): Case[] => {
      const [all, few] = [outer * middle * inner, outer * inner];
      const sizes = { outer, middle, inner };
      const label = `${outer}x${middle}x${inner}${accumulate ? " accumulate" : ""}`;
      const x = noise(all, 1);
      // Coarse values: many equals.
      const coarse = x.map((value) => Math.round(value * 8));
      const index = i32(Array.from({ length: few }, (_, i) => (i * 7) % Math.max(middle, 1)));
      const sum: Case = {
        kernel: "reduceSum",
        label,
        operands: { x: f32(x), y: f32(noise(few, 2)) },
        sizes: { ...sizes, scale: 0.3 },
        flags: { accumulate },
        magnitude: () => new Float64Array(few).fill(1 + Math.sqrt(middle) * middle * 0.15),
      };
      const spread: Case = {
        kernel: "spread",
        label,
        operands: { x: f32(noise(few, 3)), y: f32(x) },
        sizes: { ...sizes, scale: 0.3 },
        flags: { accumulate },
        magnitude: () => new Float64Array(all).fill(1),
      };
      const grad: Case = {
        kernel: "reduceMaxGrad",
        label,
        operands: { index, dy: f32(noise(few, 4)), dx: f32(x) },
        sizes,
        flags: { accumulate },
        magnitude: () => new Float64Array(all).fill(2),
      };
      const max: Case = { kernel: "reduceMax", label, operands: { x: f32(coarse), y: zeros("f32", few), index: zeros("i32", few) }, sizes };
      return [sum, spread, grad, ...(accumulate || (middle === 0 && few > 0) ? [] : [max])];
    }),
  );
