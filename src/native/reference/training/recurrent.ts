// Twins of the recurrent kernels: one walk through time in f64 for all cells, and what each cell does in a step. Right, short, obvious.
import type { ReferenceFamily, ReferenceRun, recurrentKernels } from "../../kernels/index.ts";
import { type FamilyExtents, need, type Sizes } from "../sizes.ts";

type Floats = Float64Array | Float32Array;

interface Walk {
  readonly rows: number;
  readonly steps: number;
  readonly units: number;
  readonly reverse: number;
  readonly zeroMasked: number;
  readonly mask: Int32Array;
  readonly hasMask: number;
  readonly recurrentKernel: Float32Array;
}

interface Outputs {
  readonly gates: Float32Array;
  readonly outputs: Float32Array;
  readonly saved: Float32Array;
  readonly before: Float32Array;
  readonly keeps: number;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const times = ({ steps, reverse }: Walk) => Array.from({ length: steps }, (_, step) => (reverse ? steps - 1 - step : step));
const counts = ({ mask, hasMask, steps }: Walk, row: number, time: number) => !hasMask || mask[row * steps + time] !== 0;

/** A row of a state, or zeros. */
const stateOf = (state: Float32Array, has: number, row: number, units: number) =>
  has ? Float64Array.from(state.subarray(row * units, (row + 1) * units)) : new Float64Array(units);

// sums += h · U
function multiply(h: Float64Array, kernel: Float32Array, sums: Float64Array): void {
  for (let k = 0; k < h.length; k++) for (let q = 0; q < sums.length; q++) sums[q] += h[k] * kernel[k * sums.length + q];
}

// sums += d · Uᵀ
function multiplyBack(d: Floats, kernel: Float32Array, sums: Float64Array): void {
  for (let k = 0; k < sums.length; k++) for (let q = 0; q < d.length; q++) sums[k] += d[q] * kernel[k * d.length + q];
}

/** `cell(gates, sums, hidden)` changes `hidden` in place (and states of its own) and gives what is saved. */
function forward(
  walk: Walk & Outputs,
  [gateCount, savedCount]: readonly [number, number],
  row: number,
  hidden: Float64Array,
  bias: Float32Array | undefined,
  cell: (gates: Float32Array, sums: Float64Array, hidden: Float64Array) => readonly Floats[],
): void {
  const { units, steps, gates, outputs, saved, before, keeps, recurrentKernel } = walk;
  const columns = gateCount * units;
  let seen = false;
  for (const time of times(walk)) {
    const at = row * steps + time;
    if (keeps) before.set(hidden, at * units);
    const isThere = counts(walk, row, time);
    if (isThere) {
      const sums = bias ? Float64Array.from(bias.subarray(0, columns)) : new Float64Array(columns);
      multiply(hidden, recurrentKernel, sums);
      const blocks = cell(gates.subarray(at * columns, (at + 1) * columns), sums, hidden);
      if (keeps) for (const [i, block] of blocks.entries()) saved.set(block, (at * savedCount + i) * units);
      seen = true;
    } else if (keeps) {
      saved.fill(0, at * savedCount * units, (at + 1) * savedCount * units);
    }
    if (isThere || (seen && !walk.zeroMasked)) outputs.set(hidden, at * units);
    else outputs.fill(0, at * units, (at + 1) * units);
  }
}

interface Backward extends Walk {
  readonly dGates: Float32Array;
  readonly dOutputs: Float32Array;
  readonly hasOutputs: number;
}

/** `cell(at, dHidden)` gives the gradients of the gates and of h · U, and leaves in `dHidden` what does not go through the product. */
function backward(
  walk: Backward,
  gateCount: number,
  row: number,
  dHidden: Float64Array,
  cell: (at: number, dHidden: Float64Array) => { readonly dGates: Float64Array; readonly dInner?: Float64Array },
  dInner?: Float32Array,
): void {
  const { units, steps, dOutputs, hasOutputs, recurrentKernel } = walk;
  const columns = gateCount * units;
  const order = times(walk);
  const first = order.findIndex((time) => counts(walk, row, time));
  for (let step = steps - 1; step >= 0; step--) {
    const at = row * steps + order[step];
    const isThere = counts(walk, row, order[step]);
    const isGiven = isThere || (first >= 0 && step > first && !walk.zeroMasked);
    if (hasOutputs && isGiven) for (let j = 0; j < units; j++) dHidden[j] += dOutputs[at * units + j];
    if (!isThere) {
      walk.dGates.fill(0, at * columns, (at + 1) * columns);
      dInner?.fill(0, at * columns, (at + 1) * columns);
      continue;
    }
    const found = cell(at, dHidden);
    walk.dGates.set(found.dGates, at * columns);
    if (found.dInner) dInner?.set(found.dInner, at * columns);
    multiplyBack(found.dInner ?? found.dGates, recurrentKernel, dHidden);
  }
}

function give(from: Float64Array, to: Float32Array, row: number, accumulate: number): void {
  for (let j = 0; j < from.length; j++) to[row * from.length + j] = (accumulate ? to[row * from.length + j] : 0) + from[j];
}

function eachRow(run: ReferenceRun, rows: number, fn: (row: number) => void): void {
  for (let row = 0; row < rows; row++) {
    run.look();
    fn(row);
  }
}

/** Blocks of `units` in a list of values, from an element on. */
const blockOf = (values: Floats, at: number, units: number) => (block: number, j: number) => values[at + block * units + j];

/** Twins of `recurrentKernels`. */
export const recurrent: ReferenceFamily<typeof recurrentKernels> = {
  lstm(args, run) {
    const { rows, units, hidden0, cell0, hasState, hidden, cell } = args;
    eachRow(run, rows, (row) => {
      const h = stateOf(hidden0, hasState, row, units);
      const c = stateOf(cell0, hasState, row, units);
      forward(args, [4, 5], row, h, undefined, (gates, sums) => {
        const gate = (block: number, of: (x: number) => number) =>
          Float64Array.from(h, (_, j) => of(gates[block * units + j] + sums[block * units + j]));
        const [i, f, g, o] = [gate(0, sigmoid), gate(1, sigmoid), gate(2, Math.tanh), gate(3, sigmoid)];
        const before = c.slice();
        for (let j = 0; j < units; j++) {
          c[j] = f[j] * c[j] + i[j] * g[j];
          h[j] = o[j] * Math.tanh(c[j]);
        }
        return [i, f, g, o, before];
      });
      hidden.set(h, row * units);
      cell.set(c, row * units);
    });
  },
  lstmGrad(args, run) {
    const { rows, units, saved, dHidden, dCell, hasHidden, hasCell, dHidden0, dCell0, accumulate } = args;
    eachRow(run, rows, (row) => {
      const dh = stateOf(dHidden, hasHidden, row, units);
      const dc = stateOf(dCell, hasCell, row, units);
      backward(args, 4, row, dh, (at) => {
        const value = blockOf(saved, at * 5 * units, units);
        const d = new Float64Array(4 * units);
        for (let j = 0; j < units; j++) {
          const [i, f, g, o, before] = [0, 1, 2, 3, 4].map((block) => value(block, j));
          const squashed = Math.tanh(f * before + i * g);
          const all = dc[j] + dh[j] * o * (1 - squashed ** 2);
          d[j] = all * g * i * (1 - i);
          d[units + j] = all * before * f * (1 - f);
          d[2 * units + j] = all * i * (1 - g * g);
          d[3 * units + j] = dh[j] * squashed * o * (1 - o);
          dc[j] = all * f;
        }
        dh.fill(0);
        return { dGates: d };
      });
      give(dh, dHidden0, row, accumulate);
      give(dc, dCell0, row, accumulate);
    });
  },
  gru(args, run) {
    const { rows, units, hidden0, hasState, hidden, recurrentBias, hasBias } = args;
    eachRow(run, rows, (row) => {
      const h = stateOf(hidden0, hasState, row, units);
      forward(args, [3, 4], row, h, hasBias ? recurrentBias : undefined, (gates, sums) => {
        const gate = (block: number) => Float64Array.from(h, (_, j) => sigmoid(gates[block * units + j] + sums[block * units + j]));
        const [z, r, inner] = [gate(0), gate(1), sums.slice(2 * units)];
        const made = Float64Array.from(h, (_, j) => Math.tanh(gates[2 * units + j] + r[j] * inner[j]));
        for (let j = 0; j < units; j++) h[j] = z[j] * h[j] + (1 - z[j]) * made[j];
        return [z, r, made, inner];
      });
      hidden.set(h, row * units);
    });
  },
  gruGrad(args, run) {
    const { rows, units, saved, before, dHidden, hasHidden, dHidden0, dInner, accumulate } = args;
    eachRow(run, rows, (row) => {
      const dh = stateOf(dHidden, hasHidden, row, units);
      const cell = (at: number) => {
        const value = blockOf(saved, at * 4 * units, units);
        const [dGates, inside] = [new Float64Array(3 * units), new Float64Array(3 * units)];
        for (let j = 0; j < units; j++) {
          const [z, r, made, inner] = [0, 1, 2, 3].map((block) => value(block, j));
          const dMade = dh[j] * (1 - z) * (1 - made * made);
          dGates[j] = inside[j] = dh[j] * (before[at * units + j] - made) * z * (1 - z);
          dGates[units + j] = inside[units + j] = dMade * inner * r * (1 - r);
          dGates[2 * units + j] = dMade;
          inside[2 * units + j] = dMade * r;
          dh[j] *= z;
        }
        return { dGates, dInner: inside };
      };
      backward(args, 3, row, dh, cell, dInner);
      give(dh, dHidden0, row, accumulate);
    });
  },
  simpleRnn(args, run) {
    const { rows, units, hidden0, hasState, hidden, relu } = args;
    eachRow(run, rows, (row) => {
      const h = stateOf(hidden0, hasState, row, units);
      forward(args, [1, 1], row, h, undefined, (gates, sums) => {
        for (let j = 0; j < units; j++) h[j] = relu ? Math.max(0, gates[j] + sums[j]) : Math.tanh(gates[j] + sums[j]);
        return [h];
      });
      hidden.set(h, row * units);
    });
  },
  simpleRnnGrad(args, run) {
    const { rows, units, saved, dHidden, hasHidden, dHidden0, relu, accumulate } = args;
    eachRow(run, rows, (row) => {
      const dh = stateOf(dHidden, hasHidden, row, units);
      backward(args, 1, row, dh, (at) => {
        const h = saved.subarray(at * units, (at + 1) * units);
        const dGates = dh.map((d, j) => (relu ? (h[j] > 0 ? d : 0) : d * (1 - h[j] ** 2)));
        dh.fill(0);
        return { dGates };
      });
      give(dh, dHidden0, row, accumulate);
    });
  },
};

const switches = (sizes: Sizes) => {
  for (const [name, value] of Object.entries(sizes))
    if (/^(has|keeps)/.test(name)) need(value === 0 || value === 1, `${name} is ${value}, not 0 or 1`);
};

function forwardExtents(gateCount: number, savedCount: number) {
  return (sizes: Sizes) => {
    switches(sizes);
    const { rows, steps, units, hasState, hasMask, keeps, hasBias = 0 } = sizes;
    const [state, all] = [rows * units, rows * steps * units];
    return {
      gates: gateCount * all,
      recurrentKernel: gateCount * units * units,
      recurrentBias: hasBias * gateCount * units,
      hidden0: hasState * state,
      cell0: hasState * state,
      mask: hasMask * rows * steps,
      outputs: all,
      hidden: state,
      cell: state,
      saved: keeps * savedCount * all,
      before: keeps * all,
    };
  };
}

function backwardExtents(gateCount: number, savedCount: number) {
  return (sizes: Sizes) => {
    switches(sizes);
    const { rows, steps, units, hasMask, hasOutputs, hasHidden, hasCell = 0 } = sizes;
    const [state, all] = [rows * units, rows * steps * units];
    return {
      saved: savedCount * all,
      before: all,
      recurrentKernel: gateCount * units * units,
      mask: hasMask * rows * steps,
      dOutputs: hasOutputs * all,
      dHidden: hasHidden * state,
      dCell: hasCell * state,
      dGates: gateCount * all,
      dInner: gateCount * all,
      dHidden0: state,
      dCell0: state,
    };
  };
}

/** Elements that each touches. */
export const recurrentExtents: FamilyExtents<typeof recurrentKernels> = {
  lstm: forwardExtents(4, 5),
  lstmGrad: backwardExtents(4, 5),
  gru: forwardExtents(3, 4),
  gruGrad: backwardExtents(3, 4),
  simpleRnn: forwardExtents(1, 1),
  simpleRnnGrad: backwardExtents(1, 1),
};
