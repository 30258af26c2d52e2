// Twins of rotary positions, the paged key-value cache and attention over it: plain softmax in f64, one row and head at a time.
import type { attentionKernels, ReferenceFamily } from "../kernels/index.ts";
import { checkIndex } from "./refuse.ts";

const PAGE = 256;
const TILE = 16;

/** Twins of `attentionKernels`. */
export const attention: ReferenceFamily<typeof attentionKernels> = {
  rotary({ x, table, rows, heads, width, start, positions, period, adjacent, back }) {
    const half = width / 2;
    if (rows > 0) checkIndex("rotary", start + Math.min(rows, period) - 1, positions);
    for (let head = 0; head < rows * heads; head++) {
      const angles = (start + (Math.floor(head / heads) % period)) * width;
      for (let i = 0; i < half; i++) {
        const first = head * width + (adjacent ? 2 * i : i);
        const second = first + (adjacent ? 1 : half);
        const [cos, sin, a, b] = [table[angles + 2 * i], table[angles + 2 * i + 1] * (back ? -1 : 1), x[first], x[second]];
        x[first] = a * cos - b * sin;
        x[second] = a * sin + b * cos;
      }
    }
  },
  appendKeyValue({ k, v, keys, values, pages, rows, heads, width, start, pageCount }) {
    for (let row = 0; row < rows; row++) {
      const slot = (start + row) % PAGE;
      const page = pages[Math.floor((start + row) / PAGE)];
      checkIndex("appendKeyValue", page, pageCount);
      for (let head = 0; head < heads; head++) {
        const source = (row * heads + head) * width;
        const place = (page * heads + head) * PAGE * width;
        const tile = place + Math.floor(slot / TILE) * TILE * width + (slot % TILE);
        for (let i = 0; i < width; i++) {
          keys.set(tile + i * TILE, k[source + i]);
          values.set(place + slot * width + i, v[source + i]);
        }
      }
    }
  },
  attention({ q, keys, values, pages, y, rows, heads, keyValueHeads, width, start, pageCount, scale }, run) {
    const weights = new Float64Array(Math.ceil((start + rows) / TILE) * TILE);
    const sums = new Float64Array(width);
    for (let row = 0; row < rows; row++) {
      const count = start + row + 1;
      for (let page = 0; page * PAGE < count; page++) checkIndex("attention", pages[page], pageCount);
      run.look();
      for (let head = 0; head < heads; head++) {
        const from = (row * heads + head) * width;
        // Where the block of this head begins in the page of a position: the same number for keys and values.
        const place = (position: number) =>
          (pages[Math.floor(position / PAGE)] * keyValueHeads + Math.floor((head * keyValueHeads) / heads)) * PAGE * width +
          (position % PAGE) * width;

        for (let tile = 0; tile < count; tile += TILE) {
          const block = keys.run(place(tile), TILE * width);
          weights.fill(0, tile, tile + TILE);
          for (let i = 0; i < width; i++) for (let j = 0; j < TILE; j++) weights[tile + j] += q[from + i] * block[i * TILE + j];
        }
        softmax(weights, count, scale);
        sums.fill(0);
        for (let tile = 0; tile < count; tile += TILE) {
          const last = Math.min(TILE, count - tile);
          const block = values.run(place(tile), last * width);
          for (let j = 0; j < last; j++) for (let i = 0; i < width; i++) sums[i] += weights[tile + j] * block[j * width + i];
        }
        for (let i = 0; i < width; i++) y[from + i] = sums[i];
      }
    }
  },
};

// In place: weights[i] = exp(scale · weights[i]) / sum of these, for i < count.
function softmax(weights: Float64Array, count: number, scale: number): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) largest = Math.max(largest, scale * weights[i]);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    weights[i] = Math.exp(scale * weights[i] - largest);
    sum += weights[i];
  }
  for (let i = 0; i < count; i++) weights[i] /= sum;
}
