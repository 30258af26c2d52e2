// The page's side of the API: model information and a streamed chat. Knows no components.

export interface Turn {
  role: "system" | "user" | "assistant";
  content: string;
}

export interface ChatSettings {
  system: string;
  temperature: number;
  maxTokens: number;
  topP: number;
  repetitionPenalty: number;
}

/** What a chat begins with. Beside a temperature of 0.2 the model's authors advise 0.9 of the probability; without the penalty a model of this size often repeats one line to the end. */
export const usualSettings: ChatSettings = { system: "", temperature: 0.2, maxTokens: 512, topP: 0.9, repetitionPenalty: 1.1 };

export type ChatEvent =
  | { type: "text"; text: string }
  | { type: "finish"; reason: string; tokensPerSecond?: number }
  | { type: "usage"; completionTokens: number; promptTokens: number };

export interface ServerInformation {
  model: string;
  kind?: string;
  state?: string;
  executor?: string;
  contextLength?: number;
  parameters?: number;
  /** What the model was trained for, where that is known. */
  languages?: string[];
}

/** An error as the server tells it: a sentence and what to do next. */
export class ApiError extends Error {
  hint: string;
  constructor(message: string, hint = "") {
    super(message);
    this.hint = hint;
  }
}

/** The server cannot be reached, or went away in the middle of an answer. */
export class Offline extends Error {}

/** Why there is no (whole) answer: what the server said, or nothing when it cannot be reached. */
export type Failure = { offline: true } | { message: string; hint: string };

export function failureOf(error: unknown): Failure {
  if (error instanceof Offline) return { offline: true };
  return { message: error instanceof Error ? error.message : String(error), hint: error instanceof ApiError ? error.hint : "" };
}

/** A request whose answer is good. Errors: ApiError with the server's words, Offline. */
export async function reach(path: string, request: RequestInit): Promise<Response> {
  const response = await fetch(path, request).catch((error: unknown) => {
    throw request.signal?.aborted ? error : new Offline();
  });
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function errorOf(response: Response): Promise<ApiError> {
  const body = await response.json().catch(() => undefined);
  return new ApiError(body?.error?.message ?? `HTTP ${response.status}`, body?.error?.hint ?? "");
}

export async function serverInformation(): Promise<ServerInformation> {
  return (await servedModels()).find(({ kind }) => kind === undefined || kind === "chat") ?? { model: "" };
}

/** Everything that is served, with what the server says of it. */
export async function servedModels(): Promise<ServerInformation[]> {
  const response = await reach("./v1/models", {});
  const { data }: { data: { id: string; inkstone?: Omit<ServerInformation, "model"> }[] } = await response.json();
  return data.map(({ id, inkstone }) => ({ ...inkstone, model: id }));
}

/** Sends a chat and yields what comes back, piece by piece. Aborting the signal stops the model at once. */
export async function* chat(
  model: string,
  turns: readonly Turn[],
  settings: ChatSettings,
  language: string,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent> {
  const messages = settings.system.trim() ? [{ role: "system", content: settings.system.trim() }, ...turns] : turns;
  const response = await reach("./v1/chat/completions", {
    method: "POST",
    signal,
    headers: { "content-type": "application/json", "accept-language": language },
    body: JSON.stringify({
      model,
      messages,
      top_p: settings.topP,
      repetition_penalty: settings.repetitionPenalty,
      temperature: settings.temperature,
      max_tokens: settings.maxTokens,
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  if (!response.body) throw new Offline();
  let whole = false;
  for await (const data of eventsOf(response.body, signal)) {
    if (data === "[DONE]") {
      whole = true;
      continue; // read to the end, or the browser counts the request as broken off
    }
    const chunk = JSON.parse(data);
    if (chunk.error) throw new ApiError(chunk.error.message, chunk.error.hint);
    const choice = chunk.choices?.[0];
    if (choice?.delta?.content) yield { type: "text", text: choice.delta.content };
    if (choice?.finish_reason) yield { type: "finish", reason: choice.finish_reason, tokensPerSecond: chunk.timings?.decode_tokens_per_second };
    if (chunk.usage) yield { type: "usage", completionTokens: chunk.usage.completion_tokens, promptTokens: chunk.usage.prompt_tokens };
  }
  if (!whole) throw new Offline(); // the end was not announced
}

/** The data of each server-sent event. */
export async function* eventsOf(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw signal.aborted ? error : new Offline();
      });
      if (done) return;
      rest += value;
      const parts = rest.split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) {
        const data = part
          .split("\n")
          .filter((line) => line.startsWith("data:"))
          .map((line) => line.slice(5).trimStart())
          .join("\n");
        if (data) yield data;
      }
    }
  } finally {
    reader.releaseLock();
  }
}
