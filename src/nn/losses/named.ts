// Losses by their Keras names. Knows no arithmetic.
import { InkstoneError } from "../../core/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { binaryCrossentropy } from "./binary.ts";
import { categoricalCrossentropy, type SparseCategoricalOptions, sparseCategoricalCrossentropy } from "./categorical.ts";
import { klDivergence } from "./divergence.ts";
import { huber, meanAbsoluteError, meanSquaredError } from "./numbers.ts";
import { cosineSimilarity } from "./similarity.ts";

/** A loss of predictions and targets: one value, or one a row. Losses take what they know of the options. */
export type LossFunction = (prediction: Tensor, target: Tensor, options?: SparseCategoricalOptions) => Tensor;

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
 * lossByName("mse")(tensor([[1, 5]]), tensor([[1, 3]])).dataSync(); // [2]
 */
export function lossByName(name: string): LossFunction {
  if (Object.hasOwn(losses, name)) return losses[name as LossName];
  throw new InkstoneError("E_OPTION", { option: "loss", value: name, allowed: { en: lossNames.join(", "), zh: lossNames.join("、") } });
}
