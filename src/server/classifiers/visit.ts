// What a request with a table holds while it is served: the table, a place in a line, a thread; all given back together. Knows no routes.

import type { Trained, Training, TrainingProgress } from "../../evaluate/index.ts";
import { ClassifierThread } from "../../evaluate/index.ts";
import type { Call } from "../http/calls.ts";
import type { Turnstile } from "../http/turnstile.ts";
import type { Table, Tables } from "./tables.ts";

/** The holdings of one request. When its call ends early, its thread ends at once. */
export class Visit {
  readonly call: Call;
  #table: Table | undefined;
  #leavePlace: (() => void) | undefined;
  #thread: ClassifierThread | undefined;
  readonly #onEnd = (): void => void this.#thread?.end();

  constructor(call: Call) {
    this.call = call;
    call.signal.addEventListener("abort", this.#onEnd);
  }

  /** Takes the table in. Errors: those of `Tables.receive`. */
  async table(tables: Tables, { body, headers }: { body: unknown; headers: Readonly<Record<string, unknown>> }, name?: string): Promise<Table> {
    this.#table = await tables.receive({ body, headers, name }, this.call.signal);
    return this.#table;
  }

  /** Waits for a place. Errors: those of `Turnstile.enter`. */
  async enter(line: Turnstile): Promise<void> {
    this.#leavePlace = await line.enter(this.call.signal);
  }

  /** A thread for this request. Errors: the signal's reason. */
  thread(): ClassifierThread {
    this.call.signal.throwIfAborted();
    this.#thread = new ClassifierThread();
    return this.#thread;
  }

  /** The thread outlives this request. */
  release(thread: ClassifierThread): ClassifierThread {
    this.#thread = undefined;
    return thread;
  }

  /** Gives everything back: the thread has ended before the place is free. May be called again. */
  async leave(): Promise<void> {
    const [thread, table, leavePlace] = [this.#thread, this.#table, this.#leavePlace];
    this.#thread = this.#table = this.#leavePlace = undefined;
    this.call.signal.removeEventListener("abort", this.#onEnd);
    await thread?.end();
    await table?.remove();
    leavePlace?.();
  }
}

/** Training as steps: its progress, and at the end what it gave. Errors: those of the thread's task. */
export async function* training(thread: ClassifierThread, how: Training): AsyncGenerator<TrainingProgress, Trained> {
  const steps: TrainingProgress[] = [];
  let wake = (): void => undefined;
  let over = false;
  const trained = thread.run("train", how, (progress) => {
    steps.push(progress);
    wake();
  });
  const end = (): void => {
    over = true;
    wake();
  };
  trained.then(end, end);
  while (!over || steps.length > 0) {
    const step = steps.shift();
    if (step !== undefined) yield step;
    else
      await new Promise<void>((next) => {
        wake = next;
      });
  }
  return trained;
}
