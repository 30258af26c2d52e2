// /v1/feedback…: what people thought of answers, by its owner: kept, seen, changed, taken away, and as rows for training.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InkstoneError } from "../../../core/index.ts";
import { type Feedback, feedbackCounts, feedbackFormats, type JudgedAnswer, trainingRows } from "../../../store/index.ts";
import type { ServerContext } from "../../context.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";

const query = z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).optional(), after: z.string().max(200).optional() });
const format = z.strictObject({ format: z.enum(feedbackFormats).optional() });

/** Adds the routes. Errors of all: E_DATABASE_NEEDED without a store. */
export function addFeedbackRoutes(app: FastifyInstance, context: ServerContext): void {
  const { access, limits } = context;
  const tags = ["Training"];
  const text = z.string().min(1).max(limits.inputCharacters);
  const turn = z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: text });
  const judged = z.strictObject({
    prompt: z.array(turn).min(1).max(1000),
    answer: text,
    rating: z.union([z.literal(1), z.literal(-1)]).nullish(),
    better: text.nullish(),
    model: z.string().min(1).max(256).nullish(),
  });
  type One = { Params: { id: string } };
  app.get("/v1/feedback", { schema: { summary: "What was thought of answers, the newest first", tags } }, async (request) => {
    const { limit = 100, after } = checked(query, request.query);
    const owner = access.owner(request);
    const kept = feedbackOf(context);
    const rows = await kept.list(owner, { limit: limit + 1, before: after });
    return { object: "list", data: rows.slice(0, limit), has_more: rows.length > limit, counts: feedbackCounts(await kept.all(owner)) };
  });
  app.get(
    "/v1/feedback/export",
    { schema: { summary: "Rows for training (?format=preferences, ratings, examples)", tags } },
    async (request, reply) => {
      const { format: wanted = "preferences" } = checked(format, request.query);
      const rows = trainingRows(await feedbackOf(context).all(access.owner(request)), wanted);
      const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
      return reply.type("application/jsonl; charset=utf-8").header("content-disposition", `attachment; filename="${wanted}.jsonl"`).send(lines);
    },
  );
  app.get<One>("/v1/feedback/:id", { schema: { summary: "One of them", tags } }, (request) =>
    feedbackOf(context).get(access.owner(request), request.params.id),
  );
  app.put<One>(
    "/v1/feedback/:id",
    { schema: { summary: "Keeps what is thought of an answer, over what was thought before", tags, body: jsonSchema(judged) } },
    (request) => {
      const { prompt, answer, rating, better, model } = checked(judged, request.body);
      if (rating == null && better == null)
        throw new InkstoneError("E_FIELD", { field: "rating", why: { en: "it needs a rating or what would be better", zh: "需要评价或更好的回答" } });
      const given: JudgedAnswer = {
        prompt,
        answer,
        ...(rating ? { rating } : {}),
        ...(better == null ? {} : { better }),
        ...(model ? { model } : {}),
      };
      return feedbackOf(context).put(access.owner(request), nameOf(request.params.id), given);
    },
  );
  app.delete<One>("/v1/feedback/:id", { schema: { summary: "Takes one away", tags } }, async (request) => {
    const { id } = request.params;
    await feedbackOf(context).remove(access.owner(request), id);
    return { id, object: "feedback", deleted: true };
  });
  app.delete("/v1/feedback", { schema: { summary: "Takes all of them away", tags } }, async (request) => ({
    object: "feedback",
    deleted: await feedbackOf(context).clear(access.owner(request)),
  }));
}

/** Errors: E_DATABASE_NEEDED. */
export function feedbackOf({ store }: ServerContext): Feedback {
  if (store === undefined) throw new InkstoneError("E_DATABASE_NEEDED", { what: { en: "feedback", zh: "反馈" } });
  return store.feedback;
}

function nameOf(id: string): string {
  if (/^[\w.-]{1,100}$/.test(id)) return id;
  throw new InkstoneError("E_FIELD", {
    field: "id",
    why: { en: "it must be letters, digits, dots and hyphens, up to 100", zh: "只能是字母、数字、点与连字符，最多 100 个" },
  });
}
