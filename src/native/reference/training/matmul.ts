// Twins of the matmul kernels. Right, short, obvious.
import type { matmulKernels, ReferenceFamily } from "../../kernels/index.ts";
import { roundBf16 } from "../floats.ts";
import { type FamilyExtents, need } from "../sizes.ts";

/** Twins of `matmulKernels`. */
export const matmul: ReferenceFamily<typeof matmulKernels> = {
  matmul(args, { look }) {
    const { bias, c, batch, batchA, batchB, rows, columns, depth, hasBias, transposeA, transposeB, accumulate, bf16 } = args;
    const [x, w] = [args.a.subarray(0, batchA * rows * depth), args.b.subarray(0, batchB * depth * columns)];
    const [a, b] = bf16 ? [x.map(roundBf16), w.map(roundBf16)] : [x, w];
    for (let i = 0; i < batch; i++) {
      const atA = batchA === 1 ? 0 : i * rows * depth;
      const atB = batchB === 1 ? 0 : i * depth * columns;
      for (let m = 0; m < rows; m++) {
        look();
        for (let n = 0; n < columns; n++) {
          const at = (i * rows + m) * columns + n;
          let sum = (hasBias ? bias[n] : 0) + (accumulate ? c[at] : 0);
          for (let k = 0; k < depth; k++) {
            sum += a[atA + (transposeA ? k * rows + m : m * depth + k)] * b[atB + (transposeB ? n * depth + k : k * columns + n)];
          }
          c[at] = sum;
        }
      }
    }
  },
  columnSums({ x, y, rows, columns, accumulate }) {
    for (let n = 0; n < columns; n++) {
      let sum = accumulate ? y[n] : 0;
      for (let m = 0; m < rows; m++) sum += x[m * columns + n];
      y[n] = sum;
    }
  },
};

/** Elements that each touches. */
export const matmulExtents: FamilyExtents<typeof matmulKernels> = {
  matmul: ({ batch, batchA, batchB, rows, columns, depth, hasBias }) => {
    for (const shared of [batchA, batchB]) need(shared === 1 || shared === batch, `${shared} matrices for a batch of ${batch}`);
    need(hasBias <= 1, `hasBias is ${hasBias}`);
    return { a: batchA * rows * depth, b: batchB * depth * columns, bias: hasBias * columns, c: batch * rows * columns };
  },
  columnSums: ({ rows, columns }) => ({ x: rows * columns, y: columns }),
};
