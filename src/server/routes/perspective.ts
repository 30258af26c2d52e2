// POST /v1alpha1/comments:analyze: Perspective's shape, by whatever moderation model is served (docs/perspective.md has both bodies side by side). Nothing is kept.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InkstoneError } from "../../core/index.ts";
import type { ServerContext } from "../context.ts";
import { Seat } from "../generation/seat.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";

/** Attributes of Perspective, and the labels of moderation that they are the highest of. */
const attributes: Readonly<Record<string, readonly string[]>> = {
  TOXICITY: ["hate", "harassment", "violence", "sexual"],
  SEVERE_TOXICITY: ["hate", "violence"],
  IDENTITY_ATTACK: ["hate"],
  INSULT: ["harassment"],
  PROFANITY: ["harassment", "sexual"],
  THREAT: ["violence"],
  SEXUALLY_EXPLICIT: ["sexual"],
  SPAM: ["spam", "advertising", "fraud"],
};
const experimental = ["TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT"];
for (const name of experimental) Object.assign(attributes, { [`${name}_EXPERIMENTAL`]: attributes[name] });

const languages: Readonly<Record<string, RegExp>> = { zh: /\p{Script=Han}/u };

/** Adds the route. */
export function addPerspectiveRoute(app: FastifyInstance, context: ServerContext): void {
  const wanted = z.strictObject({
    scoreType: z.enum(["PROBABILITY", "STANDARD_SCORE", "SCORE_TYPE_UNSPECIFIED"]).nullish(),
    scoreThreshold: z.number().min(0).max(1).nullish(),
  });
  const entry = z.strictObject({ text: z.string().max(20_480).nullish(), type: z.enum(["PLAIN_TEXT", "HTML", "TEXT_TYPE_UNSPECIFIED"]).nullish() });
  const body = z.strictObject({
    comment: z.strictObject({ text: z.string().min(1).max(20_480), type: entry.shape.type }),
    requestedAttributes: z.record(z.string().max(60), wanted),
    context: z.strictObject({ entries: z.array(entry).max(100).nullish() }).nullish(),
    languages: z.array(z.string().max(20)).max(20).nullish(),
    doNotStore: z.boolean().nullish(),
    clientToken: z.string().max(1000).nullish(),
    sessionId: z.string().max(1000).nullish(),
    communityId: z.string().max(1000).nullish(),
    spanAnnotations: z.boolean().nullish(),
  });
  app.post(
    "/v1alpha1/comments::analyze",
    { schema: { summary: "Scores of a comment, as Perspective gives them", tags: ["Moderation"], body: jsonSchema(body) } },
    async (request, reply) => {
      const { comment, requestedAttributes, languages: said, clientToken } = checked(body, request.body);
      const names = Object.keys(requestedAttributes);
      const allowed = Object.keys(attributes).join(", ");
      if (names.length === 0)
        throw new InkstoneError("E_FIELD", {
          field: "requestedAttributes",
          why: { en: `it names none of ${allowed}`, zh: `须至少包含其一：${allowed}` },
        });
      for (const name of names)
        if (!Object.hasOwn(attributes, name))
          throw new InkstoneError("E_FIELD", {
            field: `requestedAttributes.${name}`,
            why: { en: `it is not scored here; there are ${allowed}`, zh: `不支持该属性；可用：${allowed}` },
          });
      const text = comment.type === "HTML" ? comment.text.replace(/<[^>]*>/g, " ") : comment.text;
      const seat = new Seat(context, "moderation", request, reply, {});
      return seat.whole(async (moderator, signal) => {
        const [{ scores }] = await moderator.moderate([text], { signal });
        const found = names.flatMap((name) => {
          const value = Math.max(0, ...attributes[name].map((label) => scores[label] ?? 0));
          const { scoreThreshold, scoreType } = requestedAttributes[name];
          const score = { value, type: scoreType === "STANDARD_SCORE" ? "STANDARD_SCORE" : "PROBABILITY" };
          return value < (scoreThreshold ?? 0) ? [] : [[name, { spanScores: [{ begin: 0, end: text.length, score }], summaryScore: score }] as const];
        });
        const detected = Object.keys(languages).find((one) => languages[one].test(text)) ?? "en";
        return {
          attributeScores: Object.fromEntries(found),
          languages: said ?? [detected],
          detectedLanguages: [detected],
          ...(clientToken ? { clientToken } : {}),
        };
      });
    },
  );
}
