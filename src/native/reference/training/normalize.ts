// Twins of the normalize kernels. Right, short, obvious.
import type { normalizeKernels, ReferenceFamily } from "../../kernels/index.ts";
import { type FamilyExtents, need } from "../sizes.ts";

// What a row is shifted and multiplied by.
function moments(x: Float32Array, epsilon: number, centered: number): { mean: number; inverse: number } {
  const mean = centered ? x.reduce((sum, value) => sum + value, 0) / x.length : 0;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return { mean, inverse: 1 / Math.sqrt(variance + epsilon) };
}

/** Twins of `normalizeKernels`. */
export const normalize: ReferenceFamily<typeof normalizeKernels> = {
  norm({ x, gamma, beta, y, rows, width, epsilon, hasGamma, hasBeta, centered }) {
    for (let row = 0; row < rows; row++) {
      const at = row * width;
      const { mean, inverse } = moments(x.subarray(at, at + width), epsilon, centered);
      for (let c = 0; c < width; c++) y[at + c] = (x[at + c] - mean) * inverse * (hasGamma ? gamma[c] : 1) + (hasBeta ? beta[c] : 0);
    }
  },
  normGrad({ x, gamma, dy, partial, dx, rows, width, epsilon, hasGamma, hasPartial, block, centered, accumulate }) {
    const sums = new Float64Array(partial.length * hasPartial);
    for (let row = 0; row < rows; row++) {
      const at = row * width;
      const { mean, inverse } = moments(x.subarray(at, at + width), epsilon, centered);
      const g = (c: number) => dy[at + c] * (hasGamma ? gamma[c] : 1);
      const normed = (c: number) => (x[at + c] - mean) * inverse;
      let [sum, product] = [0, 0];
      for (let c = 0; c < width; c++) {
        sum += centered ? g(c) : 0;
        product += g(c) * normed(c);
      }
      const run = Math.floor(row / block) * width;
      for (let c = 0; c < width && hasPartial; c++) {
        sums[run + c] += dy[at + c] * normed(c);
        sums[sums.length / 2 + run + c] += dy[at + c];
      }
      for (let c = 0; c < width; c++) {
        dx[at + c] = (accumulate ? dx[at + c] : 0) + inverse * (g(c) - sum / width - (normed(c) * product) / width);
      }
    }
    if (hasPartial) partial.set(sums);
  },
  softmax({ x, y, rows, width, logarithm }) {
    for (let at = 0; at < rows * width; at += width) {
      const values = x.subarray(at, at + width);
      const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
      const sum = values.reduce((total, value) => total + Math.exp(value - most), 0);
      for (let c = 0; c < width; c++) y[at + c] = logarithm ? values[c] - most - Math.log(sum) : Math.exp(values[c] - most) / sum;
    }
  },
  softmaxGrad({ y, dy, dx, rows, width, logarithm, accumulate }) {
    for (let at = 0; at < rows * width; at += width) {
      let sum = 0;
      for (let c = at; c < at + width; c++) sum += logarithm ? dy[c] : y[c] * dy[c];
      for (let c = at; c < at + width; c++) {
        dx[c] = (accumulate ? dx[c] : 0) + (logarithm ? dy[c] - Math.exp(y[c]) * sum : y[c] * (dy[c] - sum));
      }
    }
  },
};

/** Elements that each touches. */
export const normalizeExtents: FamilyExtents<typeof normalizeKernels> = {
  norm: ({ rows, width, hasGamma, hasBeta }) => ({ x: rows * width, gamma: width * hasGamma, beta: width * hasBeta, y: rows * width }),
  normGrad: ({ rows, width, hasGamma, hasPartial, block }) => {
    need(block > 0, "blocks of no rows");
    const n = rows * width;
    return { x: n, gamma: width * hasGamma, dy: n, partial: 2 * Math.ceil(rows / block) * width * hasPartial, dx: n };
  },
  softmax: ({ rows, width }) => ({ x: rows * width, y: rows * width }),
  softmaxGrad: ({ rows, width }) => ({ y: rows * width, dy: rows * width, dx: rows * width }),
};
