// Whole recurrent layers over time: LSTM, GRU and the simple cell, from the products of their inputs on. Knows no layers.
import type { Kernels } from "../command.ts";
import { defineOp, expectShape, type Op, scratchLike } from "../op.ts";
import type { Gradient } from "../tape/gradient.ts";
import { gradientsWanted } from "../tape/tracking.ts";
import type { Tensor } from "../tensor.ts";

/** Options of recurrent operations. */
export interface RecurrentOptions {
  /** State before the first step [B, units]. Default zeros. */
  readonly hidden?: Tensor;
  /** Which steps count: i32 [B, T]. Where it is 0 the state stays as it is, and the output is that of the step before (zeros where there was none yet). Default: all count. */
  readonly mask?: Tensor;
  /** From the last step to the first; outputs stay at their steps. Default false. */
  readonly reverse?: boolean;
  /** Outputs of skipped steps are zeros. Default false. */
  readonly zeroMasked?: boolean;
}

/** Options of `lstm`. */
export interface LstmOptions extends RecurrentOptions {
  /** Cell before the first step [B, units]; together with `hidden`, or neither. Default zeros. */
  readonly cell?: Tensor;
}

/** Options of `gru`. */
export interface GruOptions extends RecurrentOptions {
  /** Bias of h · U [3 · units]. Default none. */
  readonly recurrentBias?: Tensor;
}

/** Options of `simpleRnn`. */
export interface SimpleRnnOptions extends RecurrentOptions {
  /** Default tanh. */
  readonly activation?: "tanh" | "relu";
}

/** Outputs of all steps [B, T, units] and the state after the last that counts [B, units]. */
export interface RecurrentResults {
  readonly outputs: Tensor;
  readonly hidden: Tensor;
}

/** The same, and the cell after the last step [B, units]. */
export interface LstmResults extends RecurrentResults {
  readonly cell: Tensor;
}

interface Form {
  readonly reverse: boolean;
  readonly zeroMasked: boolean;
  readonly relu: boolean;
}

type States = { readonly outputs: Tensor; readonly hidden: Tensor; readonly saved: Tensor; readonly before: Tensor };
type Optional = Tensor | undefined;
type LstmArguments = [gates: Tensor, recurrentKernel: Tensor, hidden: Optional, cell: Optional, mask: Optional, form: Form];
type GruArguments = [gates: Tensor, recurrentKernel: Tensor, bias: Optional, hidden: Optional, mask: Optional, form: Form];
type SimpleArguments = [gates: Tensor, recurrentKernel: Tensor, hidden: Optional, mask: Optional, form: Form];

const has = (there: Optional | boolean) => (there ? 1 : 0);
const sizesOf = ({ shape }: Tensor, { shape: [units] }: Tensor) => ({ rows: shape[0], steps: shape[1], units });

// What stands where there is no mask.
const maskOr = (mask: Optional, like: Tensor) => mask ?? scratchLike(like, { shape: [1], type: "i32" });

/** Checks all shapes; gives those of the results. `savedCount` values a unit are kept for the gradient, where one may be wanted. */
function shapesOf(
  operation: string,
  [gateCount, savedCount]: readonly [number, number],
  tensors: readonly Optional[],
  states: readonly Optional[],
  mask: Optional,
) {
  const [gates, kernel] = tensors as readonly [Tensor, Tensor];
  const [rows, steps, columns] = gates.shape;
  const units = columns / gateCount;
  expectShape(
    gates.shape.length === 3 && Number.isInteger(units),
    operation,
    () => ({ en: `gates of [B, T, ${gateCount} x units]`, zh: `形如 [B, T, ${gateCount} x units] 的门` }),
    gates,
  );
  expectShape(
    kernel.shape.length === 2 && kernel.shape[0] === units && kernel.shape[1] === columns,
    operation,
    () => ({ en: `a recurrent kernel [${units}, ${columns}]`, zh: `形如 [${units}, ${columns}] 的循环核` }),
    kernel,
  );
  for (const state of states) {
    if (state)
      expectShape(
        state.shape.length === 2 && state.shape[0] === rows && state.shape[1] === units,
        operation,
        () => ({ en: `a state [${rows}, ${units}]`, zh: `形如 [${rows}, ${units}] 的状态` }),
        state,
      );
  }
  if (mask)
    expectShape(
      mask.shape.length === 2 && mask.shape[0] === rows && mask.shape[1] === steps,
      operation,
      () => ({ en: `a mask [${rows}, ${steps}]`, zh: `形如 [${rows}, ${steps}] 的掩码` }),
      mask,
    );
  const keeps = gradientsWanted() && [...tensors, ...states].some((tensor) => tensor?.requiresGrad) ? 1 : 0;
  const state = { shape: [rows, units] };
  const outputs = { shape: [rows, steps, units] };
  return {
    outputs,
    hidden: state,
    saved: { shape: [keeps * rows, steps, savedCount * units] },
    before: { shape: [keeps * rows, steps, units] },
    cell: state,
  };
}

