// What every request passes before its route: header count, host, origin, request id, security headers, stopping. One gate for every route. Knows no bodies.
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { InkstoneError } from "../../core/index.ts";
import type { ServerLimits } from "../limits.ts";

/** What the gate needs to know. */
export interface GateOptions {
  readonly host: string;
  /** Names, beside its own, by which it may be called: of a proxy or a container. */
  readonly allowedHosts: readonly string[];
  /** Origins of pages that may call it, such as `http://localhost:3000` or `app://obsidian.md`; `*` is every page. */
  readonly allowedOrigins: readonly string[];
  readonly limits: ServerLimits;
  readonly isStopping: () => boolean;
}

const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; media-src blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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
export function addGate(app: FastifyInstance, options: GateOptions): void {
  const { limits, isStopping } = options;
  const loopback = isLoopback(options.host);
  app.addHook("onRequest", async (request: FastifyRequest, reply: FastifyReply) => {
    reply.headers(securityHeaders).header("x-request-id", request.id);
    if (request.raw.rawHeaders.length / 2 > limits.headerCount) throw new InkstoneError("E_HEADERS_SIZE", { limit: limits.headerBytes });
    checkHost(request, options, loopback);
    checkOrigin(request, reply, options, loopback);
    checkEncoding(request);
    if (isStopping() && request.url !== "/health" && request.url !== "/v1/health" && request.url !== "/ready") {
      reply.header("connection", "close");
      throw new InkstoneError("E_STOPPING", { what: { en: "it takes no new work", zh: "不再接受新任务" } });
    }
    if (
      request.method === "OPTIONS" &&
      reply.hasHeader("access-control-allow-origin") &&
      request.headers["access-control-request-method"] !== undefined
    )
      return preflight(request, reply);
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

const bare = (name: string) => name.replace(/^\[|\]$/g, "").toLowerCase();

// A page of another site can point its own name at any address (DNS rebinding, CVE-2024-28224): the name betrays it. An address cannot be pointed elsewhere.
function checkHost(request: FastifyRequest, { host: bound, allowedHosts }: GateOptions, loopback: boolean): void {
  const hosts = headersOf(request, "host");
  if (hosts.length === 0) return; // HTTP/1.0; no browser sends it
  const name = bare(hosts[0].replace(/:\d+$/, ""));
  const known = name === bare(bound) || isLoopback(name) || name.endsWith(".localhost") || (!loopback && isIP(name) !== 0);
  const target = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(request.raw.url ?? "")?.[1]; // absolute form: it is the host that counts
  if (hosts.length === 1 && (target === undefined || target === hosts[0]) && (known || allowedHosts.some((one) => matches(one, name)))) return;
  throw new InkstoneError("E_HOST", { host: hosts.join(", ") });
}

// "*.example.com" is every name below it; "*" is every name.
function matches(pattern: string, name: string): boolean {
  const wanted = pattern.toLowerCase();
  return wanted === "*" || wanted === name || (wanted.startsWith("*.") && name.endsWith(wanted.slice(1)));
}

function headersOf(request: FastifyRequest, wanted: string): string[] {
  const { rawHeaders } = request.raw;
  const found: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i].toLowerCase() === wanted) found.push(rawHeaders[i + 1]);
  return found;
}

// Browsers say where a script comes from. Our own page may call; on a loopback address other pages of this machine (a development server that passes calls on), which
// can read no answer of a browser's own call without being allowed; and those that are allowed, with the headers that let them read.
function checkOrigin(request: FastifyRequest, reply: FastifyReply, { allowedOrigins }: GateOptions, loopback: boolean): void {
  const { origin, host } = request.headers;
  if (origin === undefined) return;
  if (allowedOrigins.includes("*") || allowedOrigins.includes(origin)) {
    reply.headers({ "access-control-allow-origin": origin, vary: "origin", "access-control-expose-headers": "x-request-id, retry-after" });
    reply.header("cross-origin-resource-policy", "cross-origin");
    return;
  }
  const from = URL.canParse(origin) ? new URL(origin) : undefined;
  if (from !== undefined && (from.host === host?.toLowerCase() || (loopback && isLoopback(bare(from.hostname))))) return;
  throw new InkstoneError("E_ORIGIN", { origin });
}

// What is asked for is allowed by name: OpenAI's and Anthropic's clients send a dozen headers of their own (x-stainless-os …), and a list of them is never whole.
function preflight({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const wanted = String(headers["access-control-request-headers"] ?? "").toLowerCase();
  const names = wanted
    .slice(0, 4096)
    .split(",")
    .map((name) => name.trim());
  if (headers["access-control-request-private-network"] === "true") reply.header("access-control-allow-private-network", "true");
  return reply
    .code(204)
    .headers({
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
      "access-control-allow-headers": names.filter((name) => /^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)).join(", "),
      "access-control-max-age": "600",
    })
    .send();
}

function checkEncoding(request: FastifyRequest): void {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") throw new InkstoneError("E_BODY_ENCODING", { got: encoding });
}
