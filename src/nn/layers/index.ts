// The layers by Keras's names: what programs use and saved models are made of. One line a file; both doors of the room and the registry take all of it.
export { AdditiveAttention, type Attended, Attention, type AttentionCall, type AttentionOptions } from "./attention.ts";
export { BatchNormalization, type BatchNormalizationOptions } from "./batch-normalization.ts";
export { Bidirectional, type BidirectionalOptions, type MergeMode } from "./bidirectional.ts";
export { Conv1D, type Conv1DOptions } from "./conv-1d.ts";
export { Dense, type DenseOptions } from "./dense.ts";
export { Dropout, type DropoutOptions, SpatialDropout1D } from "./dropout.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export { GRU, type GRUOptions } from "./gru.ts";
export { LSTM, type LSTMOptions } from "./lstm.ts";
export { Add, Average, Concatenate, type ConcatenateOptions, Maximum, Merge, Minimum, Multiply, Subtract } from "./merging.ts";
export { MultiHeadAttention, type MultiHeadAttentionCall, type MultiHeadAttentionOptions } from "./multi-head-attention.ts";
export {
  LayerNormalization,
  type LayerNormalizationOptions,
  RMSNormalization,
  type RMSNormalizationOptions,
} from "./normalization.ts";
export {
  AveragePooling1D,
  GlobalAveragePooling1D,
  GlobalMaxPooling1D,
  type GlobalPooling1DOptions,
  MaxPooling1D,
  type Pooling1DOptions,
} from "./pooling-1d.ts";
export { PositionEmbedding, type PositionEmbeddingOptions, SinePositionEncoding, type SinePositionEncodingOptions } from "./positions.ts";
export { type OutputsAndStates, Recurrent, type RecurrentCall, type RecurrentLayerOptions } from "./recurrent.ts";
export { ActivationLayer, type ActivationOptions, Flatten, Reshape, type ReshapeOptions } from "./shaping.ts";
export { SimpleRNN } from "./simple-rnn.ts";
export {
  Lambda,
  type LambdaOptions,
  Masking,
  type MaskingOptions,
  Permute,
  type PermuteOptions,
  RepeatVector,
  type RepeatVectorOptions,
} from "./steps.ts";
export { TimeDistributed, type TimeDistributedOptions } from "./time-distributed.ts";
export { TransformerDecoder, type TransformerDecoderCall, TransformerEncoder, type TransformerOptions } from "./transformer.ts";
