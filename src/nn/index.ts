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
export { Layer, type LayerCall, type LayerOptions, type Logits, leaveMask, maskOn, snakeCase } from "./layer.ts";
export { AdditiveAttention, type Attended, Attention, type AttentionCall, type AttentionOptions } from "./layers/attention.ts";
export { BatchNormalization, type BatchNormalizationOptions } from "./layers/batch-normalization.ts";
export { Bidirectional, type BidirectionalOptions, type MergeMode } from "./layers/bidirectional.ts";
export { Conv1D, type Conv1DOptions } from "./layers/conv-1d.ts";
export { Dense, type DenseOptions } from "./layers/dense.ts";
export { Dropout, type DropoutOptions, SpatialDropout1D } from "./layers/dropout.ts";
export { Embedding, type EmbeddingOptions } from "./layers/embedding.ts";
export { GRU, type GRUOptions } from "./layers/gru.ts";
export { LSTM, type LSTMOptions } from "./layers/lstm.ts";
export { Add, Average, Concatenate, type ConcatenateOptions, Maximum, Merge, Minimum, Multiply, Subtract } from "./layers/merging.ts";
export { MultiHeadAttention, type MultiHeadAttentionCall, type MultiHeadAttentionOptions } from "./layers/multi-head-attention.ts";
export {
  LayerNormalization,
  type LayerNormalizationOptions,
  RMSNormalization,
  type RMSNormalizationOptions,
} from "./layers/normalization.ts";
export {
  AveragePooling1D,
  GlobalAveragePooling1D,
  GlobalMaxPooling1D,
  type GlobalPooling1DOptions,
  MaxPooling1D,
  type Pooling1DOptions,
} from "./layers/pooling-1d.ts";
export { PositionEmbedding, type PositionEmbeddingOptions, SinePositionEncoding, type SinePositionEncodingOptions } from "./layers/positions.ts";
export { type OutputsAndStates, Recurrent, type RecurrentCall, type RecurrentLayerOptions } from "./layers/recurrent.ts";
export { describeLayer, type LayerClass, type LayerDescription, layerClasses, makeLayer } from "./layers/registry.ts";
export { ActivationLayer, type ActivationOptions, Flatten, Reshape, type ReshapeOptions } from "./layers/shaping.ts";
export { SimpleRNN } from "./layers/simple-rnn.ts";
export {
  Lambda,
  type LambdaOptions,
  Masking,
  type MaskingOptions,
  Permute,
  type PermuteOptions,
  RepeatVector,
  type RepeatVectorOptions,
} from "./layers/steps.ts";
export { TimeDistributed, type TimeDistributedOptions } from "./layers/time-distributed.ts";
export { TransformerDecoder, type TransformerDecoderCall, TransformerEncoder, type TransformerOptions } from "./layers/transformer.ts";
export * from "./losses/index.ts";
export { Module, type StateValues, type Weight } from "./module.ts";
export * from "./optimisers/index.ts";
export { parameter } from "./parameter.ts";
export { Decoder, DecoderBlock, type DecoderBlockParts, type DecoderParts } from "./parts/decoder.ts";
export { GatedMlp } from "./parts/gated-mlp.ts";
export { type AttentionParts, GroupedQueryAttention } from "./parts/grouped-query-attention.ts";
export { LayerNorm } from "./parts/layer-norm.ts";
export { Linear } from "./parts/linear.ts";
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
export { apply, input, SymbolicTensor } from "./symbolic.ts";
export { type AdaptedParts, AdaptedWeight } from "./weights/adapted-weight.ts";
export { FrozenWeight } from "./weights/frozen-weight.ts";
export { type LowRankParts, LowRankWeight } from "./weights/low-rank-weight.ts";
export { DenseWeight, type MatrixWeight } from "./weights/matrix-weight.ts";
export { PackedWeight } from "./weights/packed-weight.ts";
export * from "./writing/index.ts";
