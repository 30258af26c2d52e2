// The owner's side of an engine: calls become messages, messages become promises. Knows transports only by their interface.
import { InkstoneError, type Phrase } from "../../core/index.ts";
import type { GeneratorState, StreamPiece } from "../types.ts";
import type { Answers, AnyAnswer, Call, CallOf, FromEngine, PlainError } from "./protocol.ts";
import { type Transport, threadTransport } from "./transport.ts";

/** What a caller may watch while a call runs. Aborting `signal` asks the engine to end the call; how it then ends is the call's to say. */
export interface Watch {
  readonly signal?: AbortSignal;
  readonly onPiece?: (piece: StreamPiece) => void;
  /** Handed over before the call is sent: a reader that is behind stops the making of pieces with it, and lets it go on. */
  readonly onFlow?: (flow: (signal: "pause" | "resume") => void) => void;
  readonly onProgress?: (done: number, total: number) => void;
}

interface Open extends Watch {
  readonly kind: Call["kind"];
  readonly answer: (value: AnyAnswer) => void;
  readonly fail: (error: unknown) => void;
}

/** How long an engine that is closed may take to free its model, in milliseconds; then its thread is ended as it is. */
const CLOSE_MS = 10_000;

/**
 * Sends calls to an engine and gives their answers. Keeps the process alive only while calls are open.
 *
 * @example
 * const host = new EngineHost();
 * const { architecture } = await host.call<"load">({ kind: "load", path: "model.gguf", name: "tiny", options: {} }); // "llama"
 * await host.close();
 */
export class EngineHost {
  readonly #transport: Transport;
  readonly #open = new Map<number, Open>();
  readonly #closeMs: number;
  #next = 1;
  #died: Phrase | undefined;
  #closing: Promise<void> | undefined;

  /** `closeMs`: how long `close` waits for an engine that does not answer; default 10,000. */
  constructor(transport: Transport = threadTransport(), { closeMs = CLOSE_MS }: { readonly closeMs?: number } = {}) {
    this.#transport = transport;
    this.#closeMs = closeMs;
    transport.hold(false);
    transport.listen(
      (message) => this.#receive(message),
      (why) => this.#end(why),
    );
  }

  /** Whether the engine takes calls. */
  get state(): GeneratorState {
    if (this.#died !== undefined && this.#closing === undefined) return { alive: false, why: this.#died };
    return this.#closing === undefined ? { alive: true } : { alive: false, why: { en: "it was closed", zh: "已被关闭" } };
  }

  /** Calls the engine. Errors: those of the call; `E_ENGINE_DIED`; `E_ENGINE_CLOSED` after or by `close`. */
  async call<K extends Call["kind"]>(call: CallOf<K>, watch: Watch = {}): Promise<Answers[K]> {
    if (this.#closing !== undefined) throw new InkstoneError("E_ENGINE_CLOSED", { what: call.kind });
    return this.#send(call, watch);
  }

  async #send<K extends Call["kind"]>(call: CallOf<K>, watch: Watch): Promise<Answers[K]> {
    if (this.#died !== undefined) throw new InkstoneError("E_ENGINE_DIED", { why: this.#died });
    const id = this.#next++;
    const cancel = () => this.#transport.signal(id, "cancel");
    watch.onFlow?.((signal) => this.#transport.signal(id, signal));
    try {
      return (await new Promise<AnyAnswer>((answer, fail) => {
        this.#transport.send(id, call, watch.signal?.aborted);
        this.#open.set(id, { ...watch, kind: call.kind, answer, fail });
        this.#transport.hold(true);
        watch.signal?.addEventListener("abort", cancel, { once: true });
      })) as Answers[K];
    } finally {
      watch.signal?.removeEventListener("abort", cancel);
      this.#open.delete(id);
      if (this.#open.size === 0) this.#transport.hold(false);
    }
  }

  #receive(message: FromEngine): void {
    const open = this.#open.get(message.id);
    if (open === undefined) return;
    try {
      if (message.type === "piece") open.onPiece?.(pieceOf(message));
      else if (message.type === "progress") open.onProgress?.(message.done, message.total);
      else if (message.type === "answer") open.answer(message.value);
      else open.fail(revived(message.error));
    } catch (error) {
      this.#transport.signal(message.id, "cancel");
      open.fail(error); // what a caller's own function throws is the caller's, and ends its call
    }
  }

  #end(why: Phrase): void {
    if (this.#died !== undefined) return;
    this.#died = why;
    for (const { fail } of this.#open.values()) fail(new InkstoneError("E_ENGINE_DIED", { why }));
  }

  /** Frees the model and ends the engine. Calls that are open fail with `E_ENGINE_CLOSED`. Every call waits for the end. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  // Native memory belongs to the process, not to the thread: the engine frees it itself before its thread ends.
  async #close(): Promise<void> {
    for (const [id, { kind, fail }] of [...this.#open]) {
      this.#transport.signal(id, "cancel");
      fail(new InkstoneError("E_ENGINE_CLOSED", { what: kind }));
    }
    const late = setTimeout(() => void this.#transport.end(), this.#closeMs);
    try {
      await this.#send({ kind: "close" }, {});
    } catch (error) {
      if (!(error instanceof InkstoneError && error.code === "E_ENGINE_DIED")) throw error;
    } finally {
      clearTimeout(late);
      await this.#transport.end();
    }
  }
}

function pieceOf({ text, tokenIds, logprobs, toolCalls }: Extract<FromEngine, { type: "piece" }>): StreamPiece {
  return { text, tokenIds, ...(logprobs === undefined ? {} : { logprobs }), ...(toolCalls === undefined ? {} : { toolCalls }) };
}

function revived(plain: PlainError): InkstoneError {
  const error = InkstoneError.from(plain);
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}
