// Encoders: BERT and its kin, on rows without padding, with their heads.
export { type BuiltEncoder, buildEncoder } from "./bert.ts";
export { type EncoderConfig, type EncoderKind, encoderConfig } from "./config.ts";
export { Encoder, type EncoderParts, type EncoderRows, SegmentAttention, SegmentBlock } from "./encoder.ts";
export type { Head } from "./heads.ts";
export { type HeadKind, type LoadEncoderOptions, type LoadedEncoder, loadEncoder } from "./load.ts";
export { type NamedWeights, openNamedWeights, weightsOfOnnx, weightsOfSafetensors } from "./named-weights.ts";
export { type Pooling, pooled, unit } from "./pooling.ts";
export { type EncoderInput, type EncoderRunOptions, RunningEncoder } from "./running-encoder.ts";
export { denseMaker, packedMaker, type WeightMaker } from "./weight-makers.ts";
