// The owner's side of an engine: calls become messages, messages become promises. Knows transports only by their interface.
import { Worker } from "node:worker_threads";
import { InkstoneError } from "../../core/index.ts";
import type { Answers, Call, FromEngine, PlainError, ToEngine } from "./protocol.ts";

/** What carries messages: a worker thread here; a child process would look the same. */
export interface Transport {
  post(message: ToEngine): void;
  /** Messages from the engine, and its end (`why` says how it came). */
  listen(onMessage: (message: FromEngine) => void, onEnd: (why: string) => void): void;
  end(): Promise<void>;
}

/** An engine in a worker thread of this process. */
export function threadTransport(): Transport {
  const worker = new Worker(new URL("./worker.js", import.meta.url));
  return {
    post: (message) => worker.postMessage(message),
    listen: (onMessage, onEnd) => {
      worker.on("message", onMessage);
      worker.on("error", (error) => onEnd(error.message));
      worker.on("messageerror", (error) => onEnd(error.message));
      worker.on("exit", (code) => onEnd(`its thread exited with ${code}`));
    },
    end: async () => {
      await worker.terminate();
    },
  };
}

/** What a caller may watch while a call runs. */
export interface Watch {
  readonly signal?: AbortSignal;
  readonly onPiece?: (text: string, tokenIds: readonly number[]) => void;
  readonly onProgress?: (done: number, total: number) => void;
}

interface Open extends Watch {
  readonly answer: (value: never) => void;
  readonly fail: (error: Error) => void;
}

/** Sends calls to an engine and gives their answers. */
export class EngineHost {
  readonly #transport: Transport;
  readonly #open = new Map<number, Open>();
  #next = 1;
  #ended: string | undefined;
  #closed = false;

  constructor(transport: Transport = threadTransport()) {
    this.#transport = transport;
    transport.listen(
      (message) => this.#receive(message),
      (why) => this.#end(why),
    );
  }

  /**
   * Calls the engine. Aborting the signal sets the cancel word in shared memory, which native code looks at; the call then ends by itself.
   *
   * Errors: those of the call; `E_ENGINE_DIED`, `E_ENGINE_CLOSED`.
   */
  call<K extends Call["kind"]>(call: Extract<Call, { kind: K }>, watch: Watch = {}): Promise<Answers[K]> {
    if (this.#closed) return Promise.reject(new InkstoneError("E_ENGINE_CLOSED", { what: call.kind }));
    if (this.#ended !== undefined) return Promise.reject(new InkstoneError("E_ENGINE_DIED", { why: this.#ended }));
    const control = new Int32Array(new SharedArrayBuffer(8));
    const cancel = () => Atomics.store(control, 0, 1);
    if (watch.signal?.aborted) cancel();
    watch.signal?.addEventListener("abort", cancel, { once: true });
    const id = this.#next++;
    return new Promise<Answers[K]>((answer, fail) => {
      this.#open.set(id, { ...watch, answer, fail });
      this.#transport.post({ id, call, control });
    }).finally(() => watch.signal?.removeEventListener("abort", cancel));
  }

  #receive(message: FromEngine): void {
    const open = this.#open.get(message.id);
    if (open === undefined) return;
    if (message.type === "piece") open.onPiece?.(message.text, message.tokenIds);
    else if (message.type === "progress") open.onProgress?.(message.done, message.total);
    else {
      this.#open.delete(message.id);
      if (message.type === "answer") open.answer(message.value as never);
      else open.fail(revived(message.error));
    }
  }

  #end(why: string): void {
    this.#ended ??= why;
    const error = this.#closed ? new InkstoneError("E_ENGINE_CLOSED", { what: "generate" }) : new InkstoneError("E_ENGINE_DIED", { why });
    for (const open of this.#open.values()) open.fail(error);
    this.#open.clear();
  }

  /** Frees the model and ends the engine. Calls that are open fail with `E_ENGINE_CLOSED`. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    for (const [id, open] of [...this.#open]) {
      this.#open.delete(id);
      open.fail(new InkstoneError("E_ENGINE_CLOSED", { what: "generate" }));
    }
    this.#closed = true;
    await this.#transport.end();
  }
}

function revived(plain: PlainError): InkstoneError {
  const error = InkstoneError.from(plain);
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}
