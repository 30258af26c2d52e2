// Runs a reader of a foreign format in a process of its own: what hangs, grows or crashes there is ended there, and nobody's event loop waits for it. Knows no formats.
import { type ChildProcess, fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type ErrorCode, type ErrorParameters, InkstoneError, type Phrase } from "../core/index.ts";

/** What a reader may take. */
export interface IsolationLimits {
  /** Seconds without a sign of life before it is ended; 60 by default. */
  readonly seconds?: number;
  /** MiB of its JavaScript heap; 1024 by default. Where the system tells how much memory a process holds, all of it may be half a GiB more. */
  readonly memory?: number;
  readonly signal?: AbortSignal;
}

/** What the process is told: the module whose `work(input)` it runs. "more" asks for what comes next. */
export type Order = { readonly module: string; readonly input: unknown } | "more";

/** What the process answers. After "items" it waits until it is asked for more. */
export type Answer =
  | { readonly kind: "items"; readonly items: readonly unknown[] }
  | { readonly kind: "done" }
  | { readonly kind: "error"; readonly code: ErrorCode; readonly parameters: ErrorParameters[ErrorCode] };

const MIB = 1 << 20;
const LOOK_EVERY = 200; // milliseconds
/** Beyond the heap: code, buffers of files, what V8 has not given back yet. */
const BESIDE_HEAP = 512;

/**
 * What the generator `work(input)` of a module gives, run in a child process. Input and items are structured-cloned.
 *
 * Errors: typed ones of the reader as they are; E_DATA_DOCUMENT when it throws anything else, hangs, crashes, or takes too much memory; the signal's reason.
 */
export async function* isolated<Item>(
  module: URL,
  input: { readonly file: string },
  { seconds = 60, memory = 1024, signal }: IsolationLimits = {},
): AsyncGenerator<Item> {
  signal?.throwIfAborted();
  const reader = new Reader(input.file, { seconds, memory, signal });
  try {
    for (let answer = await reader.ask({ module: module.href, input }); ; answer = await reader.ask("more")) {
      if (answer.kind === "error") throw InkstoneError.from(answer);
      if (answer.kind === "done") return;
      yield* answer.items as Item[];
    }
  } finally {
    reader.end();
  }
}

type Settle = { readonly resolve: (answer: Answer) => void; readonly reject: (reason: unknown) => void };

/** The process and the one question that is open. Its end is noticed at any time, whether a question is open or not. */
class Reader {
  readonly #file: string;
  readonly #limits: { readonly seconds: number; readonly memory: number; readonly signal?: AbortSignal };
  readonly #child: ChildProcess;
  readonly #watch: NodeJS.Timeout;
  #waiting: Settle | undefined;
  #failed: { readonly reason: unknown } | undefined;
  #words = "";
  readonly #leave = (): void => this.end();
  readonly #aborted = (): void => this.#fail(this.#limits.signal?.reason);

  constructor(file: string, limits: { readonly seconds: number; readonly memory: number; readonly signal?: AbortSignal }) {
    this.#file = file;
    this.#limits = limits;
    this.#child = fork(fileURLToPath(new URL("./isolated-process.js", import.meta.url)), [], {
      execArgv: [`--max-old-space-size=${limits.memory}`],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.on("data", (piece: Buffer) => {
      this.#words = (this.#words + piece.toString("latin1")).slice(-4000);
    });
    this.#child.on("message", (answer: Answer) => this.#waiting?.resolve(answer));
    this.#child.on("error", (cause) => this.#fail(this.#broken(cause)));
    this.#child.on("close", () => this.#fail(this.#broken()));
    this.#watch = setInterval(() => void this.#look(), LOOK_EVERY).unref();
    limits.signal?.addEventListener("abort", this.#aborted, { once: true });
    process.once("exit", this.#leave);
  }

  async ask(order: Order): Promise<Answer> {
    const { seconds } = this.#limits;
    const hung = { en: `nothing came of it for ${seconds} s`, zh: `${seconds} 秒内没有任何结果` };
    let clock: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        if (this.#failed !== undefined) return reject(this.#failed.reason);
        this.#waiting = { resolve, reject };
        clock = setTimeout(() => this.#fail(this.#refusal(hung)), seconds * 1000);
        this.#child.send(order, (error) => error && this.#fail(this.#broken(error)));
      });
    } finally {
      clearTimeout(clock);
      this.#waiting = undefined;
    }
  }

  end(): void {
    clearInterval(this.#watch);
    this.#limits.signal?.removeEventListener("abort", this.#aborted);
    process.off("exit", this.#leave);
    this.#child.kill("SIGKILL");
  }

  #fail(reason: unknown): void {
    this.#failed ??= { reason };
    this.#waiting?.reject(this.#failed.reason);
    this.#child.kill("SIGKILL");
  }

  // Linux tells the pages that a process holds; elsewhere the limit of the heap stands alone.
  async #look(): Promise<void> {
    const told = await readFile(`/proc/${this.#child.pid}/statm`, "latin1").catch(() => "");
    const held = (Number(told.split(" ")[1]) * 4096) / MIB;
    if (held > this.#limits.memory + BESIDE_HEAP) this.#fail(this.#refusal(tooMuch));
  }

  #broken(cause?: unknown): InkstoneError {
    return this.#refusal(
      /heap|out of memory|allocation|invalid size/i.test(this.#words) ? tooMuch : { en: "it is damaged", zh: "文件已损坏" },
      cause,
    );
  }

  #refusal(why: Phrase, cause?: unknown): InkstoneError {
    return new InkstoneError("E_DATA_DOCUMENT", { file: this.#file, why }, { cause });
  }
}

const tooMuch: Phrase = { en: "it takes too much memory", zh: "占用内存过多" };
