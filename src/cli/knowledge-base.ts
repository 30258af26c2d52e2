// A knowledge base for one piece of work of a verb, with the models that it needs. Knows no verb.
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { KnowledgeBase, PassageReranker, TextEmbedder } from "../apps/index.ts";
import type { Store } from "../store/index.ts";
import { openWithProgress } from "./encoder.ts";
import type { Surroundings } from "./terminal.ts";
import { withStore } from "./with-store.ts";

/** Models that are named on the command line. */
export interface BaseModels {
  readonly rerank?: string;
}

/** A base to be looked at: no model is opened. */
export function withBase<T>(name: string, work: (base: KnowledgeBase, store: Store) => Promise<T>): Promise<T> {
  return withStore(async (store) => {
    const { openKnowledgeBase } = await import("../apps/index.ts");
    return work(await openKnowledgeBase(store, name), store);
  });
}

/** A base to be searched or added to, with the model that it was made with. Errors: those of the store, of `openKnowledgeBase` and of opening the models. */
export function withModels<T>(
  name: string,
  { rerank }: BaseModels,
  around: Surroundings,
  work: (base: KnowledgeBase, store: Store) => Promise<T>,
): Promise<T> {
  return withStore(async (store) => {
    const { knowledgeModel, openKnowledgeBase } = await import("../apps/index.ts");
    const needed = await knowledgeModel(store, name);
    const vectors = needed === undefined ? undefined : await openEmbedder(needed, around);
    try {
      const ranker = rerank === undefined ? undefined : await openReranker(rerank, around);
      try {
        return await work(await openKnowledgeBase(store, name, { embedder: vectors?.embedder, reranker: ranker?.reranker }), store);
      } finally {
        await ranker?.close();
      }
    } finally {
      await vectors?.close();
    }
  });
}

/** Makes an empty base. The model is opened once, so that a base is never made with one that cannot be had. Gives the name that the base keeps. */
export async function createBase(store: Store, name: string, model: string | undefined, around: Surroundings): Promise<string | undefined> {
  const { createKnowledgeBase } = await import("../apps/index.ts");
  if (model === undefined) {
    await createKnowledgeBase(store, name);
    return undefined;
  }
  // A folder is found again wherever the next command is given.
  const isFolder = await stat(model).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const { embedder, close } = await openEmbedder(isFolder ? resolve(model) : model, around);
  try {
    await createKnowledgeBase(store, name, { embedder });
    return embedder.name;
  } finally {
    await close();
  }
}

async function openEmbedder(reference: string, around: Surroundings): Promise<{ embedder: TextEmbedder; close(): Promise<void> }> {
  const [{ knowledgeEmbedder }, { EmbeddingModel }] = await Promise.all([import("../apps/index.ts"), import("../generate/index.ts")]);
  const model = await openWithProgress(around, (options) => EmbeddingModel.open(reference, options));
  return { embedder: knowledgeEmbedder(model, reference), close: () => model.close() };
}

async function openReranker(reference: string, around: Surroundings): Promise<{ reranker: PassageReranker; close(): Promise<void> }> {
  const [{ knowledgeReranker }, { Reranker }] = await Promise.all([import("../apps/index.ts"), import("../generate/index.ts")]);
  const model = await openWithProgress(around, (options) => Reranker.open(reference, options));
  return { reranker: knowledgeReranker(model), close: () => model.close() };
}
