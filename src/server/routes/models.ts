// GET /v1/models, GET /v1/models/NAME, GET /v1/limits: what is served, and within which limits.
import type { FastifyInstance, FastifyRequest } from "fastify";
import { InkstoneError } from "../../core/index.ts";
import { schemaLimits, toolLimits } from "../../generate/index.ts";
import { catalogue } from "../../hub/index.ts";
import { templateLimits } from "../../text/index.ts";
import type { ServerContext } from "../context.ts";
import type { ServedStatus } from "../served/entry.ts";

/** Adds the routes. */
export function addModelRoutes(app: FastifyInstance, context: ServerContext): void {
  const { served, access, limits, sampling } = context;
  const tags = ["OpenAI"];
  app.get("/v1/models", { schema: { summary: "What is served", tags } }, async (request) => {
    const all = served.list();
    const open = access.opened(
      request,
      all.map(({ name }) => name),
    );
    return { object: "list", data: all.filter(({ name }) => open.includes(name)).map((one) => describe(one, request, context)) };
  });
  app.get<{ Params: { "*": string } }>("/v1/models/*", { schema: { summary: "One of what is served", tags } }, async (request) => {
    const name = request.params["*"];
    const all = served.list();
    const found = all.find((one) => one.name === name);
    if (found !== undefined && access.opened(request, [name]).length > 0) return describe(found, request, context);
    const known = access.opened(request, [...new Set(all.map((one) => one.name))]).join(", ");
    throw Object.assign(new InkstoneError("E_SERVED_MODEL", { model: name.slice(0, 200), served: known }), { param: "model" });
  });
  app.get(
    "/v1/limits",
    { schema: { summary: "The limits of this server, and how it samples where nothing is said", tags: ["Operation"] } },
    async () => {
      const { contextLength } = (served.list().find(({ kind }) => kind === "chat")?.information ?? {}) as { contextLength?: number };
      return { ...limits, contextLength, answers: limits.choices, sampling, template: templateLimits, schema: schemaLimits, tools: toolLimits };
    },
  );
}

// OpenAI's four fields; everything of our own under one name.
function describe({ name, kind, state, created, parent, information }: ServedStatus, request: FastifyRequest, { adapters }: ServerContext): object {
  const own = kind === "chat" ? adapters.list(request).find(({ model }) => model === name) : undefined;
  const languages = catalogue.find((entry) => entry.name === (parent ?? name))?.languages;
  const left = new Set(["name", "loadMs", "tier", "threads", "chatTemplate", "bosToken", "eosToken"]); // the last three: /props
  const facts = Object.fromEntries(Object.entries(information ?? {}).filter(([fact]) => !left.has(fact)));
  return {
    id: name,
    object: "model",
    created,
    owned_by: "inkstone",
    inkstone: {
      kind,
      state,
      parent,
      languages,
      ...facts,
      ...(own === undefined ? {} : { tunable: true, adapters: own.adapters, adapter: own.active || null }),
    },
  };
}
