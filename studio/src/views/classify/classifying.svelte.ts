// What the Classify view is doing: the table, what the check says of it, the training, the classifier, the last answer. Knows no words.
import { type Failure, failureOf } from "../../api/http.ts";
import {
  type CheckedTable,
  type ChosenTable,
  type ClassifiedText,
  checkTable,
  classify,
  confusionPicture,
  mostBytes,
  type Progress,
  type TrainedClassifier,
  tableType,
  trainClassifier,
} from "./classify-api.ts";

/** Bytes of a table for which nobody asks how large it may be. */
const SURELY_TAKEN = 1 << 20;

/** What was asked, and the answer. */
export interface Answered extends ClassifiedText {
  question: string;
}

export class Classifying {
  table: ChosenTable | undefined = $state();
  checked: CheckedTable | undefined = $state.raw();
  text = $state("");
  label = $state("");
  skipBad = $state(true);
  /** Whether an encoder is tuned on the rows, too, and how long that may take. */
  tuned = $state(false);
  minutes = $state(15);
  /** What is going on. */
  busy: "checking" | "training" | "asking" | undefined = $state();
  progress: Progress | undefined = $state();
  trained: TrainedClassifier | undefined = $state.raw();
  /** Whether it has just come of a training, and nobody has looked yet. */
  fresh = false;
  picture: string | undefined = $state();
  answer: Answered | undefined = $state.raw();
  /** `kind`: a file of a kind that is not taken; `most`: one that is larger than so many bytes. */
  failure: Failure | { kind: true } | { most: number } | undefined = $state.raw();
  #abort = new AbortController();

  /** Takes a table and looks through it; what came of the one before is gone. */
  async choose(name: string, content: Blob, language: string): Promise<void> {
    this.stop();
    this.checked = this.trained = this.answer = this.picture = this.table = undefined;
    const type = tableType(name);
    if (type === undefined) {
      this.failure = { kind: true };
      return;
    }
    this.table = { name, type, content };
    await this.#check({}, language, content.size);
  }

  /** Looks through it again, with the columns that were picked. */
  async recheck(language: string): Promise<void> {
    await this.#check({ text: this.text, label: this.label }, language);
  }

  // A new table with its `size`: one that is too large is not sent.
  async #check(columns: { text?: string; label?: string }, language: string, size = 0): Promise<void> {
    const { table } = this;
    if (table === undefined) return;
    await this.#during("checking", async (signal) => {
      const most = size > SURELY_TAKEN ? await mostBytes(signal) : undefined;
      if (most !== undefined && size > most) {
        this.table = undefined;
        this.failure = { most };
        return;
      }
      this.checked = await checkTable(table, columns, language, signal);
      this.text = this.checked.text;
      this.label = this.checked.label ?? "";
    });
  }

  async train(language: string): Promise<void> {
    const { table, text, label } = this;
    if (table === undefined) return;
    this.trained = this.answer = this.picture = undefined;
    this.progress = { fraction: 0, model: "" };
    await this.#during("training", async (signal) => {
      const steps = trainClassifier(
        table,
        { text, label, skip_bad: String(this.skipBad), tuned: String(this.tuned), minutes: String(this.minutes || 15) },
        language,
        signal,
      );
      for await (const step of steps) {
        if ("progress" in step) this.progress = step.progress;
        else {
          this.fresh = true;
          this.trained = step.done;
        }
      }
    });
  }

  /** The picture of the report, in a language. */
  async draw(language: string): Promise<void> {
    const { trained } = this;
    if (trained !== undefined) this.picture = await confusionPicture(trained.id, language).catch(() => undefined);
  }

  async ask(question: string, language: string): Promise<void> {
    const { trained } = this;
    if (trained === undefined) return;
    await this.#during("asking", async () => {
      this.answer = { ...(await classify(trained.id, question, language)), question };
    });
  }

  stop(): void {
    this.#abort.abort();
  }

  // One thing at a time: what was going on is ended by the next.
  async #during(what: NonNullable<Classifying["busy"]>, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.stop();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.busy = what;
    this.failure = undefined;
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted) this.failure = failureOf(error);
    } finally {
      if (!signal.aborted || this.#abort.signal === signal) this.busy = undefined;
    }
  }
}
