// /v1/apps/tutor/learners…: answers of the learners of a key, what they know, what to review; erased with every trace.
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { Learners } from "../../../apps/index.ts";
import { InkstoneError } from "../../../core/index.ts";
import type { ServerContext } from "../../context.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";
import { storeOf } from "./knowledge.ts";

const answer = z.strictObject({
  concept: z.string().min(1).max(200),
  right: z.boolean(),
  item: z.string().min(1).max(200).nullish(),
  ease: z.enum(["hard", "good", "easy"]).nullish(),
});
const asked = z.object({ language: z.enum(["en", "zh"]).optional() });

/** Adds the routes. */
export function addLearnerRoutes(app: FastifyInstance, context: ServerContext): void {
  const tags = ["Education"];
  const kept = new Map<string, Learners>();
  const learnersOf = (request: FastifyRequest): Learners => {
    const owner = context.access.owner(request);
    const found = kept.get(owner) ?? new Learners(storeOf(context), { owner });
    kept.set(owner, found);
    return found;
  };
  const nameOf = (request: FastifyRequest): string => (request.params as { learner: string }).learner;
  app.get("/v1/apps/tutor/learners", { schema: { summary: "Learners of a key", tags } }, async (request) => ({
    learners: await learnersOf(request).list(),
  }));
  app.get("/v1/apps/tutor/learners/:learner", { schema: { summary: "What a learner knows, what to review, advice", tags } }, async (request) => {
    const { language } = checked(asked, request.query);
    return learnersOf(request).state(nameOf(request), language ? { language } : {});
  });
  app.post(
    "/v1/apps/tutor/learners/:learner/answers",
    { schema: { summary: "Keeps an answer; gives what is known after it", tags, body: jsonSchema(answer) } },
    async (request) => {
      const { concept, right, item, ease } = checked(answer, request.body);
      const learners = learnersOf(request);
      await learners.answer(nameOf(request), { concept, right, ...(item ? { item } : {}), ...(ease ? { ease } : {}) });
      return learners.state(nameOf(request));
    },
  );
  app.delete("/v1/apps/tutor/learners/:learner", { schema: { summary: "Erases a learner", tags } }, async (request) => {
    if (!(await learnersOf(request).erase(nameOf(request))))
      throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "learner", zh: "学习者" }, id: nameOf(request).slice(0, 100) });
    return { removed: true };
  });
}
