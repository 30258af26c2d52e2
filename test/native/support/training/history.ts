// Cases of attention to what has been written.
import { type Case, f32, i32, noise, zeros } from "../cases.ts";

/** Rows that go on from one another: their ancestors at each position are others than themselves. */
export function historyCases(): Case[] {
  const shapes = [
    [1, 1, 1, 64, 0, 8, 0],
    [3, 4, 6, 64, 17, 32, 0],
    [5, 8, 3, 20, 40, 41, 1],
    [0, 2, 2, 16, 3, 4, 1],
  ] as const;
  return shapes.map(([rows, slots, heads, width, position, capacity, hasBias]): Case => {
    const [row, pool] = [rows * heads * width, capacity * slots * heads * width];
    const ancestors = i32(Array.from({ length: rows * capacity }, (_, i) => (i * 7) % slots));
    const operands = {
      ...{ q: f32(noise(row, 60, 4)), k: f32(noise(row, 61)), v: f32(noise(row, 62)), ancestors, bias: f32(noise(hasBias * heads * capacity, 63)) },
      ...{ y: zeros("f32", row), keys: f32(noise(pool, 64)), values: f32(noise(pool, 65)) },
    };
    const scale = width ** -0.5;
    const magnitude = (output: string) => new Float64Array(output === "y" ? row : pool).fill(1 + scale * Math.sqrt(width) * 2);
    const sizes = { rows, slots, heads, width, position, capacity, scale, hasBias };
    return { kernel: "historyAttention", label: `${rows} of ${slots} rows at ${position}, ${heads} heads of ${width}`, operands, sizes, magnitude };
  });
}
