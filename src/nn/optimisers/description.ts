// An optimiser as plain data: what makes one like it again, with its groups by the names of weights. Knows no update rule.
import { InkstoneError, type Words } from "../../core/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { makeSchedule } from "../schedules/named.ts";
import { describeSchedule, type Schedule, type ScheduleDescription } from "../schedules/schedule.ts";
import type { ParameterGroup } from "./groups.ts";
import { type OptimizerName, optimizerOf } from "./named.ts";
import type { Optimizer, OptimizerOptions } from "./optimizer.ts";
import type { ParameterNames } from "./state.ts";

/** A group by the names of its weights. */
export interface GroupDescription extends Omit<ParameterGroup, "parameters"> {
  readonly weights: readonly string[];
}

/** An optimiser as plain data. */
export interface OptimizerDescription {
  readonly name: OptimizerName;
  /** Whose defaults it has. */
  readonly form: "keras" | "torch";
  /** What it was made with, schedules apart. */
  readonly options: Readonly<Record<string, number | boolean | string>>;
  readonly learningRate: number | ScheduleDescription;
  readonly momentumSchedule?: ScheduleDescription;
  readonly weightDecay: number;
  readonly groups: readonly GroupDescription[];
}

function refusal(en: string, zh: string): InkstoneError {
  const why: Words = { en, zh };
  return new InkstoneError("E_NOT_SAVABLE", { what: { en: "the optimiser", zh: "优化器" }, why });
}

function told(what: string, schedule: Schedule): ScheduleDescription {
  const found = describeSchedule(schedule);
  if (found !== undefined) return found;
  throw refusal(`its ${what} is a function of the program: use a schedule of this library`, `其 ${what} 是程序中的函数：请使用本库的调度`);
}

/**
 * All that makes an optimiser like this one again, by the names of its weights. Errors: `E_NOT_SAVABLE` for a schedule that is a function of the program, a weight without a name, and
 * a class of the program.
 *
 * @example
 * describeOptimizer(new SGD({ learningRate: 0.1, momentum: 0.9 }), new Map()).options; // { momentum: 0.9 }
 */
export function describeOptimizer(optimizer: Optimizer, names: ParameterNames): OptimizerDescription {
  const {
    learningRate: _rate,
    momentumSchedule: _momentum,
    weightDecay: _decay,
    ...options
  } = optimizer.options as OptimizerOptions & Readonly<Record<string, number>>;
  const name = optimizer.name as OptimizerName;
  const { learningRateSetting, momentumSchedule } = optimizer;
  if (Object.getPrototypeOf(optimizer) !== Object.getPrototypeOf(optimizerOf(name)))
    throw refusal("it is of a class of the program", "它属于程序中的类");
  return {
    name,
    form: optimizer.settings["torch"] === true ? "torch" : "keras",
    options: Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    learningRate: typeof learningRateSetting === "number" ? learningRateSetting : told("learningRate", learningRateSetting),
    ...(momentumSchedule ? { momentumSchedule: told("momentumSchedule", momentumSchedule) } : {}),
    weightDecay: optimizer.weightDecay,
    groups: optimizer.groups.map(({ parameters, ...group }) => ({ ...group, weights: parameters.map((parameter) => nameOf(parameter, names)) })),
  };
}

function nameOf(parameter: Tensor, names: ParameterNames): string {
  const name = names.get(parameter);
  if (name === undefined) throw refusal("it holds a parameter that is no weight of the model", "它含有不属于模型的参数");
  return name;
}

/**
 * An optimiser of a description, bound to the weights of these names. Errors: `E_OPTION`, `E_OPTION_UNKNOWN`; `E_OPTIMIZER_STATE` for a weight that is not there.
 *
 * @example
 * const made = makeOptimizer(describeOptimizer(new Adam({ beta1: 0.8 }), new Map()), new Map());
 * made.settings["beta1"]; // 0.8
 */
export function makeOptimizer(description: OptimizerDescription, weights: ReadonlyMap<string, Tensor>): Optimizer {
  const { name, form, options, learningRate, momentumSchedule, weightDecay, groups } = description;
  const made = optimizerOf(name, {
    ...options,
    torch: form === "torch",
    weightDecay,
    learningRate: typeof learningRate === "number" ? Math.max(learningRate, Number.MIN_VALUE) : makeSchedule(learningRate),
    ...(momentumSchedule ? { momentumSchedule: makeSchedule(momentumSchedule) } : {}),
  });
  if (typeof learningRate === "number") made.learningRate = learningRate;
  const found = (weight: string): Tensor => {
    const tensor = weights.get(weight);
    if (tensor) return tensor;
    throw new InkstoneError("E_OPTIMIZER_STATE", { why: { en: `the model has no weight "${weight}"`, zh: `模型没有权重“${weight}”` } });
  };
  if (groups.length > 0) made.bind(groups.map(({ weights: own, ...group }) => ({ ...group, parameters: own.map(found) })));
  return made;
}
