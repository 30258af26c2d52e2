// The page: the built files of studio/, read once, each a route of its own, so that no path can lead anywhere else; a plain page while it is not built.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";

/** Where the built page is: beside dist/ in the package and in a clone. */
export const builtPage: string = fileURLToPath(new URL("../../../studio/dist", import.meta.url));

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const absent = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Inkstone 砚</title>
<main><h1>Inkstone 砚</h1><p>The API is running at <code>/v1</code>. The page has not been built: run <code>npm start</code> in the clone.</p>
<p lang="zh">API 正在 <code>/v1</code> 运行。网页尚未构建：请在仓库中运行 <code>npm start</code>。</p></main></html>`;

/** Adds the routes. */
export async function addPageRoutes(app: FastifyInstance, folder: string = builtPage): Promise<void> {
  if (!existsSync(join(folder, "index.html"))) {
    app.get("/", async (_request, reply) => reply.type(types[".html"]).send(absent));
    return;
  }
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const type = types[extname(path)];
    if (entry.isFile() && type !== undefined) addFile(app, relative(folder, path).split(sep).join("/"), type, await readFile(path));
  }
}

// Files under assets/ carry a digest in their names and never change; the others are asked for each time, and not sent again when they are the same.
function addFile(app: FastifyInstance, name: string, type: string, content: Buffer): void {
  const etag = `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
  const kept = name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
  app.get(name === "index.html" ? "/" : `/${name}`, async (request, reply) => {
    reply.headers({ "cache-control": kept, etag });
    return request.headers["if-none-match"] === etag ? reply.code(304).send() : reply.type(type).send(content);
  });
}
