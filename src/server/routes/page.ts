// The page: the built files of studio/, each a route of its own, so that no path can lead anywhere else; a plain page while it is not built.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import files from "@fastify/static";
import type { FastifyInstance } from "fastify";

/** Where the built page is: beside dist/ in the package and in a clone. */
export const builtPage: string = fileURLToPath(new URL("../../../studio/dist", import.meta.url));

const absent = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Inkstone 砚</title>
<main><h1>Inkstone 砚</h1><p>The API is running at <code>/v1</code>. The page has not been built: run <code>npm start</code> in the clone.</p>
<p lang="zh">API 正在 <code>/v1</code> 运行。网页尚未构建：请在仓库中运行 <code>npm start</code>。</p></main></html>`;

/** Adds the routes. */
export async function addPageRoutes(app: FastifyInstance, folder: string = builtPage): Promise<void> {
  if (!existsSync(join(folder, "index.html"))) {
    app.get("/", async (_request, reply) => reply.type("text/html; charset=utf-8").send(absent));
    return;
  }
  await app.register(files, {
    root: folder,
    wildcard: false,
    cacheControl: false,
    setHeaders: (response, path) =>
      response.header("cache-control", /[/\\]assets[/\\]/.test(path) ? "public, max-age=31536000, immutable" : "no-cache"),
  });
}
