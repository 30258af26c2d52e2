// Ctrl-C and SIGTERM: the first asks, the second insists. Knows no verbs.

/** The two signals that end a program politely. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** Exit codes of the two. */
export const exitOf: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

const echoMs = 100;

/** Listens for the two signals. */
export class Signals {
  readonly #controller = new AbortController();
  #count = 0;
  #at = 0;
  #last: StopSignal | undefined;
  #handled = false;
  #handler: (name: StopSignal, count: number) => void = (name, count) => {
    if (count > 1) process.exit(exitOf[name]);
    this.#controller.abort();
  };

  constructor() {
    for (const name of ["SIGINT", "SIGTERM"] as const)
      process.on(name, () => {
        // A terminal tells the whole process group, and a parent may pass it on: that is one wish, told twice.
        const now = performance.now();
        if (this.#last === name && now - this.#at < echoMs) return;
        this.#at = now;
        this.#last = name;
        this.#count++;
        this.#handler(name, this.#count);
      });
  }

  /** Aborted by the first signal, unless a verb handles signals itself. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The signal that came last. */
  get last(): StopSignal | undefined {
    return this.#last;
  }

  /** Hands every signal (and how many have come so far) to `handler` instead; also one that came before anybody handled them, as at the end of a start. */
  handle(handler: (name: StopSignal, count: number) => void): void {
    this.#handler = handler;
    const [missed, count] = [this.#handled ? undefined : this.#last, this.#count];
    this.#handled = true;
    if (missed !== undefined) queueMicrotask(() => handler(missed, count));
  }
}
