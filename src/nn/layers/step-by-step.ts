// Recurrent cells step by step, of plain operations: for activations and dropout that the whole-layer kernels do not have. Many times slower. Knows no layers.
import { add, matmul, multiply, negate, shift, slice, stack, type Tensor, tensor, toFloat } from "../../tensor/index.ts";
import type { CellCall, OutputsAndStates } from "./recurrent.ts";

/** One step: the gates of it [B, gates · units] and the states before give the states after; the first of them is the output. */
export type Step = (gates: Tensor, states: readonly Tensor[]) => readonly Tensor[];

/** Functions of a cell. */
export interface CellFunctions {
  readonly activation: (x: Tensor) => Tensor;
  readonly recurrentActivation: (x: Tensor) => Tensor;
}

/** `count` blocks of columns from block `index` on. */
const block = (x: Tensor, index: number, units: number, count = 1) => slice(x, [0, index * units], [x.shape[0], count * units]);
const rest = (x: Tensor) => shift(negate(x), 1);
/** share · a + (1 - share) · b */
const between = (share: Tensor, a: Tensor, b: Tensor) => add(multiply(share, a), multiply(rest(share), b));

/** Walks a step through time, with masks as the kernels have them. */
export function stepByStep(call: CellCall, units: number, stateCount: number, step: Step): OutputsAndStates {
  const { gates, mask, zeroMasked } = call;
  const [rows, steps, columns] = gates.shape;
  const zeros = tensor(new Float32Array(rows * units), [rows, units], { device: gates.device });
  const counts = mask && toFloat(mask);
  let states = call.states ?? Array.from({ length: stateCount }, () => zeros);
  let output = zeros;
  const outputs: Tensor[] = [];
  for (let at = 0; at < steps; at++) {
    const time = call.reverse ? steps - 1 - at : at;
    const next = step(slice(gates, [0, time, 0], [rows, 1, columns]).reshape([rows, columns]), states);
    const here = counts && slice(counts, [0, time], [rows, 1]);
    output = here ? between(here, next[0], zeroMasked ? zeros : output) : next[0];
    states = here ? next.map((state, i) => between(here, state, states[i])) : next;
    outputs[time] = output;
  }
  return { outputs: stack(outputs, 1), states };
}

/** The state as the product sees it. */
const seen = (hidden: Tensor, { stateDropout }: CellCall) => (stateDropout ? multiply(hidden, stateDropout) : hidden);

/** A step of an LSTM. */
export function lstmStep(call: CellCall, kernel: Tensor, { activation, recurrentActivation }: CellFunctions): Step {
  const units = kernel.shape[0];
  return (gates, [hidden, cell]) => {
    const sums = add(gates, matmul(seen(hidden, call), kernel));
    const [i, f, o] = [0, 1, 3].map((gate) => recurrentActivation(block(sums, gate, units)));
    const next = add(multiply(f, cell), multiply(i, activation(block(sums, 2, units))));
    return [multiply(o, activation(next)), next];
  };
}

/** A step of a GRU, the reset after the product or before it. */
export function gruStep(call: CellCall, kernel: Tensor, bias: Tensor | undefined, resetAfter: boolean, functions: CellFunctions): Step {
  const { activation, recurrentActivation } = functions;
  const units = kernel.shape[0];
  const [before, last] = [block(kernel, 0, units, 2), block(kernel, 2, units)];
  return (gates, [hidden]) => {
    const state = seen(hidden, call);
    const sums = resetAfter ? matmul(state, kernel, { bias }) : matmul(state, before);
    const [z, r] = [0, 1].map((gate) => recurrentActivation(add(block(gates, gate, units), block(sums, gate, units))));
    const inner = resetAfter ? multiply(r, block(sums, 2, units)) : matmul(multiply(r, state), last);
    return [between(z, hidden, activation(add(block(gates, 2, units), inner)))];
  };
}

/** A step of a simple cell. */
export function simpleStep(call: CellCall, kernel: Tensor, activation: (x: Tensor) => Tensor): Step {
  return (gates, [hidden]) => [activation(add(gates, matmul(seen(hidden, call), kernel)))];
}
