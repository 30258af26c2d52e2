// Twins of the pointwise kernels. Right, short, obvious.
import { philox } from "../../../core/index.ts";
import type { pointwiseKernels, ReferenceFamily } from "../../kernels/index.ts";
import { type FamilyExtents, need, type Sizes } from "../sizes.ts";
import { binarySlopes, binaryValues, unarySlopes, unaryValues } from "./functions.ts";

/** Twins of `pointwiseKernels`. */
export const pointwise: ReferenceFamily<typeof pointwiseKernels> = {
  fill({ y, n, value }) {
    y.fill(value, 0, n);
  },
  copy({ x, y, n, accumulate }) {
    for (let i = 0; i < n; i++) y[i] = accumulate ? y[i] + x[i] : x[i];
  },
  toFloat({ x, y, n }) {
    for (let i = 0; i < n; i++) y[i] = x[i];
  },
  unary({ x, y, n, operation, alpha }) {
    const f = unaryValues[operation];
    for (let i = 0; i < n; i++) y[i] = f(x[i], alpha);
  },
  unaryGrad({ x, dy, dx, n, operation, alpha, accumulate }) {
    const slope = unarySlopes[operation];
    for (let i = 0; i < n; i++) dx[i] = (accumulate ? dx[i] : 0) + slope(x[i], alpha) * dy[i];
  },
  binary({ a, b, y, n, inner, middle, operation }) {
    const f = binaryValues[operation];
    for (let i = 0; i < n; i++) y[i] = f(a[i], b[Math.floor(i / inner) % middle]);
  },
  binaryGrad({ a, b, dy, d, n, inner, middle, operation, second, accumulate }) {
    const slope = binarySlopes[operation][second];
    for (let i = 0; i < n; i++) d[i] = (accumulate ? d[i] : 0) + slope(a[i], b[Math.floor(i / inner) % middle]) * dy[i];
  },
  dropout({ x, y, n, rate, seedLow, seedHigh, step, operation, accumulate }) {
    const scale = Math.fround(1 / (1 - rate));
    for (let block = 0; block < n / 4; block++) {
      const words = philox([block, Math.floor(block / 2 ** 32), step, operation], [seedLow, seedHigh]);
      for (let i = 4 * block; i < Math.min(4 * block + 4, n); i++) {
        y[i] = (accumulate ? y[i] : 0) + (words[i % 4] >= rate * 2 ** 32 ? Math.fround(x[i] * scale) : 0);
      }
    }
  },
};

const known = (operation: number, functions: readonly unknown[]) => need(operation < functions.length, `there is no operation ${operation}`);

const binarySizes = ({ n, inner, middle, operation }: Sizes) => {
  known(operation, binaryValues);
  need(inner > 0 && middle > 0, `periods of ${inner} and ${middle}`);
  return { a: n, b: n > 0 ? middle : 0, dy: n, y: n, d: n };
};
const unarySizes = ({ n, operation }: Sizes) => {
  known(operation, unaryValues);
  return { x: n, dy: n, y: n, dx: n };
};

/** Elements that each touches. */
export const pointwiseExtents: FamilyExtents<typeof pointwiseKernels> = {
  fill: ({ n }) => ({ y: n }),
  copy: ({ n }) => ({ x: n, y: n }),
  toFloat: ({ n }) => ({ x: n, y: n }),
  unary: unarySizes,
  unaryGrad: unarySizes,
  binary: binarySizes,
  binaryGrad: binarySizes,
  dropout: ({ n, rate }) => {
    need(rate >= 0 && rate < 1, `a rate of ${rate}`);
    return { x: n, y: n };
  },
};
