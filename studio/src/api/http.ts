// Requests to the server of this page: errors as it tells them, JSON, events, lines. Knows no route.
import { speech } from "../i18n/i18n.svelte.ts";
import { keep, recall } from "./keep.ts";

/** An error as the server tells it: a sentence and what to do next. */
export class ApiError extends Error {
  readonly hint: string;
  readonly status: number;
  readonly code: string;
  constructor(message: string, { hint = "", status = 0, code = "" }: { hint?: string; status?: number; code?: string } = {}) {
    super(message);
    this.hint = hint;
    this.status = status;
    this.code = code;
  }
}

/** The server cannot be reached, or went away in the middle of an answer. */
export class Offline extends Error {}

/** Why there is no (whole) answer: what the server said, or nothing when it cannot be reached. */
export type Failure = { offline: true } | { message: string; hint: string; status?: number };

export function failureOf(error: unknown): Failure {
  if (error instanceof Offline) return { offline: true };
  if (error instanceof ApiError) return { message: error.message, hint: error.hint, status: error.status };
  return { message: error instanceof Error ? error.message : String(error), hint: "" };
}

/** The key that the server asks for, kept in this tab; `wanted` is called when a request was refused for want of one. */
export const key = {
  get value(): string | undefined {
    return recall("key", sessionStorage);
  },
  set value(given: string | undefined) {
    keep("key", given, sessionStorage);
  },
  wanted: (): void => undefined,
};

/** A request whose answer is good. Errors: ApiError with the server's words, Offline. */
export async function reach(path: string, request: RequestInit = {}): Promise<Response> {
  const headers = new Headers(request.headers);
  if (!headers.has("accept-language")) headers.set("accept-language", speech.language);
  const given = key.value;
  if (given !== undefined) headers.set("authorization", `Bearer ${given}`);
  const response = await fetch(path, { ...request, headers }).catch((error: unknown) => {
    throw request.signal?.aborted ? error : new Offline();
  });
  if (response.ok) return response;
  if (response.status === 401) key.wanted();
  throw await errorOf(response);
}

async function errorOf(response: Response): Promise<ApiError> {
  const body = await response.json().catch(() => undefined);
  const { status } = response;
  const told = body?.error;
  if (typeof told === "string") return new ApiError(told, { status });
  return new ApiError(told?.message ?? `HTTP ${status}`, { hint: told?.hint ?? "", status, code: told?.code ?? "" });
}

/** GET, as JSON. */
export async function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return (await reach(path, { signal })).json();
}

/** POST of JSON (or another method), as JSON. */
export async function send<Answer>(
  path: string,
  body: unknown,
  { signal, method = "POST" }: { signal?: AbortSignal; method?: string } = {},
): Promise<Answer> {
  const request =
    body === undefined ? { method, signal } : { method, signal, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return (await reach(path, request)).json();
}

async function* textOf(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw signal.aborted ? error : new Offline();
      });
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

/** What stands between separators of a stream. */
async function* partsOf(body: ReadableStream<Uint8Array>, separator: string, signal: AbortSignal): AsyncGenerator<string> {
  let rest = "";
  for await (const text of textOf(body, signal)) {
    const parts = (rest + text).split(separator);
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest.trim() !== "") yield rest;
}

/** The data of each server-sent event. */
export async function* eventsOf(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<string> {
  for await (const part of partsOf(body, "\n\n", signal)) {
    const data = part
      .split("\n")
      .filter((line) => line.startsWith("data:"))
      .map((line) => line.slice(5).trimStart())
      .join("\n");
    if (data) yield data;
  }
}

/** Each line of a stream of JSON lines. Errors: ApiError for a line that holds an error. */
export async function* linesOf<Line>(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<Line> {
  for await (const part of partsOf(body, "\n", signal)) {
    const line = JSON.parse(part);
    if (line.error !== undefined) throw new ApiError(typeof line.error === "string" ? line.error : line.error.message, { hint: line.error.hint });
    yield line;
  }
}
