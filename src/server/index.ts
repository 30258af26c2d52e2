// server: the page and an OpenAI-compatible API over HTTP, around any text generator. Knows no model files and no terminal.
export { type ChatRequest, readChatRequest } from "./chat-request.ts";
export { type ErrorEnvelope, languageFor } from "./errors.ts";
export { parseJson } from "./json.ts";
export { defaultLimits, type ServerLimits } from "./limits.ts";
export { createServer, type RunningServer, type ServerOptions } from "./server.ts";
export { Turnstile } from "./turnstile.ts";
