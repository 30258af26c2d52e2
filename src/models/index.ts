// models: architectures wired from layers, found by their declared names, and run on ids.
export { type Architecture, type DecoderConfig, findArchitecture, type WeightShape, type WeightSource } from "./architecture.ts";
export * from "./encoder-decoder/index.ts";
export { Gpt, type GptConfig } from "./gpt.ts";
export { type LlamaConfig, llama } from "./llama.ts";
export { type LoadModelOptions, loadModel } from "./load.ts";
export { tokenEmbedding } from "./token-embedding.ts";
export type { CausalModel, Likeliest, RunOptions, Sequence, StepPart, StepResult, Want } from "./types.ts";
