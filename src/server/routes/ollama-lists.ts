// What is served, in Ollama's shapes: /api/tags, /api/ps, /api/show, /api/version. Knows no answers.
import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { InkstoneError } from "../../core/index.ts";
import type { ModelInformation } from "../../generate/index.ts";
import type { ServerContext } from "../context.ts";
import { only } from "../generation/neutral.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";
import type { ServedStatus } from "../served/entry.ts";

/** The version of Ollama's interface that these shapes follow. */
const VERSION = "0.6.4";
/** What stays open is said to be so until the last day that its clients can write. */
const NEVER = 253_402_300_799_000;

// Of a chat model everything is known, of other kinds next to nothing.
const facts = ({ information }: ServedStatus): Partial<ModelInformation> => (information ?? {}) as Partial<ModelInformation>;

/** "name:latest" is what clients make of a name without a tag. */
export function ollamaName(wanted: string, { served }: ServerContext): string {
  const plain = wanted.replace(/:latest$/, "");
  return plain !== wanted && !served.list().some(({ name }) => name === wanted) ? plain : wanted;
}

/** Adds the routes; `shared`: how this family tells errors, and its heading. */
export function addOllamaLists(app: FastifyInstance, context: ServerContext, { config, tags }: { config: object; tags: string[] }): void {
  const { served, access } = context;
  const open = (request: FastifyRequest) => {
    const all = served.list();
    const names = access.opened(
      request,
      all.map(({ name }) => name),
    );
    return all.filter(({ name }) => names.includes(name));
  };
  app.get("/api/version", { config, schema: { summary: "The version of the interface", tags } }, async () => ({ version: VERSION }));
  app.get("/api/tags", { config, schema: { summary: "What is served", tags } }, async (request) => ({ models: open(request).map(listed) }));
  app.get("/api/ps", { config, schema: { summary: "What is open", tags } }, async (request) => ({
    models: open(request)
      .filter(({ state, parent }) => state === "open" && parent === undefined) // an adapter is in its model
      .map((one) => ({
        ...listed(one),
        expires_at: new Date(one.expires ?? NEVER).toISOString(),
        size_vram: 0,
        context_length: facts(one).contextLength,
        users: one.users,
        kind: one.kind,
      })),
  }));
  const show = z.strictObject({
    model: z.string().min(1).max(4096).nullish(),
    name: z.string().min(1).max(4096).nullish(), // as it was called
    verbose: z.boolean().nullish(),
    system: only(""),
    template: only(""),
    options: only({}),
  });
  app.post("/api/show", { config, schema: { summary: "What is known of a model", tags, body: jsonSchema(show) } }, async (request) => {
    const { model, name: before } = checked(show, request.body);
    const given = model ?? before;
    if (given == null) throw new InkstoneError("E_FIELD", { field: "model", why: { en: "it is missing", zh: "缺失" } });
    const wanted = ollamaName(given, context);
    access.model(request, wanted);
    return shown(served.list().find(({ name }) => name === wanted) ?? served.find("chat", wanted));
  });
}

function shown(one: ServedStatus): object {
  const { architecture = "unknown", parameters, contextLength, vocabularySize, chatTemplate = "" } = facts(one);
  return {
    modelfile: `FROM ${one.name}\n`,
    parameters: "",
    template: chatTemplate, // the model's own, in Jinja
    details: listed(one).details,
    model_info: {
      "general.architecture": architecture,
      "general.basename": one.name,
      "general.parameter_count": parameters,
      [`${architecture}.context_length`]: contextLength,
      [`${architecture}.vocab_size`]: vocabularySize,
    },
    capabilities: capabilities(one),
    modified_at: new Date(one.created * 1000).toISOString(),
  };
}

// Tools are told to a model in words where its template has none.
function capabilities(one: ServedStatus): string[] {
  if (one.kind === "embeddings") return ["embedding"];
  if (one.kind !== "chat") return [];
  const { chatTemplate } = facts(one);
  if (one.information !== undefined && chatTemplate === undefined) return ["completion"];
  return ["completion", "tools", ...(chatTemplate !== undefined && /\benable_thinking\b/.test(chatTemplate) ? ["thinking"] : [])];
}

/**
 * How many parameters a model has, as people say it.
 *
 * @example
 * sizeOf(134_515_008); // "134.52M"
 * sizeOf(7_615_616_512); // "7.6B"
 */
export function sizeOf(parameters: number): string {
  if (parameters >= 1e9) return `${(parameters / 1e9).toFixed(1)}B`;
  return parameters >= 1e6 ? `${(parameters / 1e6).toFixed(2)}M` : `${(parameters / 1e3).toFixed(2)}K`;
}

function listed(one: ServedStatus): { readonly details: object; readonly [more: string]: unknown } {
  const { architecture, parameters, precision, quantization, bytes } = facts(one);
  const details = {
    parent_model: one.parent ?? "",
    format: "gguf",
    family: architecture ?? "",
    families: architecture === undefined ? null : [architecture],
    parameter_size: parameters === undefined ? "" : sizeOf(parameters),
    quantization_level: quantization ?? precision ?? "",
  };
  // Ollama's own client cuts the digest to twelve characters without a look at its length: where a file has none, the name has.
  const own = one.parent === undefined ? one.file?.sha256 : undefined;
  const digest =
    own ??
    createHash("sha256")
      .update(JSON.stringify([one.name, one.parent]))
      .digest("hex");
  return {
    name: one.name,
    model: one.name,
    modified_at: new Date(one.created * 1000).toISOString(),
    size: one.file?.bytes ?? bytes ?? 0,
    digest,
    details,
  };
}
