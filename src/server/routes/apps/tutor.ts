// /v1/apps/tutor/…: items of a source, its outline, grades. Knows the schemas; learners stand in a file beside it.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { bloomLevels, itemTypes, TutorGrader, type TutorItem, tutorItems, tutorOutline } from "../../../apps/index.ts";
import type { ServerContext } from "../../context.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";
import { working } from "./knowledge.ts";

/** Most characters of a source. */
const mostSource = 500_000;
const language = z.enum(["en", "zh"]);

/** An item as `items` gives it. */
export const itemSchema: z.ZodType<TutorItem> = z.strictObject({
  id: z.string().min(1).max(100),
  type: z.enum(itemTypes),
  question: z.string().max(4000),
  key: z.string().min(1).max(2000),
  keyStart: z.int().min(0),
  keyEnd: z.int().min(0),
  distractors: z.array(z.string().max(2000)).max(10),
  choices: z.array(z.string().max(2000)).max(11),
  sentence: z.string().max(4000),
  start: z.int().min(0),
  end: z.int().min(0),
  document: z.string().max(4096),
  concept: z.string().min(1).max(200),
  difficulty: z.number().min(0).max(1),
  bloom: z.enum(bloomLevels),
  language,
});

/** Adds the routes. */
export function addTutorRoutes(app: FastifyInstance, context: ServerContext): void {
  const tags = ["Education"];
  const text = z.string().min(1).max(Math.min(context.limits.inputCharacters, mostSource));
  const source = { text, document: z.string().max(4096).nullish(), language: language.nullish() };
  const items = z.strictObject({
    ...source,
    count: z.int().min(1).max(200).nullish(),
    types: z.array(z.enum(itemTypes)).min(1).max(3).nullish(),
    seed: z.int().min(0).nullish(),
  });
  const outline = z.strictObject(source);
  const grade = z.strictObject({
    answers: z
      .array(z.strictObject({ item: itemSchema, answer: z.string().max(4000) }))
      .min(1)
      .max(200),
  });
  const body = (schema: z.ZodType, summary: string) => ({ schema: { summary, tags, body: jsonSchema(schema) } });
  app.post("/v1/apps/tutor/items", body(items, "Questions whose keys a source has"), (request, reply) => {
    const { text: given, document, language: wanted, count, types, seed } = checked(items, request.body);
    const options = { ...(count ? { count } : {}), ...(types ? { types } : {}), ...(seed ? { seed } : {}), ...(wanted ? { language: wanted } : {}) };
    return working(context, reply, async (signal) => ({
      items: await tutorItems({ text: given, document: document ?? "" }, { ...options, signal }),
    }));
  });
  app.post("/v1/apps/tutor/outline", body(outline, "Sections of a source with points, terms and aims"), (request, reply) => {
    const { text: given, document, language: wanted } = checked(outline, request.body);
    return working(context, reply, (signal) =>
      tutorOutline({ text: given, document: document ?? "" }, { ...(wanted ? { language: wanted } : {}), signal }),
    );
  });
  app.post("/v1/apps/tutor/grade", body(grade, "Grades answers to items"), (request, reply) => {
    const { answers } = checked(grade, request.body);
    return working(context, reply, async () => {
      const grader = await TutorGrader.open();
      return { grades: answers.map(({ item, answer }) => grader.grade(item, answer)) };
    });
  });
}
