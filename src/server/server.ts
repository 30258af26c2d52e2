// createServer: fastify with our limits, gate, parsers and routes around one generator. Knows no model files and no terminal.
import type { AddressInfo, Socket } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { InkstoneError } from "../core/index.ts";
import type { TextGenerator } from "../generate/index.ts";
import { Calls } from "./calls.ts";
import { Classifiers } from "./classifiers/store.ts";
import type { ServerContext } from "./context.ts";
import { envelope } from "./errors.ts";
import { addGate, requestId, securityHeaders } from "./gate.ts";
import { parseJson } from "./json.ts";
import { defaultLimits, type ServerLimits } from "./limits.ts";
import { addChatRoute } from "./routes/chat.ts";
import { addClassifierRoutes } from "./routes/classifiers.ts";
import { addClassifyRoute } from "./routes/classify.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { addModelRoutes } from "./routes/models.ts";
import { addPageRoutes } from "./routes/page.ts";
import { sendError } from "./send-error.ts";
import { Turnstile } from "./turnstile.ts";

/** How to serve. */
export interface ServerOptions {
  /** What answers. It is not closed with the server. */
  readonly generator: TextGenerator;
  /** Default 127.0.0.1: this machine only. */
  readonly host?: string;
  /** Default 11435; 0 takes any free one. */
  readonly port?: number;
  readonly limits?: Partial<ServerLimits>;
  /** Milliseconds that running answers get when the server is stopped. Default 30,000. */
  readonly graceMs?: number;
  /** Saved text classifiers to serve, each under the name of its file (letters, digits, hyphens). */
  readonly classifiers?: readonly string[];
  /** Folder of the built page. Default: the package's own. */
  readonly page?: string;
}

/** A server. */
export interface RunningServer {
  /** Starts to listen; returns the address, such as http://127.0.0.1:11435. Errors: those of the system (EADDRINUSE, …). */
  listen(): Promise<string>;
  /**
   * Takes no new work, lets running answers finish within the grace (`now`: none), then closes. Cut streams get an error event.
   *
   * @returns whether every answer could finish.
   */
  stop(options?: { readonly now?: boolean }): Promise<boolean>;
}

/**
 * Makes a server around a generator. Errors: those of `TextClassifier.load` for `classifiers`, E_OPTION for two of one name.
 *
 * @example
 * const generator = await LanguageModel.open("model.gguf");
 * const server = await createServer({ generator, port: 0 });
 * await server.listen(); // "http://127.0.0.1:…"
 * await server.stop();
 * await generator.close();
 */
export async function createServer(options: ServerOptions): Promise<RunningServer> {
  const limits: ServerLimits = { ...defaultLimits, ...options.limits };
  const host = options.host ?? "127.0.0.1";
  let stopping = false;
  const app = instance(limits);
  const context: ServerContext = {
    generator: options.generator,
    limits,
    calls: new Calls(),
    turnstile: new Turnstile(limits.concurrent, limits.waiting),
    classifiers: await openClassifiers(options.classifiers ?? [], limits),
    created: Math.floor(Date.now() / 1000),
    isStopping: () => stopping,
  };
  addGate(app, { host, limits, isStopping: context.isStopping });
  addParser(app, limits);
  addRefusals(app, limits);
  addHealthRoutes(app, context);
  addModelRoutes(app, context);
  addChatRoute(app, context);
  await addClassifierRoutes(app, context);
  addClassifyRoute(app, context);
  app.addHook("onClose", () => context.classifiers.close());
  await addPageRoutes(app, options.page);
  const end = stopper(app, context, options.graceMs ?? 30_000);
  return {
    listen: async () => {
      await app.listen({ host, port: options.port ?? 11435 });
      const { address, port, family } = app.server.address() as AddressInfo;
      return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
    },
    stop: ({ now = false } = {}) => {
      stopping = true;
      return end(now);
    },
  };
}

async function openClassifiers(files: readonly string[], limits: ServerLimits): Promise<Classifiers> {
  const classifiers = new Classifiers(limits.classifiers);
  try {
    for (const file of files) await classifiers.open(file);
  } catch (error) {
    await classifiers.close();
    throw error;
  }
  return classifiers;
}

function instance(limits: ServerLimits): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    genReqId: requestId,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false, caseSensitive: true },
    http: { maxHeaderSize: limits.headerBytes, headersTimeout: limits.headersMs, connectionsCheckingInterval: Math.min(1000, limits.headersMs / 4) },
    clientErrorHandler: (error, socket) => refuseRaw(error, socket, limits),
    frameworkErrors: (error, request, reply) => void sendError(request, reply.headers(securityHeaders), error, limits.bodyBytes),
  });
  app.server.maxHeadersCount = 0; // counted by the gate instead: Node would drop the surplus in silence
  return app;
}

// What is no request at all has no reply object: the answer is written to the socket.
function refuseRaw(error: NodeJS.ErrnoException, socket: Socket, limits: ServerLimits): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = envelope(rawError(error, limits), "en");
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}

function rawError(error: NodeJS.ErrnoException, limits: ServerLimits): InkstoneError {
  if (error.code === "HPE_HEADER_OVERFLOW") return new InkstoneError("E_HEADERS_SIZE", { limit: limits.headerBytes });
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return new InkstoneError("E_HTTP_TIMEOUT", { seconds: limits.requestMs / 1000 });
  return new InkstoneError("E_HTTP", { why: error.code ?? "malformed" });
}

function addParser(app: FastifyInstance, limits: ServerLimits): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i, { parseAs: "buffer" }, async (_request: unknown, body: Buffer) =>
    parseJson(body, limits.jsonDepth),
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
  app.setErrorHandler((error, request, reply) => sendError(request, reply, error, limits.bodyBytes));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0];
    const allowed = methodsOf(path);
    if (allowed.length === 0 || allowed.includes(request.method))
      return sendError(request, reply, new InkstoneError("E_ROUTE", { method: request.method, path: path.slice(0, 200) }), limits.bodyBytes);
    const list = allowed.join(", ");
    return sendError(
      request,
      reply.header("allow", list),
      new InkstoneError("E_METHOD", { method: request.method, allowed: list }),
      limits.bodyBytes,
    );
  });
}

// An address and the pattern of a route: ":id" stands for one part, "*" is not looked at.
function matches(url: string, path: string): boolean {
  const [parts, wanted] = [path.split("/"), url.split("/")];
  return parts.length === wanted.length && wanted.every((part, i) => part === parts[i] || (part.startsWith(":") && parts[i] !== ""));
}

function stopper(app: FastifyInstance, { calls }: ServerContext, graceMs: number): (now: boolean) => Promise<boolean> {
  let ended: Promise<boolean> | undefined;
  let clean = true;
  const cut = () => {
    if (calls.count === 0) return;
    clean = false;
    calls.endAll("stopping");
    setTimeout(() => app.server.closeAllConnections(), 500).unref(); // a reader that does not take its error event does not hold the exit
  };
  return (now) => {
    if (now) cut();
    ended ??= (async () => {
      const clock = setTimeout(cut, graceMs);
      await calls.idle();
      clearTimeout(clock);
      await app.close();
      return clean;
    })();
    return ended.then(() => clean);
  };
}
