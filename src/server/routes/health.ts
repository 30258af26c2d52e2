// GET /health: the process lives, and how what it serves stands. GET /ready: whether it takes work. GET /metrics: what is counted.
import type { FastifyInstance } from "fastify";
import { InkstoneError, inLanguage } from "../../core/index.ts";
import type { ModelInformation } from "../../generate/index.ts";
import type { ServerContext } from "../context.ts";

/** Adds the routes. */
export function addHealthRoutes(app: FastifyInstance, { served, calls, line, counters, isStopping }: ServerContext): void {
  const tags = ["Operation"];
  const waiting = () => served.list().reduce((sum, { kind, name }) => sum + line(`${kind}/${name}`).waiting, 0);
  counters.gauge("calls_open", "Requests that are being answered.", () => calls.count);
  counters.gauge("calls_waiting", "Requests that wait for their turn.", waiting);
  const schema = { summary: "Whether the process lives, and how what it serves stands", tags };
  const health = async () => {
    const all = served.list();
    const main = all.find(({ kind }) => kind === "chat") ?? all[0];
    const { precision, threads, executor, tier } = (main?.information ?? {}) as Partial<ModelInformation>;
    const ill = all.filter(({ state }) => state === "died" || state === "failed");
    return {
      status: ill.length === 0 ? "ok" : "degraded",
      model: main?.name,
      ...{ precision, threads, executor, tier },
      open: calls.count,
      waiting: waiting(),
      served: all.map(({ kind, name, state, why }) => ({ kind, name, state, why: why && inLanguage(why, "en") })),
    };
  };
  app.get("/health", { schema }, health);
  app.get("/v1/health", { schema }, health); // as llama-server has it beside the other
  app.get("/ready", { schema: { summary: "Whether it takes work", tags } }, async () => {
    if (isStopping()) throw new InkstoneError("E_STOPPING", { what: { en: "it takes no new work", zh: "不再接受新任务" } });
    const main = served.list().find(({ kind }) => kind === "chat");
    if (main?.why !== undefined && (main.state === "died" || main.state === "failed")) throw new InkstoneError("E_ENGINE_DIED", { why: main.why });
    return { status: "ready" };
  });
  app.get("/metrics", { schema: { summary: "Counters for Prometheus", tags } }, async (_request, reply) => {
    const { type, text } = await counters.text();
    return reply.type(type).send(text);
  });
}
