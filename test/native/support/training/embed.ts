// Cases of the embed kernels.
import { type Case, f32, i32, noise, zeros } from "../cases.ts";

/** All of them: few rows, many rows, rows of one value, no ids. */
export const embedCases = (): Case[] =>
  [
    [0, 5, 3],
    [40, 7, 200],
    [300, 5000, 33],
    [9, 3000, 1],
    [70, 65, 384],
  ].flatMap(([count, vocabulary, width], i): Case[] => {
    const ids = i32(Array.from(noise(count, 1), (value) => Math.floor((value ** 2 * 0.999 + 0.0005) * vocabulary)));
    const sizes = { count, vocabulary, width };
    const label = `${count} of ${vocabulary}x${width}`;
    return [
      { kernel: "embedding", label, operands: { table: f32(noise(vocabulary * width, 2)), ids, y: zeros("f32", count * width) }, sizes },
      {
        kernel: "embeddingGrad",
        label,
        operands: { ids, dy: f32(noise(count * width, 3)), dtable: f32(noise(vocabulary * width, 4)) },
        sizes,
        flags: { accumulate: i % 2 === 1 },
        magnitude: () => new Float64Array(vocabulary * width).fill(1 + count),
      },
    ];
  });
