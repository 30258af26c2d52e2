// A batch as a job of the store, and as OpenAI shows it. Knows no routes.
import type { Job } from "../../store/index.ts";
import type { LineError } from "./lines.ts";

/** The kind of job that a batch is. */
export const BATCH = "batch";

/** What a batch is made from. */
export interface BatchInput {
  readonly file: string;
  readonly endpoint: string;
  readonly metadata: Readonly<Record<string, string>> | null;
}

/** What came of it. */
export interface BatchOutput {
  readonly outputFile: string | null;
  readonly errorFile: string | null;
  readonly completed: number;
  readonly failed: number;
}

/** The result of one line, as a part of the job. */
export interface BatchPart {
  readonly ok: boolean;
  readonly line: object;
}

const states: Readonly<Record<Job["state"], string>> = {
  queued: "validating",
  running: "in_progress",
  paused: "in_progress",
  done: "completed",
  failed: "failed",
  cancelled: "cancelled",
};

/** The id of a batch, and of its job. */
export const batchId = (job: string): string => job.replace(/^job_/, "batch_");
/** The other way. */
export const jobId = (batch: string): string => batch.replace(/^batch_/, "job_");

/** A batch in OpenAI's shape. */
export function shownBatch({ id, input, output, failure, state, created, updated, done, total }: Job): object {
  const { file, endpoint, metadata } = input as BatchInput;
  const made = (output ?? undefined) as BatchOutput | undefined;
  const seconds = (time: number) => Math.floor(time / 1000);
  const at = (which: Job["state"]) => (state === which ? seconds(updated) : null);
  return {
    id: batchId(id),
    object: "batch",
    endpoint,
    errors: state === "failed" ? { object: "list", data: failure as readonly LineError[] } : null,
    input_file_id: file,
    completion_window: "24h",
    status: states[state],
    output_file_id: made?.outputFile ?? null,
    error_file_id: made?.errorFile ?? null,
    created_at: seconds(created),
    in_progress_at: at("running"),
    expires_at: seconds(created) + 24 * 3600,
    finalizing_at: null,
    completed_at: at("done"),
    failed_at: at("failed"),
    expired_at: null,
    cancelling_at: null,
    cancelled_at: at("cancelled"),
    request_counts: { total, completed: made?.completed ?? done, failed: made?.failed ?? 0 },
    metadata,
  };
}
