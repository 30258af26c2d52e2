// /v1/apps/kb…, /v1/apps/answers: knowledge bases of a key, and answers from them or from passages of the request.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import {
  answerFrom,
  createKnowledgeBase,
  type GroundedAnswer,
  type KnowledgeBase,
  knowledgeEmbedder,
  knowledgeModel,
  openKnowledgeBase,
} from "../../../apps/index.ts";
import { InkstoneError } from "../../../core/index.ts";
import type { Store } from "../../../store/index.ts";
import type { ServerContext } from "../../context.ts";
import { endingError } from "../../http/calls.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";

const name = z.string().min(1).max(64);
const words = z.record(z.string().max(100), z.string().max(1000));
const query = z.string().min(1).max(4000);
const search = z.strictObject({
  query,
  limit: z.int().min(1).max(100).nullish(),
  per_document: z.int().min(1).max(100).nullish(),
  filter: z.strictObject({ documents: z.array(z.string().max(4096)).max(1000).optional(), metadata: words.optional() }).nullish(),
});
const question = { question: query, least: z.number().min(0).max(1).nullish() };

/** Work of a route: ends when its client leaves. */
export async function working<T>({ calls }: ServerContext, reply: FastifyReply, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const call = calls.begin(reply);
  try {
    return await work(call.signal);
  } catch (error) {
    throw endingError(call) ?? error;
  }
}

/** The store, or why there is none. Errors: E_DATABASE_NEEDED. */
export function storeOf({ store }: ServerContext): Store {
  if (store === undefined) throw new InkstoneError("E_DATABASE_NEEDED", { what: { en: "this application", zh: "该应用" } });
  return store;
}

const told = ({ citations, reason, label, ...answer }: GroundedAnswer): object => ({
  ...answer,
  reason: reason ?? null,
  label: label ?? null,
  citations: citations.map(({ page = null, ...one }) => ({ ...one, page })),
});

const baseName = ({ params }: FastifyRequest): string => (params as { name: string }).name;

function opened(context: ServerContext, request: FastifyRequest): Promise<KnowledgeBase> {
  return openKnowledgeBase(storeOf(context), baseName(request), { owner: context.access.owner(request) });
}

// With the model that the base was made with, which must be served here.
async function openedWithModel<T>(
  context: ServerContext,
  request: FastifyRequest,
  signal: AbortSignal,
  work: (base: KnowledgeBase) => Promise<T>,
): Promise<T> {
  const [store, owner, called] = [storeOf(context), context.access.owner(request), baseName(request)];
  const needed = await knowledgeModel(store, called, owner);
  if (needed === undefined) return work(await openKnowledgeBase(store, called, { owner }));
  const { thing, leave } = await context.served.use("embeddings", needed, signal);
  try {
    return await work(await openKnowledgeBase(store, called, { owner, embedder: knowledgeEmbedder(thing, needed) }));
  } finally {
    leave();
  }
}

/** Adds the routes. */
export function addKnowledgeRoutes(app: FastifyInstance, context: ServerContext): void {
  const tags = ["Knowledge"];
  const text = z.string().max(context.limits.inputCharacters);
  const document = z.strictObject({
    name: z.string().min(1).max(1000),
    text,
    kind: z.enum(["text", "markdown"]).nullish(),
    metadata: words.nullish(),
  });
  const passages = z
    .array(z.strictObject({ text, document: z.string().max(1000) }))
    .min(1)
    .max(100);
  const asked = z.strictObject({ ...question, passages });
  const make = z.strictObject({ name, embeddings: z.string().min(1).max(256).nullish() });
  const ask = z.strictObject(question);
  const open = (request: FastifyRequest) => opened(context, request);
  const using = <T>(request: FastifyRequest, signal: AbortSignal, work: (base: KnowledgeBase) => Promise<T>) =>
    openedWithModel(context, request, signal, work);
  const body = (schema: z.ZodType, summary: string) => ({ schema: { summary, tags, body: jsonSchema(schema) } });

  app.get("/v1/apps/kb", { schema: { summary: "Knowledge bases", tags } }, async (request) => {
    const bases = await storeOf(context).knowledge.bases(context.access.owner(request));
    return { bases: bases.map(({ name: called, documents, chunks }) => ({ name: called, documents, chunks })) };
  });
  app.post("/v1/apps/kb", body(make, "Makes a knowledge base"), async (request) => {
    const { name: called, embeddings } = checked(make, request.body);
    const model = embeddings == null ? undefined : context.served.find("embeddings", embeddings).name;
    const embedder = model === undefined ? undefined : { name: model, embed: async () => [] };
    const base = await createKnowledgeBase(storeOf(context), called, { owner: context.access.owner(request), embedder });
    return { name: base.name, embeddings: model ?? null };
  });
  app.delete("/v1/apps/kb/:name", { schema: { summary: "Removes a knowledge base with every trace", tags } }, async (request) => {
    await (await open(request)).removeAll();
    return { removed: true };
  });
  app.get("/v1/apps/kb/:name/documents", { schema: { summary: "Its documents", tags } }, async (request) => ({
    documents: await (await open(request)).documents(),
  }));
  app.post("/v1/apps/kb/:name/documents", body(document, "Adds a document, in place of the one of its name"), async (request, reply) => {
    const { name: called, text: content, kind, metadata } = checked(document, request.body);
    return working(context, reply, (signal) =>
      using(request, signal, (base) => base.addText(called, content, { kind: kind ?? "text", metadata: metadata ?? {}, signal })),
    );
  });
  app.delete("/v1/apps/kb/:name/documents", { schema: { summary: "Removes the document of ?document= with every trace", tags } }, async (request) => {
    const { document: called } = checked(z.strictObject({ document: z.string().min(1).max(4096) }), request.query);
    await (await open(request)).remove(called);
    return { removed: true };
  });
  app.post("/v1/apps/kb/:name/search", body(search, "Passages that fit best"), async (request, reply) => {
    const { query: wanted, limit, per_document, filter } = checked(search, request.body);
    return working(context, reply, async (signal) => {
      const how = { limit: limit ?? 5, perDocument: per_document ?? undefined, filter: filter ?? undefined, signal };
      const results = await using(request, signal, (base) => base.search(wanted, how));
      return { results: results.map(({ page = null, ...one }) => ({ ...one, page })) };
    });
  });
  app.post("/v1/apps/kb/:name/ask", body(ask, "An answer with its places, or none"), async (request, reply) => {
    const { question: wanted, least } = checked(ask, request.body);
    const audit = { log: storeOf(context).audit, subject: context.access.owner(request) };
    return working(context, reply, async (signal) =>
      told(await using(request, signal, (base) => answerFrom(wanted, base, { least: least ?? undefined, audit, signal }))),
    );
  });
  app.post("/v1/apps/answers", body(asked, "An answer from passages, or none"), async (request, reply) => {
    const { question: wanted, least, passages: given } = checked(asked, request.body);
    const sources = given.map((one) => ({ ...one, start: 0, end: one.text.length }));
    return working(context, reply, async (signal) => told(await answerFrom(wanted, sources, { least: least ?? undefined, signal })));
  });
}
