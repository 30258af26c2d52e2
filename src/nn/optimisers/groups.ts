// Groups of parameters with a learning rate and a decay of their own. Knows no optimiser.
import { InkstoneError, type Phrase } from "../../core/index.ts";
import { Tensor } from "../../tensor/index.ts";
import type { Module, Weight } from "../module.ts";
import { PackedWeight } from "../weights/packed-weight.ts";

/** Parameters that an optimiser treats alike. */
export interface ParameterGroup {
  readonly parameters: readonly Tensor[];
  /** Their learning rate is this times the optimiser's. Default 1. */
  readonly learningRateScale?: number;
  /** In place of the optimiser's. */
  readonly weightDecay?: number;
  /** For Muon: these are treated by AdamW though they are matrices (embeddings, the output layer). Default false. */
  readonly adam?: boolean;
}

/** What an optimiser is given: parameters, as `module.parameters()` or `trainableParameters()` gives them, or groups of them. Those without a gradient stay as they are. */
export type Parameters = readonly Weight[] | readonly ParameterGroup[];

/**
 * Two groups of the trainable parameters of a module: matrices, with the optimiser's weight decay; and vectors (biases, norms), without.
 *
 * @example
 * class Layer extends Module {
 *   readonly weight = zeros([2, 3]).requireGrad();
 *   readonly bias = zeros([3]).requireGrad();
 * }
 * decayGroups(new Layer()).map(({ parameters, weightDecay }) => [parameters.length, weightDecay]); // [[1, undefined], [1, 0]]
 */
export function decayGroups(module: Module): ParameterGroup[] {
  const all = module.trainableParameters();
  const isVector = ({ shape }: Tensor) => shape.length < 2;
  return [{ parameters: all.filter((parameter) => !isVector(parameter)) }, { parameters: all.filter(isVector), weightDecay: 0 }];
}

/**
 * One group for each part of a model, from the input to the output: the last learns at the full rate, each before it at 1 / `factor` of the one after.
 * fast.ai's discriminative rates.
 *
 * Source: Howard & Ruder 2018, arXiv:1801.06146, section 3.2 (factor 2.6).
 *
 * @example
 * class Part extends Module {
 *   readonly weight = zeros([2, 2]).requireGrad();
 * }
 * discriminativeGroups([new Part(), new Part()], 2).map(({ learningRateScale }) => learningRateScale); // [0.5, 1]
 */
export function discriminativeGroups(parts: readonly Module[], factor = 2.6): ParameterGroup[] {
  return parts.map((part, i) => ({ parameters: part.trainableParameters(), learningRateScale: factor ** (i + 1 - parts.length) }));
}

const refusal = (why: Phrase) => new InkstoneError("E_OPTIMIZER_PARAMETERS", { why });

/** Parameters as groups. Errors: `E_OPTIMIZER_PARAMETERS` for one that is there twice, is not f32, or is packed; `E_OPTION` for a scale or decay that is no number from 0. */
export function groupsOf(parameters: Parameters): readonly ParameterGroup[] {
  if (parameters.some((part) => part instanceof PackedWeight))
    throw refusal({ en: "one is packed, and does not change", zh: "其中一个是打包权重，不可修改" });
  const groups = parameters.every((part) => part instanceof Tensor) ? [{ parameters }] : (parameters as readonly ParameterGroup[]);
  const seen = new Set<Tensor>();
  for (const { parameters, learningRateScale = 1, weightDecay = 0 } of groups) {
    for (const [option, value] of Object.entries({ learningRateScale, weightDecay })) {
      if (!(value >= 0 && Number.isFinite(value))) {
        throw new InkstoneError("E_OPTION", { option, value: String(value), allowed: { en: "numbers from 0", zh: "不小于 0 的数" } });
      }
    }
    for (const parameter of parameters) {
      if (parameter.type !== "f32") throw refusal({ en: `one is of type ${parameter.type}`, zh: `其中一个的类型为 ${parameter.type}` });
      if (seen.has(parameter)) throw refusal({ en: "one is given twice", zh: "其中一个重复" });
      seen.add(parameter);
    }
  }
  return groups;
}

/** What an optimiser asks of a module to group its parameters. */
export type Grouped = Pick<Module, "trainableParameters" | "lookupTables">;
