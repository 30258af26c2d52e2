// text: text <-> token ids, and chats as token ids. Knows no model.
export { templateLimits } from "./chat/budget.ts";
export { ChatTemplate, type RenderOptions, type TemplateMessage } from "./chat/template.ts";
export { chatTokens } from "./chat/tokens.ts";
export { chatTemplateFromGguf, tokenizerFromGguf } from "./from-gguf.ts";
export { tokenizerFromJson } from "./from-json.ts";
export { loadTokenizer } from "./load.ts";
export type { DecodeOptions, EncodeOptions, StreamDecoder, Tokenizer } from "./tokenizer.ts";
export * from "./vectorisers/index.ts";
