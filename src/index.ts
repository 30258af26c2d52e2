// The package's front door: what most programs need. Rooms have doors of their own (inkstone/tensor, inkstone/nn, …).
export { type ErrorCode, type ErrorParameters, errorCatalogue, InkstoneError, type Language } from "./core/index.ts";
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
export { loadTokenizer, type Tokenizer } from "./text/index.ts";
