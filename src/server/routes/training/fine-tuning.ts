// /v1/fine_tuning/jobs: models made one's own on this machine, in OpenAI's shape. Jobs live in the store and go on after a restart; what comes of them is served at once.
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { InkstoneError, type Phrase } from "../../../core/index.ts";
import type { Job } from "../../../store/index.ts";
import type { Files } from "../../batches/files.ts";
import type { ServerContext } from "../../context.ts";
import { languageFor } from "../../http/errors.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";
import { shownCheckpoint, shownEvent, shownTuning, TUNING, type TuningEvent, type TuningInput, tuningId, tuningJob } from "../../tuning/job.ts";
import type { Tuner } from "../../tuning/tuner.ts";

const auto = z.literal("auto");
const shared = {
  n_epochs: z.union([auto, z.int().min(1).max(50)]).nullish(),
  batch_size: z.union([auto, z.int().min(1).max(256)]).nullish(),
  learning_rate_multiplier: z.union([auto, z.number().gt(0).max(1000)]).nullish(),
};
const supervised = z.strictObject(shared);
const dpo = z.strictObject({ ...shared, beta: z.union([auto, z.number().gt(0).max(2)]).nullish() });
const body = z.strictObject({
  model: z.string().min(1).max(4096),
  training_file: z.string().min(1).max(200),
  validation_file: z.string().min(1).max(200).nullish(),
  hyperparameters: supervised.nullish(),
  method: z
    .union([
      z.strictObject({ type: z.literal("supervised"), supervised: z.strictObject({ hyperparameters: supervised.nullish() }).nullish() }),
      z.strictObject({ type: z.literal("dpo"), dpo: z.strictObject({ hyperparameters: dpo.nullish() }).nullish() }),
    ])
    .nullish(),
  suffix: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[\p{L}\p{N}._-]+$/u)
    .nullish(),
  seed: z.int().min(0).max(2_147_483_647).nullish(),
  integrations: z.array(z.never()).max(0).nullish(),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
});
const query = z.strictObject({ limit: z.coerce.number().int().min(1).max(100).optional(), after: z.string().max(200).optional() });

/** Most jobs that are looked through for a list. */
const MOST_LISTED = 10_000;
/** Every second language of a request is asked for in its headers. */
const languageOf = (request: FastifyRequest) => languageFor(request.headers["accept-language"]);

type One = { Params: { id: string } };

/** Adds the routes. Errors of all: E_DATABASE_NEEDED without a store, E_SERVED_NONE where models are not tuned; the list is empty then. */
export function addFineTuningRoutes(app: FastifyInstance, context: ServerContext): void {
  const tags = ["OpenAI"];
  const schema = (summary: string) => ({ schema: { summary, tags } });
  const { access } = context;
  const find = findIn(context);
  const list = async (request: FastifyRequest) => kept(context).store.jobs.list({ kind: TUNING, owner: access.owner(request), limit: MOST_LISTED });
  app.post(
    "/v1/fine_tuning/jobs",
    { schema: { summary: "Makes a model one's own, by rows of a file", tags, body: jsonSchema(body) } },
    async (request) => {
      const owner = access.owner(request);
      const { store, files, tuner } = kept(context);
      const input = inputOf(checked(body, request.body), tuner);
      access.model(request, input.model);
      for (const file of [input.trainingFile, input.validationFile]) if (file !== null) await ofPurpose(files, owner, file);
      const open = (await list(request)).filter(({ state }) => state === "queued" || state === "running" || state === "paused");
      const { tunings: limit } = context.limits;
      if (open.length >= limit) throw new InkstoneError("E_QUEUE", { waiting: open.length, limit });
      const job = await store.jobs.add(TUNING, input, { owner });
      tuner.worker.wake();
      return shownTuning(job, languageOf(request));
    },
  );
  app.get("/v1/fine_tuning/jobs", schema("Fine-tunings, the latest first"), async (request) => {
    // Where none can be made there are none: a page asks every server.
    const all = context.store && context.files && context.tuner ? await list(request) : [];
    return page(
      all,
      ({ id }) => tuningId(id),
      checked(query, request.query),
      (job) => shownTuning(job, languageOf(request)),
    );
  });
  app.get<One>("/v1/fine_tuning/jobs/:id", schema("A fine-tuning"), async (request) => shownTuning(await find(request), languageOf(request)));
  app.get<One>("/v1/fine_tuning/jobs/:id/events", schema("What happened in a fine-tuning, the latest first"), async (request) => {
    const { id } = await find(request);
    const parts = (await kept(context).store.jobs.parts(id)).reverse();
    const shown = parts.map(({ part, body: event }) => shownEvent(id, part, event as TuningEvent, languageOf(request)) as { id: string });
    return page(
      shown,
      (event) => event.id,
      checked(query, request.query),
      (event) => event,
    );
  });
  app.get<One>("/v1/fine_tuning/jobs/:id/checkpoints", schema("Weights that came of a fine-tuning"), async (request) => {
    const found = shownCheckpoint(await find(request)) as { id: string }[];
    return {
      first_id: found[0]?.id ?? null,
      last_id: found[0]?.id ?? null,
      ...page(
        found,
        ({ id }) => id,
        checked(query, request.query),
        (one) => one,
      ),
    };
  });
  addChanges(app, context);
}

