// POST /v1/apps/translate: sentences or a Markdown text by a served translator or language model, each sentence checked.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { Glossary, markdownStretches, modelTranslator, plainStretches, refilled, translateSentences, translationLabel } from "../../../apps/index.ts";
import type { TextTranslator } from "../../../generate/index.ts";
import type { ServerContext } from "../../context.ts";
import { Seat } from "../../generation/seat.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";

/** Adds the route. */
export function addTranslateRoute(app: FastifyInstance, context: ServerContext): void {
  const text = z.string().min(1).max(Math.min(context.limits.inputCharacters, 100_000));
  const term = z.strictObject({ source: z.string().min(1).max(200), target: z.string().min(1).max(200) });
  const body = z.strictObject({
    text,
    to: z.string().min(2).max(20),
    from: z.string().min(2).max(20).nullish(),
    format: z.enum(["text", "markdown"]).nullish(),
    glossary: z.array(term).max(1000).nullish(),
    model: z.string().min(1).max(4096).nullish(),
  });
  app.post(
    "/v1/apps/translate",
    { schema: { summary: "A text translated, each sentence checked, what failed marked", tags: ["Translation"], body: jsonSchema(body) } },
    async (request, reply) => {
      const { text: given, to, from, format, glossary, model } = checked(body, request.body);
      const stretches = format === "markdown" ? markdownStretches(given) : plainStretches(given);
      const work = async (translator: TextTranslator, signal: AbortSignal): Promise<object> => {
        const sources = stretches.map(({ start, end }) => given.slice(start, end));
        const options = { to, signal, ...(from ? { from } : {}), ...(glossary ? { glossary: new Glossary(glossary) } : {}) };
        const sentences = await translateSentences(translator, sources, options);
        const targets = sentences.map(({ target, source, failed }) => (failed ? `⚠ ${target || source}` : target));
        const places = sentences.map((one, i) => ({ ...one, ...stretches[i] }));
        return {
          text: refilled(given, stretches, targets),
          model: translator.information.name,
          label: translationLabel(to),
          failed: sentences.filter(({ failed }) => failed).length,
          sentences: places,
        };
      };
      const { served } = context;
      const wish = { model: model ?? undefined };
      const translators = served.names("translation");
      if (model ? translators.includes(model) : translators.length > 0)
        return new Seat(context, "translation", request, reply, wish).whole((translator, signal) => work(translator, signal));
      const seat = new Seat(context, "chat", request, reply, wish);
      return seat.whole((generator, signal) => work(modelTranslator(generator, generator.information.name), signal));
    },
  );
}
