// /v1/evaluations…: served language models measured on tasks by name; progress, reports as JSON, Markdown and HTML, a candidate beside a baseline with a gate.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  compareWithBaseline,
  dataSetFolders,
  evaluationTasks,
  isTaskAtHand,
  languageReportAsHtml,
  languageReportAsMarkdown,
} from "../../../evaluate/index.ts";
import type { ServerContext } from "../../context.ts";
import { languageFor } from "../../http/errors.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";

const wish = z.strictObject({
  model: z.string().min(1).max(4096),
  tasks: z.array(z.string().min(1).max(64)).min(1).max(evaluationTasks.length),
  limit: z.int().min(1).max(1_000_000).nullish(),
  few_shot: z.int().min(0).max(64).nullish(),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).nullish(),
  chat: z.boolean().nullish(),
  adapter: z.string().max(256).nullish(),
});
const comparison = z.strictObject({
  candidate: z.string().min(1).max(100),
  baseline: z.string().min(1).max(100),
  max_drop: z.number().min(0).max(100).nullish(),
});
const form = z.strictObject({ format: z.enum(["json", "md", "html"]).optional() });

/** Adds the routes. */
export function addEvaluationRoutes(app: FastifyInstance, context: ServerContext): void {
  const { access, served, evaluations } = context;
  const tags = ["Evaluation"];
  type One = { Params: { id: string } };
  app.get("/v1/evaluations", { schema: { summary: "Evaluations, the newest first", tags } }, async (request) => ({
    object: "list",
    data: await evaluations.list(access.owner(request)),
  }));
  app.get("/v1/evaluations/tasks", { schema: { summary: "Tasks by name, and whether their data is at hand", tags } }, async () => ({
    object: "list",
    data: await Promise.all(
      evaluationTasks.map(async (task) => {
        const { name, title, language, needs, metric, better = "higher" } = task;
        return { name, title, language, needs, metric, better, available: await isTaskAtHand(task, dataSetFolders()) };
      }),
    ),
  }));
  app.post("/v1/evaluations", { schema: { summary: "Begins an evaluation", tags, body: jsonSchema(wish) } }, async (request) => {
    const { model, tasks, limit, few_shot: fewShot, seed, chat, adapter } = checked(wish, request.body);
    served.find("chat", model);
    access.model(request, model);
    const owner = access.owner(request);
    const given = { limit, fewShot, seed, chat, adapter };
    const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value != null));
    return evaluations.begin(owner, { model, tasks, ...options }, async (work, signal) => {
      const lease = await served.use("chat", model, signal);
      try {
        return await work(lease.thing);
      } finally {
        lease.leave();
      }
    });
  });
  app.post(
    "/v1/evaluations/compare",
    { schema: { summary: "A candidate beside a baseline: what fell, and whether by more than is allowed", tags, body: jsonSchema(comparison) } },
    async (request) => {
      const { candidate, baseline, max_drop: maxDrop } = checked(comparison, request.body);
      const owner = access.owner(request);
      const [now, before] = [await evaluations.report(owner, candidate), await evaluations.report(owner, baseline)];
      const changes = compareWithBaseline(now, before, maxDrop ?? 0);
      return { candidate, baseline, changes, passed: changes.every(({ isWithin }) => isWithin) };
    },
  );
  app.get<One>("/v1/evaluations/:id", { schema: { summary: "An evaluation: where it stands, what it came to", tags } }, (request) =>
    evaluations.get(access.owner(request), request.params.id),
  );
  app.get<One>("/v1/evaluations/:id/report", { schema: { summary: "Its report (?format=json, md, html)", tags } }, async (request, reply) => {
    const { format = "json" } = checked(form, request.query);
    const report = await evaluations.report(access.owner(request), request.params.id);
    const language = languageFor(request.headers["accept-language"]);
    if (format === "json") return { formatVersion: 1, kind: "language-evaluation", ...report };
    if (format === "md") return reply.type("text/markdown; charset=utf-8").send(languageReportAsMarkdown(report, { language }));
    return reply.type("text/html; charset=utf-8").send(languageReportAsHtml(report, { language }));
  });
  app.post<One>("/v1/evaluations/:id/stop", { schema: { summary: "Ends an evaluation", tags } }, (request) =>
    evaluations.stop(access.owner(request), request.params.id),
  );
  app.delete<One>("/v1/evaluations/:id", { schema: { summary: "Forgets an evaluation", tags } }, async (request) => {
    await evaluations.remove(access.owner(request), request.params.id);
    return { id: request.params.id, object: "evaluation", deleted: true };
  });
}
