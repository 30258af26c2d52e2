// What a knowledge base asks of models, from the models that there are: vectors and scores, without the counts of tokens. Knows no store.
import type { TextEmbedder as EmbeddingSource, TextReranker } from "../../generate/index.ts";
import type { PassageReranker, TextEmbedder } from "./base.ts";

/**
 * An embedding model as a base takes it. `name`: what the base keeps, to ask for the same model again; default: the model's own.
 *
 * @example
 * const model = { information: { name: "tiny" }, embed: async (texts) => ({ vectors: texts.map(() => Float32Array.of(1, 0)), tokens: 1 }), close: async () => undefined };
 * (await knowledgeEmbedder(model).embed(["墨"], { kind: "query" }))[0]; // [1, 0]
 */
export function knowledgeEmbedder(model: EmbeddingSource, name: string = model.information.name): TextEmbedder {
  return { name, embed: async (texts, { signal }) => (await model.embed(texts, { signal })).vectors };
}

/**
 * A reranking model as a base takes it.
 *
 * @example
 * const model = { information: { name: "tiny" }, rerank: async (_query, texts) => ({ scores: texts.map((text) => text.length), tokens: 1 }), close: async () => undefined };
 * await knowledgeReranker(model).rerank("ink", ["a", "abc"], {}); // [1, 3]
 */
export function knowledgeReranker(model: TextReranker): PassageReranker {
  return { rerank: async (query, passages, { signal }) => (await model.rerank(query, passages, { signal })).scores };
}
