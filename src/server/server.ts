// createServer: fastify with our limits, gate, keys, log and routes around what is served. Knows no model files and no terminal.
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { SupportService } from "../apps/index.ts";
import { InkstoneError } from "../core/index.ts";
import type { TextGenerator } from "../generate/index.ts";
import type { Store } from "../store/index.ts";
import { Files } from "./batches/files.ts";
import type { JobWorker } from "./batches/job-worker.ts";
import { batchWorker } from "./batches/worker.ts";
import { Classifiers } from "./classifiers/store.ts";
import type { ServerContext } from "./context.ts";
import { Evaluations } from "./evaluations/evaluations.ts";
import { Access } from "./http/access.ts";
import { Calls } from "./http/calls.ts";
import { Counters } from "./http/counters.ts";
import { addGate, isLoopback } from "./http/gate.ts";
import { makeInstance } from "./http/instance.ts";
import { addRequestLog, makeLog } from "./http/log.ts";
import type { LogOptions } from "./http/log-options.ts";
import { Sockets } from "./http/sockets.ts";
import { stopper } from "./http/stopper.ts";
import { Turnstile } from "./http/turnstile.ts";
import { defaultLimits, type ServerLimits } from "./limits.ts";
import { addRoutes } from "./routes/index.ts";
import { pageFiles } from "./routes/page.ts";
import { Runs } from "./runs/runs.ts";
import type { SamplingDefaults } from "./sampling-defaults.ts";
import { Adapters } from "./served/adapters.ts";
import type { ServedEntry } from "./served/entry.ts";
import { Registry } from "./served/registry.ts";
import type { TuningOptions } from "./tuning/options.ts";
import { Tuner } from "./tuning/tuner.ts";

/** How to serve. */
export interface ServerOptions {
  /** What answers chats where no other model is named. It is not closed with the server. */
  readonly generator?: TextGenerator;
  /** Everything else that is served: opened when it is first wanted, closed when nobody wants it. */
  readonly served?: readonly ServedEntry[];
  /** Default 127.0.0.1: this machine only. Any other address needs `store` with a key in it. */
  readonly host?: string;
  /** Default 11435; 0 takes any free one. */
  readonly port?: number;
  /** Names by which it may be called beside its own address (of a proxy, of a container); `*.example.com` is every name below, `*` every name. */
  readonly allowedHosts?: readonly string[];
  /** Origins of pages that may call it from a browser; `*` is every page. */
  readonly allowedOrigins?: readonly string[];
  readonly limits?: Partial<ServerLimits>;
  /** Milliseconds that running answers get when the server is stopped. Default 30,000. */
  readonly graceMs?: number;
  /** Saved text classifiers to serve, each under the name of its file (letters, digits, hyphens). */
  readonly classifiers?: readonly string[];
  /** Folder of the built page. Default: the package's own. */
  readonly page?: string;
  /** How answers are drawn where a request says no temperature. Default: 0.8, with top-p 0.95. */
  readonly sampling?: Partial<SamplingDefaults>;
  /** Customer service to serve, each under its name. */
  readonly support?: Readonly<Record<string, SupportService>>;
  /** Keys, jobs and whatever else outlives the process. It is not closed with the server. */
  readonly store?: Store;
  /** Whether keys of the store are asked for. Default: where the address is not this machine's alone. */
  readonly keys?: boolean;
  /** Folder of trainings that are shown, and where new ones are begun. Default: none. */
  readonly runs?: string;
  /** Folders whose files trainings may name, beside the data folder and `runs`. Requests with a key name none. */
  readonly trainingData?: readonly string[];
  /** Where fine-tunings over HTTP are kept, of every served model that has `tune`; needs `store`. Default: none can be asked for. */
  readonly tuning?: TuningOptions;
  /** How a model of the catalogue that was pulled over HTTP is served from then on. Default: it is not. */
  readonly pulled?: (reference: string) => ServedEntry | undefined;
  /** Default: errors, to standard error. */
  readonly log?: LogOptions;
}

/** A server. */
export interface RunningServer {
  /** Starts to listen; returns the address, such as http://127.0.0.1:11435. Errors: those of the system (EADDRINUSE, …). */
  listen(): Promise<string>;
  /**
   * Takes no new work, lets running answers finish within the grace (`now`: none), then closes, whatever connections are open. Cut streams get an error event.
   *
   * @returns whether every answer could finish.
   */
  stop(options?: { readonly now?: boolean }): Promise<boolean>;
}

