// nn: layers on tensors, written once for training and inference. Knows no architectures.
export { type Activation, type ActivationName, activationOf } from "./activations.ts";
export type { CachedPass, Context, WholePass } from "./context.ts";
export {
  type Initializer,
  type InitializerConfig,
  type InitializerName,
  initialize,
  normalQuantile,
  withoutInitializing,
} from "./initializers/index.ts";
export { CachedSequence, type CacheOptions, KeyValueCache } from "./key-value-cache.ts";
export { Layer, type LayerCall, type LayerOptions, type Logits, leaveMask, maskOn, SymbolicTensor, snakeCase } from "./layer.ts";
export * from "./layers/index.ts";
export { describeLayer, type LayerClass, type LayerDescription, layerClasses, makeLayer } from "./layers/registry.ts";
export * from "./losses/index.ts";
export { Module, type StateValues, type Weight } from "./module.ts";
export * from "./optimisers/index.ts";
export { parameter } from "./parameter.ts";
export { Decoder, DecoderBlock, type DecoderBlockParts, type DecoderParts } from "./parts/decoder.ts";
export { GatedMlp } from "./parts/gated-mlp.ts";
export { type AttentionParts, GroupedQueryAttention } from "./parts/grouped-query-attention.ts";
export { LayerNorm } from "./parts/layer-norm.ts";
export { Linear, type LinearOptions } from "./parts/linear.ts";
export { Mlp } from "./parts/mlp.ts";
export { RMSNorm } from "./parts/rms-norm.ts";
export { type RotaryOptions, RotaryPositions } from "./parts/rotary-positions.ts";
export type { RowLayer } from "./parts/row-layer.ts";
export { type AttendOptions, SequenceAttention } from "./parts/sequence-attention.ts";
export {
  CrossDecoderBlock,
  type CrossDecoderBlockParts,
  EncoderBlock,
  type EncoderBlockParts,
  type NormPlace,
  residual,
} from "./parts/sequence-blocks.ts";
export { TokenEmbedding } from "./parts/token-embedding.ts";
export { penaltyOf, type Regularizer } from "./regularizers.ts";
export * from "./schedules/index.ts";
export { apply, input } from "./symbolic.ts";
export { type AdaptedParts, AdaptedWeight } from "./weights/adapted-weight.ts";
export { FrozenWeight } from "./weights/frozen-weight.ts";
export { type LowRankParts, LowRankWeight } from "./weights/low-rank-weight.ts";
export { DenseWeight, type MatrixWeight } from "./weights/matrix-weight.ts";
export { PackedWeight } from "./weights/packed-weight.ts";
export * from "./writing/index.ts";
