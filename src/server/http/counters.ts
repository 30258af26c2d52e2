// What is counted for Prometheus: requests, their times, tokens, what is open and waiting, the event loop. Knows no bodies.
import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry as Metrics } from "prom-client";
import { toldOf } from "./log.ts";

/** The counters of a server. */
export class Counters {
  readonly #metrics = new Metrics();
  readonly #requests = new Counter({
    name: "inkstone_requests_total",
    help: "Requests answered, by route and status.",
    labelNames: ["route", "method", "status"] as const,
    registers: [this.#metrics],
  });
  readonly #seconds = new Histogram({
    name: "inkstone_request_seconds",
    help: "From the request to the end of its answer.",
    labelNames: ["route"] as const,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300],
    registers: [this.#metrics],
  });
  readonly #tokens = new Counter({
    name: "inkstone_tokens_total",
    help: "Tokens read and written, by model.",
    labelNames: ["model", "kind"] as const,
    registers: [this.#metrics],
  });

  constructor() {
    collectDefaultMetrics({ register: this.#metrics, prefix: "inkstone_" });
  }

  /** Counts every request of an instance. */
  watch(app: FastifyInstance): void {
    app.addHook("onResponse", async (request, reply) => {
      const route = request.routeOptions.url ?? "none"; // never the address itself: there are endlessly many
      this.#requests.inc({ route, method: request.method, status: reply.statusCode });
      this.#seconds.observe({ route }, reply.elapsedTime / 1000);
      const { model, promptTokens, completionTokens } = toldOf(request);
      if (model === undefined) return;
      if (promptTokens) this.#tokens.inc({ model, kind: "prompt" }, promptTokens);
      if (completionTokens) this.#tokens.inc({ model, kind: "completion" }, completionTokens);
    });
  }

  /** A value that is read when it is asked for. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name: `inkstone_${name}`,
      help,
      registers: [this.#metrics],
      collect() {
        this.set(read());
      },
    });
  }

  /** The exposition format, and its content type. */
  async text(): Promise<{ readonly type: string; readonly text: string }> {
    return { type: this.#metrics.contentType, text: await this.#metrics.metrics() };
  }
}
