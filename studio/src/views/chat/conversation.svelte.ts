// One conversation: its turns, the answer that is coming in, and what it took. Kept from the moment a question is sent.
import { type ChatEvent, type ChatSettings, chat, type Turn } from "../../api/chat.ts";
import { type Failure, failureOf } from "../../api/http.ts";
import { newTalk, type Talk, type Talks } from "./talks.svelte.ts";

/** What one answer is, apart from its place in the talk. */
export interface Version {
  content: string;
  state?: "streaming" | "stopped" | "cut" | "failed";
  tokens?: number;
  tokensPerSecond?: number;
  firstWordSeconds?: number;
  failure?: Failure;
}

export interface Entry extends Turn, Version {
  /** Every answer that was given here, the shown one among them; only where there are several. */
  versions?: Version[];
  shown?: number;
}

const versionOf = ({ content, state, tokens, tokensPerSecond, firstWordSeconds, failure }: Entry): Version => ({
  content,
  state,
  tokens,
  tokensPerSecond,
  firstWordSeconds,
  failure,
});
const clean: Version = {
  content: "",
  state: undefined,
  tokens: undefined,
  tokensPerSecond: undefined,
  firstWordSeconds: undefined,
  failure: undefined,
};

// A question without an answer does not stay in the talk, and neither do the pieces of one that failed.
function turnsOf(entries: readonly Entry[]): Turn[] {
  const unanswered = (entry: Entry | undefined) => entry?.role === "assistant" && (entry.state === "failed" || entry.content === "");
  return entries
    .filter((entry, i) => !unanswered(entry) && !(entry.role === "user" && unanswered(entries[i + 1])))
    .map(({ role, content }) => ({ role, content }));
}

export class Conversation {
  talk: Talk = $state(newTalk());
  busy = $state(false);
  readonly #talks: Talks;
  #abort = new AbortController();
  #saved = 0;

  constructor(talks: Talks) {
    this.#talks = talks;
    this.talk = talks.first();
  }

  get entries(): Entry[] {
    return this.talk.entries;
  }

  async ask(text: string, model: string, settings: ChatSettings): Promise<void> {
    if (this.busy) return;
    this.entries.push({ role: "user", content: text });
    const turns = turnsOf(this.entries);
    this.entries.push({ ...clean, role: "assistant", state: "streaming", tokens: 0 });
    await this.#answer(turns, model, settings);
  }

  /** Answers the last question once more; the answer that was there stays as a version, and comes back when the new one fails at once. */
  async again(model: string, settings: ChatSettings): Promise<void> {
    const entry = this.entries.at(-1);
    if (this.busy || entry?.role !== "assistant") return;
    const versions = entry.versions ?? [versionOf(entry)];
    const kept = versions.filter((version) => version.content !== "");
    const turns = turnsOf(this.entries.slice(0, -1));
    Object.assign(entry, clean, { state: "streaming", tokens: 0, versions: undefined, shown: undefined });
    await this.#answer(turns, model, settings);
    if (kept.length === 0) return;
    const failed = entry.content === "";
    entry.versions = failed ? kept : [...kept, versionOf(entry)];
    this.show(entry, entry.versions.length - 1, failed ? entry.failure : undefined);
  }

  /** Shows another version of an answer; the talk goes on from the shown one. */
  show(entry: Entry, index: number, failure?: Failure): void {
    const version = entry.versions?.[index];
    if (this.busy || version === undefined) return;
    Object.assign(entry, clean, version, { shown: index }, failure ? { failure } : {});
    if (entry.versions?.length === 1) entry.versions = undefined;
    this.#keep();
  }

  /** Asks a question of the talk in other words: what followed it stays as a talk of its own. */
  async edit(index: number, text: string, model: string, settings: ChatSettings): Promise<void> {
    if (this.busy) return;
    this.talk = { ...newTalk(), entries: this.entries.slice(0, index).map((entry) => ({ ...entry })) };
    await this.ask(text, model, settings);
  }

  stop(): void {
    this.#abort.abort();
  }

  clear(): void {
    this.stop();
    this.talk = newTalk();
    this.#talks.stay(this.talk);
  }

  open(id: string): void {
    const talk = this.#talks.open(id);
    if (talk === undefined) return;
    this.stop();
    this.talk = talk;
    this.#talks.stay(talk);
  }

  #keep(): void {
    this.#saved = performance.now();
    this.#talks.save(this.talk);
  }

  async #answer(turns: Turn[], model: string, settings: ChatSettings): Promise<void> {
    const entry = this.entries[this.entries.length - 1];
    const { talk } = this;
    const incoming = new Incoming(entry);
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.busy = true;
    this.#keep();
    try {
      for await (const event of chat(model, turns, settings, signal)) {
        incoming.take(event);
        if (performance.now() - this.#saved > 1000 && this.talk === talk) this.#keep();
      }
      incoming.end(undefined);
    } catch (error) {
      if (!signal.aborted) entry.failure = failureOf(error);
      incoming.end(signal.aborted ? "stopped" : "failed");
    } finally {
      this.busy = false;
      if (this.talk === talk) this.#keep();
      else this.#talks.save(talk);
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
