// Fine-tunings as jobs: worked off one at a time, each in a process of its own that goes on where it was stopped; what comes of them is served. Knows no routes.
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { counted, InkstoneError } from "../../core/index.ts";
import { writeFileDurably } from "../../formats/index.ts";
import type { Job, Store } from "../../store/index.ts";
import type { FinetuneOptions, FinetuneResult, LogEntry } from "../../train/index.ts";
import type { Files } from "../batches/files.ts";
import { type HeldJob, JobWorker } from "../batches/job-worker.ts";
import { childProcess } from "../runs/child.ts";
import { describeError, knownError, type ToldError } from "../runs/told.ts";
import type { Adapters } from "../served/adapters.ts";
import type { Registry } from "../served/registry.ts";
import { JobEvents } from "./events.ts";
import { TUNING, type TuningFailure, type TuningInput, type TuningOutput, tunedName } from "./job.ts";
import type { TuningOptions } from "./options.ts";
import { trainingRows } from "./rows.ts";
import type { TuningOrder, TuningTold } from "./tuning-process.ts";

/** What is needed beside them. */
export interface TunerParts extends TuningOptions {
  readonly store: Store;
  readonly files: Files;
  readonly served: Registry;
  readonly adapters: Adapters;
}

const ROWS = "rows.jsonl";
const VALIDATION = "validation.jsonl";
/** Most jobs that are looked through when the server starts. */
const MOST_JOBS = 10_000;

/** The fine-tunings of a server. */
export class Tuner {
  readonly worker: JobWorker;
  readonly #parts: TunerParts;

  constructor(parts: TunerParts) {
    this.#parts = parts;
    this.worker = new JobWorker({ store: parts.store, kind: TUNING, work: (held) => this.#work(held) });
  }

  /** Models that may be tuned, by the name under which they are served. */
  get bases(): readonly string[] {
    return this.#parts.adapters.models;
  }

  /** Begins to work; what could not be served when it was made is tried once more. */
  async start(): Promise<void> {
    for (const job of await this.#parts.store.jobs.list({ kind: TUNING, limit: MOST_JOBS }))
      if (job.state === "done" && (job.output as TuningOutput).unserved === true)
        await this.#serve(job, job.output as TuningOutput).catch(() => undefined);
    this.worker.start();
  }

  /** Takes away what a job left on the disk. One that this process works on takes it away itself. */
  async forget({ id, owner, input, output }: Job): Promise<void> {
    const made = (output ?? undefined) as TuningOutput | undefined;
    if (made !== undefined) await this.#parts.adapters.remove((input as TuningInput).model, made.model, owner).catch(gone);
    if (!this.worker.drop(id)) await rm(this.#folder(id), { recursive: true, force: true });
  }

  #folder(id: string): string {
    return join(this.#parts.folder, id.replace(/^job_/, ""));
  }

  async #work(held: HeldJob): Promise<void> {
    const { jobs } = this.#parts.store;
    const { job, worker, signal } = held;
    const events = await JobEvents.open(jobs, held);
    try {
      const result = await this.#train(held, events);
      if (result === undefined) return;
      const output = await this.#served(job, await this.#output(job, result), events);
      await jobs.finish(job.id, worker, output);
    } catch (error) {
      if (isOf(error, "E_JOB_LOST", "E_RUN_BUSY")) throw error;
      const failure: TuningFailure = { param: null, ...(error instanceof Failed ? error.told : describeError(knownError(error))) };
      await events.tell({ level: "error", en: failure.en, zh: failure.zh });
      await rm(this.#folder(job.id), { recursive: true, force: true });
      await jobs.fail(job.id, worker, failure);
    } finally {
      await this.#tidy(job.id, signal);
    }
  }

  // Rows are the client's file, kept no longer than they are needed; of a job that was cancelled nothing stays.
  async #tidy(id: string, signal: AbortSignal): Promise<void> {
    const job = await this.#parts.store.jobs.get(id).catch(() => undefined);
    if (job?.state === "cancelled") await rm(this.#folder(id), { recursive: true, force: true });
    else if (!signal.aborted) for (const name of [ROWS, VALIDATION]) await rm(join(this.#folder(id), name), { force: true });
  }

  async #train({ job, worker, leaseMs, signal }: HeldJob, events: JobEvents): Promise<FinetuneResult | undefined> {
    const { store, served, behind = 10 } = this.#parts;
    const input = job.input as TuningInput;
    const base = served.tunable(input.model);
    if (base === undefined) throw new InkstoneError("E_SERVED_MODEL", { model: input.model, served: this.bases.join(", ") });
    const folder = this.#folder(job.id);
    await mkdir(folder, { recursive: true });
    await events.tell({ level: "info", en: "The files are read.", zh: "正在读取文件。" });
    const rows = await this.#rows(job, input.trainingFile, join(folder, ROWS), "training_file");
    const validationData =
      input.validationFile === null ? undefined : await this.#rows(job, input.validationFile, join(folder, VALIDATION), "validation_file");
    const options = { ...optionsOf(input), output: folder, validationData, resume: existsSync(join(folder, "finetune.json")) };
    let total = 0;
    return inProcess({ base, rows, behind, options }, signal, async (told) => {
      if ("steps" in told) {
        total = told.steps;
        await store.jobs.renew(job.id, worker, { total }, leaseMs);
        await events.tell({ level: "info", en: `Training begins: ${counted(total, "step")}.`, zh: `开始训练：共 ${total} 步。` });
      } else if ("entry" in told) await events.step(told.entry, total);
    });
  }

  // Errors: `Failed` with the field of the request that named the file.
  async #rows({ owner, input }: Job, file: string, path: string, param: string): Promise<string> {
    try {
      const text = await this.#parts.files.content(owner, file);
      await writeFileDurably(path, trainingRows(text, (input as TuningInput).method, file));
      return path;
    } catch (error) {
      throw new Failed({ ...describeError(knownError(error)), param });
    }
  }

  async #output(job: Job, result: FinetuneResult): Promise<TuningOutput> {
    const { epochs } = job.input as TuningInput;
    const log = await readLog(result.path);
    const csv = ["step,train_loss,valid_loss", ...log.map(({ step, loss, validationLoss }) => `${step},${loss ?? ""},${validationLoss ?? ""}`)].join(
      "\n",
    );
    const name = `file-${job.id.replace(/^job_/, "")}-metrics`;
    const resultFile = await this.#parts.files.keep(job.owner, "step_metrics.csv", "fine-tune-results", `${csv}\n`, name).catch(() => null); // no room for one more file: the model is there all the same
    const step = result.best?.step ?? result.done;
    return {
      model: tunedName(job.input as TuningInput, job.id),
      trainedTokens: Math.round((result.tokens * epochs * result.done) / Math.max(1, result.steps)),
      resultFile,
      step,
      trainLoss: log.findLast((entry) => entry.loss !== undefined && entry.step <= step)?.loss,
      validLoss: result.best?.loss,
    };
  }

  // What was learnt stays, also where there is no room to serve it now.
  async #served(job: Job, output: TuningOutput, events: JobEvents): Promise<TuningOutput> {
    try {
      await this.#serve(job, output);
      await events.tell({ level: "info", en: `Done: ${output.model} is served.`, zh: `完成：已提供 ${output.model}。` });
      return output;
    } catch (error) {
      const why = describeError(knownError(error));
      const en = `Done; ${output.model} is served after the next start, because now it cannot: ${why.en}`;
      await events.tell({ level: "warn", en, zh: `完成；${output.model} 将在下次启动后提供，因为现在无法提供：${why.zh}` });
      return { ...output, unserved: true };
    }
  }

  async #serve({ id, owner, input }: Job, { model }: TuningOutput): Promise<void> {
    await this.#parts.adapters.add((input as TuningInput).model, model, this.#folder(id), owner);
  }
}

// What is no longer served need not be taken away.
function gone(error: unknown): void {
  if (!isOf(error, "E_SERVED_MODEL", "E_ADAPTER_UNKNOWN")) throw error;
}

/** Of one cause that is known: words and the field that it is about. */
class Failed extends Error {
  readonly told: Omit<TuningFailure, "param"> & { readonly param?: string };