/**
 * Makes a server around a generator, and whatever else is served. Errors: those of `TextClassifier.load` for `classifiers`, E_OPTION for two of one name,
 * E_KEYS_NEEDED for an address of the network without a key.
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
  const { host = "127.0.0.1", port = 11435, allowedHosts = [], allowedOrigins = [], store, graceMs = 30_000 } = options;
  const access = await accessOf(options, host);
  let stopping = false;
  const app = makeInstance(limits, makeLog(options.log ?? {}));
  const served = new Registry();
  const adapters = new Adapters({ store, served, access });
  await serveAll(options, served, adapters);
  const files = store && new Files(store, limits.files);
  const context: ServerContext = {
    served,
    adapters,
    evaluations: new Evaluations(store),
    sampling: { temperature: 0.8, topP: 0.95, ...options.sampling },
    limits,
    calls: new Calls(),
    line: lines(limits),
    classifiers: await openClassifiers(options.classifiers ?? [], limits),
    access,
    counters: new Counters(),
    store,
    files,
    wakeBatches: () => batches?.wake(),
    support: new Map(Object.entries(options.support ?? {})),
    runs: options.runs === undefined ? undefined : new Runs(options.runs),
    readable: options.trainingData ?? [],
    tuner: options.tuning && store && files && new Tuner({ ...options.tuning, store, files, served, adapters }),
    pulled: options.pulled ?? (() => undefined),
    isStopping: () => stopping,
  };
  const batches = batchesOf(app, context);
  const sockets = new Sockets(app.server);
  const page = await pageFiles(options.page);
  addGate(app, { host, allowedHosts, allowedOrigins, limits, isStopping: context.isStopping });
  access.guard(app, new Set(page.map(({ path }) => path)));
  adapters.follow(app);
  addRequestLog(app);
  context.counters.watch(app);
  await addRoutes(app, context, page);
  app.addHook("onClose", async () => {
    await context.classifiers.close();
    await context.runs?.close();
    await context.evaluations.close();
    await context.served.close();
  });
  const end = stopper(app, { calls: context.calls, sockets }, graceMs);
  return {
    listen: async () => {
      const address = await listen(app, host, port);
      batches?.start();
      await context.tuner?.start();
      return address;
    },
    stop: async ({ now = false } = {}) => {
      stopping = true;
      const given = Promise.all([batches?.stop(), context.tuner?.worker.stop()]);
      const clean = await end(now);
      await given;
      return clean;
    },
  };
}

async function listen(app: FastifyInstance, host: string, wanted: number): Promise<string> {
  await app.listen({ host, port: wanted });
  const { address, port, family } = app.server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

// Lines of batches go through the routes of this server as their owners' requests: the same checks, limits and turns.
function batchesOf(app: FastifyInstance, { store, files, access, limits }: ServerContext): JobWorker | undefined {
  if (store === undefined || files === undefined) return undefined;
  const send = async (owner: string, url: string, payload: object) => {
    const headers = { ...access.headersFor(owner), "content-type": "application/json" };
    const { statusCode: status, body } = await app.inject({ method: "POST", url, headers, payload: JSON.stringify(payload) });
    return { status, body: JSON.parse(body) as unknown };
  };
  return batchWorker({ store, files, send, lines: Math.max(1, limits.concurrent >> 1) });
}

async function serveAll({ generator, served = [] }: ServerOptions, registry: Registry, adapters: Adapters): Promise<void> {
  if (generator !== undefined)
    registry.add({
      kind: "chat",
      name: generator.information.name,
      open: async () => generator,
      opened: generator,
      keepAliveMs: Number.POSITIVE_INFINITY,
      borrowed: true,
    });
  for (const entry of served) await adapters.serve(entry);
}

async function accessOf({ store, keys }: ServerOptions, host: string): Promise<Access> {
  const wanted = keys ?? !isLoopback(host);
  if (!wanted) return new Access(undefined);
  const usable = (await store?.keys.list())?.some(({ revoked }) => revoked === undefined) ?? false;
  if (store === undefined || !usable) throw new InkstoneError("E_KEYS_NEEDED", { host });
  return new Access(store.keys);
}

// One line before each served thing: a chat waits for no classification, a model for no other.
function lines({ concurrent, waiting, ofOneKey }: ServerLimits): (name: string) => Turnstile {
  const known = new Map<string, Turnstile>();
  return (name) => {
    const line = known.get(name) ?? new Turnstile(concurrent, waiting, ofOneKey);
    known.set(name, line);
    return line;
  };
}

async function openClassifiers(files: readonly string[], limits: ServerLimits): Promise<Classifiers> {
  const classifiers = new Classifiers(limits);
  try {
    for (const file of files) await classifiers.open(file);
  } catch (error) {
    await classifiers.close();
    throw error;
  }
  return classifiers;
}
