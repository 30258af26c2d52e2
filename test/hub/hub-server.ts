// A small hub of our own: files by repository, with the misbehaviour that a test asks for.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What one request gets instead of the ordinary answer; undefined: the ordinary one. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse, nth: number) => boolean | undefined;

/** A hub that listens. */
export interface TestHub extends AsyncDisposable {
  readonly endpoint: string;
  readonly requests: { readonly url: string; readonly range: string | undefined; readonly headers: IncomingMessage["headers"] }[];
  misbehave: Misbehaviour | undefined;
}

/** Serves `files` ("owner/name/file.gguf" -> bytes) with ranges, LFS digests and a listing. */
export async function testHub(files: Readonly<Record<string, Buffer>>): Promise<TestHub> {
  const requests: TestHub["requests"] = [];
  const hub = { misbehave: undefined as Misbehaviour | undefined };
  const server = createServer((request, response) => {
    requests.push({ url: request.url ?? "", range: request.headers.range, headers: request.headers });
    if (hub.misbehave?.(request, response, requests.length)) return;
    answer(files, request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return Object.assign(hub, { endpoint, requests, [Symbol.asyncDispose]: close });
}

function answer(files: Readonly<Record<string, Buffer>>, request: IncomingMessage, response: ServerResponse): void {
  const path = decodeURIComponent((request.url ?? "").split("?")[0]);
  const listing = /^\/api\/models\/([^/]+\/[^/]+)$/.exec(path)?.[1];
  const file = /^\/([^/]+\/[^/]+)\/resolve\/main\/(.+)$/.exec(path);
  if (listing) sendListing(files, listing, response);
  else if (file && files[`${file[1]}/${file[2]}`]) sendFile(files[`${file[1]}/${file[2]}`], request, response);
  else response.writeHead(404).end("no");
}

function sendListing(files: Readonly<Record<string, Buffer>>, repository: string, response: ServerResponse): void {
  const own = Object.entries(files).filter(([name]) => name.startsWith(`${repository}/`));
  if (own.length === 0) return void response.writeHead(404).end("{}");
  const siblings = own.map(([name, bytes]) => ({
    rfilename: name.slice(repository.length + 1),
    size: bytes.length,
    lfs: { sha256: sha256(bytes), size: bytes.length },
  }));
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ siblings: [{ rfilename: "README.md" }, ...siblings] }));
}

/** The ordinary answer for a file, with ranges. */
export function sendFile(bytes: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (start >= bytes.length && start > 0) return void response.writeHead(416).end();
  const headers = { "content-length": bytes.length - start, "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(start > 0 ? 206 : 200, start > 0 ? headers : { "content-length": bytes.length });
  response.end(bytes.subarray(start));
}

/** SHA-256 in hexadecimal. */
export const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Bytes that no compression shortens, the same at each call. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 255;
  }
  return bytes;
}
