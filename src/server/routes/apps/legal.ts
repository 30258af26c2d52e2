// /v1/apps/legal/…: forms, and letters from typed answers. Not legal advice.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { LegalForm, legalDocx, legalPdf, legalResearch, openKnowledgeBase, reviewContract, shippedForm, shippedForms } from "../../../apps/index.ts";
import type { ServerContext } from "../../context.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";
import { storeOf, working } from "./knowledge.ts";

const docxType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const tags = ["Legal"];

/** Adds the routes. */
export function addLegalRoutes(app: FastifyInstance, context: ServerContext): void {
  const language = z.enum(["en", "zh"]).nullish();
  const interview = z.strictObject({
    form: z.enum(shippedForms as [string, ...string[]]).nullish(),
    source: z.string().min(1).max(100_000).nullish(),
    language,
    answers: z.record(z.string().max(100), z.union([z.string().max(2000), z.number(), z.boolean()])),
    format: z.enum(["json", "docx", "pdf"]).nullish(),
  });
  app.get("/v1/apps/legal/forms", { schema: { summary: "Forms, with what each of them asks", tags } }, async () => ({
    forms: shippedForms.flatMap((name) =>
      (["en", "zh"] as const).map((one) => {
        const { title, questions } = shippedForm(name, one);
        return { name, language: one, title, questions };
      }),
    ),
  }));
  app.post(
    "/v1/apps/legal/interview",
    { schema: { summary: "A letter from typed answers, each clause with what it rests on", tags, body: jsonSchema(interview) } },
    async (request, reply) => {
      const { form, source, language: wanted, answers, format } = checked(interview, request.body);
      return working(context, reply, async () => {
        const letter = (source ? LegalForm.parse(source) : shippedForm(form ?? "", wanted ?? "en")).write(answers);
        if (format === "pdf")
          return reply
            .type("application/pdf")
            .header("content-disposition", 'attachment; filename="letter.pdf"')
            .send(Buffer.from(await legalPdf(letter)));
        if (format !== "docx") return letter;
        return reply
          .type(docxType)
          .header("content-disposition", 'attachment; filename="letter.docx"')
          .send(Buffer.from(await legalDocx(letter)));
      });
    },
  );
  addContractRoutes(app, context);
}

function addContractRoutes(app: FastifyInstance, context: ServerContext): void {
  const text = z.string().min(1).max(context.limits.inputCharacters);
  const review = z.strictObject({ text, language: z.enum(["en", "zh"]).nullish() });
  const research = z.strictObject({
    base: z.string().min(1).max(64),
    question: z.string().min(1).max(4000),
    jurisdiction: z.string().min(1).max(200),
  });
  app.post(
    "/v1/apps/legal/review",
    { schema: { summary: "A contract read: who, when, how much, unusual and missing clauses, each with its place", tags, body: jsonSchema(review) } },
    (request, reply) => {
      const { text: given, language } = checked(review, request.body);
      return working(context, reply, (signal) => reviewContract(given, { signal, ...(language ? { language } : {}) }));
    },
  );
  app.post(
    "/v1/apps/legal/research",
    { schema: { summary: "An answer from the documents of one jurisdiction, or none", tags, body: jsonSchema(research) } },
    (request, reply) => {
      const { base, question, jurisdiction } = checked(research, request.body);
      const owner = context.access.owner(request);
      return working(context, reply, async (signal) => {
        const store = storeOf(context);
        const found = await legalResearch(question, await openKnowledgeBase(store, base, { owner }), jurisdiction, {
          audit: { log: store.audit, subject: owner },
          signal,
        });
        return { ...found, reason: found.reason ?? null, label: found.label ?? null };
      });
    },
  );
}
