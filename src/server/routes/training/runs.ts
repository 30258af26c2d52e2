// /v1/runs…: trainings and fine-tunings as a page shows them: listed, looked at while they go, begun, stopped with all saved, gone on with.
import { join } from "node:path";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { dataFolder, InkstoneError } from "../../../core/index.ts";
import { trainingRows } from "../../../store/index.ts";
import { type FinetuneSettings, followLog, type Recipe, recipeOf, tomlRecipe } from "../../../train/index.ts";
import type { ServerContext } from "../../context.ts";
import { envelope, languageFor } from "../../http/errors.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";
import { done, event, sendStream } from "../../http/sse.ts";
import type { TuneAsked } from "../../runs/messages.ts";
import type { GivenData, Runs } from "../../runs/runs.ts";
import { feedbackOf } from "./feedback.ts";

const rowForms = ["jsonl", "json", "csv", "tsv", "txt"] as const;

/** Adds the routes. */
export function addRunRoutes(app: FastifyInstance, context: ServerContext): void {
  const tags = ["Training"];
  const { runs } = context;
  const name = z.string().min(1).max(64);
  const recipe = z.record(z.string().max(100), z.unknown());
  const plain = z.strictObject({ recipe });
  const since = z.strictObject({ since: z.coerce.number().int().min(-1).optional() });
  // What a fine-tuning is asked for: settings are held against their rules where they are read.
  const finetune = z.looseObject({ model: z.string().min(1).max(4096) });
  const text = z.string().min(1).max(context.limits.tableBytes).nullish();
  const data = { text, form: z.enum(rowForms).nullish(), feedback: z.boolean().nullish() };
  const start = z.strictObject({ name, recipe: recipe.nullish(), finetune: finetune.nullish(), ...data });
  const ask = z.strictObject({ finetune, ...data });
  type One = { Params: { name: string } };
  const bodyLimit = context.limits.tableBytes;
  const folder = (): Runs => {
    if (runs === undefined) throw new InkstoneError("E_SERVED_NONE", { kind: { en: "runs", zh: "训练运行" } });
    return runs;
  };
  app.get("/v1/runs", { schema: { summary: "Trainings, the newest first", tags } }, async () => ({
    runs: (await runs?.list()) ?? [],
    serving: runs !== undefined,
  }));
  app.get<One>("/v1/runs/:name", { schema: { summary: "A training: what it is, log behind ?since=, newest sample", tags } }, async (request) =>
    folder().show(request.params.name, checked(since, request.query).since ?? -1),
  );
  app.get<One>("/v1/runs/:name/log", { schema: { summary: "Its log, entry by entry as it grows, to its end", tags } }, async (request, reply) => {
    const { name: called } = request.params;
    await folder().show(called);
    const call = context.calls.begin(reply);
    const ended = async () => (await folder().show(called)).state !== "running";
    async function* events(): AsyncGenerator<string> {
      for await (const one of followLog(join(folder().folder, called), { signal: call.signal, ended })) yield event(one);
      const { recipe: _recipe, tuning: _tuning, plan: _plan, log: _log, ...run } = await folder().show(called);
      yield event({ run });
      yield done;
    }
    const language = languageFor(request.headers["accept-language"]);
    return sendStream(reply, { call, events: events(), limits: context.limits, tell: (error) => event(envelope(error, language).body) });
  });
  app.post(
    "/v1/runs",
    { bodyLimit, schema: { summary: "Begins a training from a recipe, or a fine-tuning", tags, body: jsonSchema(start) } },
    async (request) => {
      const { name: called, recipe: wanted, finetune: tuning, ...given } = checked(start, request.body);
      if ((wanted == null) === (tuning == null))
        throw new InkstoneError("E_FIELD", { field: "recipe", why: { en: "give either recipe or finetune", zh: "需要 recipe 或 finetune 之一" } });
      if (tuning != null) return folder().tune(called, tunedOf(context, request, tuning), await dataOf(context, request, given));
      // Files are named by whoever sits at this machine, and only where they are open to it; others bring their text.
      const folders = context.access.owner(request) === "" ? [dataFolder(), folder().folder, ...context.readable] : [];
      return folder().start(called, wanted, { text: given.text ?? undefined, folders });
    },
  );
  app.post(
    "/v1/runs/forecast",
    { bodyLimit, schema: { summary: "What a fine-tuning would find in its rows, and cost", tags, body: jsonSchema(ask) } },
    async (request, reply) => {
      const { finetune: tuning, ...given } = checked(ask, request.body);
      const call = context.calls.begin(reply);
      return folder().forecast(tunedOf(context, request, tuning), await dataOf(context, request, given), call.signal);
    },
  );
  app.post<One>("/v1/runs/:name/stop", { schema: { summary: "Stops a training, all saved", tags } }, (request) => folder().stop(request.params.name));
  app.post<One>("/v1/runs/:name/resume", { schema: { summary: "Goes on with a training that was stopped", tags } }, (request) =>
    folder().resume(request.params.name),
  );
  app.post("/v1/recipes", { schema: { summary: "A recipe with every default, also as TOML", tags, body: jsonSchema(plain) } }, async (request) => {
    const whole: Recipe = recipeOf(checked(plain, request.body).recipe);
    return { recipe: whole, toml: tomlRecipe(whole) };
  });
}

const textMissing = () =>
  new InkstoneError("E_OPTION", { option: "text", value: undefined, allowed: { en: "the text to learn from", zh: "要学习的文本" } });

// A served model by its name; where there are no keys, whatever a model may be named by.
function tunedOf({ served, access }: ServerContext, request: FastifyRequest, { model, ...settings }: { model: string }): TuneAsked {
  const known = served.tunable(model);
  if (known === undefined && access.owner(request) !== "") served.find("chat", model);
  access.model(request, model);
  return { model: known ?? model, settings: settings as FinetuneSettings };
}

interface Brought {
  readonly text?: string | null;
  readonly form?: (typeof rowForms)[number] | null;
  readonly feedback?: boolean | null;
}

// Rows that are sent, or those of the feedback that their owner gave. Errors: E_FEEDBACK_NONE, E_FIELD.
async function dataOf(context: ServerContext, request: FastifyRequest, { text, form, feedback }: Brought): Promise<GivenData> {
  if (feedback !== true) {
    if (text == null) throw textMissing();
    return { text, file: `rows.${form ?? "jsonl"}` };
  }
  if (text != null) throw new InkstoneError("E_FIELD", { field: "text", why: { en: "feedback is the data already", zh: "已选择反馈作为数据" } });
  const { method } = ((request.body as { finetune?: { method?: unknown } }).finetune ?? {}) as { method?: unknown };
  const format = method === "dpo" || method === "orpo" ? "preferences" : "examples";
  const rows = trainingRows(await feedbackOf(context).all(context.access.owner(request)), format);
  if (rows.length === 0) throw new InkstoneError("E_FEEDBACK_NONE", { format });
  return { text: rows.map((row) => `${JSON.stringify(row)}\n`).join(""), file: "rows.jsonl" };
}
