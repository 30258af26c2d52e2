// models: architectures wired from layers, found by their declared names, and run on ids.
export { hubContent } from "./adapters/export.ts";
export { type MergeParts, mergeAdapter } from "./adapters/merge.ts";
export { type GgufMergeParts, mergeIntoGguf } from "./adapters/merge-gguf.ts";
export { isAdapterFolder, type PeftAdapter, type PeftFacts, peftContent, peftFiles, readPeft } from "./adapters/peft.ts";
export { type AdapterSettings, adapterScale } from "./adapters/settings.ts";
export type { AdapterMatrices, AdapterSite, AdapterSites } from "./adapters/sites.ts";
export {
  mergedMatrix,
  openTrainableDecoder,
  type TrainableDecoder,
  type TrainableDecoderOptions,
  type TrainedWeight,
  type Tuning,
} from "./adapters/trainable.ts";
export {
  type Architecture,
  type ArchitectureOf,
  type DecoderArchitecture,
  type DecoderConfig,
  type EncoderArchitecture,
  type EncoderDecoderArchitecture,
  findArchitecture,
  type Plan,
} from "./architecture.ts";
export {
  type Mixture,
  type MixtureName,
  mixtureNames,
  mixtureOf,
  type Parity,
  type Place,
  type QuantizeOptions,
  type QuantizeResult,
  quantizeModel,
  typeOfTensor,
} from "./convert/index.ts";
export { llama } from "./decoders/index.ts";
export { describeModel, type ModelDescription, type TypeShare } from "./describe.ts";
export * from "./encoder/index.ts";
export * from "./encoder-decoder/index.ts";
export { type GenerateIdsOptions, generateIds } from "./generate-ids.ts";
export { Gpt, type GptConfig } from "./gpt.ts";
export { type LacFiles, LacTagger } from "./lac/tagger.ts";
export { type LoadModelOptions, loadModel } from "./load.ts";
export { hubSettings, Settings } from "./settings.ts";
export { tokenEmbedding } from "./token-embedding.ts";
export { Bert, type BertConfig } from "./trained-bert.ts";
export { Llama, type LlamaConfig } from "./trained-llama.ts";
export type { CausalModel, Likeliest, RunOptions, Sequence, StepPart, StepResult, Want } from "./types.ts";
export { fileName, type NameTable } from "./weights/names.ts";
export type { Lay, WeightSource } from "./weights/source.ts";
export type { StoredTensor, TensorStore } from "./weights/store.ts";
