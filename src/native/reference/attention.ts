// Twins of rotary positions, the paged key-value cache and attention over it: plain softmax in f64, one row and head at a time.
import type { attentionKernels, KernelName, ReferenceFamily } from "../kernels/index.ts";
import { checkIndex } from "./refuse.ts";

const PAGE = 256;
const TILE = 16;

/** Twins of `attentionKernels`. */
export const attention: ReferenceFamily<typeof attentionKernels> = {
  rotary({ x, table, places, rows, heads, width, turned, start, positions, period, hasPlaces, adjacent, back }) {
    const half = turned / 2;
    for (let row = 0; row < rows; row++) {
      const position = hasPlaces ? places[row] : start + (row % period);
      checkIndex("rotary", position, positions);
      for (let head = row * heads; head < (row + 1) * heads; head++) {
        for (let i = 0; i < half; i++) {
          const first = head * width + (adjacent ? 2 * i : i);
          const second = first + (adjacent ? 1 : half);
          const angle = position * turned + 2 * i;
          const [cos, sin, a, b] = [table[angle], table[angle + 1] * (back ? -1 : 1), x[first], x[second]];
          x[first] = a * cos - b * sin;
          x[second] = a * sin + b * cos;
        }
      }
    }
  },
  appendKeyValue({ k, v, keys, values, rows, heads, width, ...batch }) {
    for (const { row, position, page } of placesOf("appendKeyValue", rows, batch)) {
      const slot = position % PAGE;
      for (let head = 0; head < heads; head++) {
        const source = (row * heads + head) * width;
        const place = (page(position) * heads + head) * PAGE * width;
        const tile = place + Math.floor(slot / TILE) * TILE * width + (slot % TILE);
        for (let i = 0; i < width; i++) {
          keys.set(tile + i * TILE, k[source + i]);
          values.set(place + slot * width + i, v[source + i]);
        }
      }
    }
  },
  attention({ q, keys, values, y, rows, heads, keyValueHeads, width, window, scale, softcap, ...batch }, run) {
    const sums = new Float64Array(width);
    for (const { row, position, page } of placesOf("attention", rows, batch)) {
      const count = position + 1;
      const low = window === 0 ? 0 : Math.max(0, count - window);
      const weights = new Float64Array(Math.ceil(count / TILE) * TILE);
      const first = low - (low % TILE);
      for (let at = 0; at < count; at += PAGE) page(at);
      run.look();
      for (let head = 0; head < heads; head++) {
        const from = (row * heads + head) * width;
        const shared = Math.floor((head * keyValueHeads) / heads);
        // Where the block of this head begins in the page of a position: the same number for keys and values.
        const place = (at: number) => ((page(at) * keyValueHeads + shared) * PAGE + (at % PAGE)) * width;

        for (let tile = first; tile < count; tile += TILE) {
          const block = keys.run(place(tile), TILE * width);
          weights.fill(0, tile, tile + TILE);
          for (let i = 0; i < width; i++) for (let j = 0; j < TILE; j++) weights[tile + j] += q[from + i] * block[i * TILE + j];
        }
        softmax(weights.subarray(low, count), scale, softcap);
        sums.fill(0);
        for (let tile = first; tile < count; tile += TILE) {
          const last = Math.min(TILE, count - tile);
          const block = values.run(place(tile), last * width);
          for (let j = Math.max(0, low - tile); j < last; j++) for (let i = 0; i < width; i++) sums[i] += weights[tile + j] * block[j * width + i];
        }
        for (let i = 0; i < width; i++) y[from + i] = sums[i];
      }
    }
  },
  historyAttention({ q, k, v, ancestors, bias, y, keys, values, rows, slots, heads, width, position, capacity, scale, hasBias }, run) {
    checkIndex("historyAttention", position, capacity);
    const weights = new Float64Array(position + 1);
    for (let row = 0; row < rows; row++) {
      run.look();
      for (let j = 0; j < position; j++) checkIndex("historyAttention", ancestors[row * capacity + j], slots);
      for (let head = 0; head < heads; head++) {
        const own = (row * heads + head) * width;
        const place = (j: number) => ((j * slots + (j === position ? row : ancestors[row * capacity + j])) * heads + head) * width;
        for (let i = 0; i < width; i++) [keys[place(position) + i], values[place(position) + i]] = [k[own + i], v[own + i]];
        for (let j = 0; j <= position; j++) {
          weights[j] = 0;
          for (let i = 0; i < width; i++) weights[j] += q[own + i] * keys[place(j) + i];
          weights[j] = scale * weights[j] + (hasBias ? bias[head * capacity + position - j] : 0);
        }
        softmax(weights, 1, 0);
        for (let i = 0; i < width; i++) {
          let sum = 0;
          for (let j = 0; j <= position; j++) sum += weights[j] * values[place(j) + i];
          y[own + i] = sum;
        }
      }
    }
  },
};

interface Batch {
  readonly runs: Int32Array;
  readonly table: Int32Array;
  readonly runCount: number;
  readonly slots: number;
  readonly tablePages: number;
  readonly pageCount: number;
  readonly layer: number;
  readonly layers: number;
}

// Each row with its position, and where in the pool the pages of its sequence lie.
function* placesOf(kernel: KernelName, rows: number, { runs, table, runCount, slots, tablePages, pageCount, layer, layers }: Batch) {
  let done = 0;
  for (let run = 0; run < runCount; run++) {
    const [first, start, slot] = runs.subarray(3 * run, 3 * run + 3);
    const end = run + 1 < runCount ? runs[3 * run + 3] : rows;
    checkIndex(kernel, slot, slots);
    if (first !== done) checkIndex(kernel, first, 0);
    checkIndex(kernel, end, rows + 1);
    const page = (position: number) => {
      checkIndex(kernel, Math.floor(position / PAGE), tablePages);
      const found = table[slot * tablePages + Math.floor(position / PAGE)];
      checkIndex(kernel, found, pageCount);
      return found * layers + layer;
    };
    checkIndex(kernel, start, tablePages * PAGE);
    for (let row = first; row < end; row++) yield { row, position: start + row - first, page };
    done = Math.max(done, end);
  }
  if (done < rows) checkIndex(kernel, done, 0);
}

// In place: weights[i] = exp(s) / sum of these, s = scale · weights[i], bent where softcap is not 0.
function softmax(weights: Float64Array, scale: number, softcap: number): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < weights.length; i++) {
    weights[i] = softcap === 0 ? scale * weights[i] : softcap * Math.tanh((scale * weights[i]) / softcap);
    largest = Math.max(largest, weights[i]);
  }
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    weights[i] = Math.exp(weights[i] - largest);
    sum += weights[i];
  }
  for (let i = 0; i < weights.length; i++) weights[i] /= sum;
}
