// A provider of the AI SDK: models of this machine by their names, opened when they are first used. Knows what each kind is opened by.
import { EmbeddingModel, type EncoderOptions, LanguageModel, type LoadOptions, Reranker, type TextGenerator } from "../generate/index.ts";
import { PROVIDER, sdkLanguageModel } from "./language-model.ts";
import type { SdkEmbeddingModel, SdkLanguageModel, SdkRerankingModel, Specification } from "./types.ts";

/** How a provider opens its models. */
export interface ProviderOptions<Version extends Specification> {
  /** "v3" for AI SDK 6 (default), "v4" for AI SDK 7. */
  readonly specification?: Version;
  /** Generators that are open already (or on another server: `UpstreamModel`), by name. They are not closed with the provider. */
  readonly models?: Readonly<Record<string, TextGenerator>>;
  /** How other language models are opened. */
  readonly load?: Omit<LoadOptions, "signal" | "onProgress">;
  /** How encoders are opened. */
  readonly encoders?: Pick<EncoderOptions, "precision" | "threads">;
}

/** The provider: call it for a language model, or ask for a kind. */
export interface InkstoneProvider<Version extends Specification = "v3"> extends AsyncDisposable {
  (modelId: string): SdkLanguageModel<Version>;
  readonly specificationVersion: Version;
  languageModel(modelId: string): SdkLanguageModel<Version>;
  embeddingModel(modelId: string): SdkEmbeddingModel<Version>;
  textEmbeddingModel(modelId: string): SdkEmbeddingModel<Version>;
  rerankingModel(modelId: string): SdkRerankingModel<Version>;
  imageModel(modelId: string): never;
  /** Closes every model that it opened. */
  close(): Promise<void>;
}

/**
 * Makes a provider for `generateText`, `streamText`, `generateObject`, `embedMany`, `rerank` and their kin.
 *
 * Errors of the models: those of `LanguageModel.open`, `EmbeddingModel.open`, `Reranker.open` and of their calls.
 *
 * @example
 * const provider = createInkstone();
 * provider("smollm2:135m").modelId; // "smollm2:135m"
 * await provider.close();
 */
export function createInkstone<Version extends Specification = "v3">(options: ProviderOptions<Version> = {}): InkstoneProvider<Version> {
  const { models = {}, load = {}, encoders = {} } = options;
  const specification = (options.specification ?? "v3") as Version;
  const opened = new Map<string, Promise<{ close(): Promise<void> }>>();
  // One that could not be opened is tried again at the next call.
  const once = <T extends { close(): Promise<void> }>(kind: string, id: string, open: () => Promise<T>): Promise<T> => {
    const name = `${kind} ${id}`;
    const found = opened.get(name) as Promise<T> | undefined;
    if (found !== undefined) return found;
    const begun = open();
    opened.set(name, begun);
    begun.catch(() => opened.delete(name));
    return begun;
  };
  const languageModel = (id: string) =>
    sdkLanguageModel(id, async () => (Object.hasOwn(models, id) ? models[id] : once("chat", id, () => LanguageModel.open(id, load))), specification);
  const embeddingModel = (modelId: string): SdkEmbeddingModel<Version> => ({
    specificationVersion: specification,
    provider: PROVIDER,
    modelId,
    maxEmbeddingsPerCall: 2048,
    supportsParallelCalls: false,
    async doEmbed({ values, abortSignal: signal }) {
      const model = await once("embed", modelId, () => EmbeddingModel.open(modelId, encoders));
      const { vectors, tokens } = await model.embed(values, { signal });
      return { embeddings: vectors.map((vector) => Array.from(vector)), usage: { tokens }, warnings: [] };
    },
  });
  const rerankingModel = (modelId: string): SdkRerankingModel<Version> => ({
    specificationVersion: specification,
    provider: PROVIDER,
    modelId,
    async doRerank({ documents: { values }, query, topN, abortSignal: signal }) {
      const model = await once("rerank", modelId, () => Reranker.open(modelId, encoders));
      const texts = values.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
      const ranked = await model.rank(query, texts, { signal, ...(topN === undefined ? {} : { top: topN }) });
      return { ranking: ranked.map(({ index, score }) => ({ index, relevanceScore: score })), warnings: [] };
    },
  });
  const close = async (): Promise<void> => {
    const all = [...opened.values()];
    opened.clear();
    for (const each of all) await (await each.catch(() => undefined))?.close();
  };
  const imageModel = (id: string): never => {
    throw Object.assign(new Error(`No such imageModel: ${id}`), { name: "AI_NoSuchModelError", modelId: id, modelType: "imageModel" });
  };
  return Object.assign((id: string) => languageModel(id), {
    specificationVersion: specification,
    languageModel,
    embeddingModel,
    textEmbeddingModel: embeddingModel,
    rerankingModel,
    imageModel,
    close,
    [Symbol.asyncDispose]: close,
  });
}