/** Where a gradient kernel writes the gradients of all steps: straight into the sum where nothing is there yet, else beside it. */
function gatesInto(run: Kernels, gates: Tensor, into: Gradient | undefined, fill: (dGates: Tensor) => void): Tensor {
  if (into && !into.written && !into.partial) {
    const { tensor } = into;
    fill(tensor);
    into.written = true;
    return tensor;
  }
  const beside = scratchLike(gates, gates);
  fill(beside);
  if (into) run.copy({ x: beside, y: into, n: beside.size });
  return beside;
}

// dU (+)= (states before)ᵀ · (gradients of h · U).
function kernelGradient(run: Kernels, before: Tensor, inner: Tensor, into: Gradient | undefined): void {
  if (into === undefined) return;
  const [rows, steps, units] = before.shape;
  const [sides, product] = [
    { a: before, b: inner, bias: before, c: into },
    { rows: units, columns: inner.shape[2], depth: rows * steps },
  ];
  run.matmul({ batch: 1, batchA: 1, batchB: 1, hasBias: 0, transposeA: true, ...sides, ...product });
}

function gradientSizes(gates: Tensor, kernel: Tensor, mask: Optional, d: { readonly outputs: Optional; readonly hidden: Optional }) {
  return { hasMask: has(mask), hasOutputs: has(d.outputs), hasHidden: has(d.hidden), ...sizesOf(gates, kernel) };
}

const runLstm: Op<LstmArguments, States & { readonly cell: Tensor }> = defineOp<LstmArguments, States & { readonly cell: Tensor }>({
  name: "lstm",
  shape: ([gates, kernel, hidden, cell, mask]) => shapesOf("lstm", [4, 5], [gates, kernel], [hidden, cell], mask),
  forward: (run, [gates, recurrentKernel, hidden0, cell0, mask, form], results) =>
    run.lstm({
      ...{ gates, recurrentKernel, hidden0: hidden0 ?? gates, cell0: cell0 ?? gates, mask: maskOr(mask, gates), ...results },
      ...{ ...sizesOf(gates, recurrentKernel), hasState: has(hidden0), hasMask: has(mask), keeps: has(results.saved.size > 0) },
      ...{ reverse: form.reverse, zeroMasked: form.zeroMasked },
    }),
  keepsResults: true,
  gradient(run, [gates, recurrentKernel, , , mask, form], d, [dGates, dKernel, dHidden, dCell], { saved, before, hidden }) {
    const inner = gatesInto(run, gates, dGates, (into) =>
      run.lstmGrad({
        ...{ saved, recurrentKernel, mask: maskOr(mask, gates), dOutputs: d.outputs ?? saved, dHidden: d.hidden ?? saved, dCell: d.cell ?? saved },
        ...{ dGates: into, dHidden0: dHidden ?? scratchLike(hidden, hidden), dCell0: dCell ?? scratchLike(hidden, hidden) },
        ...{ ...gradientSizes(gates, recurrentKernel, mask, d), hasCell: has(d.cell), reverse: form.reverse, zeroMasked: form.zeroMasked },
      }),
    );
    kernelGradient(run, before, inner, dKernel);
  },
});

const runGru: Op<GruArguments, States> = defineOp<GruArguments, States>({
  name: "gru",
  shape([gates, kernel, bias, hidden, mask]) {
    const { cell: _, ...shapes } = shapesOf("gru", [3, 4], [gates, kernel, bias], [hidden], mask);
    if (bias)
      expectShape(
        bias.size === gates.shape[2] && bias.shape.length === 1,
        "gru",
        () => ({ en: `a recurrent bias of ${gates.shape[2]} values`, zh: `${gates.shape[2]} 个值的循环偏置` }),
        bias,
      );
    return shapes;
  },
  forward: (run, [gates, recurrentKernel, bias, hidden0, mask, form], results) =>
    run.gru({
      ...{ gates, recurrentKernel, recurrentBias: bias ?? gates, hidden0: hidden0 ?? gates, mask: maskOr(mask, gates), ...results },
      ...{ ...sizesOf(gates, recurrentKernel), hasState: has(hidden0), hasMask: has(mask), keeps: has(results.saved.size > 0), hasBias: has(bias) },
      ...{ reverse: form.reverse, zeroMasked: form.zeroMasked },
    }),
  keepsResults: true,
  gradient(run, [gates, recurrentKernel, , , mask, form], d, [dGates, dKernel, dBias, dHidden], { saved, before, hidden }) {
    const dInner = scratchLike(gates, gates);
    gatesInto(run, gates, dGates, (into) =>
      run.gruGrad({
        ...{ saved, before, recurrentKernel, mask: maskOr(mask, gates), dOutputs: d.outputs ?? saved, dHidden: d.hidden ?? saved },
        ...{ dGates: into, dInner, dHidden0: dHidden ?? scratchLike(hidden, hidden) },
        ...{ ...gradientSizes(gates, recurrentKernel, mask, d), reverse: form.reverse, zeroMasked: form.zeroMasked },
      }),
    );
    kernelGradient(run, before, dInner, dKernel);
    if (dBias) run.columnSums({ x: dInner, y: dBias, rows: before.shape[0] * before.shape[1], columns: gates.shape[2] });
  },
});

