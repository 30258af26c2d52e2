// Requests to a server that speaks OpenAI's shapes: tried again where that helps, bounded in time and by a budget, errors by code. Knows no fields.
import { setTimeout as pause } from "node:timers/promises";
import { InkstoneError, type Phrase } from "../../core/index.ts";

/** How to reach a server. */
export interface UpstreamOptions {
  /** Up to and with /v1, such as `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  /** What the server calls the model. */
  readonly model: string;
  /** What it is called here. Default: `upstream:MODEL`. */
  readonly name?: string;
  readonly apiKey?: string;
  /** Milliseconds until the server must have begun to answer. Default 120,000. */
  readonly timeoutMs?: number;
  /** How often a request that was refused for now (429, 503, no connection) is sent again. Default 2. */
  readonly retries?: number;
  /** Most tokens, of prompts and answers, that this object may use. Default: no limit. */
  readonly tokenBudget?: number;
}

const worthAnother = new Set([408, 429, 500, 502, 503, 504]);

/** One server and one model. */
export class Upstream {
  readonly name: string;
  readonly options: UpstreamOptions;
  #spent = 0;
  #closed = false;

  constructor(options: UpstreamOptions) {
    if (!URL.canParse(options.url) || !/^https?:$/.test(new URL(options.url).protocol)) {
      const allowed = { en: "an address that begins with http:// or https://", zh: "以 http:// 或 https:// 开头的地址" };
      throw new InkstoneError("E_OPTION", { option: "url", value: options.url, allowed });
    }
    this.options = options;
    this.name = options.name ?? `upstream:${options.model}`;
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
  }

  spend(tokens: number): void {
    this.#spent += tokens;
  }

  /**
   * Sends a body and gives the answer, which went well.
   *
   * Errors: E_UPSTREAM (the server refused, with its words), E_UPSTREAM_REACH (no connection, or no answer in time), E_UPSTREAM_BUDGET, E_ENGINE_CLOSED, the
   * signal's reason.
   */
  async post(path: string, body: object, signal?: AbortSignal): Promise<Response> {
    const { tokenBudget, retries = 2 } = this.options;
    if (this.#closed) throw new InkstoneError("E_ENGINE_CLOSED", { what: this.name });
    if (tokenBudget !== undefined && this.#spent >= tokenBudget)
      throw new InkstoneError("E_UPSTREAM_BUDGET", { upstream: this.name, limit: tokenBudget });
    for (let tried = 0; ; tried++) {
      signal?.throwIfAborted();
      const { answer, error } = await this.#once(path, body, signal);
      if (answer?.ok) return answer;
      const again = tried < retries && (answer === undefined || worthAnother.has(answer.status));
      if (!again) throw error ?? (await this.#refusal(answer as Response));
      const after = Number(answer?.headers.get("retry-after"));
      await answer?.body?.cancel();
      await pause(after > 0 ? Math.min(after, 30) * 1000 : 200 * 2 ** tried * (1 + Math.random()), undefined, { signal });
    }
  }

  async #once(path: string, body: object, signal?: AbortSignal): Promise<{ answer?: Response; error?: InkstoneError }> {
    const { url, apiKey, timeoutMs = 120_000 } = this.options;
    const late = new AbortController();
    const clock = setTimeout(() => late.abort(), timeoutMs);
    const headers = { "content-type": "application/json", ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }) };
    const both = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
    try {
      return {
        answer: await fetch(`${url.replace(/\/$/, "")}${path}`, {
          method: "POST",
          headers,
          body: JSON.stringify(body),
          signal: both,
          redirect: "error",
        }),
      };
    } catch (cause) {
      signal?.throwIfAborted();
      const why: Phrase = late.signal.aborted
        ? { en: `it did not answer within ${timeoutMs / 1000} seconds`, zh: `${timeoutMs / 1000} 秒内未响应` }
        : { en: "no connection could be made", zh: "无法建立连接" };
      return { error: new InkstoneError("E_UPSTREAM_REACH", { upstream: this.name, why }, { cause }) };
    } finally {
      clearTimeout(clock);
    }
  }

  async #refusal(answer: Response): Promise<InkstoneError> {
    const text = (await answer.text().catch(() => "")).slice(0, 2000);
    let why = text;
    try {
      const { error } = JSON.parse(text) as { error?: { message?: string } | string };
      why = (typeof error === "string" ? error : error?.message) ?? text;
    } catch {
      // what is no JSON is told as it is
    }
    return new InkstoneError("E_UPSTREAM", { upstream: this.name, status: answer.status, why: [why] });
  }
}

/** The data of server-sent events, as bytes come, cut anywhere; ends at [DONE]. Errors: E_UPSTREAM_REACH when it breaks off before. */
export async function* eventData(answer: Response, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let held = "";
  for await (const bytes of answer.body as unknown as AsyncIterable<Uint8Array>) {
    held += decoder.decode(bytes, { stream: true }).replaceAll("\r", "");
    for (let end = held.indexOf("\n\n"); end >= 0; end = held.indexOf("\n\n")) {
      const lines = held.slice(0, end).split("\n");
      held = held.slice(end + 2);
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart());
      if (data.join("\n") === "[DONE]") return;
      if (data.length > 0) yield data.join("\n");
    }
  }
  throw new InkstoneError("E_UPSTREAM_REACH", { upstream: name, why: { en: "its stream broke off", zh: "数据流中断" } });
}
