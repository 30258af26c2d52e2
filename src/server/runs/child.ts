// How a process of a training is begun, and what each does around its work: takes one order, tells how it ended, and saves before it goes when it is told to stop. Knows no training.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { InkstoneError } from "../../core/index.ts";
import { describeError, knownError } from "./told.ts";

/** Begins the process of a file: it is told by messages, and what it complains of is shown. */
export const childProcess = (file: URL): ChildProcess =>
  fork(fileURLToPath(file), [], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });

/** What the work is given beside its order. */
export interface ChildWatch {
  readonly signal: AbortSignal;
  /** Tells its owner something. */
  readonly tell: (message: object) => void;
}

/** Waits for an order of the owner and works on it, once. In a process without an owner nothing happens. */
export function asChild<Order extends object>(work: (order: Order, watch: ChildWatch) => Promise<unknown>): void {
  if (process.send === undefined) return;
  const stop = new AbortController();
  const tell = (message: object): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  process.on("disconnect", () => stop.abort()); // its owner is gone: what was learnt is saved
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stop.abort());
  process.on("message", (message: Order | { readonly stop: true }) => {
    if ("stop" in message) {
      stop.abort();
      return;
    }
    work(message as Order, { signal: stop.signal, tell })
      .then(
        (result) => tell({ ended: "finished", result }),
        (error: unknown) => tell(stop.signal.aborted ? { ended: "stopped" } : failure(knownError(error))),
      )
      .finally(() => {
        if (process.connected) process.disconnect();
      });
  });
}

const failure = (error: InkstoneError): object => ({ ended: "failed", why: describeError(error), error: error.toJSON() });
