// One conversation: its turns, the answers that are coming in, what they took, and what was thought of them. Kept from the moment a question is sent.
import { type ChatEvent, type ChatSettings, chat, type Piece, type Turn, usualSettings } from "../../api/chat.ts";
import { dropFeedback, keepFeedback } from "../../api/feedback.ts";
import { type Failure, failureOf } from "../../api/http.ts";
import { keep, recall } from "../../api/keep.ts";
import { judgedOf, promptOf } from "./ratings.ts";
import { newTalk, type Talk, type Talks } from "./talks.svelte.ts";

/** What one answer is, apart from its place in the talk. */
export interface Version {
  content: string;
  /** What the model thought before it. */
  thought?: string;
  state?: "streaming" | "stopped" | "cut" | "failed";
  tokens?: number;
  /** Of the question with all before it. */
  promptTokens?: number;
  tokensPerSecond?: number;
  firstWordSeconds?: number;
  failure?: Failure;
  model?: string;
  rating?: 1 | -1;
  /** What it said before somebody corrected it. */
  original?: string;
  /** Under which name the server keeps what is thought of it. */
  judged?: string;
  /** How likely its pieces were; not kept. */
  pieces?: Piece[];
}

export interface Entry extends Turn, Version {
  /** Every answer that was given here, the shown one among them; only where there are several. */
  versions?: Version[];
  shown?: number;
  /** The answer of another model to the same question, as long as none was chosen. */
  rival?: Version;
  /** The answer that was not chosen. */
  rejected?: Version;
}

const clean: Version = {
  content: "",
  thought: undefined,
  state: undefined,
  tokens: undefined,
  promptTokens: undefined,
  tokensPerSecond: undefined,
  firstWordSeconds: undefined,
  failure: undefined,
  model: undefined,
  rating: undefined,
  original: undefined,
  judged: undefined,
  pieces: undefined,
};
const versionOf = (entry: Version): Version =>
  Object.fromEntries(Object.keys(clean).map((name) => [name, entry[name as keyof Version]])) as unknown as Version;
