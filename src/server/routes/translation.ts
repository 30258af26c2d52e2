// POST /v1/translate: texts of one language into another, each with how sure the model was. Documents and checks are the application's.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ServerContext } from "../context.ts";
import { Seat } from "../generation/seat.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";

/** Adds the route. */
export function addTranslationRoute(app: FastifyInstance, context: ServerContext): void {
  const { inputs, inputCharacters } = context.limits;
  const text = z.string().min(1).max(inputCharacters);
  const language = z.string().min(2).max(16).nullish();
  const body = z.strictObject({
    model: z.string().min(1).max(4096).nullish(),
    input: z.union([text, z.array(text).min(1).max(inputs)]),
    from: language,
    to: language,
    user: z.string().max(512).nullish(),
  });
  app.post(
    "/v1/translate",
    { schema: { summary: "Texts in another language", tags: ["Translation"], body: jsonSchema(body) } },
    async (request, reply) => {
      const { model, input, from, to, user } = checked(body, request.body);
      const seat = new Seat(context, "translation", request, reply, { model: model ?? undefined, user: user ?? undefined });
      return seat.whole(async (translator, signal) => {
        const options = { signal, ...(from ? { from } : {}), ...(to ? { to } : {}) };
        const texts = typeof input === "string" ? [input] : input;
        const found =
          (await translator.translateScored?.(texts, options)) ?? (await translator.translate(texts, options)).map((each) => ({ text: each }));
        return { object: "list", model: translator.information.name, translations: found.map((each, index) => ({ index, ...each })) };
      });
    },
  );
}
