// Sends a failure as an answer: status, envelope, and the headers that go with it. Apart from errors.ts, whose types are public and so name no fastify.
import type { FastifyReply, FastifyRequest } from "fastify";
import { InkstoneError } from "../../core/index.ts";
import { asKnown, envelope, languageFor } from "./errors.ts";

/** How a family of routes tells an error, where it is not OpenAI's way. */
export type ErrorShape = (told: ReturnType<typeof envelope>) => object;

/** Sends an error answer. */
export function sendError(request: FastifyRequest, reply: FastifyReply, error: unknown, bodyLimit: number): FastifyReply {
  const known = asKnown(error, bodyLimit);
  const left = reply.raw.destroyed || (error instanceof Error && error.name === "AbortError"); // the client is gone
  if ((known.code === "E_INTERNAL" && !left) || known.code.startsWith("E_IO") || known.code.startsWith("E_ENGINE")) logFailure(request, known);
  const shown =
    known.code === "E_BODY_TYPE"
      ? new InkstoneError("E_BODY_TYPE", { got: String(request.headers["content-type"] ?? "-").slice(0, 80), wanted: wantedOf(request) })
      : known;
  const { status, body } = envelope(shown, languageFor(request.headers["accept-language"]), (error as { param?: string }).param);
  const { retryAfter = 5 } = error as { retryAfter?: number };
  if (status === 429 || status === 503) reply.header("retry-after", String(Math.max(1, Math.ceil(retryAfter))));
  if (status === 413 || status === 408 || status === 431) reply.header("connection", "close");
  return reply
    .code(status)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(shapeOf(request)({ status, body })));
}

// What is not the client's fault is the operator's to read: with where it came from, and no text of the request.
function logFailure(request: FastifyRequest, known: InkstoneError): void {
  const cause = known.cause instanceof Error ? known.cause : known;
  request.log.error({ id: request.id, route: request.routeOptions.url, code: known.code, error: cause.message, stack: cause.stack }, "failure");
}

const shapeOf = ({ routeOptions }: FastifyRequest): ErrorShape =>
  (routeOptions.config as { errors?: ErrorShape } | undefined)?.errors ?? (({ body }) => body);

// A route that takes something else than JSON says so in its configuration.
const wantedOf = ({ routeOptions }: FastifyRequest): string => (routeOptions.config as { wanted?: string } | undefined)?.wanted ?? "application/json";
