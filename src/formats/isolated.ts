// Runs a reader of a foreign format in a thread of its own: what hangs is ended, what grows is ended, and nobody's event loop waits for it. Knows no formats.
import { Worker } from "node:worker_threads";
import { type ErrorCode, type ErrorParameters, InkstoneError } from "../core/index.ts";

/** What a reader in a thread may take. */
export interface IsolationLimits {
  /** Seconds without a sign of life before it is ended; 60 by default. */
  readonly seconds?: number;
  /** MiB of its JavaScript heap; 1024 by default. */
  readonly memory?: number;
  readonly signal?: AbortSignal;
}

/** What the thread is told: the module whose `work(input)` it runs. */
export interface Assignment {
  readonly module: string;
  readonly input: unknown;
}

/** What the thread answers. After "items" it waits until it is asked for more. */
export type Answer =
  | { readonly kind: "items"; readonly items: readonly unknown[] }
  | { readonly kind: "done" }
  | { readonly kind: "error"; readonly code: ErrorCode; readonly parameters: ErrorParameters[ErrorCode] };

/**
 * What the generator `work(input)` of a module gives, run in a thread. Input and items are structured-cloned.
 *
 * Errors: typed ones of the thread as they are; E_DATA_DOCUMENT when it throws anything else, hangs, or takes too much memory; the signal's reason.
 */
export async function* isolated<Item>(
  module: URL,
  input: { readonly file: string },
  { seconds = 60, memory = 1024, signal }: IsolationLimits = {},
): AsyncGenerator<Item> {
  signal?.throwIfAborted();
  const workerData: Assignment = { module: module.href, input };
  const script = new URL("./isolated-thread.js", import.meta.url);
  const worker = new Worker(script, { execArgv: [], workerData, resourceLimits: { maxOldGenerationSizeMb: memory }, stdout: true, stderr: true });
  try {
    for (;;) {
      const answer = await nextAnswer(worker, input.file, { seconds, signal });
      if (answer.kind === "error") throw InkstoneError.from(answer);
      if (answer.kind === "done") return;
      yield* answer.items as Item[];
      worker.postMessage("more");
    }
  } finally {
    await worker.terminate();
  }
}

function nextAnswer(worker: Worker, file: string, { seconds, signal }: { seconds: number; signal?: AbortSignal }): Promise<Answer> {
  const { promise, resolve, reject } = withResolvers<Answer>();
  const hung = { en: `nothing came of it for ${seconds} s`, zh: `${seconds} 秒内没有任何结果` };
  const timer = setTimeout(() => reject(new InkstoneError("E_DATA_DOCUMENT", { file, why: hung })), seconds * 1000);
  const failed = (cause: unknown): void => {
    const full = (cause as NodeJS.ErrnoException | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY";
    const why = full ? { en: "it takes too much memory", zh: "占用内存过多" } : { en: "it is damaged", zh: "文件已损坏" };
    reject(new InkstoneError("E_DATA_DOCUMENT", { file, why }, { cause }));
  };
  const aborted = (): void => reject(signal?.reason);
  worker.once("message", resolve).once("error", failed).once("exit", failed);
  signal?.addEventListener("abort", aborted, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off("message", resolve).off("error", failed).off("exit", failed);
    signal?.removeEventListener("abort", aborted);
  });
}

// Promise.withResolvers came after Node 20.
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (reason: unknown) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((good, bad) => {
    resolve = good;
    reject = bad;
  });
  return { promise, resolve, reject };
}
