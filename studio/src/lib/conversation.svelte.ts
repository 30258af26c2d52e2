// One conversation: its turns, the answer that is coming in, and what it took. Kept in the browser across reloads.
import { ApiError, type ChatSettings, chat, type Turn } from "./api.ts";

export interface Entry extends Turn {
  state?: "streaming" | "stopped" | "cut" | "failed";
  tokens?: number;
  tokensPerSecond?: number;
  firstWordSeconds?: number;
  error?: { message: string; hint: string };
}

const storageKey = "inkstone.conversation";

function kept(): Entry[] {
  try {
    const entries: Entry[] = JSON.parse(localStorage.getItem(storageKey) ?? "[]");
    return entries.map((entry) => (entry.state === "streaming" ? { ...entry, state: "stopped" } : entry));
  } catch {
    return [];
  }
}

export class Conversation {
  entries: Entry[] = $state(kept());
  busy = $state(false);
  #abort: AbortController | undefined;

  async ask(text: string, model: string, settings: ChatSettings, language: string): Promise<void> {
    this.entries.push({ role: "user", content: text });
    await this.#answer(model, settings, language);
  }

  /** Answers the last question again. */
  async again(model: string, settings: ChatSettings, language: string): Promise<void> {
    while (this.entries.at(-1)?.role === "assistant") this.entries.pop();
    if (this.entries.length > 0) await this.#answer(model, settings, language);
  }

  stop(): void {
    this.#abort?.abort();
  }

  clear(): void {
    this.stop();
    this.entries = [];
    localStorage.removeItem(storageKey);
  }

  async #answer(model: string, settings: ChatSettings, language: string): Promise<void> {
    const turns: Turn[] = this.entries.filter((entry) => entry.state !== "failed").map(({ role, content }) => ({ role, content }));
    this.entries.push({ role: "assistant", content: "", state: "streaming", tokens: 0 });
    const entry = this.entries[this.entries.length - 1];
    this.busy = true;
    this.#abort = new AbortController();
    const begin = performance.now();
    let first = 0;
    try {
      for await (const event of chat(model, turns, settings, language, this.#abort.signal)) {
        const now = performance.now();
        if (event.type === "text") {
          if (first === 0) {
            first = now;
            entry.firstWordSeconds = (now - begin) / 1000;
          }
          entry.content += event.text;
          entry.tokens = (entry.tokens ?? 0) + 1;
        } else if (event.type === "usage") entry.tokens = event.completionTokens;
        else if (event.reason === "length") entry.state = "cut";
        if (first > 0 && now > first) entry.tokensPerSecond = Math.max(0, (entry.tokens ?? 1) - 1) / ((now - first) / 1000);
      }
      if (entry.state === "streaming") entry.state = undefined;
    } catch (error) {
      if (this.#abort.signal.aborted) entry.state = "stopped";
      else {
        entry.state = "failed";
        entry.error = { message: error instanceof Error ? error.message : String(error), hint: error instanceof ApiError ? error.hint : "" };
      }
    } finally {
      this.busy = false;
      localStorage.setItem(storageKey, JSON.stringify(this.entries));
    }
  }
}
