// POST /v1/apps/insight: what the rows of a request say, as findings or as a report.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { analyseRows, insightHtml, insightMarkdown, insightPeriod } from "../../../apps/index.ts";
import { InkstoneError } from "../../../core/index.ts";
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
      const periods = rows.map(({ time }, i) => (typeof time === "string" && time.trim() !== "" ? periodAt(time, i) : undefined));
      const insight = await working(context, reply, (signal) =>
        analyseRows(
          rows.map(({ text, rating, segment }, i) => ({
            line: i + 1,
            text,
            period: periods[i],
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

// A time without a year stands before or behind no other: it is refused by its place.
function periodAt(time: string, row: number): string {
  const period = insightPeriod(time);
  if (period !== undefined) return period;
  const why = { en: "it must be a time such as 2026-03-05, 2026-03, 2026-Q1 or 2026", zh: "必须是 2026-03-05、2026-03、2026-Q1 或 2026 形式的时间" };
  throw new InkstoneError("E_FIELD", { field: `rows[${row}].time`, why });
}
