// POST /v1/apps/insight: what the rows of a request say, as findings or as a report.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { analyseRows, insightHtml, insightMarkdown } from "../../../apps/index.ts";
import type { ServerContext } from "../../context.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";
import { working } from "./knowledge.ts";

/** Adds the route. */
export function addInsightRoutes(app: FastifyInstance, context: ServerContext): void {
  const row = z.strictObject({
    text: z.string().max(20_000),
    time: z.string().max(40).nullish(),
    rating: z.number().nullish(),
    segment: z.string().max(200).nullish(),
  });
  const body = z.strictObject({
    rows: z.array(row).min(1).max(20_000),
    format: z.enum(["json", "md", "html"]).nullish(),
    language: z.enum(["en", "zh"]).nullish(),
  });
  app.post(
    "/v1/apps/insight",
    { schema: { summary: "What reviews say, with rows, intervals and tests", tags: ["Insight"], body: jsonSchema(body) } },
    async (request, reply) => {
      const { rows, format, language } = checked(body, request.body);
      const insight = await working(context, reply, (signal) =>
        analyseRows(
          rows.map(({ text, time, rating, segment }, i) => ({
            line: i + 1,
            text,
            period: time ?? undefined,
            rating: rating ?? undefined,
            segment: segment ?? undefined,
          })),
          { signal },
        ),
      );
      if (format === "md") return { report: insightMarkdown(insight, language ?? "en") };
      if (format === "html") return { report: insightHtml(insight, language ?? "en") };
      return insight;
    },
  );
}
