// Twins of the kernels on packed weights. Panels are read block by block and used for every row of x, so a matrix is de-quantised once a call.
import type { linearKernels, ReferenceFamily } from "../kernels/index.ts";
import { BLOCK, type BlockFormat, PANEL_ROWS, type PackedFormat, panelBytes } from "../layout.ts";
import { activation } from "./activation.ts";
import { roundBf16 } from "./floats.ts";
import { rowPacker, sourceRowBytes } from "./pack.ts";
import { BLOCK_VALUES, formatOf, integerReader, panelReader } from "./panels.ts";
import { checkIndex } from "./refuse.ts";
import { pointwise } from "./training/pointwise.ts";

/** Twins of `linearKernels`. Sums are f64; with a bias or `accumulate` a sum is rounded to f32 before it is added, as if it had been stored. */
export const linear: ReferenceFamily<typeof linearKernels> = {
  packRows({ source, packed, firstRow, rows, inputs, sourceType, format }) {
    const into = formatOf(format) as PackedFormat;
    const bytes = panelBytes(into, inputs);
    const rowBytes = sourceRowBytes(sourceType, inputs);
    const pack = rowPacker(sourceType, into, inputs);
    for (let i = 0, row = firstRow; i < rows; i++, row++) {
      pack(source, i * rowBytes, packed, Math.floor(row / PANEL_ROWS) * bytes, row % PANEL_ROWS);
    }
  },
  gatherRows({ ids, weight, y, rows, outputs, inputs, format, roundBf16: round }) {
    const read = panelReader(weight, formatOf(format) as PackedFormat, inputs);
    const block = new Float32Array(BLOCK_VALUES);
    for (let row = 0; row < rows; row++) {
      const id = ids[row];
      checkIndex("gatherRows", id, outputs);
      for (let first = 0; first < inputs; first += BLOCK) {
        const count = read(Math.floor(id / PANEL_ROWS), first / BLOCK, block);
        for (let k = 0; k < count; k++) {
          const value = block[(id % PANEL_ROWS) * BLOCK + k];
          y[row * inputs + first + k] = round ? roundBf16(value) : value;
        }
      }
    }
  },
  unpackRows({ weight, y, firstRow, rows, inputs, format }, run) {
    const read = panelReader(weight, formatOf(format) as PackedFormat, inputs);
    const block = new Float32Array(BLOCK_VALUES);
    for (let done = 0; done < rows; done += PANEL_ROWS) {
      run.look();
      for (let first = 0; first < inputs; first += BLOCK) {
        const count = read((firstRow + done) / PANEL_ROWS, first / BLOCK, block);
        for (let r = 0; r < Math.min(PANEL_ROWS, rows - done); r++) {
          y.set(block.subarray(r * BLOCK, r * BLOCK + count), (done + r) * inputs + first);
        }
      }
    }
  },
  linear({ x, weight, bias, y, rows, outputs, inputs, format, hasBias, accumulate, roundBf16: round }, run) {
    const read = panelReader(weight, formatOf(format) as PackedFormat, inputs);
    const block = new Float32Array(BLOCK_VALUES);
    const sums = new Float64Array(rows * PANEL_ROWS);
    const left = round ? x.subarray(0, rows * inputs).map(roundBf16) : x;
    for (let panel = 0; panel * PANEL_ROWS < outputs; panel++) {
      run.look();
      sums.fill(0);
      for (let first = 0; first < inputs; first += BLOCK) {
        const count = read(panel, first / BLOCK, block);
        if (round) for (let i = 0; i < BLOCK_VALUES; i++) block[i] = roundBf16(block[i]);
        for (let row = 0; row < rows; row++) multiplyBlock(left, row * inputs + first, block, count, sums, row * PANEL_ROWS);
      }
      store(sums, hasBias ? bias : undefined, y, rows, outputs, panel, accumulate);
    }
  },
  linearInt8({ quantized, scales, weight, bias, y, rows, outputs, inputs, format, hasBias, accumulate }, run) {
    const read = integerReader(weight, formatOf(format) as BlockFormat, inputs);
    const signed = new Int8Array(quantized.buffer, quantized.byteOffset, rows * inputs);
    const block = new Int32Array(BLOCK_VALUES);
    const d = new Float32Array(PANEL_ROWS);
    const m = new Float32Array(PANEL_ROWS);
    const dot = new Int32Array(PANEL_ROWS);
    const sums = new Float64Array(rows * PANEL_ROWS);
    for (let panel = 0; panel * PANEL_ROWS < outputs; panel++) {
      run.look();
      sums.fill(0);
      for (let first = 0; first < inputs; first += BLOCK) {
        read(panel, first / BLOCK, block, d, m);
        for (let row = 0; row < rows; row++) {
          const at = row * inputs + first;
          const [dx, offset] = [scales[(2 * at) / BLOCK], scales[(2 * at) / BLOCK + 1]];
          multiplyIntegers(signed, at, block, dot);
          for (let r = 0; r < PANEL_ROWS; r++) sums[row * PANEL_ROWS + r] += d[r] * dx * dot[r] + m[r] * offset;
        }
      }
      store(sums, hasBias ? bias : undefined, y, rows, outputs, panel, accumulate);
    }
  },
  linearInt8Quantize({ x, xScales, weight, bias, quantized, scales, rows, outputs, inputs, format, hasBias, operation, alpha }, run) {
    const sums = new Float32Array(rows * outputs);
    const product = { quantized: x, scales: xScales, weight, bias, y: sums, rows, outputs, inputs, format, hasBias, accumulate: 0 };
    linear.linearInt8(product, run);
    const y = new Float32Array(rows * outputs);
    pointwise.unary({ x: sums, y, n: rows * outputs, operation, alpha }, run);
    activation.quantizeRows({ x: y, quantized, scales, rows, width: outputs }, run);
  },
};