// Cancelled, paused, gone on with; a tuned model taken away.
function addChanges(app: FastifyInstance, context: ServerContext): void {
  const tags = ["OpenAI"];
  const find = findIn(context);
  app.post<One>("/v1/fine_tuning/jobs/:id/cancel", { schema: { summary: "Ends a fine-tuning", tags } }, async (request) => {
    const { id } = await find(request);
    const { store, tuner } = kept(context);
    const job = await store.jobs.cancel(id);
    if (job.state === "cancelled") await tuner.forget(job);
    return shownTuning(job, languageOf(request));
  });
  app.post<One>("/v1/fine_tuning/jobs/:id/pause", { schema: { summary: "Stops a fine-tuning, all saved", tags } }, async (request) => {
    const { id } = await find(request);
    const { store, tuner } = kept(context);
    const job = await store.jobs.pause(id);
    tuner.worker.drop(id);
    return shownTuning(job, languageOf(request));
  });
  app.post<One>("/v1/fine_tuning/jobs/:id/resume", { schema: { summary: "Goes on with a fine-tuning", tags } }, async (request) => {
    const { id } = await find(request);
    const { store, tuner } = kept(context);
    const job = await store.jobs.resume(id);
    tuner.worker.wake();
    return shownTuning(job, languageOf(request));
  });
  app.delete<{ Params: { "*": string } }>(
    "/v1/models/*",
    { schema: { summary: "Takes away a model that was tuned here, or an adapter that is served as one", tags } },
    async (request) => {
      const name = request.params["*"];
      const { access, served, adapters } = context;
      const { store, tuner } = kept(context);
      const all = await store.jobs.list({ kind: TUNING, owner: context.access.owner(request), limit: MOST_LISTED });
      const job = all.find(({ output }) => (output as { model?: string } | null | undefined)?.model === name);
      const { parent } = served.list().find((one) => one.name === name) ?? {};
      if (job !== undefined) {
        await tuner.forget(job);
        await store.jobs.remove(job.id);
      } else if (parent !== undefined && access.opened(request, [name]).length > 0) await adapters.remove(parent, name, access.owner(request));
      else throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "model", zh: "模型" }, id: name.slice(0, 200) });
      return { id: name, object: "model", deleted: true };
    },
  );
}

function kept({ store, files, tuner }: ServerContext) {
  if (store === undefined || files === undefined) throw new InkstoneError("E_DATABASE_NEEDED", { what: { en: "fine-tuning", zh: "微调" } });
  if (tuner === undefined) throw new InkstoneError("E_SERVED_NONE", { kind: { en: "fine-tuning", zh: "微调" } });
  return { store, files, tuner };
}

const findIn =
  (context: ServerContext) =>
  async (request: FastifyRequest<One>): Promise<Job> => {
    const { id } = request.params;
    const job = await kept(context)
      .store.jobs.get(tuningJob(id), context.access.owner(request))
      .catch(() => undefined);
    if (job === undefined || job.kind !== TUNING)
      throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "fine-tuning", zh: "微调任务" }, id: id.slice(0, 100) });
    return job;
  };

function page<T>(all: readonly T[], idOf: (one: T) => string, { limit = 20, after }: z.output<typeof query>, show: (one: T) => object): object {
  const from = after === undefined ? 0 : all.findIndex((one) => idOf(one) === after) + 1;
  return { object: "list", data: all.slice(from, from + limit).map(show), has_more: all.length > from + limit };
}

const field = (name: string, why: Phrase) => new InkstoneError("E_FIELD", { field: name, why });

async function ofPurpose(files: Files, owner: string, id: string): Promise<void> {
  const { purpose } = (await files.facts(owner, id)) as { purpose?: string };
  if (purpose !== "fine-tune")
    throw field("training_file", { en: `the file's purpose is "${purpose}", not "fine-tune"`, zh: `文件的用途是“${purpose}”，而非 fine-tune` });
}

function inputOf({ model, method, hyperparameters, ...given }: z.output<typeof body>, { bases }: Tuner): TuningInput {
  if (!bases.includes(model)) throw Object.assign(new InkstoneError("E_SERVED_MODEL", { model, served: bases.join(", ") }), { param: "model" });
  const { type = "supervised" } = method ?? {};
  const own = method?.type === "dpo" ? method.dpo?.hyperparameters : method?.supervised?.hyperparameters;
  if (own != null && hyperparameters != null) throw field("hyperparameters", { en: "they stand in method already", zh: "已在 method 中给出" });
  const { n_epochs, batch_size, learning_rate_multiplier, beta } = { beta: undefined, ...(own ?? hyperparameters ?? {}) } as z.output<typeof dpo>;
  const number = (value: number | "auto" | null | undefined, usual: number): number => (value == null || value === "auto" ? usual : value);
  return {
    model,
    trainingFile: given.training_file,
    validationFile: given.validation_file ?? null,
    method: type,
    epochs: number(n_epochs, type === "dpo" ? 1 : 3),
    batch: number(batch_size, 4),
    rate: number(learning_rate_multiplier, 1),
    beta: number(beta, 0.1),
    seed: given.seed ?? 0,
    suffix: given.suffix ?? null,
    metadata: given.metadata ?? null,
  };
}
