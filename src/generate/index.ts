// generate: language models to everything above. The engine behind them speaks only in messages.
export { EngineHost, type Transport, threadTransport, type Watch } from "./engine/host.ts";
export type { Answers, Call, FromEngine, PlainError, PlainLoadOptions, ToEngine } from "./engine/protocol.ts";
export { LanguageModel } from "./language-model.ts";
export { type CheckedOptions, checkOptions, checkPrompt } from "./options.ts";
export { argmax, type Cuts, cut, type Distribution, draw, penalize, sorted } from "./sampling/filters.ts";
export { pick, type Scores } from "./sampling/pick.ts";
export { StopScanner } from "./stop-strings.ts";
export type * from "./types.ts";
