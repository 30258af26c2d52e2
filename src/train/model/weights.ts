// Weights of a model in and out, and their names in files. Knows no files.
import { InkstoneError } from "../../core/index.ts";
import { snakeCase, type Weight } from "../../nn/index.ts";
import { Tensor } from "../../tensor/index.ts";

interface Weighted {
  stateDict(): Map<string, Weight>;
}

/** All weights that are plain tensors, in order. */
export function weightsOf(model: Weighted): Tensor[] {
  return [...model.stateDict().values()].filter((weight) => weight instanceof Tensor);
}

/** Sets them in this order. Errors: `E_MODEL_WEIGHTS`; then nothing was changed. */
export function setWeights(model: Weighted, weights: readonly ArrayLike<number>[]): void {
  const own = [...model.stateDict()].filter((entry): entry is [string, Tensor] => entry[1] instanceof Tensor);
  if (own.length !== weights.length) {
    const why = { en: `${weights.length} weights were given for ${own.length}`, zh: `提供了 ${weights.length} 个权重，应为 ${own.length} 个` };
    throw new InkstoneError("E_MODEL_WEIGHTS", { weight: own[0]?.[0] ?? "", why });
  }
  for (const [i, [weight, { size }]] of own.entries()) {
    const { length } = weights[i];
    if (length !== size)
      throw new InkstoneError("E_MODEL_WEIGHTS", { weight, why: { en: `${length} values for ${size}`, zh: `给出 ${length} 个值，应为 ${size} 个` } });
  }
  for (const [i, [, weight]] of own.entries()) weight.write(weights[i]);
}

/**
 * The name of a weight in files: as Keras writes its parts, joined by dots.
 *
 * @example
 * fileName("lstm.recurrentKernel"); // "lstm.recurrent_kernel"
 */
export function fileName(name: string): string {
  return name
    .split(".")
    .map((part) => snakeCase(part))
    .join(".");
}
