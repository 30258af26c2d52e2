// /v1/responses: OpenAI's newer shape, text and tools; responses are kept, so that a conversation can go on by its id.
import type { FastifyInstance } from "fastify";

import type { ServerContext } from "../context.ts";
import { KeptResponses } from "../generation/kept-responses.ts";
import { ResponseTurn, responseBody } from "../generation/response-turn.ts";
import { Seat } from "../generation/seat.ts";
import { type WrittenResult, wholeAnswer } from "../generation/written.ts";
import { envelope, languageFor } from "../http/errors.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";
import { event, sendStream } from "../http/sse.ts";

/** Adds the routes. */
export function addResponseRoutes(app: FastifyInstance, context: ServerContext): void {
  const { limits, access, store } = context;
  const body = responseBody(limits);
  const kept = new KeptResponses(store, limits.responses);
  const tags = ["OpenAI"];
  app.post(
    "/v1/responses",
    { schema: { summary: "An answer, kept so that the conversation can go on", tags, body: jsonSchema(body) } },
    async (request, reply) => {
      const read = checked(body, request.body);
      const owner = access.owner(request);
      const before = read.previous_response_id == null ? [] : (await kept.find(owner, read.previous_response_id)).messages;
      const turn = new ResponseTurn(read, before, context.sampling);
      const seat = new Seat(context, "chat", request, reply, { model: read.model, user: read.user ?? undefined });
      const finish = async (result: WrittenResult): Promise<object> => {
        const response = turn.response(result);
        if (read.store !== false) await kept.keep(owner, turn.id, { messages: turn.answered(result), response });
        return response;
      };
      if (!read.stream) return finish(await wholeAnswer(seat, turn.asked));
      const language = languageFor(request.headers["accept-language"]);
      const tell = (error: unknown) => {
        const { error: told } = envelope(error, language).body;
        return event({ type: "error", code: told.code, message: told.message, param: told.param, sequence_number: 0 }, "error");
      };
      return sendStream(reply, { call: seat.call, events: turn.events(seat, finish), tell, limits });
    },
  );
  type One = { Params: { id: string } };
  app.get<One>(
    "/v1/responses/:id",
    { schema: { summary: "A response that is kept", tags } },
    async (request) => (await kept.find(access.owner(request), request.params.id)).response,
  );
  app.delete<One>("/v1/responses/:id", { schema: { summary: "Forgets a response", tags } }, async (request) => {
    const { id } = request.params;
    await kept.remove(access.owner(request), id);
    return { id, object: "response", deleted: true };
  });
}
