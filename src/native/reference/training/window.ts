// Twins of the window kernels. Right, short, obvious.
import type { ReferenceFamily, windowKernels } from "../../kernels/index.ts";
import { type FamilyExtents, need, type Sizes } from "../sizes.ts";

interface Windows {
  readonly batch: number;
  readonly length: number;
  readonly channels: number;
  readonly taps: number;
  readonly outputs: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
}

// Calls `visit` with each tap of each window: its number in [batch, outputs, taps], and the row of x that it looks at, where it is not padding.
function eachTap(w: Windows, visit: (tap: number, row: number | undefined) => void): void {
  for (let b = 0; b < w.batch; b++) {
    for (let to = 0; to < w.outputs; to++) {
      for (let k = 0; k < w.taps; k++) {
        const t = to * w.stride + k * w.dilation - w.padding;
        visit((b * w.outputs + to) * w.taps + k, t >= 0 && t < w.length ? b * w.length + t : undefined);
      }
    }
  }
}

// Calls `visit` with each window's number in [batch, outputs] and the rows of x that it looks at.
function eachWindow(w: Windows, visit: (window: number, rows: readonly number[]) => void): void {
  let rows: number[] = [];
  eachTap(w, (tap, row) => {
    if (row !== undefined) rows.push(row);
    if (tap % w.taps !== w.taps - 1) return;
    visit(Math.floor(tap / w.taps), rows);
    rows = [];
  });
}

// The row of the first of the largest, NaN above all.
function firstLargest(rows: readonly number[], at: (row: number) => number): number {
  return rows.reduce((best, row) => (at(row) > at(best) || (Number.isNaN(at(row)) && !Number.isNaN(at(best))) ? row : best));
}

/** Twins of `windowKernels`. */
export const window: ReferenceFamily<typeof windowKernels> = {
  unfold({ x, y, ...sizes }) {
    const { channels } = sizes;
    eachTap(sizes, (tap, row) => {
      for (let c = 0; c < channels; c++) y[tap * channels + c] = row === undefined ? 0 : x[row * channels + c];
    });
  },
  unfoldGrad({ dy, dx, accumulate, ...sizes }) {
    const { batch, length, channels } = sizes;
    const sums = new Float64Array(batch * length * channels);
    eachTap(sizes, (tap, row) => {
      if (row !== undefined) for (let c = 0; c < channels; c++) sums[row * channels + c] += dy[tap * channels + c];
    });
    for (const [i, sum] of sums.entries()) dx[i] = (accumulate ? dx[i] : 0) + sum;
  },
  pool({ x, y, average, ...sizes }) {
    const { channels } = sizes;
    eachWindow({ ...sizes, dilation: 1 }, (window, rows) => {
      for (let c = 0; c < channels; c++) {
        const at = (row: number) => x[row * channels + c];
        y[window * channels + c] = average ? rows.reduce((sum, row) => sum + at(row), 0) / rows.length : at(firstLargest(rows, at));
      }
    });
  },
  poolGrad({ x, dy, dx, average, accumulate, ...sizes }) {
    const { batch, length, channels } = sizes;
    const sums = new Float64Array(batch * length * channels);
    eachWindow({ ...sizes, dilation: 1 }, (window, rows) => {
      for (let c = 0; c < channels; c++) {
        const d = dy[window * channels + c];
        if (average) for (const row of rows) sums[row * channels + c] += d / rows.length;
        else sums[firstLargest(rows, (row) => x[row * channels + c]) * channels + c] += d;
      }
    });
    for (const [i, sum] of sums.entries()) dx[i] = (accumulate ? dx[i] : 0) + sum;
  },
};

function windows({ batch, length, channels, taps, outputs, stride, dilation = 1, padding }: Sizes) {
  need(taps > 0 && stride > 0 && dilation > 0, `${taps} taps, stride ${stride}, dilation ${dilation}`);
  return { x: batch * length * channels, dx: batch * length * channels, whole: batch * outputs * channels, padding };
}

// Each window must hold a step: the first and the last do, so all between.
function pools(sizes: Sizes) {
  const { length, taps, outputs, stride, padding } = sizes;
  const { x, dx, whole } = windows(sizes);
  need(outputs === 0 || (padding < taps && (outputs - 1) * stride < length + padding && length > 0), "a window of nothing but padding");
  return { x, dx, y: whole, dy: whole };
}

function unfolds(sizes: Sizes) {
  const { x, dx, whole } = windows(sizes);
  return { x, dx, y: whole * sizes.taps, dy: whole * sizes.taps };
}

/** Elements that each touches. */
export const windowExtents: FamilyExtents<typeof windowKernels> = { unfold: unfolds, unfoldGrad: unfolds, pool: pools, poolGrad: pools };
