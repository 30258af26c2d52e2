// /v1/files: files that batches and fine-tunings are made from, and what came of them, in OpenAI's shape.
import { isUtf8 } from "node:buffer";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InkstoneError } from "../../core/index.ts";
import type { ServerContext } from "../context.ts";
import { checked } from "../http/fields.ts";
import { readForm } from "../http/multipart.ts";

const query = z.strictObject({
  limit: z.coerce.number().int().min(1).max(10_000).optional(),
  after: z.string().max(200).optional(),
  order: z.enum(["desc"]).optional(),
  purpose: z.string().max(64).optional(),
});
const fields = z.strictObject({ purpose: z.enum(["batch", "fine-tune"]) });

/** Adds the routes. Errors of all: E_DATABASE_NEEDED without a store. */
export async function addFileRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  const { access, limits, files } = context;
  const tags = ["OpenAI"];
  const kept = () => {
    if (files === undefined) throw new InkstoneError("E_DATABASE_NEEDED", { what: { en: "files", zh: "文件" } });
    return files;
  };
  type One = { Params: { id: string } };
  // In a scope of its own: no other route takes forms.
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      /^multipart\/form-data\s*;/i,
      { parseAs: "buffer", bodyLimit: limits.tableBytes },
      async (_request: unknown, body: Buffer) => body,
    );
    scope.post(
      "/v1/files",
      {
        bodyLimit: limits.tableBytes,
        config: { wanted: ["multipart/form-data"] },
        schema: { summary: "Leaves a file, for a batch or a fine-tuning", tags },
      },
      async (request) => {
        const { fields: given, file } = await readForm(request.body as Buffer, request.headers["content-type"] ?? "");
        const { purpose } = checked(fields, given);
        if (file === undefined) throw new InkstoneError("E_FIELD", { field: "file", why: { en: "it is missing", zh: "缺失" } });
        if (!isUtf8(file.bytes)) throw new InkstoneError("E_FIELD", { field: "file", why: { en: "it is no text in UTF-8", zh: "不是 UTF-8 文本" } });
        const owner = access.owner(request);
        const id = await kept().keep(owner, file.name.slice(0, 200), purpose, file.bytes.toString("utf8"));
        return kept().facts(owner, id);
      },
    );
  });
  app.get("/v1/files", { schema: { summary: "Files, the latest first", tags } }, async (request) => {
    const { limit = 100, after, purpose } = checked(query, request.query);
    const data = await kept().list(access.owner(request), { limit: limit + 1, after, purpose });
    return { object: "list", data: data.slice(0, limit), has_more: data.length > limit };
  });
  app.get<One>("/v1/files/:id", { schema: { summary: "A file", tags } }, async (request) => kept().facts(access.owner(request), request.params.id));
  app.get<One>("/v1/files/:id/content", { schema: { summary: "What is in a file", tags } }, async (request, reply) => {
    const text = await kept().content(access.owner(request), request.params.id);
    return reply.type("application/jsonl; charset=utf-8").send(text);
  });
  app.delete<One>("/v1/files/:id", { schema: { summary: "Forgets a file", tags } }, async (request) => {
    const { id } = request.params;
    await kept().remove(access.owner(request), id);
    return { id, object: "file", deleted: true };
  });
}
