// The page's side of the API: model information and a streamed chat. Knows no components.

export interface Turn {
  role: "system" | "user" | "assistant";
  content: string;
}

export interface ChatSettings {
  system: string;
  temperature: number;
  maxTokens: number;
}

export type ChatEvent =
  | { type: "text"; text: string }
  | { type: "finish"; reason: string }
  | { type: "usage"; completionTokens: number; promptTokens: number };

export interface ServerInformation {
  model: string;
  executor?: string;
  contextLength?: number;
}

/** An error as the server tells it: a sentence and what to do next. */
export class ApiError extends Error {
  hint: string;
  constructor(message: string, hint = "") {
    super(message);
    this.hint = hint;
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  const body = await response.json().catch(() => undefined);
  return new ApiError(body?.error?.message ?? `HTTP ${response.status}`, body?.error?.hint ?? "");
}

export async function serverInformation(signal?: AbortSignal): Promise<ServerInformation> {
  const response = await fetch("./v1/models", { signal });
  if (!response.ok) throw await errorOf(response);
  const first = (await response.json()).data[0];
  return { model: first.id, executor: first.inkstone?.executor, contextLength: first.inkstone?.contextLength };
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
  const response = await fetch("./v1/chat/completions", {
    method: "POST",
    signal,
    headers: { "content-type": "application/json", "accept-language": language },
    body: JSON.stringify({
      model,
      messages,
      temperature: settings.temperature,
      max_tokens: settings.maxTokens,
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  if (!response.ok || !response.body) throw await errorOf(response);
  for await (const data of events(response.body)) {
    if (data === "[DONE]") return;
    const chunk = JSON.parse(data);
    if (chunk.error) throw new ApiError(chunk.error.message, chunk.error.hint);
    const choice = chunk.choices?.[0];
    if (choice?.delta?.content) yield { type: "text", text: choice.delta.content };
    if (choice?.finish_reason) yield { type: "finish", reason: choice.finish_reason };
    if (chunk.usage) yield { type: "usage", completionTokens: chunk.usage.completion_tokens, promptTokens: chunk.usage.prompt_tokens };
  }
}

async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
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
