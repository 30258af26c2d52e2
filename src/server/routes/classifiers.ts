// /v1/classifiers: a table is looked through, a classifier is trained from it, listed, taken home, read about, forgotten.
import type { FastifyInstance } from "fastify";
import { InkstoneError } from "../../core/index.ts";
import type { Trained, TrainingProgress } from "../../evaluate/index.ts";
import { readCheckQuery, readLabellingQuery, readMeasuringQuery, readReportQuery, readTrainingQuery } from "../classifiers/requests.ts";
import type { KeptClassifier } from "../classifiers/store.ts";
import { Tables, tablePattern, tableTypes } from "../classifiers/tables.ts";
import { training, Visit } from "../classifiers/visit.ts";
import type { ServerContext } from "../context.ts";
import { endingError } from "../http/calls.ts";
import { envelope, languageFor } from "../http/errors.ts";
import { done, event, eventStream, streamHeaders } from "../http/sse.ts";
import { Turnstile } from "../http/turnstile.ts";

/** Adds the routes. */
export async function addClassifierRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  addKeptRoutes(app, context);
  // In a scope of their own: no other route takes tables, and these take nothing else.
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(tablePattern, (_request, payload, taken) => taken(null, payload));
    addTableRoutes(scope, context);
  });
}

function addKeptRoutes(app: FastifyInstance, { classifiers, access }: ServerContext): void {
  type One = { Params: { id: string } };
  app.get("/v1/classifiers", async (request) => ({
    object: "list",
    data: classifiers.list().map((one) => describe(one, access.owner(request))),
  }));
  app.get<One>("/v1/classifiers/:id", async ({ params }, reply) => {
    const bytes = await classifiers.get(params.id).thread.run("save", null);
    return reply
      .type("application/json; charset=utf-8")
      .header("content-disposition", 'attachment; filename="classifier.json"')
      .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
  app.get<One>("/v1/classifiers/:id/report", async ({ params: { id }, query, headers }, reply) => {
    const language = readReportQuery(query).language ?? languageFor(headers["accept-language"]);
    const html = await classifiers.get(id).thread.run("report", { language });
    if (html === null) throw new InkstoneError("E_CLASSIFIER_REPORT", { id });
    return reply.type("text/html; charset=utf-8").header("cache-control", "no-store").send(html);
  });
  app.delete<One>("/v1/classifiers/:id", async ({ params: { id } }) => {
    await classifiers.forget(id);
    return { id, object: "classifier", deleted: true };
  });
}

// Where its folder lies is for whoever sits at this machine.
const describe = ({ id, created, facts }: KeptClassifier, owner: string): object => ({ id, object: "classifier", created, ...shown(facts, owner) });
function shown<Facts extends { readonly folder?: string }>({ folder, ...facts }: Facts, owner: string): object {
  return folder === undefined ? facts : { ...facts, tuned: true, ...(owner === "" ? { folder } : {}) };
}

function addTableRoutes(scope: FastifyInstance, context: ServerContext): void {
  const { limits, calls } = context;
  const places = { tables: new Tables(limits), checks: new Turnstile(2, limits.tables), trainings: new Turnstile(1, limits.tables) };
  const config = { wanted: tableTypes };
  scope.post("/v1/classifiers/check", { config }, async (request, reply) => {
    const query = readCheckQuery(request.query);
    const visit = new Visit(calls.begin(reply));
    try {
      const { file } = await visit.table(places.tables, request, query.name);
      await visit.enter(places.checks);
      return await visit.thread().run("check", { file, text: query.text, label: query.label });
    } catch (error) {
      throw endingError(visit.call) ?? error;
    } finally {
      await visit.leave();
    }
  });
  scope.post("/v1/classifiers/:id/evaluate", { config }, async (request, reply) => {
    const { name, ...columns } = readMeasuringQuery(request.query);
    const kept = context.classifiers.get((request.params as { id: string }).id);
    const visit = new Visit(calls.begin(reply));
    try {
      const { file } = await visit.table(places.tables, request, name);
      await visit.enter(kept.line);
      return await kept.thread.run("evaluate", { file, ...columns });
    } catch (error) {
      throw endingError(visit.call) ?? error;
    } finally {
      await visit.leave();
    }
  });
  scope.post("/v1/classifiers/:id/label", { config }, async (request, reply) => {
    const { name, text } = readLabellingQuery(request.query);
    const kept = context.classifiers.get((request.params as { id: string }).id);
    const visit = new Visit(calls.begin(reply));
    try {
      const { file } = await visit.table(places.tables, request, name);
      await visit.enter(kept.line);
      const { bytes, rows, skipped } = await kept.thread.run("label", { file, text });
      return reply
        .type(String(request.headers["content-type"]))
        .headers({ "content-disposition": "attachment", "inkstone-rows": rows, "inkstone-left-out": skipped })
        .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    } catch (error) {
      throw endingError(visit.call) ?? error;
    } finally {
      await visit.leave();
    }
  });
  scope.post("/v1/classifiers", { config }, async (request, reply) => {
    const { name, skip_bad, tuned, minutes, ...query } = readTrainingQuery(request.query);
    const visit = new Visit(calls.begin(reply));
    try {
      const { file } = await visit.table(places.tables, request, name);
      await visit.enter(places.trainings);
      const thread = visit.thread();
      const encoders = tuned === "true" ? { folder: context.classifiers.newFolder(), minutes } : undefined;
      const how = { ...query, file, skipBad: skip_bad === "true", mostLabels: limits.trainingLabels, ...(encoders && { encoders }) };
      const steps = training(thread, how);
      // The first step is awaited before any header: what is wrong with the table is an ordinary JSON answer.
      const first = await steps.next();
      reply.raw.once("close", () => visit.leave());
      const language = languageFor(request.headers["accept-language"]);
      const tell = (error: unknown) => event(envelope(error, language).body);
      const owner = context.access.owner(request);
      const events = eventsOf({ first, steps, visit, tell, owner, keep: (trained) => context.classifiers.keep(visit.release(thread), trained) });
      return reply.headers(streamHeaders).send(eventStream(events, visit.call, reply.raw, limits));
    } catch (error) {
      await visit.leave();
      throw endingError(visit.call) ?? error;
    }
  });
}

interface Streaming {
  readonly first: IteratorResult<TrainingProgress, Trained>;
  readonly steps: AsyncGenerator<TrainingProgress, Trained>;
  readonly visit: Visit;
  readonly tell: (error: unknown) => string;
  readonly owner: string;
  readonly keep: (trained: Trained) => KeptClassifier;
}

async function* eventsOf({ first, steps, visit, tell, owner, keep }: Streaming): AsyncGenerator<string> {
  try {
    let step = first;
    for (; !step.done; step = await steps.next()) yield event({ progress: step.value });
    const { id } = keep(step.value);
    await visit.leave();
    yield event({ done: { id, ...shown(step.value, owner) } });
    yield done;
  } catch (error) {
    const { ending } = visit.call;
    if (ending === undefined || ending === "stopping") yield tell(endingError(visit.call) ?? error);
  } finally {
    await visit.leave();
  }
}
