// /v1/apps/support…: customer service of the projects that this server was given, its queue, and a widget for other pages.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { SupportService } from "../../../apps/index.ts";
import { InkstoneError } from "../../../core/index.ts";
import type { ServerContext } from "../../context.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";
import { working } from "./knowledge.ts";
import { widgetScript } from "./widget.ts";

const session = z.string().regex(/^[\w.:-]{1,100}$/);
const plainTurn = z.strictObject({ text: z.string().min(1).max(4000), session });
const turn = plainTurn.extend({ customer: z.string().min(1).max(200).nullish() });
const done = z.strictObject({ session });

/** Adds the routes. Sessions belong to the key that began them; a customer is named by whoever holds the key, never by the page of the customer. */
export function addSupportRoutes(app: FastifyInstance, context: ServerContext): void {
  const tags = ["Support"];
  const serviceOf = (params: unknown): SupportService => {
    const { project } = params as { project: string };
    const service = context.support.get(project);
    if (service === undefined) throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "project", zh: "项目" }, id: project.slice(0, 100) });
    return service;
  };
  app.get("/v1/apps/support", { schema: { summary: "Projects of customer service", tags } }, async () => ({ projects: [...context.support.keys()] }));
  const answer = (request: FastifyRequest, reply: FastifyReply, { text, session: talk, customer }: z.infer<typeof turn>): Promise<object> =>
    working(context, reply, async (signal) => {
      const owned = `${context.access.owner(request)}:${talk}`;
      const { citations, ...rest } = await serviceOf(request.params).ask(owned, text, { customer: customer ?? undefined, signal });
      return { ...rest, citations: citations.map(({ page = null, ...one }) => ({ ...one, page })) };
    });
  app.post(
    "/v1/apps/support/:project/ask",
    { schema: { summary: "Answers a turn of a session, for a customer whom the caller names", tags, body: jsonSchema(turn) } },
    (request, reply) => answer(request, reply, checked(turn, request.body)),
  );
  // What a page of the public calls: a key that opens this path only can name no customer.
  app.post(
    "/v1/apps/support/:project/talk",
    { schema: { summary: "Answers a turn of a visitor's session", tags, body: jsonSchema(plainTurn) } },
    (request, reply) => answer(request, reply, checked(plainTurn, request.body)),
  );
  const ofOwner =
    (owner: string) =>
    ({ session: id }: { session: string }): boolean =>
      id.startsWith(`${owner}:`);
  app.get("/v1/apps/support/:project/queue", { schema: { summary: "Talks that wait for a person", tags } }, async (request) => {
    const owner = context.access.owner(request);
    const waiting = (await serviceOf(request.params).waiting()).filter(ofOwner(owner));
    return { waiting: waiting.map((one) => ({ ...one, session: one.session.slice(owner.length + 1) })) };
  });
  app.post(
    "/v1/apps/support/:project/resolve",
    { schema: { summary: "A person has taken a talk", tags, body: jsonSchema(done) } },
    async (request) => {
      await serviceOf(request.params).resolve(`${context.access.owner(request)}:${checked(done, request.body).session}`);
      return { resolved: true };
    },
  );
  app.get("/v1/apps/support/:project/widget.js", { schema: { summary: "A talk for any page, by one script tag", tags } }, async (request, reply) => {
    serviceOf(request.params);
    return reply.header("content-type", "text/javascript; charset=utf-8").header("cross-origin-resource-policy", "cross-origin").send(widgetScript);
  });
}
