// losses: from predictions and targets to the number that training makes small.
export { binaryCrossentropy } from "./binary.ts";
export { type CategoricalOptions, categoricalCrossentropy, type SparseCategoricalOptions, sparseCategoricalCrossentropy } from "./categorical.ts";
export { type DivergenceOptions, klDivergence } from "./divergence.ts";
export { checkLossOptions, type LossFunction, type LossName, lossByName, lossNames, nameOfLoss } from "./named.ts";
export { type HuberOptions, huber, meanAbsoluteError, meanSquaredError } from "./numbers.ts";
export { type LossOptions, reduceLosses } from "./reduce.ts";
export {
  type ContrastiveOptions,
  type CosineEmbeddingOptions,
  contrastive,
  cosineEmbedding,
  cosineSimilarity,
  unitRows,
} from "./similarity.ts";
