// POST /v1/classify: texts in, labels out, with the words that decided.
import type { FastifyInstance } from "fastify";
import { endingError } from "../calls.ts";
import { readClassifyRequest } from "../classifiers/requests.ts";
import type { ServerContext } from "../context.ts";

/** Adds the route. */
export function addClassifyRoute(app: FastifyInstance, { calls, classifiers, limits, turnstile }: ServerContext): void {
  app.post("/v1/classify", async (request, reply) => {
    const { model, texts, because } = readClassifyRequest(request.body, limits);
    const { thread } = classifiers.get(model);
    const call = calls.begin(reply);
    let leave = (): void => undefined;
    try {
      leave = await turnstile.enter(call.signal);
      const results: object[] = [];
      for (const text of texts) {
        call.signal.throwIfAborted();
        results.push({ ...(await thread.run("classify", { text, because })) });
      }
      return { model, results };
    } catch (error) {
      throw endingError(call) ?? error;
    } finally {
      leave();
    }
  });
}
