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

/** A file of the page. */
export interface PageFile {
  /** The address at which it is. */
  readonly path: string;
  readonly type: string;
  readonly content: Buffer;
}

/** The files of a built page; one that says how to build it, where it is not built. */
export async function pageFiles(folder: string = builtPage): Promise<PageFile[]> {
  if (!existsSync(join(folder, "index.html"))) return [{ path: "/", type: types[".html"], content: Buffer.from(absent) }];
  const files: PageFile[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const type = types[extname(file)];
    if (!entry.isFile() || type === undefined) continue;
    const name = relative(folder, file).split(sep).join("/");
    files.push({ path: name === "index.html" ? "/" : `/${name}`, type, content: await readFile(file) });
  }
  return files;
}

/** Adds the routes. Files under assets/ carry a digest in their names and never change; the others are asked for each time, and not sent again when they are the same. */
export function addPageRoutes(app: FastifyInstance, files: readonly PageFile[]): void {
  for (const { path, type, content } of files) {
    const etag = `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
    const kept = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      reply.headers({ "cache-control": kept, etag });
      return request.headers["if-none-match"] === etag ? reply.code(304).send() : reply.type(type).send(content);
    });
  }
}
