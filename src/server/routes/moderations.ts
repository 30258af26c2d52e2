// POST /v1/moderations: what is wrong with texts, by whatever moderation model is served; 501 where none is.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ServerContext } from "../context.ts";
import { Seat } from "../generation/seat.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";

/** Adds the route. */
export function addModerationRoute(app: FastifyInstance, context: ServerContext): void {
  const text = z.string().min(1).max(context.limits.inputCharacters);
  const part = z.strictObject({ type: z.literal("text"), text });
  const body = z.strictObject({
    model: z.string().min(1).max(4096).nullish(),
    input: z.union([text, z.array(text).min(1).max(context.limits.inputs), z.array(part).min(1).max(context.limits.inputs)]),
  });
  app.post(
    "/v1/moderations",
    { schema: { summary: "What is wrong with texts", tags: ["OpenAI"], body: jsonSchema(body) } },
    async (request, reply) => {
      const { model, input } = checked(body, request.body);
      const texts = typeof input === "string" ? [input] : input.map((one) => (typeof one === "string" ? one : one.text));
      const seat = new Seat(context, "moderation", request, reply, { model: model ?? undefined });
      return seat.whole(async (moderator, signal) => {
        const results = (await moderator.moderate(texts, { signal })).map(({ scores, flagged }) => ({
          flagged: flagged.length > 0,
          categories: Object.fromEntries(Object.keys(scores).map((category) => [category, flagged.includes(category)])),
          category_scores: scores,
        }));
        return { id: `modr-${request.id}`, model: moderator.information.name, results };
      });
    },
  );
}
