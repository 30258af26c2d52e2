// One conversation: its turns, the answer that is coming in, and what it took. Kept in the browser across reloads.
import { type ChatEvent, type ChatSettings, chat, type Failure, failureOf, type Turn } from "./api.ts";
import { keep, recall } from "./keep.ts";

export interface Entry extends Turn {
  state?: "streaming" | "stopped" | "cut" | "failed";
  tokens?: number;
  tokensPerSecond?: number;
  firstWordSeconds?: number;
  failure?: Failure;
}

function kept(): Entry[] {
  try {
    const entries: Entry[] = JSON.parse(recall("conversation") ?? "[]");
    return entries.map((entry) => (entry.state === "streaming" ? { ...entry, state: "stopped" } : entry));
  } catch {
    return [];
  }
}

// A question without an answer does not stay in the talk, and neither do the pieces of one that failed.
function turnsOf(entries: readonly Entry[]): Turn[] {
  const unanswered = (entry: Entry | undefined) => entry?.role === "assistant" && (entry.state === "failed" || entry.content === "");
  return entries
    .filter((entry, i) => !unanswered(entry) && !(entry.role === "user" && unanswered(entries[i + 1])))
    .map(({ role, content }) => ({ role, content }));
}

export class Conversation {
  entries: Entry[] = $state(kept());
  busy = $state(false);
  #abort = new AbortController();

  async ask(text: string, model: string, settings: ChatSettings, language: string): Promise<void> {
    if (this.busy) return;
    this.entries.push({ role: "user", content: text });
    await this.#answer(model, settings, language);
  }

  /** Answers the last question again. */
  async again(model: string, settings: ChatSettings, language: string): Promise<void> {
    if (this.busy) return;
    while (this.entries.at(-1)?.role === "assistant") this.entries.pop();
    if (this.entries.length > 0) await this.#answer(model, settings, language);
  }

  stop(): void {
    this.#abort.abort();
  }

  clear(): void {
    this.stop();
    this.entries = [];
    keep("conversation", undefined);
  }

  async #answer(model: string, settings: ChatSettings, language: string): Promise<void> {
    const turns = turnsOf(this.entries);
    this.entries.push({ role: "assistant", content: "", state: "streaming", tokens: 0 });
    const entry = this.entries[this.entries.length - 1];
    const incoming = new Incoming(entry);
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.busy = true;
    try {
      for await (const event of chat(model, turns, settings, language, signal)) incoming.take(event);
      incoming.end(undefined);
    } catch (error) {
      if (!signal.aborted) entry.failure = failureOf(error);
      incoming.end(signal.aborted ? "stopped" : "failed");
    } finally {
      this.busy = false;
      if (this.entries.length > 0) keep("conversation", JSON.stringify(this.entries));
    }
  }
}

// Words come faster than a screen shows them: they are put in once a frame.
class Incoming {
  readonly #entry: Entry;
  readonly #began = performance.now();
  #first = 0;
  #waiting = "";
  #tokens = 0;
  #frame = 0;

  constructor(entry: Entry) {
    this.#entry = entry;
  }

  take(event: ChatEvent): void {
    const entry = this.#entry;
    if (event.type === "usage") entry.tokens = event.completionTokens;
    else if (event.type === "finish") {
      if (event.reason === "length") entry.state = "cut";
      this.#show();
      entry.tokensPerSecond = event.tokensPerSecond ?? entry.tokensPerSecond;
    } else {
      this.#first ||= performance.now();
      this.#waiting += event.text;
      this.#tokens++;
      this.#frame ||= requestAnimationFrame(() => this.#show());
    }
  }

  end(state: Entry["state"]): void {
    this.#show();
    if (state !== undefined || this.#entry.state === "streaming") this.#entry.state = state;
  }

  #show(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (this.#waiting === "") return;
    const entry = this.#entry;
    entry.content += this.#waiting;
    this.#waiting = "";
    entry.tokens = this.#tokens;
    entry.firstWordSeconds = (this.#first - this.#began) / 1000;
    const seconds = (performance.now() - this.#first) / 1000;
    if (this.#tokens > 1 && seconds > 0) entry.tokensPerSecond = (this.#tokens - 1) / seconds;
  }
}
