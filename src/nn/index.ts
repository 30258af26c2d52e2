// nn: layers on tensors, written once for training and inference. Knows no architectures.
export { type Activation, type ActivationName, activationOf } from "./activations.ts";
export type { Context } from "./context.ts";
export { Decoder, DecoderBlock } from "./decoder.ts";
export { GatedMlp } from "./gated-mlp.ts";
export { type AttentionParts, GroupedQueryAttention } from "./grouped-query-attention.ts";
export { type Initializer, type InitializerConfig, type InitializerName, initialize } from "./initializers/index.ts";
export { CachedSequence, type CacheOptions, KeyValueCache } from "./key-value-cache.ts";
export { Layer, type LayerCall, type LayerOptions, snakeCase } from "./layer.ts";
export { Dense, type DenseOptions } from "./layers/dense.ts";
export { Embedding, type EmbeddingOptions } from "./layers/embedding.ts";
export { Linear } from "./linear.ts";
export { Module, type Weight } from "./module.ts";
export { PackedEmbedding } from "./packed-embedding.ts";
export { PackedWeight } from "./packed-weight.ts";
export { RMSNorm } from "./rms-norm.ts";
export { parameter } from "./parameter.ts";
export { type RotaryOptions, RotaryPositions } from "./rotary-positions.ts";
