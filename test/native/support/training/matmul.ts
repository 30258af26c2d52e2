// Cases of the matmul kernels.
import { type Case, f32, noise, zeros } from "../cases.ts";

interface Product {
  readonly batch?: number;
  readonly batchA?: number;
  readonly batchB?: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly bias?: boolean;
}

const flags = (number: number) => ({
  transposeA: (number & 1) > 0,
  transposeB: (number & 2) > 0,
  accumulate: (number & 4) > 0,
  bf16: (number & 8) > 0,
});

// sqrt(K) · sum|a · b| of each element, and what the sum begins with.
function magnitude(one: Case): Float64Array {
  const { batch, batchA, batchB, rows, columns, depth, hasBias } = one.sizes;
  const { transposeA, transposeB, accumulate } = one.flags ?? {};
  const [a, b, bias, c] = ["a", "b", "bias", "c"].map((name) => one.operands[name].data as Float32Array);
  const result = new Float64Array(batch * rows * columns);
  for (let at = 0; at < result.length; at++) {
    const [i, m, n] = [Math.floor(at / rows / columns), Math.floor(at / columns) % rows, at % columns];
    const [atA, atB] = [batchA === 1 ? 0 : i * rows * depth, batchB === 1 ? 0 : i * depth * columns];
    let sum = (hasBias ? Math.abs(bias[n]) : 0) + (accumulate ? Math.abs(c[at]) : 0);
    for (let k = 0; k < depth; k++) {
      sum += Math.abs(a[atA + (transposeA ? k * rows + m : m * depth + k)] * b[atB + (transposeB ? n * depth + k : k * columns + n)]);
    }
    result[at] = sum * Math.sqrt(Math.max(depth, 1));
  }
  return result;
}

function product(form: Product, number: number): Case {
  const { batch = 1, batchA = batch, batchB = batch, rows, columns, depth, bias = false } = form;
  const one: Case = {
    kernel: "matmul",
    label: `${batch} (${batchA}, ${batchB}) x ${rows} x ${columns} x ${depth}${bias ? ", bias" : ""}, ${Object.entries(flags(number))
      .flatMap(([name, on]) => (on ? [name] : []))
      .join(" ")}`,
    operands: {
      a: f32(noise(batchA * rows * depth, 1)),
      b: f32(noise(batchB * depth * columns, 2)),
      bias: f32(noise(columns, 3)),
      c: f32(noise(batch * rows * columns, 4)),
    },
    sizes: { batch, batchA, batchB, rows, columns, depth, hasBias: bias ? 1 : 0 },
    flags: flags(number),
  };
  let terms: Float64Array | undefined;
  return { ...one, magnitude: () => (terms ??= magnitude(one)) };
}

// Every way of flags on shapes that fit no block, then single ones past every block.
const products = (): Case[] => [
  ...[...Array(16).keys()].flatMap((number) => [
    product({ batch: 2, rows: 5, columns: 7, depth: 3, bias: true }, number),
    product({ rows: 61, columns: 83, depth: 45, bias: number % 3 === 0 }, number),
    product({ rows: 33, columns: 40, depth: 530 }, number),
  ]),
  ...[0, 1, 2, 3, 8, 11].flatMap((number) => [
    product({ batch: 3, batchA: 1, rows: 4, columns: 18, depth: 9 }, number),
    product({ batch: 3, batchB: 1, rows: 4, columns: 18, depth: 9 }, number),
    product({ rows: 1, columns: 100, depth: 64, bias: true }, number),
    product({ rows: 200, columns: 1, depth: 31 }, number),
    // Strips of a low-rank matrix, and of each number of rows that is left.
    product({ rows: 16, columns: 67, depth: 40 }, number),
    product({ rows: 24, columns: 50, depth: 33 }, number),
    product({ rows: 3, columns: 5, depth: 0, bias: true }, number),
    product({ rows: 0, columns: 5, depth: 4 }, number),
    product({ batch: 0, rows: 2, columns: 2, depth: 2 }, number),
  ]),
  product({ rows: 130, columns: 600, depth: 20 }, 0),
  product({ rows: 600, columns: 130, depth: 20 }, 7),
];

/** All of them. */
export const matmulCases = (): Case[] => [
  ...products(),
  ...[
    [0, 3],
    [1, 1],
    [7, 100],
    [300, 65],
    [4000, 20],
  ].flatMap(([rows, columns]) =>
    [false, true].map((accumulate): Case => {
      const [x, y] = [noise(rows * columns, 1), accumulate ? noise(columns, 2) : zeros("f32", columns).data];
      const terms = Float64Array.from({ length: columns }, (_, n) => {
        let sum = Math.abs(y[n]);
        for (let m = 0; m < rows; m++) sum += Math.abs(x[m * columns + n]);
        return sum * Math.sqrt(Math.max(rows, 1));
      });
      return {
        kernel: "columnSums",
        label: `${rows} x ${columns}${accumulate ? " accumulate" : ""}`,
        operands: { x: f32(x), y: f32(y as Float32Array) },
        sizes: { rows, columns },
        flags: { accumulate },
        magnitude: () => terms,
      };
    }),
  ),
];