const runSimple: Op<SimpleArguments, States> = defineOp<SimpleArguments, States>({
  name: "simpleRnn",
  shape([gates, kernel, hidden, mask]) {
    const { cell: _, ...shapes } = shapesOf("simpleRnn", [1, 1], [gates, kernel], [hidden], mask);
    return shapes;
  },
  forward: (run, [gates, recurrentKernel, hidden0, mask, form], results) =>
    run.simpleRnn({
      ...{ gates, recurrentKernel, hidden0: hidden0 ?? gates, mask: maskOr(mask, gates), ...results },
      ...{ ...sizesOf(gates, recurrentKernel), hasState: has(hidden0), hasMask: has(mask), keeps: has(results.saved.size > 0), ...form },
    }),
  keepsResults: true,
  gradient(run, [gates, recurrentKernel, , mask, form], d, [dGates, dKernel, dHidden], { saved, before, hidden }) {
    const inner = gatesInto(run, gates, dGates, (into) =>
      run.simpleRnnGrad({
        ...{ saved, recurrentKernel, mask: maskOr(mask, gates), dOutputs: d.outputs ?? saved, dHidden: d.hidden ?? saved },
        ...{ dGates: into, dHidden0: dHidden ?? scratchLike(hidden, hidden) },
        ...{ ...gradientSizes(gates, recurrentKernel, mask, d), ...form },
      }),
    );
    kernelGradient(run, before, inner, dKernel);
  },
});

const formOf = ({ reverse = false, zeroMasked = false }: RecurrentOptions, relu = false): Form => ({ reverse, zeroMasked, relu });

/**
 * A whole LSTM layer over time, from the products of its inputs on: for each step, with u = gates[t] + h · U in blocks i, f, g, o (Keras's and PyTorch's order),
 * c' = σ(f) · c + σ(i) · tanh(g), h' = σ(o) · tanh(c'). One kernel forward, one backward.
 *
 * Shapes: gates [B, T, 4 · units] = x · W + b; recurrentKernel [units, 4 · units]; states [B, units]; results [B, T, units], [B, units]. Types: f32, the mask i32.
 * Errors: `E_SHAPE`; also where only one of `hidden` and `cell` is given.
 * Source: Hochreiter & Schmidhuber 1997; forget gate: Gers, Schmidhuber & Cummins 2000.
 *
 * @example
 * const { outputs, hidden } = lstm(tensor([[[0, 0, 1, 0], [0, 0, 1, 0]]]), tensor([[0, 0, 0, 0]]));
 * outputs.dataSync(); // [0.1817, 0.258]
 * hidden.dataSync(); // [0.258]
 */
export function lstm(gates: Tensor, recurrentKernel: Tensor, options: LstmOptions = {}): LstmResults {
  const { hidden, cell, mask } = options;
  if ((hidden === undefined) !== (cell === undefined))
    expectShape(false, "lstm", { en: "both hidden and cell, or neither", zh: "hidden 与 cell 同时给出或都不给" }, (hidden ?? cell) as Tensor);
  const results = runLstm(gates, recurrentKernel, hidden, cell, mask, formOf(options));
  return { outputs: results.outputs, hidden: results.hidden, cell: results.cell };
}

/**
 * A whole GRU layer over time, the reset after the product (Keras's `reset_after=True`, and PyTorch's GRU): with u = h · U + recurrentBias and blocks z, r, n (Keras's order),
 * z' = σ(z + u_z), n' = tanh(n + σ(r + u_r) · u_n), h' = z' · h + (1 - z') · n'.
 *
 * Shapes: gates [B, T, 3 · units] = x · W + b; recurrentKernel [units, 3 · units]; state [B, units]; results [B, T, units], [B, units]. Types: f32, the mask i32. Errors: `E_SHAPE`.
 * Source: Cho et al. 2014, arXiv:1406.1078, version 1.
 *
 * @example
 * gru(tensor([[[0, 0, 1], [0, 0, 1]]]), tensor([[0, 0, 0]])).outputs.dataSync(); // [0.3808, 0.5712]
 */
export function gru(gates: Tensor, recurrentKernel: Tensor, options: GruOptions = {}): RecurrentResults {
  const { outputs, hidden } = runGru(gates, recurrentKernel, options.recurrentBias, options.hidden, options.mask, formOf(options));
  return { outputs, hidden };
}

/**
 * A whole layer of simple cells over time: h' = tanh(gates[t] + h · U), or max(0, …).
 *
 * Shapes: gates [B, T, units] = x · W + b; recurrentKernel [units, units]; state [B, units]; results [B, T, units], [B, units]. Types: f32, the mask i32. Errors: `E_SHAPE`.
 * Source: Elman 1990.
 *
 * @example
 * simpleRnn(tensor([[[1], [0]]]), tensor([[2]]), { activation: "relu" }).outputs.dataSync(); // [1, 2]
 */
export function simpleRnn(gates: Tensor, recurrentKernel: Tensor, options: SimpleRnnOptions = {}): RecurrentResults {
  const { outputs, hidden } = runSimple(gates, recurrentKernel, options.hidden, options.mask, formOf(options, options.activation === "relu"));
  return { outputs, hidden };
}
