// nn: layers on tensors, written once for training and inference. Knows no architectures.
export { type Activation, type ActivationName, activationOf } from "./activations.ts";
export type { CachedPass, Context, WholePass } from "./context.ts";
export { Decoder, DecoderBlock, type RowLayer } from "./decoder.ts";
export { GatedMlp } from "./gated-mlp.ts";
export { type AttentionParts, GroupedQueryAttention } from "./grouped-query-attention.ts";
export { type Initializer, type InitializerConfig, type InitializerName, initialize } from "./initializers/index.ts";
export { CachedSequence, type CacheOptions, KeyValueCache } from "./key-value-cache.ts";
export { Layer, type LayerCall, type LayerOptions, snakeCase } from "./layer.ts";
export { LayerNorm } from "./layer-norm.ts";
export { Dense, type DenseOptions } from "./layers/dense.ts";
export { Embedding, type EmbeddingOptions } from "./layers/embedding.ts";
export {
  LayerNormalization,
  type LayerNormalizationOptions,
  RMSNormalization,
  type RMSNormalizationOptions,
} from "./layers/normalization.ts";
export { Linear } from "./linear.ts";
export * from "./losses/index.ts";
export { DenseWeight, type MatrixWeight } from "./matrix-weight.ts";
export { Mlp } from "./mlp.ts";
export { Module, type Weight } from "./module.ts";
export * from "./optimisers/index.ts";
export { PackedWeight } from "./packed-weight.ts";
export { parameter } from "./parameter.ts";
export { RMSNorm } from "./rms-norm.ts";
export { type RotaryOptions, RotaryPositions } from "./rotary-positions.ts";
export * from "./schedules/index.ts";
export { TokenEmbedding } from "./token-embedding.ts";
