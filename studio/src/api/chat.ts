// A streamed chat. Knows no components.
import { ApiError, eventsOf, Offline, reach } from "./http.ts";

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
  /** The same seed gives the same answer; undefined: another each time. */
  seed?: number;
  /** Ask how likely each piece was, and what else it might have been. */
  probabilities?: boolean;
  /** Which of the model's adapters; "" for none; undefined: the usual one. */
  adapter?: string;
}

/** A piece of an answer: how likely it was, and what might have stood there. */
export interface Piece {
  text: string;
  logprob: number;
  others: { text: string; logprob: number }[];
}

/** What a chat begins with. Beside a temperature of 0.2 the model's authors advise 0.9 of the probability; without the penalty a model of this size often repeats one line to the end. */
export const usualSettings: ChatSettings = { system: "", temperature: 0.2, maxTokens: 512, topP: 0.9, repetitionPenalty: 1.1 };

export type ChatEvent =
  | { type: "text"; text: string }
  | { type: "thought"; text: string }
  | { type: "pieces"; pieces: Piece[] }
  | { type: "finish"; reason: string; tokensPerSecond?: number }
  | { type: "usage"; completionTokens: number; promptTokens: number };

/** Sends a chat and yields what comes back, piece by piece. Aborting the signal stops the model at once. */
export async function* chat(model: string, turns: readonly Turn[], settings: ChatSettings, signal: AbortSignal): AsyncGenerator<ChatEvent> {
  const messages = settings.system.trim() ? [{ role: "system", content: settings.system.trim() }, ...turns] : turns;
  const response = await reach("./v1/chat/completions", {
    method: "POST",
    signal,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model,
      messages,
      top_p: settings.topP,
      repetition_penalty: settings.repetitionPenalty,
      temperature: settings.temperature,
      max_tokens: settings.maxTokens,
      ...(settings.seed === undefined ? {} : { seed: settings.seed }),
      ...(settings.adapter === undefined ? {} : { adapter: settings.adapter }),
      ...(settings.probabilities ? { logprobs: true, top_logprobs: 5 } : {}),
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
    if (chunk.error) throw new ApiError(chunk.error.message, { hint: chunk.error.hint });
    const choice = chunk.choices?.[0];
    if (choice?.delta?.content) yield { type: "text", text: choice.delta.content };
    const thought: string | undefined = choice?.delta?.reasoning_content;
    if (thought) yield { type: "thought", text: thought };
    const pieces: ShownPiece[] = thought === undefined ? (choice?.logprobs?.content ?? []) : [];
    if (pieces.length > 0) yield { type: "pieces", pieces: pieces.map(pieceOf) };
    if (choice?.finish_reason) yield { type: "finish", reason: choice.finish_reason, tokensPerSecond: chunk.timings?.decode_tokens_per_second };
    if (chunk.usage) yield { type: "usage", completionTokens: chunk.usage.completion_tokens, promptTokens: chunk.usage.prompt_tokens };
  }
  if (!whole) throw new Offline(); // the end was not announced
}

interface ShownPiece {
  token: string;
  logprob: number;
  top_logprobs?: { token: string; logprob: number }[];
}
const pieceOf = ({ token, logprob, top_logprobs = [] }: ShownPiece): Piece => ({
  text: token,
  logprob,
  others: top_logprobs.map((one) => ({ text: one.token, logprob: one.logprob })),
});
