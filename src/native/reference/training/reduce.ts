// Twins of the reduce kernels. Right, short, obvious.
import type { ReferenceFamily, reduceKernels } from "../../kernels/index.ts";
import { type FamilyExtents, need, type Sizes } from "../sizes.ts";

// Calls `visit` with each result's number, and where its terms begin.
function eachResult(outer: number, middle: number, inner: number, visit: (result: number, start: number) => void): void {
  for (let o = 0; o < outer; o++) for (let i = 0; i < inner; i++) visit(o * inner + i, o * middle * inner + i);
}

/** Twins of `reduceKernels`. */
export const reduce: ReferenceFamily<typeof reduceKernels> = {
  reduceSum({ x, y, outer, middle, inner, scale, accumulate }) {
    eachResult(outer, middle, inner, (result, start) => {
      let sum = 0;
      for (let m = 0; m < middle; m++) sum += x[start + m * inner];
      y[result] = (accumulate ? y[result] : 0) + scale * sum;
    });
  },
  spread({ x, y, outer, middle, inner, scale, accumulate }) {
    eachResult(outer, middle, inner, (result, start) => {
      for (let m = 0; m < middle; m++) y[start + m * inner] = (accumulate ? y[start + m * inner] : 0) + scale * x[result];
    });
  },
  reduceMax({ x, y, index, outer, middle, inner }) {
    eachResult(outer, middle, inner, (result, start) => {
      let best = 0;
      const at = (m: number) => x[start + m * inner];
      for (let m = 1; m < middle; m++) if (at(m) > at(best) || (Number.isNaN(at(m)) && !Number.isNaN(at(best)))) best = m;
      y[result] = at(best);
      index[result] = best;
    });
  },
  reduceMaxGrad({ index, dy, dx, outer, middle, inner, accumulate }) {
    eachResult(outer, middle, inner, (result, start) => {
      for (let m = 0; m < middle; m++) {
        const before = accumulate ? dx[start + m * inner] : 0;
        dx[start + m * inner] = before + (m === index[result] ? dy[result] : 0);
      }
    });
  },
};

const results = ({ outer, inner }: Sizes) => outer * inner;
const terms = ({ outer, middle, inner }: Sizes) => outer * middle * inner;

/** Elements that each touches. */
export const reduceExtents: FamilyExtents<typeof reduceKernels> = {
  reduceSum: (sizes) => ({ x: terms(sizes), y: results(sizes) }),
  spread: (sizes) => ({ x: results(sizes), y: terms(sizes) }),
  reduceMax: (sizes) => {
    need(sizes.middle > 0 || results(sizes) === 0, "the largest of no values");
    return { x: terms(sizes), y: results(sizes), index: results(sizes) };
  },
  reduceMaxGrad: (sizes) => ({ index: results(sizes), dy: results(sizes), dx: terms(sizes) }),
};
