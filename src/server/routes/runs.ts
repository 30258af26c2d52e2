// /v1/runs…: trainings of language models as a page shows them: listed, looked at while they go, begun from a recipe, stopped with all saved, gone on with.
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { dataFolder, InkstoneError } from "../../core/index.ts";
import { followLog, type Recipe, recipeOf, tomlRecipe } from "../../train/index.ts";
import type { ServerContext } from "../context.ts";
import { envelope, languageFor } from "../http/errors.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";
import { done, event, sendStream } from "../http/sse.ts";
import type { Runs } from "../runs/runs.ts";

/** Adds the routes. */
export function addRunRoutes(app: FastifyInstance, context: ServerContext): void {
  const tags = ["Training"];
  const { runs } = context;
  const name = z.string().min(1).max(64);
  const recipe = z.record(z.string().max(100), z.unknown());
  const start = z.strictObject({ name, recipe, text: z.string().min(1).max(context.limits.bodyBytes).nullish() });
  const plain = z.strictObject({ recipe });
  const since = z.strictObject({ since: z.coerce.number().int().min(-1).optional() });
  type One = { Params: { name: string } };
  const folder = (): Runs => {
    if (runs === undefined) throw new InkstoneError("E_SERVED_NONE", { kind: { en: "runs", zh: "训练运行" } });
    return runs;
  };
  app.get("/v1/runs", { schema: { summary: "Trainings, the newest first", tags } }, async () => ({
    runs: (await runs?.list()) ?? [],
    serving: runs !== undefined,
  }));
  app.get<One>("/v1/runs/:name", { schema: { summary: "A training: recipe, log behind ?since=, newest sample", tags } }, async (request) =>
    folder().show(request.params.name, checked(since, request.query).since ?? -1),
  );
  app.get<One>("/v1/runs/:name/log", { schema: { summary: "Its log, entry by entry as it grows, to its end", tags } }, async (request, reply) => {
    const { name: called } = request.params;
    await folder().show(called);
    const call = context.calls.begin(reply);
    const ended = async () => (await folder().show(called)).state !== "running";
    async function* events(): AsyncGenerator<string> {
      for await (const one of followLog(join(folder().folder, called), { signal: call.signal, ended })) yield event(one);
      const { recipe: _recipe, log: _log, ...run } = await folder().show(called);
      yield event({ run });
      yield done;
    }
    const language = languageFor(request.headers["accept-language"]);
    return sendStream(reply, { call, events: events(), limits: context.limits, tell: (error) => event(envelope(error, language).body) });
  });
  app.post("/v1/runs", { schema: { summary: "Begins a training from a recipe", tags, body: jsonSchema(start) } }, async (request) => {
    const { name: called, recipe: wanted, text } = checked(start, request.body);
    // Files are named by whoever sits at this machine, and only where they are open to it; others bring their text.
    const folders = context.access.owner(request) === "" ? [dataFolder(), folder().folder, ...context.readable] : [];
    return folder().start(called, wanted, { text: text ?? undefined, folders });
  });
  app.post<One>("/v1/runs/:name/stop", { schema: { summary: "Stops a training, all saved", tags } }, (request) => folder().stop(request.params.name));
  app.post<One>("/v1/runs/:name/resume", { schema: { summary: "Goes on with a training that was stopped", tags } }, (request) =>
    folder().resume(request.params.name),
  );
  app.post("/v1/recipes", { schema: { summary: "A recipe with every default, also as TOML", tags, body: jsonSchema(plain) } }, async (request) => {
    const whole: Recipe = recipeOf(checked(plain, request.body).recipe);
    return { recipe: whole, toml: tomlRecipe(whole) };
  });
}
