// text: text <-> token ids, and chats as token ids. Knows no model.
export { tokenizerFromGguf } from "./from-gguf.ts";
export type { DecodeOptions, EncodeOptions, StreamDecoder, Tokenizer } from "./tokenizer.ts";
