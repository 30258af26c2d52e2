// POST /tokenize, /detokenize, /apply-template: what a model reads, in llama.cpp's shapes.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { InkstoneError } from "../../core/index.ts";
import type { TextGenerator, TokenizingGenerator } from "../../generate/index.ts";
import type { ServerContext } from "../context.ts";
import { plainMessages } from "../generation/messages.ts";
import { only } from "../generation/neutral.ts";
import { Seat } from "../generation/seat.ts";
import { thinkingFields, thinkingOf } from "../generation/thinking.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";

const model = z.string().min(1).max(4096).nullish();

/** Adds the routes. */
export function addTokenRoutes(app: FastifyInstance, context: ServerContext): void {
  const { limits } = context;
  const text = z.string().max(limits.inputCharacters * 8);
  const tokenize = z.strictObject({
    model,
    content: text,
    add_special: only(false),
    parse_special: z.boolean().nullish(),
    with_pieces: z.boolean().nullish(),
  });
  const detokenize = z.strictObject({
    model,
    tokens: z
      .array(
        z
          .int()
          .min(0)
          .max(2 ** 31 - 1),
      )
      .max(1 << 20),
  });
  const template = z.strictObject({ model, messages: plainMessages(limits.messages), ...thinkingFields });
  const tags = ["Tokens"];

  const work =
    <Body extends { model?: string | null }>(schema: z.ZodType<Body>, does: (generator: TokenizingGenerator, body: Body) => Promise<object>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<object> => {
      const body = checked(schema, request.body);
      const seat = new Seat(context, "chat", request, reply, { model: body.model ?? undefined });
      return seat.whole(async (generator) => does(tokenizing(generator), body));
    };

  app.post(
    "/tokenize",
    { schema: { summary: "Token ids of a text", tags, body: jsonSchema(tokenize) } },
    work(tokenize, async (generator, { content, parse_special, with_pieces }) => {
      const { ids, tokens } = await generator.tokenize(content, { special: parse_special ?? false });
      return { tokens: with_pieces ? ids.map((id, i) => ({ id, piece: tokens[i] })) : ids };
    }),
  );
  app.post(
    "/detokenize",
    { schema: { summary: "The text of token ids", tags, body: jsonSchema(detokenize) } },
    work(detokenize, async (generator, { tokens }) => ({
      content: await generator.detokenize(tokens),
    })),
  );
  app.post(
    "/apply-template",
    { schema: { summary: "A chat as the model reads it", tags, body: jsonSchema(template) } },
    work(template, async (generator, { messages, ...told }) => {
      const { text: prompt, ids } = await generator.render(messages, thinkingOf(told));
      return { prompt, tokens: ids.length };
    }),
  );
}

/** A generator that shows its tokens. Errors: E_SERVED_ABILITY for one that does not (a server elsewhere). */
export function tokenizing(generator: TextGenerator): TokenizingGenerator {
  const { tokenize, detokenize, render } = generator as Partial<TokenizingGenerator>;
  if (tokenize === undefined || detokenize === undefined || render === undefined)
    throw new InkstoneError("E_SERVED_ABILITY", { model: generator.information.name, what: { en: "show its tokens", zh: "显示词元" } });
  return generator as TokenizingGenerator;
}
