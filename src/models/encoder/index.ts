// Encoders: BERT and its kin, on rows without padding, with their heads.
export { type EncoderConfig, type EncoderKind, encoderConfig, encoderKinds } from "./config.ts";
export type { Encoder, EncoderRows } from "./encoder.ts";
export type { Head } from "./heads.ts";
export { type HeadKind, type LoadEncoderOptions, type LoadedEncoder, loadEncoder } from "./load.ts";
export { openNamedWeights, weightsOfOnnx } from "./named-weights.ts";
export { type Pooling, pooled, unit } from "./pooling.ts";
export type { EncoderInput, EncoderRunOptions, RunningEncoder } from "./running-encoder.ts";
export {
  type EncoderHead,
  hubClass,
  openTrainableEncoder,
  openTrainableEncoders,
  TrainableEncoder,
  type TrainableEncoderOptions,
  type TunedHead,
} from "./trainable.ts";
