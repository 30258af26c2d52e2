// What happens in a fine-tuning, kept event by event as parts of its job. Knows no training.
import type { Jobs } from "../../store/index.ts";
import type { LogEntry } from "../../train/index.ts";
import type { HeldJob } from "../batches/job-worker.ts";
import type { TuningEvent } from "./job.ts";

/** Most steps that are told of one run; of longer ones every so many. */
const MOST_STEPS = 500;

/** The events of one job, behind those that are kept. */
export class JobEvents {
  readonly #jobs: Jobs;
  readonly #held: HeldJob;
  #next: number;
  #lastStep: number;

  private constructor(jobs: Jobs, held: HeldJob, next: number, lastStep: number) {
    this.#jobs = jobs;
    this.#held = held;
    this.#next = next;
    this.#lastStep = lastStep;
  }

  static async open(jobs: Jobs, held: HeldJob): Promise<JobEvents> {
    const kept = await jobs.parts(held.job.id);
    const last = Math.max(-1, ...kept.map(({ body }) => (body as TuningEvent).data?.step ?? -1));
    return new JobEvents(jobs, held, (kept.at(-1)?.part ?? -1) + 1, last);
  }

  /** Errors: E_JOB_LOST. */
  async tell(event: Omit<TuningEvent, "at">): Promise<void> {
    const { job, worker, leaseMs } = this.#held;
    await this.#jobs.keepPart(job.id, worker, this.#next++, { at: Date.now(), ...event } satisfies TuningEvent, leaseMs);
  }

  /** A step, or a look at the validation rows; what was told before a restart is not told again. Errors: E_JOB_LOST. */
  async step({ step, loss, validationLoss }: LogEntry, total: number): Promise<void> {
    const looked = validationLoss !== undefined;
    if (step < this.#lastStep || (step === this.#lastStep && !looked)) return;
    if (!looked && step !== total && step % Math.ceil(total / MOST_STEPS) !== 0) return;
    this.#lastStep = step;
    const [en, zh] = looked ? ["validation loss", "验证损失"] : ["training loss", "训练损失"];
    const value = (looked ? validationLoss : (loss ?? Number.NaN)).toFixed(4);
    await this.tell({
      level: "info",
      en: `Step ${step}/${total}: ${en}=${value}`,
      zh: `第 ${step}/${total} 步：${zh}=${value}`,
      data: { step, total_steps: total, train_loss: loss, valid_loss: validationLoss },
    });
  }
}
