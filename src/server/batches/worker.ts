// Works off batches, one at a time: each line through the routes of this server, its result kept before the next, so that whoever goes on after a restart, or on another
// machine, makes nothing twice. Knows jobs and lines, no models.
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { InkstoneError } from "../../core/index.ts";
import type { Job, Store } from "../../store/index.ts";
import { BATCH, type BatchInput, type BatchOutput, type BatchPart } from "./batch.ts";
import type { Files } from "./files.ts";
import { type BatchLine, readLines } from "./lines.ts";

/** Sends one request as its owner would, and gives its answer. */
export type SendLine = (owner: string, path: string, body: object) => Promise<{ readonly status: number; readonly body: unknown }>;

/** What a worker needs. */
export interface BatchWorkerOptions {
  readonly store: Store;
  readonly files: Files;
  readonly send: SendLine;
  /** Lines that are under way at once. */
  readonly lines: number;
  /** Milliseconds between looks for work, and the length of a lease. Default 1000 and 15,000. */
  readonly lookMs?: number;
  readonly leaseMs?: number;
}

/** An answer that says "not now": the line is sent again. */
const later = new Set([429, 503]);
/** How often a line is sent that the server has no room for. */
const MOST_TRIES = 50;

/** A worker of this process. */
export class BatchWorker {
  readonly #options: BatchWorkerOptions;
  readonly #name = `${process.pid}-${randomUUID()}`;
  #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #wake: () => void = () => undefined;

  constructor(options: BatchWorkerOptions) {
    this.#options = options;
  }

  /** Begins to look for work. */
  start(): void {
    this.#running ??= this.#loop(this.#stopping.signal);
  }

  /** There is work: it is looked for at once. */
  wake(): void {
    this.#wake();
  }

  /** Gives what it works on back to the queue, and ends. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#running;
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { store, lookMs = 1000, leaseMs = 15_000 } = this.#options;
    while (!signal.aborted) {
      const job = await store.jobs.claim([BATCH], this.#name, leaseMs).catch(() => undefined); // a store that is away comes back
      if (job !== undefined)
        await this.#work(job, signal).catch(() => undefined); // its lease runs out, and somebody tries again
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

  // Errors: E_JOB_LOST when it is another's, or was cancelled; those of the store.
  async #work(job: Job, signal: AbortSignal): Promise<void> {
    const { store, files, leaseMs = 15_000 } = this.#options;
    const { jobs } = store;
    const { file, endpoint } = job.input as BatchInput;
    const text = await files.content(job.owner, file).catch(() => "");
    const { lines, errors } = readLines(text, endpoint);
    if (errors.length > 0) return jobs.fail(job.id, this.#name, errors);
    await jobs.renew(job.id, this.#name, { total: lines.length }, leaseMs);
    const lost = new AbortController();
    const renewing = setInterval(
      () => void jobs.renew(job.id, this.#name, {}, leaseMs).catch((error: unknown) => isLost(error) && lost.abort()),
      leaseMs / 3,
    );
    try {
      const kept = new Set((await jobs.parts(job.id)).map(({ part }) => part));
      const open = lines.flatMap((_, i) => (kept.has(i) ? [] : [i]));
      const either = AbortSignal.any([signal, lost.signal]);
      await Promise.all(Array.from({ length: this.#options.lines }, () => this.#lines(job, lines, open, either)));
    } finally {
      clearInterval(renewing);
    }
    if (lost.signal.aborted) return;
    if (signal.aborted) return jobs.release(job.id, this.#name);
    await this.#finish(job);
  }

  async #lines(job: Job, lines: readonly BatchLine[], open: number[], signal: AbortSignal): Promise<void> {
    const { endpoint } = job.input as BatchInput;
    for (let i = open.shift(); i !== undefined && !signal.aborted; i = open.shift()) {
      const { customId, body } = lines[i];
      const answer = await this.#answer(job.owner, endpoint, body, signal);
      if (answer === undefined) return;
      const ok = answer.status < 400;
      const line = {
        id: `batch_req_${randomUUID().replaceAll("-", "")}`,
        custom_id: customId,
        response: { status_code: answer.status, request_id: randomUUID(), body: answer.body },
        error: null,
      };
      await this.#options.store.jobs.keepPart(job.id, this.#name, i, { ok, line } satisfies BatchPart, this.#options.leaseMs);
    }
  }

  // Undefined: the worker is to stop, and the line was not answered.
  async #answer(owner: string, endpoint: string, body: object, signal: AbortSignal): Promise<{ status: number; body: unknown } | undefined> {
    for (let tried = 1; ; tried++) {
      const answer = await this.#options.send(owner, endpoint, body);
      if (signal.aborted && later.has(answer.status)) return undefined;
      if (!later.has(answer.status) || tried === MOST_TRIES) return answer;
      await pause(Math.min(5000, 100 * 2 ** tried), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return undefined;
    }
  }

  async #finish(job: Job): Promise<void> {
    const { store, files } = this.#options;
    const parts = (await store.jobs.parts(job.id)).map(({ body }) => body as BatchPart);
    const keep = async (which: readonly BatchPart[], what: string): Promise<string | null> => {
      if (which.length === 0) return null;
      const text = `${which.map(({ line }) => JSON.stringify(line)).join("\n")}\n`;
      return files.keep(job.owner, `${job.id}_${what}.jsonl`, "batch_output", text, `file-${job.id.replace(/^job_/, "")}-${what}`);
    };
    const [good, bad] = [parts.filter(({ ok }) => ok), parts.filter(({ ok }) => !ok)];
    const output: BatchOutput = {
      outputFile: await keep(good, "output"),
      errorFile: await keep(bad, "errors"),
      completed: good.length,
      failed: bad.length,
    };
    await store.jobs.finish(job.id, this.#name, output);
  }
}

const isLost = (error: unknown) => error instanceof InkstoneError && error.code === "E_JOB_LOST";
