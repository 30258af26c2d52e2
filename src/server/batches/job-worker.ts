// Takes jobs of one kind from the store, one at a time, and holds their lease while somebody works on them. Knows nothing of what the work is.
import { randomUUID } from "node:crypto";
import { InkstoneError } from "../../core/index.ts";
import type { Job, Store } from "../../store/index.ts";

/** A job that this process works on. */
export interface HeldJob {
  readonly job: Job;
  /** The name under which the store knows this worker. */
  readonly worker: string;
  readonly leaseMs: number;
  /** Aborted when the process stops, and when the job is no longer its own (cancelled, paused, another's). */
  readonly signal: AbortSignal;
}

/** What a worker needs. */
export interface JobWorkerOptions {
  readonly store: Store;
  readonly kind: string;
  /** Works on a job and ends it in the store. What it throws leaves the job to whoever comes when its lease is over. */
  readonly work: (held: HeldJob) => Promise<void>;
  /** Milliseconds between looks for work, and the length of a lease. Default 1000 and 15,000. */
  readonly lookMs?: number;
  readonly leaseMs?: number;
}

/** A worker of this process. */
export class JobWorker {
  readonly #options: Required<JobWorkerOptions>;
  readonly #name = `${process.pid}-${randomUUID()}`;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  #held: { readonly id: string; readonly lost: AbortController } | undefined;

  constructor(options: JobWorkerOptions) {
    this.#options = { lookMs: 1000, leaseMs: 15_000, ...options };
  }

  /** Begins to look for work. */
  start(): void {
    this.#running ??= this.#loop(this.#stopping.signal);
  }

  /** There is work: it is looked for at once. */
  wake(): void {
    this.#wake();
  }

  /** A job was taken away from its worker: where that is this one, it learns of it at once. Returns whether it is. */
  drop(id: string): boolean {
    if (this.#held?.id !== id) return false;
    this.#held.lost.abort();
    return true;
  }

  /** Gives what it works on back to the queue, and ends. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#running;
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { store, kind, lookMs, leaseMs } = this.#options;
    while (!signal.aborted) {
      const job = await store.jobs.claim([kind], this.#name, leaseMs).catch(() => undefined); // a store that is away comes back
      if (job !== undefined)
        await this.#hold(job, signal).catch(() => undefined); // its lease runs out, and somebody tries again
      else await new Promise<void>((next) => this.#sleep(lookMs, next));
    }
  }

  #sleep(ms: number, next: () => void): void {
    const clock = setTimeout(next, ms);
    clock.unref();
    this.#wake = () => {
      clearTimeout(clock);
      next();
    };
  }

  // Errors: those of the work; of the store.
  async #hold(job: Job, signal: AbortSignal): Promise<void> {
    const { store, work, leaseMs } = this.#options;
    const lost = new AbortController();
    this.#held = { id: job.id, lost };
    const renew = () => void store.jobs.renew(job.id, this.#name, {}, leaseMs).catch((error: unknown) => isLost(error) && lost.abort());
    const renewing = setInterval(renew, leaseMs / 3);
    try {
      await work({ job, worker: this.#name, leaseMs, signal: AbortSignal.any([signal, lost.signal]) });
    } catch (error) {
      if (!isLost(error)) throw error;
      lost.abort();
    } finally {
      clearInterval(renewing);
      this.#held = undefined;
    }
    if (signal.aborted && !lost.signal.aborted) await store.jobs.release(job.id, this.#name).catch(() => undefined); // or it has ended
  }
}

const isLost = (error: unknown) => error instanceof InkstoneError && error.code === "E_JOB_LOST";
