// POST /v1/embeddings (OpenAI's shape) and POST /v1/rerank (Jina's and Cohere's): texts as vectors, documents by how well they answer.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InkstoneError } from "../../core/index.ts";
import type { ServerContext } from "../context.ts";
import { only } from "../generation/neutral.ts";
import { Seat } from "../generation/seat.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";

const model = z.string().min(1).max(4096).nullish();

/** Adds the routes. */
export function addVectorRoutes(app: FastifyInstance, context: ServerContext): void {
  const { limits } = context;
  const text = z.string().min(1).max(limits.inputCharacters);
  addEmbeddings(app, context, text);
  addRerank(app, context, text);
}

function addEmbeddings(app: FastifyInstance, context: ServerContext, text: z.ZodString): void {
  const body = z.strictObject({
    model,
    input: z.union([text, z.array(text).min(1).max(context.limits.inputs)]),
    encoding_format: z.enum(["float", "base64"]).nullish(),
    dimensions: z.int().min(1).max(65_536).nullish(),
    user: z.string().max(512).nullish(),
    truncate: only(false),
  });
  app.post("/v1/embeddings", { schema: { summary: "Vectors of texts", tags: ["OpenAI"], body: jsonSchema(body) } }, async (request, reply) => {
    refuseIds(request.body);
    const { model: wanted, input, encoding_format, dimensions, user } = checked(body, request.body);
    const seat = new Seat(context, "embeddings", request, reply, { model: wanted ?? undefined, user: user ?? undefined });
    return seat.whole(async (embedder, signal) => {
      const { vectors, tokens } = await embedder.embed(typeof input === "string" ? [input] : input, { dimensions: dimensions ?? undefined, signal });
      await seat.count(tokens, 0);
      const shown = (vector: Float32Array) => (encoding_format === "base64" ? base64(vector) : Array.from(vector));
      return {
        object: "list",
        data: vectors.map((vector, index) => ({ object: "embedding", index, embedding: shown(vector) })),
        model: embedder.information.name,
        usage: { prompt_tokens: tokens, total_tokens: tokens },
      };
    });
  });
}

// OpenAI's models take ids of tokens, too; LangChain makes them of every text, by OpenAI's vocabulary.
function refuseIds(body: unknown): void {
  const { input } = (body ?? {}) as { input?: unknown };
  if (!Array.isArray(input) || !input.some((one) => typeof one === "number" || Array.isArray(one))) return;
  const en = "ids of tokens are of another model's vocabulary; send texts (OpenAIEmbeddings of LangChain: check_embedding_ctx_length=False)";
  const zh = "词元编号属于其他模型的词表，请发送文本（LangChain 的 OpenAIEmbeddings：check_embedding_ctx_length=False）";
  throw new InkstoneError("E_FIELD", { field: "input", why: { en, zh } });
}

// 32-bit floats, the least significant byte first, as OpenAI's clients read them.
const base64 = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength).toString("base64");

function addRerank(app: FastifyInstance, context: ServerContext, text: z.ZodString): void {
  const document = z.union([text, z.strictObject({ text })]);
  const body = z.strictObject({
    model,
    query: text,
    documents: z.array(document).min(1).max(context.limits.inputs),
    top_n: z.int().min(1).nullish(),
    return_documents: z.boolean().nullish(),
    max_tokens_per_doc: only(),
    user: z.string().max(512).nullish(),
  });
  for (const path of ["/v1/rerank", "/v2/rerank", "/rerank"])
    app.post(
      path,
      { schema: { summary: "Documents by how well they answer a query", tags: ["Vectors"], body: jsonSchema(body) } },
      async (request, reply) => {
        const { model: wanted, query, documents, top_n, return_documents } = checked(body, request.body);
        const texts = documents.map((one) => (typeof one === "string" ? one : one.text));
        const seat = new Seat(context, "rerank", request, reply, { model: wanted ?? undefined });
        return seat.whole(async (reranker, signal) => {
          const { scores, tokens } = await reranker.rerank(query, texts, { signal });
          await seat.count(tokens, 0);
          if (scores.some(Number.isNaN)) throw new InkstoneError("E_LOGITS", { position: scores.findIndex(Number.isNaN) });
          const results = scores
            .map((relevance_score, index) =>
              return_documents ? { index, relevance_score, document: { text: texts[index] } } : { index, relevance_score },
            )
            .sort((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
            .slice(0, top_n ?? texts.length);
          return {
            id: request.id,
            object: "list",
            model: reranker.information.name,
            results,
            usage: { prompt_tokens: tokens, total_tokens: tokens },
          };
        });
      },
    );
}
