// GET /props and /slots: what a model is and how busy it is, in llama-server's shapes. Knows no bodies.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { InkstoneError } from "../../core/index.ts";
import type { GeneratorInformation } from "../../generate/index.ts";
import type { ServerContext } from "../context.ts";
import { Seat } from "../generation/seat.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";

const name = z.string().min(1).max(4096).optional();
const props = z.strictObject({ model: name });
const slots = z.strictObject({ model: name, fail_on_no_slot: z.string().max(16).optional() });

/** Adds the routes. */
export function addPropsRoutes(app: FastifyInstance, context: ServerContext): void {
  const { limits, line, sampling, served, access } = context;
  const tags = ["Operation"];
  const busyOf = ({ name: own, parent = own }: { readonly name: string; readonly parent?: string }) =>
    Math.min(limits.concurrent, line(`chat/${parent}`).inside);
  const found = (request: FastifyRequest, model: string | undefined) => {
    const one = served.find("chat", model);
    access.model(request, one.name);
    return one;
  };
  // One that nobody has used yet is opened: what it is stands in its file.
  const informationOf = (request: FastifyRequest, reply: FastifyReply, model: string | undefined): Promise<GeneratorInformation> => {
    const { information } = found(request, model);
    if (information !== undefined) return Promise.resolve(information as GeneratorInformation);
    return new Seat(context, "chat", request, reply, model === undefined ? {} : { model }).whole(async (generator) => generator.information);
  };

  app.get("/props", { schema: { summary: "What a model is", tags, querystring: jsonSchema(props) } }, async (request, reply) => {
    const { model } = checked(props, request.query);
    const one = found(request, model);
    const { chatTemplate = "", bosToken = "", eosToken = "", contextLength, precision } = await informationOf(request, reply, model);
    const params = {
      seed: -1,
      temperature: sampling.temperature,
      top_p: sampling.topP,
      top_k: 0,
      min_p: 0,
      repeat_penalty: 1,
      n_predict: -1,
      stop: [],
    };
    return {
      default_generation_settings: { id: 0, n_ctx: contextLength, speculative: false, is_processing: busyOf(one) > 0, params },
      total_slots: limits.concurrent,
      model_alias: one.name,
      model_path: one.name, // where it lies is the operator's to know
      chat_template: chatTemplate,
      bos_token: bosToken,
      eos_token: eosToken,
      modalities: { vision: false, audio: false },
      build_info: "inkstone",
      inkstone: { precision },
    };
  });
  app.get("/slots", { schema: { summary: "How busy a model is", tags, querystring: jsonSchema(slots) } }, async (request, reply) => {
    const { model, fail_on_no_slot } = checked(slots, request.query);
    const one = found(request, model);
    const busy = busyOf(one);
    if (fail_on_no_slot !== undefined && busy >= limits.concurrent)
      throw new InkstoneError("E_QUEUE", { waiting: line(`chat/${one.parent ?? one.name}`).waiting, limit: limits.waiting });
    const { contextLength } = await informationOf(request, reply, model);
    return Array.from({ length: limits.concurrent }, (_, id) => ({ id, n_ctx: contextLength, speculative: false, is_processing: id < busy }));
  });
}
