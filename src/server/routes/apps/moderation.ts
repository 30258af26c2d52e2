// /v1/apps/moderate/cases…, /v1/apps/moderate/drift: the review queue of a key, decisions, appeals; whether posts are other than they were.
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { caseStates, ModerationQueue, Moderator, moderationDrift } from "../../../apps/index.ts";
import type { ServerContext } from "../../context.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";
import { storeOf, working } from "./knowledge.ts";

const action = z.enum(["allow", "review", "remove"]);
const decision = z.strictObject({ action, by: z.string().min(1).max(200), note: z.string().max(4000).nullish() });
const appeal = z.strictObject({ reason: z.string().min(1).max(4000) });
const asked = z.strictObject({ state: z.enum(caseStates).optional() });

/** Adds the routes. */
export function addModerationQueueRoutes(app: FastifyInstance, context: ServerContext): void {
  const tags = ["Moderation"];
  const kept = new Map<string, ModerationQueue>();
  const queueOf = (request: FastifyRequest): ModerationQueue => {
    const owner = context.access.owner(request);
    const found = kept.get(owner) ?? new ModerationQueue(storeOf(context), owner);
    kept.set(owner, found);
    return found;
  };
  const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;
  const text = z.string().min(1).max(Math.min(context.limits.inputCharacters, 200_000));
  const post = z.strictObject({ text, id: z.string().min(1).max(200).nullish(), title: z.string().max(1000).nullish() });
  const body = (schema: z.ZodType, summary: string) => ({ schema: { summary, tags, body: jsonSchema(schema) } });
  app.get(
    "/v1/apps/moderate/cases",
    { schema: { summary: "The review queue: ?state=waiting, decided, appealed, settled", tags } },
    async (request) => {
      const { state } = checked(asked, request.query);
      return { cases: await queueOf(request).list(state ? { state } : {}), outcomes: await queueOf(request).outcomes() };
    },
  );
  app.post("/v1/apps/moderate/cases", body(post, "Opens a case, with what the policy says of it"), async (request) => {
    const { text: said, id, title } = checked(post, request.body);
    const given = { text: said, ...(id ? { id } : {}), ...(title ? { title } : {}) };
    return queueOf(request).add(given, await (await Moderator.open()).judge(given));
  });
  app.post("/v1/apps/moderate/cases/:id/decide", body(decision, "A person decides a case that waits"), async (request) => {
    const { note, ...rest } = checked(decision, request.body);
    return queueOf(request).decide(idOf(request), { ...rest, ...(note ? { note } : {}) });
  });
  app.post("/v1/apps/moderate/cases/:id/appeal", body(appeal, "The author does not agree"), async (request) =>
    queueOf(request).appeal(idOf(request), checked(appeal, request.body).reason),
  );
  app.post("/v1/apps/moderate/cases/:id/settle", body(decision, "Somebody else ends an appeal"), async (request) => {
    const { note, ...rest } = checked(decision, request.body);
    return queueOf(request).settle(idOf(request), { ...rest, ...(note ? { note } : {}) });
  });
  app.delete("/v1/apps/moderate/cases/:id", { schema: { summary: "Takes a case away", tags } }, async (request) => ({
    removed: await queueOf(request).remove(idOf(request)),
  }));
  const past = z.strictObject({ text, decided: action.nullish() });
  const drift = z.strictObject({ before: z.array(past).min(20).max(10_000), now: z.array(past).min(20).max(10_000) });
  app.post("/v1/apps/moderate/drift", body(drift, "Two windows of posts beside each other, each share tested"), (request, reply) => {
    const { before, now } = checked(drift, request.body);
    const posts = (all: typeof before) => all.map(({ text: said, decided }) => ({ post: { text: said }, ...(decided ? { decided } : {}) }));
    return working(context, reply, async (signal) => moderationDrift(await Moderator.open(), posts(before), posts(now), { signal }));
  });
}
