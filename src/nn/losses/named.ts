// Losses by their Keras names. Knows no arithmetic.
import { aboveZero, aFlag, belowOne, fromZero, listed, type Rule, readOptions, refuseOption, whole } from "../../core/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { binaryCrossentropy } from "./binary.ts";
import { categoricalCrossentropy, type SparseCategoricalOptions, sparseCategoricalCrossentropy } from "./categorical.ts";
import { type DivergenceOptions, klDivergence } from "./divergence.ts";
import { type HuberOptions, huber, meanAbsoluteError, meanSquaredError } from "./numbers.ts";
import { cosineSimilarity } from "./similarity.ts";

/** A loss of targets and predictions, in the order of Keras and scikit-learn: one value, or one a row. Losses take what they know of the options. */
export type LossFunction = (target: Tensor, prediction: Tensor, options?: SparseCategoricalOptions & HuberOptions & DivergenceOptions) => Tensor;

/** Keras's names of losses. */
export type LossName =
  | "categorical_crossentropy"
  | "sparse_categorical_crossentropy"
  | "binary_crossentropy"
  | "mean_squared_error"
  | "mse"
  | "mean_absolute_error"
  | "mae"
  | "kl_divergence"
  | "cosine_similarity"
  | "huber";

const losses: Readonly<Record<LossName, LossFunction>> = {
  categorical_crossentropy: categoricalCrossentropy,
  sparse_categorical_crossentropy: sparseCategoricalCrossentropy,
  binary_crossentropy: binaryCrossentropy,
  mean_squared_error: meanSquaredError,
  mse: meanSquaredError,
  mean_absolute_error: meanAbsoluteError,
  mae: meanAbsoluteError,
  kl_divergence: klDivergence,
  cosine_similarity: cosineSimilarity,
  huber,
};

/** All names. */
export const lossNames: readonly LossName[] = Object.keys(losses) as LossName[];

/**
 * The loss with this Keras name. Errors: `E_OPTION` with the names that there are.
 *
 * @example
 * lossByName("mse")(tensor([[1, 3]]), tensor([[1, 5]])).dataSync(); // [2]
 */
export function lossByName(name: string): LossFunction {
  if (Object.hasOwn(losses, name)) return losses[name as LossName];
  refuseOption("loss", name, listed(lossNames));
}

/** Options of each loss beside those of every loss. */
const optionsOf: Readonly<Partial<Record<LossName, readonly string[]>>> = {
  categorical_crossentropy: ["fromLogits", "labelSmoothing"],
  sparse_categorical_crossentropy: ["fromLogits", "labelSmoothing", "ignoreIndex"],
  binary_crossentropy: ["fromLogits", "labelSmoothing"],
  kl_divergence: ["fromLogits", "epsilon"],
  huber: ["delta"],
};

const rules: Readonly<Record<string, Rule>> = {
  fromLogits: aFlag,
  labelSmoothing: belowOne,
  ignoreIndex: whole(Number.MIN_SAFE_INTEGER),
  epsilon: fromZero,
  delta: aboveZero,
};

/**
 * Holds the options of a loss against what that loss knows. Errors: `E_OPTION_UNKNOWN`, `E_OPTION`.
 *
 * @example
 * checkLossOptions("mse", { labelSmoothing: 0.1 }); // throws E_OPTION_UNKNOWN: mse has no option "labelSmoothing"; …
 */
export function checkLossOptions(name: string, options: Readonly<Record<string, unknown>>): void {
  lossByName(name);
  const known = optionsOf[name as LossName] ?? [];
  readOptions<object>(name, options, Object.fromEntries(known.map((option) => [option, rules[option]])));
}

/**
 * The Keras name of a loss of this library that is given as a function; undefined for any other function.
 *
 * @example
 * nameOfLoss(klDivergence); // "kl_divergence"
 */
export function nameOfLoss(loss: (...given: never[]) => unknown): LossName | undefined {
  return lossNames.find((name) => losses[name] === loss);
}