const fresh = (): string => `answer-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
const begun = (model: string): Version => ({ ...clean, state: "streaming", tokens: 0, model });

// A question without an answer does not stay in the talk, and neither do the pieces of one that failed.
export function turnsOf(entries: readonly Entry[]): Turn[] {
  const unanswered = (entry: Entry | undefined) => entry?.role === "assistant" && (entry.state === "failed" || entry.content === "");
  return entries
    .filter((entry, i) => !unanswered(entry) && !(entry.role === "user" && unanswered(entries[i + 1])))
    .map(({ role, content }) => ({ role, content }));
}

function keptSettings(): ChatSettings {
  try {
    return { ...usualSettings, ...JSON.parse(recall("settings") ?? "{}") };
  } catch {
    return { ...usualSettings };
  }
}

export class Conversation {
  talk: Talk = $state(newTalk());
  busy = $state(false);
  /** Why the last judgement is kept in this browser only. */
  keptHere: Failure | undefined = $state();
  settings: ChatSettings = $state(usualSettings);
  readonly #talks: Talks;
  #abort = new AbortController();
  #saved = 0;

  constructor(talks: Talks) {
    this.#talks = talks;
    this.talk = talks.first();
    this.settings = { ...keptSettings(), ...this.talk.settings };
  }

  get entries(): Entry[] {
    return this.talk.entries;
  }

  /** Answers a question; with `rival`, two models answer it side by side. */
  async ask(text: string, model: string, settings: ChatSettings, rival?: string): Promise<void> {
    if (this.busy) return;
    this.entries.push({ role: "user", content: text });
    const turns = turnsOf(this.entries);
    this.entries.push({ role: "assistant", ...begun(model), ...(rival === undefined ? {} : { rival: begun(rival) }) });
    await this.#answer(turns, settings);
  }

  /** Answers the last question once more; the answer that was there stays as a version, and comes back when the new one fails at once. */
  async again(model: string, settings: ChatSettings): Promise<void> {
    const entry = this.entries.at(-1);
    if (this.busy || entry?.role !== "assistant") return;
    const versions = entry.versions ?? [versionOf(entry)];
    const kept = versions.filter((version) => version.content !== "");
    const turns = turnsOf(this.entries.slice(0, -1));
    Object.assign(entry, begun(model), { versions: undefined, shown: undefined, rival: undefined });
    await this.#answer(turns, settings);
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

  /** One of two answers side by side is better: the talk goes on from it, the other is kept as the one that was not chosen. */
  choose(entry: Entry, rival: boolean): void {
    const other = entry.rival;
    if (this.busy || other === undefined) return;
    const [better, worse] = rival ? [other, versionOf(entry)] : [versionOf(entry), other];
    const rejected = { ...versionOf(worse), judged: worse.content === "" ? undefined : fresh() };
    Object.assign(entry, clean, better, { rival: undefined, rejected });
    this.#keep();
    if (rejected.judged === undefined) return;
    const prompt = promptOf(this.talk, this.entries.indexOf(entry));
    const { content: answer, model, judged } = rejected;
    this.#tell(keepFeedback(judged, { prompt, answer, better: better.content, ...(model === undefined ? {} : { model }) }));
  }

  /** What is thought of an answer; the same once more takes it back. */
  rate(entry: Entry, rating: 1 | -1): void {
    entry.rating = entry.rating === rating ? undefined : rating;
    this.#judge(entry);
  }

  /** Puts what an answer should have said in its place: the talk goes on from that. What it said first is as it was, and no correction. */
  correct(entry: Entry, text: string): void {
    const first = entry.original ?? entry.content;
    entry.original = text === first ? undefined : first;
    entry.content = text;
    entry.pieces = undefined;
    this.#judge(entry);
  }

  // The judgement goes to the version that is shown, and to the server.
  #judge(entry: Entry): void {
    const known = entry.judged !== undefined;
    entry.judged ??= fresh();
    const version = entry.versions?.[entry.shown ?? entry.versions.length - 1];
    if (version !== undefined) Object.assign(version, versionOf(entry));
    const row = judgedOf(promptOf(this.talk, this.entries.indexOf(entry)), entry);
    this.#keep();
    if (row !== undefined) this.#tell(keepFeedback(entry.judged, $state.snapshot(row) as typeof row));
    else if (known) this.#tell(dropFeedback(entry.judged));
  }

  // What the server does not keep stays in this browser, and is said once.
  #tell(told: Promise<unknown>): void {
    told.then(
      () => {
        this.keptHere = undefined;
      },
      (error: unknown) => {
        this.keptHere = failureOf(error);
      },
    );
  }

  /** Asks a question of the talk in other words: what followed it stays as a talk of its own. */
  async edit(index: number, text: string, model: string, settings: ChatSettings): Promise<void> {
    if (this.busy) return;
    this.talk = { ...newTalk(), entries: this.entries.slice(0, index).map((entry) => ({ ...entry })) };
    await this.ask(text, model, settings);
  }

  /** The settings as they are now are those of this talk, and of the next new one. */
  keepSettings(): void {
    keep("settings", JSON.stringify(this.settings));
    if (!this.busy) this.#keep();
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
    this.settings = { ...keptSettings(), ...talk.settings };
    this.#talks.stay(talk);
  }

  #keep(): void {
    this.#saved = performance.now();
    this.talk.settings = $state.snapshot(this.settings);
    this.#talks.save(this.talk);
  }

  async #answer(turns: Turn[], settings: ChatSettings): Promise<void> {
    const entry = this.entries[this.entries.length - 1];
    const { talk } = this;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.busy = true;
    this.#keep();
    const into = async (version: Version) => {
      const incoming = new Incoming(version);
      try {
        for await (const event of chat(version.model ?? "", turns, settings, signal)) {
          incoming.take(event);
          if (performance.now() - this.#saved > 1000 && this.talk === talk) this.#keep();
        }
        incoming.end(undefined);
      } catch (error) {
        if (!signal.aborted) version.failure = failureOf(error);
        incoming.end(signal.aborted ? "stopped" : "failed");
      }
    };
    await Promise.all(entry.rival === undefined ? [into(entry)] : [into(entry), into(entry.rival)]);
    this.busy = false;
    if (this.talk === talk) this.#keep();
    else this.#talks.save(talk);
  }
}

// Words come faster than a screen shows them: they are put in once a frame.
class Incoming {
  readonly #entry: Version;
  readonly #began = performance.now();
  #first = 0;
  #waiting = "";
  #thought = "";
  #pieces: Piece[] = [];
  #tokens = 0;
  #frame = 0;

  constructor(entry: Version) {
    this.#entry = entry;
  }

  take(event: ChatEvent): void {
    const entry = this.#entry;
    if (event.type === "usage") [entry.tokens, entry.promptTokens] = [event.completionTokens, event.promptTokens];
    else if (event.type === "pieces") this.#pieces.push(...event.pieces);
    else if (event.type === "finish") {
      if (event.reason === "length") entry.state = "cut";
      this.#show();
      entry.tokensPerSecond = event.tokensPerSecond ?? entry.tokensPerSecond;
    } else {
      this.#first ||= performance.now();
      if (event.type === "thought") this.#thought += event.text;
      else this.#waiting += event.text;
      this.#tokens++;
      this.#frame ||= requestAnimationFrame(() => this.#show());
    }
  }

  end(state: Version["state"]): void {
    this.#show();
    if (state !== undefined || this.#entry.state === "streaming") this.#entry.state = state;
  }

  #show(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (this.#pieces.length > (this.#entry.pieces?.length ?? 0)) this.#entry.pieces = [...this.#pieces];
    if (this.#waiting === "" && this.#thought === "") return;
    const entry = this.#entry;
    if (this.#thought !== "") entry.thought = (entry.thought ?? "") + this.#thought;
    entry.content += this.#waiting;
    this.#waiting = this.#thought = "";
    entry.tokens = this.#tokens;
    entry.firstWordSeconds = (this.#first - this.#began) / 1000;
    const seconds = (performance.now() - this.#first) / 1000;
    if (this.#tokens > 1 && seconds > 0) entry.tokensPerSecond = (this.#tokens - 1) / seconds;
  }
}
