// POST /v1/classify: texts in, labels out, with the words that decided.
import type { FastifyInstance } from "fastify";
import { classifyBody, readClassifyRequest } from "../classifiers/requests.ts";
import type { ServerContext } from "../context.ts";
import { endingError } from "../http/calls.ts";

/** Adds the route. */
export function addClassifyRoute(app: FastifyInstance, { calls, classifiers, limits }: ServerContext): void {
  const schema = { summary: "Labels for texts", tags: ["Classifiers"], body: classifyBody(limits) };
  app.post("/v1/classify", { schema }, async (request, reply) => {
    const { model, texts, because } = readClassifyRequest(request.body, limits);
    const kept = classifiers.get(model);
    const call = calls.begin(reply);
    let leave = (): void => undefined;
    try {
      leave = await kept.line.enter(call.signal);
      const results: object[] = [];
      for (const text of texts) {
        call.signal.throwIfAborted();
        results.push({ ...(await classifiers.classify(kept, { text, because })) });
      }
      return { model, results };
    } catch (error) {
      throw endingError(call) ?? error;
    } finally {
      leave();
    }
  });
}
