// fitOneCycle: one rise and one fall of the learning rate over a whole training.
import { later, oneCycleFastai } from "../../nn/index.ts";
import type { History } from "../history.ts";
import { type ArrayInput, checkRows } from "../inputs/column.ts";
import type { Inputs } from "../model/core.ts";
import { inputColumns } from "../model/data.ts";
import type { Model } from "../model/model.ts";
import type { FitOptions } from "../model/options.ts";

/** Options of `fitOneCycle`: those of `fit`, and fast.ai's. */
export interface OneCycleFitOptions extends FitOptions {
  /** The rate at the top. Default: that of the optimiser. */
  readonly maxLearningRate?: number;
  /** It begins at maxLearningRate / divide. Default 25. */
  readonly divide?: number;
  /** It ends at maxLearningRate / finalDivide. Default 1e5. */
  readonly finalDivide?: number;
  /** Share of the steps that it rises. Default 0.25. */
  readonly rise?: number;
  /** Momentum (Adam: beta1) at the start, at the top, at the end. Default [0.95, 0.85, 0.95]. */
  readonly momentum?: readonly [start: number, top: number, end: number];
}

/**
 * `fit` with a learning rate that rises and falls once, along cosines, and momentum that goes the other way; the optimiser has its own rate again afterwards.
 * fast.ai's `fit_one_cycle`. Errors: as `fit`; `E_OPTION`.
 *
 * Source: Smith & Topin 2018, arXiv:1708.07120; Howard & Gugger 2020, arXiv:2002.04688.
 *
 * @example
 * const model = new Sequential([new Dense({ units: 1, inputDim: 1 })]);
 * model.compile({ optimizer: "adam", loss: "mse" });
 * const { history } = await fitOneCycle(model, [[1], [2]], [[2], [4]], { epochs: 3, maxLearningRate: 0.1, verbose: 0 });
 * history["loss"].length; // 3
 */
export async function fitOneCycle(model: Model, x: Inputs, y: ArrayInput, options: OneCycleFitOptions = {}): Promise<History> {
  const { maxLearningRate, divide, finalDivide, rise, momentum, ...fitOptions } = options;
  const {
    epochs = 1,
    batchSize = 32,
    gradientAccumulation = 1,
    validationSplit = 0,
    stepsPerEpoch = Number.POSITIVE_INFINITY,
    initialEpoch = 0,
  } = fitOptions;
  const { optimizer } = model;
  const all = checkRows(await inputColumns(x));
  const rows = validationSplit > 0 && options.validationData === undefined ? Math.floor(all * (1 - validationSplit)) : all;
  const steps = Math.ceil(Math.min(Math.ceil(rows / batchSize), stepsPerEpoch) / gradientAccumulation) * (epochs - initialEpoch);
  const lrMax = maxLearningRate ?? optimizer.learningRate;
  const cycle = oneCycleFastai({ lrMax, totalSteps: Math.max(1, steps), pctStart: rise, div: divide, divFinal: finalDivide, moms: momentum });
  const { learningRateSetting, momentumSchedule, steps: done } = optimizer;
  optimizer.learningRate = later(done, cycle.learningRate);
  optimizer.momentumSchedule = later(done, cycle.momentum);
  try {
    return await model.fit(x, y, fitOptions);
  } finally {
    optimizer.learningRate = learningRateSetting;
    optimizer.momentumSchedule = momentumSchedule;
  }
}
