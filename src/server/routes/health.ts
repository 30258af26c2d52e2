// GET /health: the process lives, and what it serves. GET /ready: whether it takes work.
import type { FastifyInstance } from "fastify";
import { InkstoneError } from "../../core/index.ts";
import type { ServerContext } from "../context.ts";

/** Adds the routes. */
export function addHealthRoutes(app: FastifyInstance, { generator, calls, turnstile, isStopping }: ServerContext): void {
  app.get("/health", async () => {
    const { name, precision, threads, executor, tier } = generator.information;
    return { status: "ok", model: name, precision, threads, executor, tier, open: calls.count, waiting: turnstile.waiting };
  });
  app.get("/ready", async () => {
    if (isStopping()) throw new InkstoneError("E_STOPPING", { what: { en: "it takes no new work", zh: "不再接受新任务" } });
    return { status: "ready" };
  });
}