  constructor(told: ToldError & { readonly param?: string }) {
    super(told.en);
    this.told = told;
  }
}

const isOf = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.includes(error instanceof InkstoneError ? error.code : error instanceof Failed ? error.told.code : "");

async function readLog(folder: string): Promise<LogEntry[]> {
  const { RunFolder } = await import("../../train/index.ts");
  return new RunFolder(folder).log();
}

// Usual rates of the two methods, as `inkstone finetune` has them.
function optionsOf({ method, epochs, batch, rate, beta, seed }: TuningInput): Omit<FinetuneOptions, "output"> {
  const shared = { epochs, batch, seed };
  return method === "dpo" ? { ...shared, method: "dpo", beta, learningRate: 5e-5 * rate } : { ...shared, method: "lora", learningRate: 2e-4 * rate };
}

// Undefined: it was told to stop, and has saved. Errors: `Failed`; those of `onTold`, which end it too.
async function inProcess(order: TuningOrder, signal: AbortSignal, onTold: (told: TuningTold) => Promise<void>): Promise<FinetuneResult | undefined> {
  if (signal.aborted) return undefined;
  const child = childProcess(new URL("./tuning-process.js", import.meta.url));
  const stop = (): void => {
    if (child.connected) child.send({ stop: true });
  };
  signal.addEventListener("abort", stop, { once: true });
  let ended: Extract<TuningTold, { ended: string }> | undefined;
  let failure: unknown;
  let told = Promise.resolve(); // one after another, in their order
  child.on("message", (message: TuningTold) => {
    if ("ended" in message) ended = message;
    else
      told = told
        .then(() => (failure === undefined ? onTold(message) : undefined))
        .catch((error: unknown) => {
          failure = error;
          stop();
        });
  });
  const gone = new Promise<string>((done, fail) => {
    child.once("error", fail);
    child.once("exit", (code, name) => done(String(name ?? code)));
  });
  child.send(order);
  const how = await gone.finally(() => signal.removeEventListener("abort", stop));
  await told;
  if (failure !== undefined) throw failure;
  if (ended === undefined) throw new InkstoneError("E_INTERNAL", { why: `the training ended by itself (${how})` });
  if (ended.ended === "failed") throw new Failed(ended.why);
  return ended.ended === "finished" ? ended.result : undefined;
}
