// Twins of the kernels that choose, gather and count on. Right, short, obvious.
import type { ReferenceFamily, selectKernels } from "../../kernels/index.ts";
import { checkIndex, refuseNumber } from "../refuse.ts";
import type { FamilyExtents } from "../sizes.ts";

/** Twins of `selectKernels`. */
export const select: ReferenceFamily<typeof selectKernels> = {
  select({ condition, a, b, y, n }) {
    for (let i = 0; i < n; i++) y[i] = condition[i] !== 0 ? a[i] : b[i];
  },
  selectGrad({ condition, dy, d, n, second, accumulate }) {
    for (let i = 0; i < n; i++) d[i] = (accumulate ? d[i] : 0) + ((condition[i] !== 0) === (second === 0) ? dy[i] : 0);
  },
  gather({ x, ids, y, outer, size, count, inner }) {
    for (let i = 0; i < outer * count * inner; i++) {
      checkIndex("gather", ids[i], size);
      y[i] = x[(Math.floor(i / (count * inner)) * size + ids[i]) * inner + (i % inner)];
    }
  },
  gatherGrad({ ids, dy, dx, outer, size, count, inner, accumulate }) {
    if (!accumulate) dx.fill(0, 0, outer * size * inner);
    for (let i = 0; i < outer * count * inner; i++) {
      checkIndex("gatherGrad", ids[i], size);
      dx[(Math.floor(i / (count * inner)) * size + ids[i]) * inner + (i % inner)] += dy[i];
    }
  },
  cumulate({ x, y, outer, size, inner, reverse, accumulate }) {
    for (let lane = 0; lane < outer * inner; lane++) {
      const at = Math.floor(lane / inner) * size * inner + (lane % inner);
      for (let i = 0, sum = 0; i < size; i++) {
        const place = at + (reverse ? size - 1 - i : i) * inner;
        sum += x[place];
        y[place] = (accumulate ? y[place] : 0) + sum;
      }
    }
  },
  oneHot({ ids, y, count, classes }) {
    y.fill(0, 0, count * classes);
    for (let i = 0; i < count; i++) {
      checkIndex("oneHot", ids[i], classes);
      y[i * classes + ids[i]] = 1;
    }
  },
  toInteger({ x, y, n }) {
    for (let i = 0; i < n; i++) {
      const whole = Math.trunc(x[i]);
      if (!(whole >= -(2 ** 31) && whole < 2 ** 31)) refuseNumber("toInteger", i, n);
      y[i] = whole;
    }
  },
  power({ x, y, n, alpha }) {
    for (let i = 0; i < n; i++) y[i] = powerOf(x[i], alpha);
  },
  powerGrad({ x, dy, dx, n, alpha, accumulate }) {
    for (let i = 0; i < n; i++) dx[i] = (accumulate ? dx[i] : 0) + (alpha === 0 ? 0 : alpha * powerOf(x[i], alpha - 1) * dy[i]);
  },
};

// JavaScript alone gives NaN for 1 to the power of infinity.
const powerOf = (x: number, alpha: number) => (x === 1 || (x === -1 && Math.abs(alpha) === Number.POSITIVE_INFINITY) ? 1 : x ** alpha);

const gathered = ({ outer, size, count, inner }: Record<string, number>) => ({ whole: outer * size * inner, taken: outer * count * inner });

/** Elements that each touches. */
export const selectExtents: FamilyExtents<typeof selectKernels> = {
  select: ({ n }) => ({ condition: n, a: n, b: n, y: n }),
  selectGrad: ({ n }) => ({ condition: n, dy: n, d: n }),
  gather: (sizes) => ({ x: gathered(sizes).whole, ids: gathered(sizes).taken, y: gathered(sizes).taken }),
  gatherGrad: (sizes) => ({ ids: gathered(sizes).taken, dy: gathered(sizes).taken, dx: gathered(sizes).whole }),
  cumulate: ({ outer, size, inner }) => ({ x: outer * size * inner, y: outer * size * inner }),
  oneHot: ({ count, classes }) => ({ ids: count, y: count * classes }),
  toInteger: ({ n }) => ({ x: n, y: n }),
  power: ({ n }) => ({ x: n, y: n }),
  powerGrad: ({ n }) => ({ x: n, dy: n, dx: n }),
};
