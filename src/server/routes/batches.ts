// /v1/batches: many requests of a file, worked off one after another, in OpenAI's shape. They live in the store and go on after a restart.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InkstoneError } from "../../core/index.ts";
import type { Store } from "../../store/index.ts";
import { BATCH, type BatchInput, batchId, jobId, shownBatch } from "../batches/batch.ts";
import type { Files } from "../batches/files.ts";
import { batchEndpoints } from "../batches/lines.ts";
import type { ServerContext } from "../context.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";

const body = z.strictObject({
  input_file_id: z.string().min(1).max(200),
  endpoint: z.enum(batchEndpoints),
  completion_window: z.literal("24h"),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
});
const query = z.strictObject({ limit: z.coerce.number().int().min(1).max(100).optional(), after: z.string().max(200).optional() });

/** Most batches that are looked through for a list. */
const MOST_LISTED = 10_000;

/** Adds the routes. Errors of all: E_DATABASE_NEEDED without a store. */
export function addBatchRoutes(app: FastifyInstance, context: ServerContext): void {
  const { access } = context;
  const tags = ["OpenAI"];
  const kept = (): { store: Store; files: Files } => {
    const { store, files } = context;
    if (store === undefined || files === undefined) throw new InkstoneError("E_DATABASE_NEEDED", { what: { en: "batches", zh: "批处理" } });
    return { store, files };
  };
  const find = async (id: string, owner: string) => {
    const job = await kept()
      .store.jobs.get(jobId(id), owner)
      .catch(() => undefined);
    if (job === undefined || job.kind !== BATCH)
      throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "batch", zh: "批处理" }, id: id.slice(0, 100) });
    return job;
  };
  type One = { Params: { id: string } };
  app.post("/v1/batches", { schema: { summary: "Works off the requests of a file", tags, body: jsonSchema(body) } }, async (request) => {
    const { input_file_id: file, endpoint, metadata = null } = checked(body, request.body);
    const owner = access.owner(request);
    const { store, files } = kept();
    await files.facts(owner, file);
    const input: BatchInput = { file, endpoint, metadata };
    const job = await store.jobs.add(BATCH, input, { owner });
    context.wakeBatches();
    return shownBatch(job);
  });
  app.get("/v1/batches", { schema: { summary: "Batches, the latest first", tags } }, async (request) => {
    const { limit = 20, after } = checked(query, request.query);
    const all = await kept().store.jobs.list({ kind: BATCH, owner: access.owner(request), limit: MOST_LISTED });
    const from = after === undefined ? 0 : all.findIndex(({ id }) => batchId(id) === after) + 1;
    const data = all.slice(from, from + limit).map(shownBatch);
    return { object: "list", data, first_id: idOf(data[0]), last_id: idOf(data.at(-1)), has_more: all.length > from + limit };
  });
  app.get<One>("/v1/batches/:id", { schema: { summary: "A batch", tags } }, async (request) =>
    shownBatch(await find(request.params.id, access.owner(request))),
  );
  app.post<One>("/v1/batches/:id/cancel", { schema: { summary: "Ends a batch", tags } }, async (request) => {
    const { id } = await find(request.params.id, access.owner(request));
    return shownBatch(await kept().store.jobs.cancel(id));
  });
}

const idOf = (batch: object | undefined): string | null => (batch as { id?: string } | undefined)?.id ?? null;
