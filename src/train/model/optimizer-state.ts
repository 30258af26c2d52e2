// What an optimiser has learnt, with all that makes it again: as plain data and as tensors of a file. Knows no models.
import { z } from "zod";
import type { SafetensorsContent } from "../../formats/index.ts";
import {
  describeOptimizer,
  makeOptimizer,
  type Optimizer,
  type OptimizerDescription,
  optimizerNames,
  type ParameterNames,
  parameterNames,
  type Weight,
} from "../../nn/index.ts";
import { Tensor } from "../../tensor/index.ts";

const plain = z.union([z.number(), z.boolean(), z.string()]);
const schedule = z.object({ name: z.string(), with: z.array(z.unknown()), part: z.string().optional() });
const group = z.object({
  weights: z.array(z.string()),
  learningRateScale: z.number().optional(),
  weightDecay: z.number().optional(),
  adam: z.boolean().optional(),
});

/** An optimiser as plain data: how it is made, and what it counts. Its tensors are saved beside it. */
export interface SavedOptimizer {
  readonly description: OptimizerDescription;
  /** Undefined before its first step. */
  readonly state?: { readonly name: string; readonly step: number; readonly hyperparameters: Readonly<Record<string, number | boolean>> };
}

/** An optimiser in a JSON file. */
export const optimizerSchema: z.ZodType<SavedOptimizer> = z.object({
  description: z.object({
    name: z.enum(optimizerNames),
    form: z.enum(["keras", "torch"]),
    options: z.record(z.string(), plain),
    learningRate: z.union([z.number(), schedule]),
    momentumSchedule: schedule.optional(),
    weightDecay: z.number(),
    groups: z.array(group),
  }),
  state: z.object({ name: z.string(), step: z.number(), hyperparameters: z.record(z.string(), z.union([z.number(), z.boolean()])) }).optional(),
});

/**
 * An optimiser as plain data and tensors, by the names of the weights that it changes. Errors: `E_NOT_SAVABLE`.
 *
 * @example
 * const layer = new Dense({ units: 1 });
 * layer.ensureBuilt([1]);
 * const adam = new Adam(layer.trainableParameters());
 * saveOptimizer(adam, layer.stateDict()).saved.description.groups[0].weights; // ["kernel", "bias"]
 */
export function saveOptimizer(
  optimizer: Optimizer,
  weights: ReadonlyMap<string, Weight>,
): { readonly saved: SavedOptimizer; readonly tensors: SafetensorsContent[] } {
  const names: ParameterNames = parameterNames(weights);
  const description = describeOptimizer(optimizer, names);
  if (optimizer.steps === 0) return { saved: { description }, tensors: [] };
  const { tensors, ...state } = optimizer.stateDict(names);
  return { saved: { description, state }, tensors: [...tensors].map(([name, tensor]) => tensorEntry(name, tensor)) };
}

/**
 * The optimiser of plain data, bound to these weights, with what it had learnt. Errors: `E_OPTIMIZER_STATE`, `E_OPTION`.
 *
 * @example
 * const layer = new Dense({ units: 1 });
 * layer.ensureBuilt([1]);
 * const { saved } = saveOptimizer(new Adam(layer.trainableParameters(), { learningRate: 0.5 }), layer.stateDict());
 * openOptimizer(saved, new Map(), layer.stateDict()).learningRate; // 0.5
 */
export function openOptimizer(
  { description, state }: SavedOptimizer,
  tensors: ReadonlyMap<string, Float32Array>,
  weights: ReadonlyMap<string, Weight>,
): Optimizer {
  const own = new Map([...weights].flatMap(([name, weight]) => (weight instanceof Tensor ? [[name, weight] as const] : [])));
  const made = makeOptimizer(description, own);
  if (state) made.loadStateDict({ ...state, tensors }, parameterNames(weights));
  return made;
}

/** A tensor as a safetensors file takes it. */
export function tensorEntry(name: string, tensor: Tensor): SafetensorsContent {
  return { name, type: "F32", shape: tensor.shape, values: () => tensor.dataSync() as Float32Array };
}
