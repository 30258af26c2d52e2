// Helpers of the server tests: a listening server around a generator, requests that keep their raw answer.
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import type { TextGenerator } from "#generate";
import { createServer, type RunningServer, type ServerOptions } from "#server";

/** A listening server. */
export interface Serving extends AsyncDisposable {
  readonly server: RunningServer;
  readonly address: string;
  readonly port: number;
}

/** Listens on a free port; stops when it goes out of scope. */
export async function serving(generator: TextGenerator | undefined, options: Omit<ServerOptions, "generator"> = {}): Promise<Serving> {
  const server = await createServer({ generator, port: 0, page: "/nowhere", ...options });
  const address = await server.listen();
  return { server, address, port: Number(new URL(address).port), [Symbol.asyncDispose]: async () => void (await server.stop({ now: true })) };
}

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  readonly json: any;
}

/** One request with full control of its headers. */
export function ask(
  port: number,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string | string[]>; body?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = httpRequest({ host: "127.0.0.1", port, method, path, headers, agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.on("error", fail);
      answer.on("end", () => {
        const text = Buffer.concat(pieces).toString("utf8");
        done({ status: answer.statusCode ?? 0, headers: answer.headers, text, json: text.startsWith("{") ? JSON.parse(text) : undefined });
      });
    });
    sent.on("error", fail);
    sent.end(body);
  });
}

/** POST /v1/chat/completions with a JSON body (a string is sent as it is). */
export function chat(port: number, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(port, "POST", "/v1/chat/completions", {
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** The least request that is right. */
export const right = { model: "smollm2:135m", messages: [{ role: "user", content: "Hi" }] };

/** The data of each event of a stream. */
export function events(text: string): string[] {
  return text
    .split("\n\n")
    .filter((one) => one !== "")
    .map((one) => one.replace(/^data: /, ""));
}

/** Sends raw bytes, returns everything that comes back until the server closes. */
export function raw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.on("data", (piece) => {
      text += piece.toString("latin1");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" ? done(text) : fail(error)));
    socket.on("close", () => done(text));
  });
}
