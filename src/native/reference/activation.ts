// Twins of the element-wise kernels, the norm and the rounding to int8. Right, short, obvious; results are rounded to f32 when stored.

import type { activationKernels, ReferenceFamily } from "../kernels/index.ts";
import { BLOCK } from "../layout.ts";
import { roundHalfEven } from "./floats.ts";
import { checkIndex } from "./refuse.ts";

/** Twins of `activationKernels`. The fused ones are their parts, one after the other. */
export const activation: ReferenceFamily<typeof activationKernels> = {
  add({ a, b, y, n }) {
    for (let i = 0; i < n; i++) y[i] = a[i] + b[i];
  },
  siluMultiply({ gate, up, y, n }) {
    for (let i = 0; i < n; i++) y[i] = (gate[i] / (1 + Math.exp(-gate[i]))) * up[i];
  },
  siluMultiplyGrad({ gate, up, dy, dgate, dup, n, accumulate }) {
    for (let i = 0; i < n; i++) {
      const s = 1 / (1 + Math.exp(-gate[i]));
      dgate[i] = dy[i] * up[i] * s * (1 + gate[i] * (1 - s)) + (accumulate ? dgate[i] : 0);
      dup[i] = dy[i] * gate[i] * s + (accumulate ? dup[i] : 0);
    }
  },
  rmsNorm({ x, weight, y, rows, width, epsilon }) {
    for (let row = 0; row < rows * width; row += width) {
      let squares = 0;
      for (let i = 0; i < width; i++) squares += x[row + i] * x[row + i];
      const scale = 1 / Math.sqrt(squares / width + epsilon);
      for (let i = 0; i < width; i++) y[row + i] = x[row + i] * scale * weight[i];
    }
  },
  quantizeRows({ x, quantized, scales, rows, width }) {
    for (let block = 0; block < (rows * width) / BLOCK; block++) {
      let largest = 0;
      for (let i = 0; i < BLOCK; i++) largest = Math.max(largest, Math.abs(x[block * BLOCK + i]));
      const d = Math.fround(largest / 127);
      let sum = 0;
      for (let i = 0; i < BLOCK; i++) {
        const q = d === 0 ? 0 : roundHalfEven(Math.fround(x[block * BLOCK + i] / d));
        quantized[block * BLOCK + i] = q;
        sum += q;
      }
      scales[2 * block] = d;
      scales[2 * block + 1] = d * sum;
    }
  },
  rmsNormQuantize({ x, weight, quantized, scales, rows, width, epsilon }, run) {
    const y = new Float32Array(rows * width);
    activation.rmsNorm({ x, weight, y, rows, width, epsilon }, run);
    activation.quantizeRows({ x: y, quantized, scales, rows, width }, run);
  },
  siluMultiplyQuantize({ gate, up, quantized, scales, rows, width }, run) {
    const y = new Float32Array(rows * width);
    activation.siluMultiply({ gate, up, y, n: rows * width }, run);
    activation.quantizeRows({ x: y, quantized, scales, rows, width }, run);
  },
  selectRow({ x, y, rows, width, row }) {
    checkIndex("selectRow", row, rows);
    y.set(x.subarray(row * width, (row + 1) * width));
  },
};
