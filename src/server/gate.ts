// What every request passes before its route: header count, host, origin, request id, security headers, stopping. One gate for every route. Knows no bodies.
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { InkstoneError } from "../core/index.ts";
import type { ServerLimits } from "./limits.ts";

/** What the gate needs to know. */
export interface GateOptions {
  readonly host: string;
  readonly limits: ServerLimits;
  readonly isStopping: () => boolean;
}

const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Headers of every answer. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "content-security-policy": contentPolicy,
};

/** Adds the gate to an instance, before its routes. */
export function addGate(app: FastifyInstance, { host, limits, isStopping }: GateOptions): void {
  const loopback = isLoopback(host);
  app.addHook("onRequest", async (request: FastifyRequest, reply: FastifyReply) => {
    reply.headers(securityHeaders).header("x-request-id", request.id);
    if (request.raw.rawHeaders.length / 2 > limits.headerCount) throw new InkstoneError("E_HEADERS_SIZE", { limit: limits.headerBytes });
    if (loopback) checkHost(request, host);
    checkOrigin(request, loopback);
    checkEncoding(request);
    if (isStopping() && request.url !== "/health" && request.url !== "/ready") {
      reply.header("connection", "close");
      throw new InkstoneError("E_STOPPING", { what: { en: "it takes no new work", zh: "不再接受新任务" } });
    }
  });
}

/** A request id: the client's, when it is harmless, else a new one. */
export function requestId(message: IncomingMessage): string {
  const given = message.headers["x-request-id"];
  return typeof given === "string" && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

/**
 * Whether an address to listen on is this machine only.
 *
 * @example
 * isLoopback("127.0.0.1"); // true
 */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

// A page of another site can point its own name at 127.0.0.1 (DNS rebinding, CVE-2024-28224): the name betrays it.
function checkHost(request: FastifyRequest, bound: string): void {
  const header = request.headers.host;
  if (header === undefined) return; // HTTP/1.0; no browser sends it
  const name = header
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
  if (name === bound.toLowerCase() || isLoopback(name) || name.endsWith(".localhost")) return;
  throw new InkstoneError("E_HOST", { host: header });
}

// Browsers say where a script comes from. Our own page may call, and on a loopback address other pages of this machine (a development server that passes calls on).
// There are no CORS headers to be had, so none of them can call without being on our side of a proxy.
function checkOrigin(request: FastifyRequest, loopback: boolean): void {
  const { origin, host } = request.headers;
  if (origin === undefined) return;
  const from = URL.canParse(origin) ? new URL(origin) : undefined;
  if (from !== undefined && (from.host === host?.toLowerCase() || (loopback && isLoopback(from.hostname.replace(/^\[|\]$/g, ""))))) return;
  throw new InkstoneError("E_ORIGIN", { origin });
}

function checkEncoding(request: FastifyRequest): void {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") throw new InkstoneError("E_BODY_ENCODING", { got: encoding });
}
