// A fine-tuning as a job of the store, and as OpenAI shows it. Knows no routes and no training.
import type { Language } from "../../core/index.ts";
import type { Job } from "../../store/index.ts";
import type { ToldError } from "../runs/told.ts";

/** The kind of job that a fine-tuning is. */
export const TUNING = "fine-tuning";

/** How a model is tuned: by answers that are right, or by answers that are preferred. */
export type TuningMethod = "supervised" | "dpo";

/** What a fine-tuning is made from; every "auto" is a number here. */
export interface TuningInput {
  readonly model: string;
  readonly trainingFile: string;
  readonly validationFile: string | null;
  readonly method: TuningMethod;
  readonly epochs: number;
  readonly batch: number;
  /** Times the usual rate of the method. */
  readonly rate: number;
  /** Of dpo. */
  readonly beta: number;
  readonly seed: number;
  readonly suffix: string | null;
  readonly metadata: Readonly<Record<string, string>> | null;
}

/** What came of it. */
export interface TuningOutput {
  /** The name under which it is served. */
  readonly model: string;
  readonly trainedTokens: number;
  readonly resultFile: string | null;
  /** There was no room to serve it when it was made. */
  readonly unserved?: true;
  /** Of the weights that are served. */
  readonly step: number;
  readonly trainLoss?: number;
  readonly validLoss?: number;
}

/** Why it failed. */
export interface TuningFailure extends ToldError {
  readonly param: string | null;
}

/** Something that happened, kept as a part of the job. */
export interface TuningEvent {
  readonly at: number;
  readonly level: "info" | "warn" | "error";
  readonly en: string;
  readonly zh: string;
  readonly data?: { readonly step: number; readonly total_steps: number; readonly train_loss?: number; readonly valid_loss?: number };
}

/** The id of a fine-tuning, and of its job. */
export const tuningId = (job: string): string => job.replace(/^job_/, "ftjob-");
/** The other way. */
export const tuningJob = (id: string): string => id.replace(/^ftjob-/, "job_");

/** What a tuned model is called. */
export const tunedName = ({ model, suffix }: TuningInput, job: string): string =>
  `ft:${model}:${suffix ?? ""}:${job.replace(/^job_/, "").slice(0, 8)}`;

const seconds = (time: number): number => Math.floor(time / 1000);
const over: ReadonlySet<Job["state"]> = new Set(["done", "failed", "cancelled"]);

function statusOf({ state, total }: Job): string {
  if (state === "running") return total > 0 ? "running" : "validating_files"; // steps are known once the rows are read
  return ({ queued: "queued", paused: "paused", done: "succeeded", failed: "failed", cancelled: "cancelled" } as const)[state];
}

/** A fine-tuning in OpenAI's shape. */
export function shownTuning(job: Job, language: Language): object {
  const { id, output, failure, state, created, updated } = job;
  const { model, trainingFile, validationFile, method, epochs, batch, rate, beta, seed, metadata } = job.input as TuningInput;
  const made = (output ?? undefined) as TuningOutput | undefined;
  const why = state === "failed" ? (failure as TuningFailure) : undefined;
  const hyperparameters = { n_epochs: epochs, batch_size: batch, learning_rate_multiplier: rate };
  return {
    id: tuningId(id),
    object: "fine_tuning.job",
    model,
    created_at: seconds(created),
    finished_at: over.has(state) ? seconds(updated) : null,
    estimated_finish: null,
    fine_tuned_model: made?.model ?? null,
    organization_id: "inkstone",
    status: statusOf(job),
    training_file: trainingFile,
    validation_file: validationFile,
    result_files: made?.resultFile == null ? [] : [made.resultFile],
    trained_tokens: made?.trainedTokens ?? null,
    error: why === undefined ? null : { code: why.code, message: why[language], param: why.param },
    hyperparameters,
    method: { type: method, [method]: { hyperparameters: method === "dpo" ? { ...hyperparameters, beta } : hyperparameters } },
    seed,
    integrations: [],
    metadata,
  };
}

/** An event in OpenAI's shape. */
export const shownEvent = (job: string, part: number, { at, level, data, ...words }: TuningEvent, language: Language): object => ({
  id: `ftevent-${job.replace(/^job_/, "")}-${part}`,
  object: "fine_tuning.job.event",
  created_at: seconds(at),
  level,
  message: words[language],
  type: data === undefined ? "message" : "metrics",
  data: data ?? {},
});

/** The weights that are served, as OpenAI shows a checkpoint. */
export function shownCheckpoint({ id, output, updated }: Job): object[] {
  const made = (output ?? undefined) as TuningOutput | undefined;
  if (made === undefined) return [];
  const { step, trainLoss, validLoss } = made;
  return [
    {
      id: `ftckpt-${id.replace(/^job_/, "")}`,
      object: "fine_tuning.job.checkpoint",
      created_at: seconds(updated),
      fine_tuned_model_checkpoint: made.model,
      fine_tuning_job_id: tuningId(id),
      step_number: step,
      metrics: { step, train_loss: trainLoss, full_valid_loss: validLoss },
    },
  ];
}
