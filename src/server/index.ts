// server: the page and an OpenAI-compatible API over HTTP, around any text generator. Knows no model files and no terminal.

export { type ChatRequest, readChatRequest } from "./generation/chat-request.ts";
export { type Parted, parted, ThoughtReader } from "./generation/thoughts.ts";
export { type ErrorEnvelope, languageFor } from "./http/errors.ts";
export { type JsonLimits, parseJson } from "./http/json.ts";
export type { LogLevel, LogOptions } from "./http/log-options.ts";
export { Turnstile } from "./http/turnstile.ts";
export { defaultLimits, type ServerLimits } from "./limits.ts";
export type { SamplingDefaults } from "./sampling-defaults.ts";
export type { Lease, ServedEntry, ServedState, ServedStatus } from "./served/entry.ts";
export { moderationName, policyModeration } from "./served/moderation.ts";
export { Registry } from "./served/registry.ts";
export { createServer, type RunningServer, type ServerOptions } from "./server.ts";
export type { TuningOptions } from "./tuning/options.ts";
