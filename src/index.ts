// The package's front door: what most programs need. Rooms have doors of their own (inkstone/tensor, inkstone/nn, …).
export { type ErrorCode, type ErrorParameters, errorCatalogue, InkstoneError, type Language } from "./core/index.ts";
// Learning, in Keras's manner and in PyTorch's.
export { DataLoader } from "./data/index.ts";
export {
  type FinishReason,
  type GenerateOptions,
  type GenerateResult,
  LanguageModel,
  type LoadOptions,
  type Message,
  type ModelInformation,
  type PerplexityOptions,
  type PerplexityResult,
  type Role,
  type StreamPiece,
  type TextGenerator,
  type Timings,
} from "./generate/index.ts";
export { catalogue, pullModel, resolveModel } from "./hub/index.ts";
export {
  ActivationLayer,
  Adagrad,
  Adam,
  AdamW,
  AdditiveAttention,
  Attention,
  AveragePooling1D,
  Bidirectional,
  Conv1D,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  GlobalAveragePooling1D,
  GlobalMaxPooling1D,
  GRU,
  Layer,
  LayerNormalization,
  LSTM,
  MaxPooling1D,
  Module,
  MultiHeadAttention,
  Muon,
  Optimizer,
  Reshape,
  RMSNormalization,
  RMSprop,
  SGD,
  SimpleRNN,
  SpatialDropout1D,
  TimeDistributed,
} from "./nn/index.ts";
export { type SequenceFitOptions, SequenceToSequence, type SequenceToSequenceOptions, TextClassifier, type TextPair } from "./pipelines/index.ts";
export { crossEntropy, gradients, manualSeed, matmul, noGrad, Tensor, tensor, tidy, zeros } from "./tensor/index.ts";
export { loadTokenizer, padSequences, TextVectorization, type Tokenizer, WordTokenizer } from "./text/index.ts";
export {
  type Callback,
  CSVLogger,
  EarlyStopping,
  type FitOptions,
  fitOneCycle,
  freezeTo,
  History,
  LambdaCallback,
  LearningRateScheduler,
  loadLayersModel,
  lrFind,
  Model,
  ModelCheckpoint,
  ReduceLROnPlateau,
  Sequential,
  TerminateOnNaN,
} from "./train/index.ts";