// sums[r] += sum over k of x[k] · block[r][k]. Four rows side by side: each value of x is read once for them.
function multiplyBlock(x: Float32Array, from: number, block: Float32Array, count: number, sums: Float64Array, to: number): void {
  for (let r = 0; r < PANEL_ROWS; r += 4) {
    let [s0, s1, s2, s3] = [sums[to + r], sums[to + r + 1], sums[to + r + 2], sums[to + r + 3]];
    for (let k = 0, at = r * BLOCK; k < count; k++, at++) {
      const value = x[from + k];
      s0 += value * block[at];
      s1 += value * block[at + BLOCK];
      s2 += value * block[at + 2 * BLOCK];
      s3 += value * block[at + 3 * BLOCK];
    }
    sums[to + r] = s0;
    sums[to + r + 1] = s1;
    sums[to + r + 2] = s2;
    sums[to + r + 3] = s3;
  }
}

// dot[r] = sum over the block's k of x[k] · block[r][k], in integers.
function multiplyIntegers(x: Int8Array, from: number, block: Int32Array, dot: Int32Array): void {
  for (let r = 0; r < PANEL_ROWS; r++) {
    let sum = 0;
    for (let k = 0; k < BLOCK; k++) sum += x[from + k] * block[r * BLOCK + k];
    dot[r] = sum;
  }
}

function store(
  sums: Float64Array,
  bias: Float32Array | undefined,
  y: Float32Array,
  rows: number,
  outputs: number,
  panel: number,
  accumulate: number,
): void {
  const first = panel * PANEL_ROWS;
  const count = Math.min(PANEL_ROWS, outputs - first);
  for (let row = 0; row < rows; row++) {
    for (let r = 0; r < count; r++) {
      const at = row * outputs + first + r;
      const product = Math.fround(sums[row * PANEL_ROWS + r]);
      const sum = bias ? Math.fround(product + bias[first + r]) : product;
      y[at] = accumulate ? y[at] + sum : sum;
    }
  }
}
