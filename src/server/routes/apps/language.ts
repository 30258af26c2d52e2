// /v1/apps/tutor/correct, simplify, vocabulary: help with language. Knows the schemas; nothing is kept.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { correctLanguage, readingLevels, simplifyText, vocabularyOf } from "../../../apps/index.ts";
import type { ServerContext } from "../../context.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";
import { working } from "./knowledge.ts";

/** Adds the routes. */
export function addLanguageRoutes(app: FastifyInstance, context: ServerContext): void {
  const tags = ["Education"];
  const text = z.string().min(1).max(Math.min(context.limits.inputCharacters, 100_000));
  const language = z.enum(["en", "zh"]).nullish();
  const level = z.enum(readingLevels).nullish();
  const correct = z.strictObject({ text, language });
  const simplify = z.strictObject({ text, language, level });
  const vocabulary = z.strictObject({ text, language, level, count: z.int().min(1).max(500).nullish() });
  const body = (schema: z.ZodType, summary: string) => ({ schema: { summary, tags, body: jsonSchema(schema) } });
  app.post("/v1/apps/tutor/correct", body(correct, "Errors of a text with their corrections and why"), (request, reply) => {
    const given = checked(correct, request.body);
    return working(context, reply, async () => correctLanguage(given.text, given.language ?? undefined));
  });
  app.post("/v1/apps/tutor/simplify", body(simplify, "A text in simpler words and shorter sentences"), (request, reply) => {
    const given = checked(simplify, request.body);
    return working(context, reply, async () => simplifyText(given.text, given.level ?? "B", given.language ?? undefined));
  });
  app.post("/v1/apps/tutor/vocabulary", body(vocabulary, "Words above a level with their contexts"), (request, reply) => {
    const given = checked(vocabulary, request.body);
    const options = { level: given.level ?? "B", most: given.count ?? 20, ...(given.language ? { language: given.language } : {}) };
    return working(context, reply, async () => ({ words: await vocabularyOf(given.text, options) }));
  });
}
