// GET /v1/store: models known by a short name, and which of them are here. POST /api/pull (Ollama's shape): one more is fetched, with its progress, and served from then on.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InkstoneError } from "../../core/index.ts";
import { catalogue, localPath, type ModelUse, type PullProgress, pullModel, useOf } from "../../hub/index.ts";
import type { ServerContext } from "../context.ts";
import { endingError } from "../http/calls.ts";
import { envelope, languageFor } from "../http/errors.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";
import type { ErrorShape } from "../http/send-error.ts";
import { sendStream } from "../http/sse.ts";

const lineHeaders = { "content-type": "application/x-ndjson; charset=utf-8", "cache-control": "no-store" } as const;
const shape: ErrorShape = ({ body: { error } }) => ({ error: `${error.message} ${error.hint}` });
const wireUses: Readonly<Record<ModelUse, string>> = {
  chat: "chat",
  embed: "embed",
  rerank: "rerank",
  speech: "transcribe",
  translation: "translate",
  words: "words",
};
const line = (value: object): string => `${JSON.stringify(value)}\n`;

/** Adds the routes. */
export function addStoreRoutes(app: FastifyInstance, context: ServerContext): void {
  const { served, access, limits, calls } = context;
  app.get("/v1/store", { schema: { summary: "Models known by a short name, and which of them are here", tags: ["Operation"] } }, async (request) => {
    const names = new Set(
      access.opened(
        request,
        served.list().map(({ name }) => name),
      ),
    );
    const models = await Promise.all(
      catalogue.map(async (entry) => ({
        name: entry.name,
        title: entry.title,
        bytes: entry.bytes,
        license: entry.license,
        languages: entry.languages,
        use: wireUses[useOf(entry)],
        stored: (await localPath(entry.name)) !== undefined,
        served: names.has(entry.name),
      })),
    );
    return { models };
  });
  const name = z.string().min(1).max(4096);
  const body = z.strictObject({ model: name.nullish(), name: name.nullish(), insecure: z.literal(false).nullish(), stream: z.boolean().nullish() });
  app.post(
    "/api/pull",
    { config: { errors: shape }, schema: { summary: "Fetches a model, and serves it", tags: ["Ollama"], body: jsonSchema(body) } },
    async (request, reply) => {
      const asked = checked(body, request.body);
      const wanted = catalogueName(asked.model ?? asked.name ?? "");
      access.model(request, wanted);
      const call = calls.begin(reply);
      const serve = async (): Promise<void> => {
        const entry = context.pulled(wanted);
        if (entry !== undefined && !served.names(entry.kind).includes(entry.name)) await context.adapters.serve(entry);
      };
      if (asked.stream === false) {
        await pullModel(wanted, { signal: call.signal }).catch((error: unknown) => {
          throw endingError(call) ?? error;
        });
        await serve();
        return { status: "success" };
      }
      async function* lines(): AsyncGenerator<string> {
        for await (const { phase, source, received, total } of progressOf(wanted, call.signal))
          yield line({ status: phase, source, completed: received, total });
        await serve();
        yield line({ status: "success" });
      }
      const language = languageFor(request.headers["accept-language"]);
      const tell = (error: unknown): string => line(shape(envelope(error, language)));
      return sendStream(reply, { call, events: lines(), tell, limits, headers: lineHeaders, filler: undefined });
    },
  );
}

// Only models whose digests are known: whoever may ask a server for an answer may not fill its disk with anything.
function catalogueName(wanted: string): string {
  const plain = wanted.replace(/:latest$/, "");
  const found = catalogue.find((entry) => entry.name === wanted || entry.name === plain);
  if (found === undefined) throw new InkstoneError("E_OPTION", { option: "model", value: wanted, allowed: catalogue.map((entry) => entry.name) });
  return found.name;
}

// What a pull tells, at most five times a second: the newest waits, what it replaces is not told.
async function* progressOf(model: string, signal: AbortSignal): AsyncGenerator<PullProgress> {
  let newest: PullProgress | undefined;
  let wake = (): void => undefined;
  let over = false;
  const pull = pullModel(model, {
    signal,
    onProgress: (progress) => {
      newest = progress;
      wake();
    },
  }).finally(() => {
    over = true;
    wake();
  });
  pull.catch(() => undefined);
  while (!over) {
    if (newest === undefined)
      await new Promise<void>((done) => {
        wake = done;
      });
    if (newest !== undefined) yield newest;
    newest = undefined;
    if (!over) await new Promise((done) => setTimeout(done, 200));
  }
  await pull;
}
