// GET /v1/models, GET /v1/models/NAME, GET /v1/limits: what is served, and within which limits.
import type { FastifyInstance } from "fastify";
import { InkstoneError } from "../../core/index.ts";
import { catalogue, parseReference } from "../../hub/index.ts";
import { templateLimits } from "../../text/index.ts";
import type { ServerContext } from "../context.ts";

/** Adds the routes. */
export function addModelRoutes(app: FastifyInstance, context: ServerContext): void {
  app.get("/v1/models", async () => ({ object: "list", data: [describe(context)] }));
  app.get<{ Params: { "*": string } }>("/v1/models/*", async (request) => {
    refuseOtherModel(request.params["*"], context);
    return describe(context);
  });
  const { contextLength } = context.generator.information;
  app.get("/v1/limits", async () => ({ ...context.limits, contextLength, answers: 1, template: templateLimits }));
}

/**
 * Errors: E_SERVED_MODEL for a model that is not served, E_MODEL_NAME for what can be no name. No file is looked for.
 */
export function refuseOtherModel(model: string, { generator }: ServerContext): void {
  const served = generator.information.name;
  if (model === served) return;
  try {
    parseReference(model, { allowPaths: false });
  } catch (error) {
    if (error instanceof InkstoneError && error.code === "E_MODEL_NAME") throw Object.assign(error, { param: "model" });
  }
  throw Object.assign(new InkstoneError("E_SERVED_MODEL", { model, served }), { param: "model" });
}

// OpenAI's four fields; everything of our own under one name.
function describe({ generator, created }: ServerContext): object {
  const { name, architecture, parameters, contextLength, vocabularySize, precision, executor } = generator.information;
  const languages = catalogue.find((entry) => entry.name === name)?.languages;
  return {
    id: name,
    object: "model",
    created,
    owned_by: "inkstone",
    inkstone: { architecture, parameters, languages, contextLength, vocabularySize, precision, executor },
  };
}
