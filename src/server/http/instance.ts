// A fastify instance with our limits, parser, refusals and log: everything that every route shares and no route decides. Knows no routes.
import type { Socket } from "node:net";
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import { InkstoneError, meant, type Phrase } from "../../core/index.ts";
import type { ServerLimits } from "../limits.ts";
import { envelope } from "./errors.ts";
import { requestId, securityHeaders } from "./gate.ts";
import { parseJson } from "./json.ts";
import { sendError } from "./send-error.ts";

/** Makes an instance. */
export function makeInstance(limits: ServerLimits, log: FastifyBaseLogger): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    genReqId: requestId,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    exposeHeadRoutes: true,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false, caseSensitive: true },
    http: { maxHeaderSize: limits.headerBytes, headersTimeout: limits.headersMs, connectionsCheckingInterval: Math.min(1000, limits.headersMs / 4) },
    clientErrorHandler: (error, socket) => refuseRaw(error, socket, limits),
    frameworkErrors: (error, request, reply) => void sendError(request, reply.headers(securityHeaders), error, limits.bodyBytes),
  });
  app.server.maxHeadersCount = 0; // counted by the gate instead: Node would drop the surplus in silence
  app.setValidatorCompiler(() => () => true); // bodies are checked by their schemas in the routes, which tell what is wrong in our words
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  addParser(app, limits);
  addRefusals(app, limits);
  return app;
}

// What is no request at all has no reply object: the answer is written to the socket, which is then destroyed, whether its client closes its side or not.
function refuseRaw(error: NodeJS.ErrnoException, socket: Socket, limits: ServerLimits): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = envelope(rawError(error, limits), "en");
  const text = JSON.stringify(body);
  socket.write(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
  socket.destroySoon();
}

function rawError(error: NodeJS.ErrnoException, limits: ServerLimits): InkstoneError {
  if (error.code === "HPE_HEADER_OVERFLOW") return new InkstoneError("E_HEADERS_SIZE", { limit: limits.headerBytes });
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT")
    return new InkstoneError("E_HTTP_TIMEOUT", { headers: limits.headersMs / 1000, seconds: limits.requestMs / 1000 });
  return new InkstoneError("E_HTTP", { why: error.code === undefined ? { en: "it is malformed", zh: "格式有误" } : [error.code] });
}

function addParser(app: FastifyInstance, limits: ServerLimits): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^application\/json\s*(?:;\s*charset="?utf-?8"?\s*)?$/i, { parseAs: "buffer" }, async (_request: unknown, body: Buffer) =>
    parseJson(body, { depth: limits.jsonDepth, elements: limits.jsonElements }),
  );
}

function addRefusals(app: FastifyInstance, limits: ServerLimits): void {
  const methods = new Map<string, Set<string>>();
  const methodsOf = (path: string) => [...methods].filter(([url]) => matches(url, path)).flatMap(([, known]) => [...known]);
  app.addHook("onRoute", ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    methods.set(url, known);
  });
  app.setErrorHandler((error, request, reply) => sendError(request, reply, error, request.routeOptions.bodyLimit ?? limits.bodyBytes));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0];
    const allowed = methodsOf(path);
    if (allowed.length === 0 || allowed.includes(request.method))
      return sendError(request, reply, noRoute(request.method, path, methods), limits.bodyBytes);
    const list = allowed.join(", ");
    return sendError(
      request,
      reply.header("allow", list),
      new InkstoneError("E_METHOD", { method: request.method, allowed: list }),
      limits.bodyBytes,
    );
  });
}

// The route that was meant is one that ends as the address does, or that few letters lead to.
function noRoute(method: string, path: string, methods: ReadonlyMap<string, ReadonlySet<string>>): InkstoneError {
  const known = [...methods].filter(([url, all]) => all.has(method) && url.length > 3 && !/[:*]|\/$/.test(url)).map(([url]) => url);
  known.sort((a, b) => a.length - b.length);
  const asked = path.replace(/\/+$/, "").replaceAll(/\/{2,}/g, "/");
  const nearest = known.find((url) => asked.endsWith(url)) ?? (asked.length > 3 ? known.find((url) => url.endsWith(asked)) : undefined);
  const name = nearest ?? meant(asked.slice(0, 100), known);
  const remedy: Phrase =
    name === undefined
      ? { en: "GET /v1/models and POST /v1/chat/completions are the usual ones.", zh: "常用的是 GET /v1/models 和 POST /v1/chat/completions。" }
      : { en: `Did you mean ${method} ${name}?`, zh: `您是指 ${method} ${name} 吗？` };
  return new InkstoneError("E_ROUTE", { method, path: path.slice(0, 200), remedy });
}

// An address and the pattern of a route: ":id" stands for one part, "*" is not looked at.
function matches(url: string, path: string): boolean {
  const [parts, wanted] = [path.split("/"), url.split("/")];
  return parts.length === wanted.length && wanted.every((part, i) => part === parts[i] || (part.startsWith(":") && parts[i] !== ""));
}
