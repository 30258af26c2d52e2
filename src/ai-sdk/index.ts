// ai-sdk: a provider for the Vercel AI SDK.
/// <reference lib="esnext.disposable" preserve="true" />
export { sdkLanguageModel } from "./language-model.ts";
export { createInkstone, type InkstoneProvider, type ProviderOptions } from "./provider.ts";
export type * from "./types.ts";
