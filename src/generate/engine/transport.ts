// What carries messages between an engine and its owner, and the first carrier: a worker thread of this process. Knows no meaning of any message.
import { Worker } from "node:worker_threads";
import type { Phrase } from "../../core/index.ts";
import type { CONTROL_BYTES, CONTROL_CANCEL } from "../../native/index.ts";
import type { Call, FromEngine, SignalMessage, ToEngine } from "./protocol.ts";

// The layout of a control block, held by the compiler to be the executor's: importing its room would cost the owner's thread a third of its start.
const controlBytes: typeof CONTROL_BYTES = 8;
const cancelWord: typeof CONTROL_CANCEL = 0;

/** A carrier. One across processes sends signals as messages to a small relay beside the engine, which sets the word there. */
export interface Transport {
  /** Sends a call; `cancelled`: it is to end before anything is computed. */
  send(id: number, call: Call, cancelled?: boolean): void;
  /** Says something about a call that was sent. `cancel` is seen between the engine's steps and inside long native stretches; a paused answer makes no more tokens. */
  signal(id: number, signal: SignalMessage["signal"]): void;
  /** Messages from the engine, and its end (`why` says how it came). Called once, before anything is sent. */
  listen(onMessage: (message: FromEngine) => void, onEnd: (why: Phrase) => void): void;
  /** Whether the engine alone keeps this process alive. */
  hold(alive: boolean): void;
  /** Ends the engine, whatever it does. */
  end(): Promise<void>;
}

/**
 * An engine in a worker thread. `file` is the module that it runs.
 *
 * @example
 * const transport = threadTransport();
 * transport.listen(() => undefined, () => undefined);
 * await transport.end();
 */
export function threadTransport(file: URL = new URL("./worker.js", import.meta.url)): Transport {
  const worker = new Worker(file, { name: "inkstone", execArgv: [] }); // flags of the program (--input-type, loaders) are not the engine's
  const controls = new Map<number, Int32Array>();
  return {
    send(id, call, cancelled = false) {
      const control = new Int32Array(new SharedArrayBuffer(controlBytes));
      control[cancelWord] = cancelled ? 1 : 0;
      worker.postMessage({ id, call, control } satisfies ToEngine);
      controls.set(id, control);
    },
    signal(id, signal) {
      const control = controls.get(id);
      if (control === undefined) return;
      if (signal === "cancel") Atomics.store(control, cancelWord, 1);
      worker.postMessage({ id, signal } satisfies ToEngine);
    },
    listen(onMessage, onEnd) {
      worker.on("message", (message: FromEngine) => {
        if (message.type === "answer" || message.type === "error") controls.delete(message.id);
        onMessage(message);
      });
      worker.on("error", (error: unknown) => onEnd([error instanceof Error ? error.message : String(error)]));
      worker.on("messageerror", (error) => onEnd([error.message]));
      worker.on("exit", (code) => onEnd({ en: `its thread exited with ${code}`, zh: `其线程以 ${code} 退出` }));
    },
    hold(alive) {
      if (alive) worker.ref();
      else worker.unref();
    },
    async end() {
      await worker.terminate();
    },
  };
}
