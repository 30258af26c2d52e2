// The owner's side of a model in a thread: calls as messages. The process stays alive only while calls are open. Knows no model.
import { Worker } from "node:worker_threads";
import { InkstoneError, type Phrase } from "../../core/index.ts";
import type { CONTROL_BYTES } from "../../native/index.ts";
import type { GeneratorState } from "../types.ts";
import type { AnyCall, FromThread, ToThread } from "./protocol.ts";

const controlBytes: typeof CONTROL_BYTES = 8;

/** What a caller may watch. */
export interface ThreadWatch {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

interface Waiting<Answer> {
  readonly answer: (value: Answer) => void;
  readonly fail: (error: unknown) => void;
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
  readonly cancel: () => void;
}

/** Sends calls to a thread and gives their answers. `Answers`: by the kind of a call. */
export class ThreadHost<Call extends AnyCall, Answers extends Readonly<Record<Call["kind"], unknown>>> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting<Answers[Call["kind"]]>>();
  readonly #gone: Promise<void>;
  #next = 1;
  #why: Phrase | undefined;
  #closed = false;

  constructor(file: URL, name: string) {
    this.#worker = new Worker(file, { name: `inkstone-${name}`, execArgv: [] });
    this.#worker.unref();
    this.#gone = new Promise((resolve) => this.#worker.once("exit", () => resolve()));
    this.#worker.on("message", (message: FromThread<Answers[Call["kind"]]>) => this.#receive(message));
    this.#worker.on("error", (error: unknown) => this.#end([error instanceof Error ? error.message : String(error)]));
    this.#worker.on("exit", (code) => this.#end({ en: `its thread exited with ${code}`, zh: `其线程以 ${code} 退出` }));
  }

  get state(): GeneratorState {
    if (this.#closed) return { alive: false, why: { en: "it was closed", zh: "已被关闭" } };
    return this.#why === undefined ? { alive: true } : { alive: false, why: this.#why };
  }

  /** Errors: those of the call; the signal's reason; `E_ENGINE_DIED`; `E_ENGINE_CLOSED` after `close`. */
  async call<K extends Call["kind"]>(call: Extract<Call, { kind: K }>, { signal, onProgress }: ThreadWatch = {}): Promise<Answers[K]> {
    signal?.throwIfAborted();
    if (this.#closed) throw new InkstoneError("E_ENGINE_CLOSED", { what: call.kind });
    if (this.#why !== undefined) throw new InkstoneError("E_ENGINE_DIED", { why: this.#why });
    const id = this.#next++;
    const control = new Int32Array(new SharedArrayBuffer(controlBytes));
    const cancel = () => Atomics.store(control, 0, 1);
    signal?.addEventListener("abort", cancel, { once: true });
    this.#worker.ref();
    try {
      return (await new Promise<Answers[Call["kind"]]>((answer, fail) => {
        this.#waiting.set(id, { answer, fail, onProgress, cancel });
        this.#worker.postMessage({ id, call, control } satisfies ToThread<Call>);
      })) as Answers[K];
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#worker.unref();
    }
  }

  #receive(message: FromThread<Answers[Call["kind"]]>): void {
    const waiting = this.#waiting.get(message.id);
    try {
      if (message.type === "progress") waiting?.onProgress?.({ done: message.done, total: message.total });
      else if (message.type === "answer") waiting?.answer(message.answer);
      else waiting?.fail(InkstoneError.from(message.error));
    } catch (error) {
      waiting?.cancel();
      waiting?.fail(error); // what a caller's own function throws is the caller's, and ends its call
    }
  }

  #end(why: Phrase): void {
    this.#why ??= why;
    const error = this.#closed ? new InkstoneError("E_ENGINE_CLOSED", { what: "model" }) : new InkstoneError("E_ENGINE_DIED", { why: this.#why });
    for (const { fail } of this.#waiting.values()) fail(error);
  }

  /** Frees the model and ends the thread; open calls fail with `E_ENGINE_CLOSED`. Every call waits for the end, also of a thread that died before. */
  async close(): Promise<void> {
    if (this.#closed) return this.#gone;
    this.#closed = true;
    this.#end({ en: "it was closed", zh: "已被关闭" });
    // Native memory belongs to the process: the thread frees it before it ends.
    this.#worker.ref();
    this.#worker.postMessage("close");
    await this.#gone;
  }
}
