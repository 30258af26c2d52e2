// /v1/apps/write…: a text for each row of a request, by a shipped template or one of its own, every value with its cell.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { shippedTemplate, shippedTemplates, Template, templateSource, type WritingRow } from "../../../apps/index.ts";
import type { ServerContext } from "../../context.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";
import { working } from "./knowledge.ts";

const language = z.enum(["en", "zh"]);

/** Adds the routes. */
export function addWritingRoutes(app: FastifyInstance, context: ServerContext): void {
  const tags = ["Writing"];
  const row = z.record(z.string().max(200), z.unknown());
  const body = z.strictObject({
    template: z.enum(shippedTemplates as [string, ...string[]]).nullish(),
    source: z.string().min(1).max(100_000).nullish(),
    rows: z.array(row).min(1).max(1000),
    language: language.nullish(),
    variants: z.int().min(1).max(20).nullish(),
    seed: z.int().min(0).nullish(),
    trace: z.boolean().nullish(),
  });
  app.get("/v1/apps/write/templates", { schema: { summary: "Shipped templates with their sources", tags } }, async () => ({
    templates: shippedTemplates.flatMap((name) =>
      (["en", "zh"] as const).map((one) => ({
        name,
        language: one,
        fields: [...shippedTemplate(name, one).fields],
        source: templateSource(name, one),
      })),
    ),
  }));
  app.post(
    "/v1/apps/write",
    { schema: { summary: "A text for each row, every value with its cell", tags, body: jsonSchema(body) } },
    (request, reply) => {
      const { template, source, rows, language: wanted, variants, seed, trace } = checked(body, request.body);
      return working(context, reply, async (signal) => {
        const read = source ? Template.parse(source, wanted ? { language: wanted } : {}) : shippedTemplate(template ?? "", wanted ?? "en");
        const count = variants ?? 1;
        const texts: object[] = [];
        for (const [i, one] of rows.entries()) {
          signal.throwIfAborted();
          for (let variant = 0; variant < count; variant++) {
            const written = read.write(one as WritingRow, { index: i * count + variant, seed: seed ?? 0 });
            texts.push({ row: i + 1, variant: variant + 1, text: written.text, ...(trace ? { trace: written.trace } : {}) });
          }
          await new Promise((next) => setImmediate(next));
        }
        return { texts };
      });
    },
  );
}
