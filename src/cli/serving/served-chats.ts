// The chat models that a server serves: the main one, others that are opened when they are wanted, those of other servers, and those that are pulled while it runs.
import { InkstoneError } from "../../core/index.ts";
import type { LoadOptions, TokenizingGenerator } from "../../generate/index.ts";
import { localFile } from "../../hub/index.ts";
import type { ServedEntry } from "../../server/index.ts";
import { type Chat, engineOf, type Plan } from "./plan.ts";

/** Entries for a server; the main model is open already and stays so. Errors: E_USAGE for an upstream without an address. */
export async function servedChats(flags: Plan, opened: TokenizingGenerator): Promise<ServedEntry<"chat">[]> {
  const { LanguageModel, UpstreamModel } = await import("../../generate/index.ts");
  // A context that the main model has may be longer than another's own: that one has its own.
  const openWithin = (reference: string, options: LoadOptions) =>
    LanguageModel.open(reference, options).catch((error: unknown) => {
      if (!(error instanceof InkstoneError && (error.parameters as { option?: unknown }).option === "contextLength")) throw error;
      return LanguageModel.open(reference, { ...options, contextLength: undefined });
    });
  const entry = async ({ name, reference, adapters }: Chat, more: Partial<ServedEntry<"chat">> = {}) => {
    const file = await localFile(reference).catch(() => undefined); // told of it; whether it can be opened is seen when it is
    const open = (all: Readonly<Record<string, string>>) => openWithin(reference, { ...engineOf(flags), adapters: all });
    return {
      kind: "chat",
      name,
      open: () => open({}),
      ...(file === undefined ? {} : { file }),
      ...more,
      tune: { reference, adapters, open },
    } as const;
  };
  const [first, ...others] = flags.chats;
  const main = await entry(first, { opened, keepAliveMs: Number.POSITIVE_INFINITY });
  const upstreams = flags.upstream.map((given) => {
    const [model, url] = splitAt(given);
    const create = () => new UpstreamModel({ url, model, apiKey: process.env.INKSTONE_UPSTREAM_KEY });
    return { kind: "chat", name: `upstream:${model}`, open: async () => create() } as const;
  });
  return [main, ...(await Promise.all(others.map((one) => entry(one)))), ...upstreams];
}

/** What is pulled over HTTP is served as if it had been named. */
export async function pulledBy(flags: Plan): Promise<(reference: string) => ServedEntry | undefined> {
  const [{ EmbeddingModel, LanguageModel, Reranker, SpeechRecognizer, Translator }, { entryOf, useOf }] = await Promise.all([
    import("../../generate/index.ts"),
    import("../../hub/index.ts"),
  ]);
  const { precision, threads } = flags;
  const options = { ...(precision === undefined ? {} : { precision }), ...(threads === undefined ? {} : { threads }) };
  return (name) => {
    const entry = entryOf(name);
    const use = entry === undefined ? "chat" : useOf(entry);
    if (use === "words") return undefined;
    if (use === "embed") return { kind: "embeddings", name, open: () => EmbeddingModel.open(name, options) } as unknown as ServedEntry;
    if (use === "rerank") return { kind: "rerank", name, open: () => Reranker.open(name, options) } as unknown as ServedEntry;
    if (use === "speech") return { kind: "transcription", name, open: () => SpeechRecognizer.open(name, options) } as unknown as ServedEntry;
    if (use === "translation") return { kind: "translation", name, open: () => Translator.open(name, options) } as unknown as ServedEntry;
    const tuned = (adapters: Readonly<Record<string, string>>) => LanguageModel.open(name, { ...engineOf(flags), adapters });
    return { kind: "chat", name, open: () => tuned({}), tune: { reference: name, open: tuned } } as unknown as ServedEntry;
  };
}

function splitAt(given: string): [model: string, url: string] {
  const at = given.indexOf("=");
  if (at > 0) return [given.slice(0, at), given.slice(at + 1)];
  throw new InkstoneError("E_USAGE", { why: { en: `--upstream ${given}: it is MODEL=ADDRESS.`, zh: `--upstream ${given}：格式为 模型=地址。` } });
}
