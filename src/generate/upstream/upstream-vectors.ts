// Vectors and rankings of another server, behind the interfaces of this one. Knows OpenAI's embeddings and Jina's ranking.
import { InkstoneError } from "../../core/index.ts";
import type { TextEmbedder, TextReranker } from "../served.ts";
import { Upstream, type UpstreamOptions } from "./http.ts";

/**
 * Embeddings over any OpenAI-compatible server. Errors: as `UpstreamModel`.
 *
 * @example
 * const model = upstreamEmbedder({ url: "http://127.0.0.1:8000/v1", model: "bge-m3" });
 * model.information.name; // "upstream:bge-m3"
 */
export function upstreamEmbedder(options: UpstreamOptions): TextEmbedder {
  const upstream = new Upstream(options);
  return {
    information: { name: upstream.name },
    async embed(texts, { dimensions, signal } = {}) {
      const body = { model: options.model, input: texts, encoding_format: "float", ...(dimensions === undefined ? {} : { dimensions }) };
      const { data, usage } = (await (await upstream.post("/embeddings", body, signal)).json()) as {
        data?: readonly { index: number; embedding: readonly number[] }[];
        usage?: { prompt_tokens?: number };
      };
      if (data?.length !== texts.length)
        throw new InkstoneError("E_UPSTREAM", {
          upstream: upstream.name,
          status: 200,
          why: { en: "it did not give one vector a text", zh: "未给出每个文本一个向量" },
        });
      upstream.spend(usage?.prompt_tokens ?? 0);
      const vectors = [...data].sort((a, b) => a.index - b.index).map(({ embedding }) => Float32Array.from(embedding));
      return { vectors, tokens: usage?.prompt_tokens ?? 0 };
    },
    close: async () => upstream.close(),
  };
}

/**
 * Rankings over any server with Jina's or Cohere's shape. Errors: as `UpstreamModel`.
 *
 * @example
 * const model = upstreamReranker({ url: "http://127.0.0.1:8000/v1", model: "bge-reranker" });
 * model.information.name; // "upstream:bge-reranker"
 */
export function upstreamReranker(options: UpstreamOptions): TextReranker {
  const upstream = new Upstream(options);
  return {
    information: { name: upstream.name },
    async rerank(query, documents, { signal } = {}) {
      const { results, usage } = (await (await upstream.post("/rerank", { model: options.model, query, documents }, signal)).json()) as {
        results?: readonly { index: number; relevance_score: number }[];
        usage?: { total_tokens?: number };
      };
      if (results?.length !== documents.length)
        throw new InkstoneError("E_UPSTREAM", {
          upstream: upstream.name,
          status: 200,
          why: { en: "it did not give one score a document", zh: "未给出每个文档一个分数" },
        });
      const scores = documents.map((_, i) => results.find(({ index }) => index === i)?.relevance_score ?? Number.NaN);
      return { scores, tokens: usage?.total_tokens ?? 0 };
    },
    close: async () => upstream.close(),
  };
}
