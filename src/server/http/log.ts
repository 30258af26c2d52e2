// What the operator reads: one line of JSON a request at level info, and every failure that is not the client's, with where it came from. Never a text of anybody.

import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from "fastify";
import { pino } from "pino";
import type { LogOptions } from "./log-options.ts";

/** A log. Errors at level error by default. */
export function makeLog({ level = "error", stream = process.stderr }: LogOptions): FastifyBaseLogger {
  const to = { write: (line: string) => void stream.write(line) };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { req: () => undefined, res: () => undefined } }, to);
}

/** What a route lets the log know of a request. */
export interface Told {
  model?: string;
  promptTokens?: number;
  completionTokens?: number;
  /** An opaque name that the client gave its own user. */
  user?: string;
}

const told = new WeakMap<FastifyRequest, Told>();

/** Adds to what the log and the counters will say of a request. */
export function tell(request: FastifyRequest, more: Told): void {
  told.set(request, { ...told.get(request), ...more });
}

/** What is known of a request. */
export const toldOf = (request: FastifyRequest): Told => told.get(request) ?? {};

/** One line a request, when it is over. */
export function addRequestLog(app: FastifyInstance): void {
  app.addHook("onResponse", async (request, reply) => {
    const { method, id } = request;
    const route = request.routeOptions.url ?? "-";
    request.log.info({ id, method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime), ...toldOf(request) }, "request");
  });
}
