// Works off batches, one at a time: each line through the routes of this server, its result kept before the next, so that whoever goes on after a restart, or on another
// machine, makes nothing twice. Knows jobs and lines, no models.
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Job, Store } from "../../store/index.ts";
import { BATCH, type BatchInput, type BatchOutput, type BatchPart } from "./batch.ts";
import type { Files } from "./files.ts";
import { type HeldJob, JobWorker } from "./job-worker.ts";
import { type BatchLine, readLines } from "./lines.ts";

/** Sends one request as its owner would, and gives its answer. */
export type SendLine = (owner: string, path: string, body: object) => Promise<{ readonly status: number; readonly body: unknown }>;

/** What is needed. */
export interface BatchWorkerOptions {
  readonly store: Store;
  readonly files: Files;
  readonly send: SendLine;
  /** Lines that are under way at once. */
  readonly lines: number;
}

/** An answer that says "not now": the line is sent again. */
const later = new Set([429, 503]);
/** How often a line is sent that the server has no room for. */
const MOST_TRIES = 50;

/** A worker of this process. */
export function batchWorker(options: BatchWorkerOptions): JobWorker {
  const work = new BatchWork(options);
  return new JobWorker({ store: options.store, kind: BATCH, work: (held) => work.run(held) });
}

class BatchWork {
  readonly #options: BatchWorkerOptions;

  constructor(options: BatchWorkerOptions) {
    this.#options = options;
  }

  // Errors: E_JOB_LOST when it is another's, or was cancelled; those of the store.
  async run(held: HeldJob): Promise<void> {
    const { store, files } = this.#options;
    const { job, worker, leaseMs, signal } = held;
    const { jobs } = store;
    const { file, endpoint } = job.input as BatchInput;
    const text = await files.content(job.owner, file).catch(() => "");
    const { lines, errors } = readLines(text, endpoint);
    if (errors.length > 0) return jobs.fail(job.id, worker, errors);
    await jobs.renew(job.id, worker, { total: lines.length }, leaseMs);
    const kept = new Set((await jobs.parts(job.id)).map(({ part }) => part));
    const open = lines.flatMap((_, i) => (kept.has(i) ? [] : [i]));
    await Promise.all(Array.from({ length: this.#options.lines }, () => this.#lines(held, lines, open)));
    if (!signal.aborted) await this.#finish(job, worker);
  }

  async #lines({ job, worker, leaseMs, signal }: HeldJob, lines: readonly BatchLine[], open: number[]): Promise<void> {
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
      await this.#options.store.jobs.keepPart(job.id, worker, i, { ok, line } satisfies BatchPart, leaseMs);
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

  async #finish(job: Job, worker: string): Promise<void> {
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
    await store.jobs.finish(job.id, worker, output);
  }
}
