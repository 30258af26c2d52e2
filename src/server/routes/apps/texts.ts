// /v1/apps/moderate, /v1/apps/pii, /v1/apps/medical/…: what rules say of a text. Knows the schemas; nothing is kept.
import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  clinicianQuestions,
  Moderator,
  medicalNotice,
  medicalSearch,
  medicalTimeline,
  openKnowledgeBase,
  PiiFinder,
  parsePolicy,
  piiKinds,
  readMedical,
  restorePii,
} from "../../../apps/index.ts";
import type { ServerContext } from "../../context.ts";
import { checked } from "../../http/fields.ts";
import { jsonSchema } from "../../http/schemas.ts";
import { storeOf, working } from "./knowledge.ts";

/** Most characters of a text that rules with many patterns read. */
const mostCharacters = 200_000;
const keptPolicies = 16;

const pause = (): Promise<void> => new Promise((next) => setImmediate(next));

/** Moderators by the digest of their policy; the one that was used longest ago makes room. */
export class Moderators {
  readonly #kept = new Map<string, Promise<Moderator>>();

  /** The moderator of a policy that came with a request; undefined: the default policy. Errors: E_RULES_FILE. */
  async of(policy: string | undefined): Promise<Moderator> {
    const key = policy === undefined ? "" : createHash("sha256").update(policy).digest("hex");
    const found = this.#kept.get(key) ?? (policy === undefined ? Moderator.open() : parsePolicy(policy, { closed: true }).then(Moderator.open));
    this.#kept.delete(key);
    const moderator = await found;
    this.#kept.set(key, found);
    if (this.#kept.size > keptPolicies) this.#kept.delete([...this.#kept.keys()][0]);
    return moderator;
  }
}

const author = z.record(z.string().max(100), z.union([z.string().max(1000), z.number(), z.boolean()]));

/** Adds the routes. */
export function addTextRoutes(app: FastifyInstance, context: ServerContext): void {
  const most = Math.min(context.limits.inputCharacters, mostCharacters);
  const text = z.string().min(1).max(most);
  addModerate(app, context, text);
  addPii(app, context, text);
  addMedical(app, context, text);
}

function addModerate(app: FastifyInstance, context: ServerContext, text: z.ZodString): void {
  const moderators = new Moderators();
  const post = z.strictObject({
    text,
    id: z.string().max(200).optional(),
    title: z.string().max(1000).optional(),
    url: z.string().max(4096).optional(),
    type: z.string().max(100).optional(),
    author: author.optional(),
    reports: z.int().min(0).optional(),
  });
  const body = z.strictObject({
    posts: z
      .array(z.union([text, post]))
      .min(1)
      .max(context.limits.inputs),
    policy: z.string().max(100_000).nullish(),
    language: z.enum(["en", "zh"]).nullish(),
  });
  app.post(
    "/v1/apps/moderate",
    { schema: { summary: "Allow, review or remove: posts by a policy", tags: ["Moderation"], body: jsonSchema(body) } },
    async (request, reply) => {
      const { posts, policy, language } = checked(body, request.body);
      return working(context, reply, async (signal) => {
        const moderator = await moderators.of(policy ?? undefined);
        const results: object[] = [];
        for (const one of posts) {
          signal.throwIfAborted();
          const verdict = await moderator.judge(one);
          const { reason } = verdict;
          const id = typeof one === "string" || one.id === undefined ? {} : { id: one.id };
          results.push({ ...id, ...verdict, reason: typeof reason === "string" ? reason : reason[language ?? "en"] });
          await pause();
        }
        return { results };
      });
    },
  );
}

function addPii(app: FastifyInstance, context: ServerContext, text: z.ZodString): void {
  const body = z.strictObject({
    text,
    action: z.enum(["report", "mask", "replace", "restore"]).nullish(),
    kinds: z.array(z.enum(piiKinds)).min(1).nullish(),
    countries: z
      .array(z.string().regex(/^[A-Z]{2}$/))
      .max(20)
      .nullish(),
    strict: z.boolean().nullish(),
    key: z.string().max(4096).nullish(),
  });
  app.post(
    "/v1/apps/pii",
    { schema: { summary: "Personal data of a text: reported, masked, replaced, put back", tags: ["Personal data"], body: jsonSchema(body) } },
    async (request, reply) => {
      const { text: given, action = "report", kinds, countries, strict, key } = checked(body, request.body);
      return working(context, reply, async () => {
        if (action === "restore") return { text: restorePii(given, key ?? "") };
        const finder = await PiiFinder.open({ kinds: kinds ?? undefined, countries: countries ?? undefined, loose: strict !== true });
        if (action === "mask") return { text: finder.mask(given) };
        if (action === "replace") return finder.replace(given, { key: key ?? undefined });
        return { spans: finder.find(given) };
      });
    },
  );
}

function addMedical(app: FastifyInstance, context: ServerContext, text: z.ZodString): void {
  const body = z.strictObject({ text });
  const works: Readonly<Record<string, { readonly summary: string; readonly work: (text: string) => Promise<object> }>> = {
    deidentify: {
      summary: "A note without identifiers",
      work: async (given) => {
        const finder = await PiiFinder.open();
        const removed = finder.find(given).map(({ kind, start, end, rule }) => ({ kind, start, end, rule }));
        return { notice: medicalNotice, text: finder.replace(given).text, removed };
      },
    },
    read: { summary: "What a note says, with places and context", work: async (given) => readMedical(given) },
    questions: {
      summary: "Questions that a note raises for a clinician",
      work: async (given) => ({ notice: medicalNotice, questions: clinicianQuestions(given) }),
    },
    timeline: {
      summary: "The dated sentences of a record, oldest first",
      work: async (given) => ({ notice: medicalNotice, events: medicalTimeline(given, await PiiFinder.open({ kinds: ["date"] })) }),
    },
  };
  const search = z.strictObject({ base: z.string().min(1).max(64), question: z.string().min(1).max(4000), limit: z.int().min(1).max(100).nullish() });
  app.post(
    "/v1/apps/medical/search",
    { schema: { summary: "Literature of a knowledge base: passages, and an answer or none", tags: ["Medical"], body: jsonSchema(search) } },
    (request, reply) => {
      const { base, question, limit } = checked(search, request.body);
      const owner = context.access.owner(request);
      return working(context, reply, async (signal) => {
        const store = storeOf(context);
        const audit = { log: store.audit, subject: owner };
        const found = await medicalSearch(question, await openKnowledgeBase(store, base, { owner }), { ...(limit ? { limit } : {}), audit, signal });
        return { ...found, reason: found.reason ?? null, label: found.label ?? null };
      });
    },
  );
  for (const [name, { summary, work }] of Object.entries(works))
    app.post(`/v1/apps/medical/${name}`, { schema: { summary, tags: ["Medical"], body: jsonSchema(body) } }, async (request, reply) => {
      const { text: given } = checked(body, request.body);
      return working(context, reply, () => work(given));
    });
}
