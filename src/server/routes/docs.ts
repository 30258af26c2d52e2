// GET /openapi.json: the API described by the schemas that check it. GET /docs: the same as a page, without a script. GET /v1: where a base address that is opened in a browser leads.
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: unknown }>> };
}

const title = "Inkstone";

/** Describes every route that is added after it. */
export async function addDescription(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title, version: "1", description: "Language models on your own machine: OpenAI's, Anthropic's and Ollama's shapes." },
      components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
    },
    hideUntagged: true,
  });
}

/** Adds the routes. */
export function addDocsRoutes(app: FastifyInstance): void {
  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  app.get("/docs", { schema: { hide: true } }, async (_request, reply) => {
    const { paths = {} } = app.swagger() as { paths?: Record<string, Record<string, Operation>> };
    return reply.type("text/html; charset=utf-8").send(page(paths));
  });
  for (const [path, up] of [
    ["/v1", "."],
    ["/v1/", ".."],
  ])
    app.get(path, { schema: { hide: true } }, async ({ headers: { accept = "" } }, reply) =>
      accept.includes("text/html")
        ? reply.redirect(`${up}/docs`)
        : { object: "api", models: "/v1/models", docs: "/docs", openapi: "/openapi.json", limits: "/v1/limits" },
    );
}

function page(paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>): string {
  const all = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
  const tags = [...new Set(all.flatMap(({ operation }) => operation.tags ?? []))];
  const section = (tag: string) =>
    `<h2>${escaped(tag)}</h2>${all
      .filter(({ operation }) => operation.tags?.includes(tag))
      .map(shown)
      .join("")}`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} 砚 · API</title>
<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}pre{overflow:auto;font-size:.85rem}summary{cursor:pointer}code{font-weight:600}</style>
<main><h1>${title} 砚</h1><p>The API, as <a href="./openapi.json">openapi.json</a> describes it. 本页列出全部接口。</p>${tags.map(section).join("")}</main></html>`;
}

function shown({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const head = `<code>${method.toUpperCase()} ${escaped(path)}</code> ${escaped(operation.summary ?? "")}`;
  return schema === undefined
    ? `<p>${head}</p>`
    : `<details><summary>${head}</summary><pre>${escaped(JSON.stringify(schema, null, 2))}</pre></details>`;
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
