// nn: layers on tensors, written once for training and inference. Knows no architectures.
export type { Context } from "./context.ts";
export { Decoder, DecoderBlock } from "./decoder.ts";
export { Embedding } from "./embedding.ts";
export { GatedMlp } from "./gated-mlp.ts";
export { type AttentionParts, GroupedQueryAttention } from "./grouped-query-attention.ts";
export { CachedSequence, type CacheOptions, KeyValueCache } from "./key-value-cache.ts";
export { Layer, type LayerCall, type LayerOptions, snakeCase } from "./layer.ts";
export { Linear } from "./linear.ts";
export { Module, type Weight } from "./module.ts";
export * from "./optimisers/index.ts";
export { PackedWeight } from "./packed-weight.ts";
export { RMSNorm } from "./rms-norm.ts";
export { type RotaryOptions, RotaryPositions } from "./rotary-positions.ts";
export * from "./schedules/index.ts";
