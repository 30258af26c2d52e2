// The owner's side of a classifier's thread: tasks as promises, progress, an end that is told. The event loop never waits for a classifier. Knows no HTTP.
import { Worker } from "node:worker_threads";
import { InkstoneError, type Phrase } from "../../core/index.ts";
import type { FromThread, TaskName, Tasks, ToThread, TrainingProgress } from "./messages.ts";

/** MiB of JavaScript heap that a thread may take. */
const MOST_HEAP = 2048;

interface Waiting {
  readonly resolve: (gives: never) => void;
  readonly reject: (error: unknown) => void;
  readonly tell: (progress: TrainingProgress) => void;
}

/** A thread that does one task after the other. It keeps no process alive by itself. */
export class ClassifierThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #ended: InkstoneError | undefined;
  #retired = false;

  constructor() {
    this.#worker = new Worker(new URL("./thread.js", import.meta.url), {
      name: "inkstone classifier",
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP },
    });
    this.#worker.on("message", (message: FromThread) => this.#take(message));
    this.#worker.on("error", (error: NodeJS.ErrnoException) =>
      this.#over(
        error.code === "ERR_WORKER_OUT_OF_MEMORY"
          ? { en: "it takes too much memory", zh: "占用内存过多" }
          : { en: "something failed inside", zh: "内部出错" },
      ),
    );
    this.#worker.on("exit", () => this.#over({ en: "it was ended", zh: "已被终止" }));
    this.#worker.unref();
  }

  /** Whether it can still be asked. */
  get alive(): boolean {
    return this.#ended === undefined;
  }

  /** Does a task. Errors: the task's own; E_CLASSIFIER_THREAD when the thread ends first. */
  run<Name extends TaskName>(
    task: Name,
    takes: Tasks[Name]["takes"],
    tell: (progress: TrainingProgress) => void = () => undefined,
  ): Promise<Tasks[Name]["gives"]> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, tell });
      this.#worker.ref();
      this.#worker.postMessage({ id, task, takes } satisfies ToThread);
    });
  }

  /** Ends it at once, whatever it does. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  /** Ends it when it has done what it was asked for. */
  retire(): void {
    this.#retired = true;
    if (this.#waiting.size === 0) void this.end();
  }

  #take(message: FromThread): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    if ("progress" in message) {
      waiting.tell(message.progress);
      return;
    }
    this.#waiting.delete(message.id);
    if ("gives" in message) waiting.resolve(message.gives as never);
    else
      waiting.reject(typeof message.error === "string" ? new InkstoneError("E_INTERNAL", { why: message.error }) : InkstoneError.from(message.error));
    if (this.#waiting.size > 0) return;
    this.#worker.unref();
    if (this.#retired) void this.end();
  }

  #over(why: Phrase): void {
    this.#ended ??= new InkstoneError("E_CLASSIFIER_THREAD", { why });
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
