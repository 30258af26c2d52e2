// /v1/adapters…: what fine-tuning gave, put into a served model while it answers; which one answers where a request names none, and the way back.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InkstoneError } from "../../../core/index.ts";
import type { ServerContext } from "../../context.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";

const model = z.string().min(1).max(4096);
const name = z.string().min(1).max(256);
const put = z.strictObject({ run: z.string().min(1).max(64), model: model.nullish(), use: z.boolean().nullish() });
const choice = z.strictObject({ model, adapter: name.nullable() });
const query = z.strictObject({ model });

/** Adds the routes. */
export function addAdapterRoutes(app: FastifyInstance, context: ServerContext): void {
  const { adapters, access, served, runs } = context;
  const tags = ["Training"];
  app.get("/v1/adapters", { schema: { summary: "Adapters of served models, and which of them answers", tags } }, async (request) => ({
    object: "list",
    data: adapters.list(request),
  }));
  app.post(
    "/v1/adapters",
    { schema: { summary: "Puts what a fine-tuning gave into its model, which goes on answering", tags, body: jsonSchema(put) } },
    async (request) => {
      const { run, model: wanted, use } = checked(put, request.body);
      if (runs === undefined) throw new InkstoneError("E_SERVED_NONE", { kind: { en: "runs", zh: "训练运行" } });
      const { state, result, model: base = "" } = await runs.show(run);
      if (state !== "finished" || result !== "adapter") throw notReady(run, result);
      const into = wanted ?? served.tunedBy(base) ?? base;
      access.model(request, into);
      const owner = access.owner(request);
      const { active: before } = adapters.of(into, owner);
      await adapters.add(into, run, await runs.path(run));
      if (use !== false) await adapters.use(into, run, owner);
      return { ...adapters.of(into, owner), before };
    },
  );
  app.post(
    "/v1/adapters/use",
    { schema: { summary: "Says which adapter answers where a request names none; null: the model as it is", tags, body: jsonSchema(choice) } },
    async (request) => {
      const { model: of, adapter } = checked(choice, request.body);
      access.model(request, of);
      const owner = access.owner(request);
      const { active: before } = adapters.of(of, owner);
      await adapters.use(of, adapter ?? "", owner);
      return { ...adapters.of(of, owner), before };
    },
  );
  app.delete<{ Params: { name: string } }>(
    "/v1/adapters/:name",
    { schema: { summary: "Takes an adapter out of a model (?model=)", tags } },
    async (request) => {
      const { model: of } = checked(query, request.query);
      access.model(request, of);
      const owner = access.owner(request);
      await adapters.remove(of, request.params.name, owner);
      return adapters.of(of, owner);
    },
  );
}

function notReady(run: string, result: "adapter" | "model" | undefined): InkstoneError {
  const why =
    result === "model"
      ? { en: "it is a whole model, which is served as one", zh: "它是完整模型，请作为模型提供服务" }
      : { en: "its fine-tuning has not ended", zh: "其微调尚未结束" };
  return new InkstoneError("E_ADAPTER", { adapter: run, why });
}
