// What is known of a fine-tuning before it begins, and what came of it. Knows no training.
import type { MemoryEstimate } from "./estimate.ts";

/** What is known before the first step. */
export interface FinetunePlan {
  readonly rows: { readonly train: number; readonly validation: number; readonly withoutAnswer: number; readonly tooLong: number };
  /** Tokens of the training rows, and those of them that are learnt. */
  readonly tokens: number;
  readonly answerTokens: number;
  readonly steps: number;
  readonly parameters: number;
  readonly trained: number;
  readonly memory: MemoryEstimate;
}

/** What a fine-tuning came to. */
export interface FinetuneResult extends Omit<FinetunePlan, "memory"> {
  readonly path: string;
  readonly method: string;
  /** Steps that were made. */
  readonly done: number;
  readonly seconds: number;
  /** Mean loss of the validation rows, in nats a token: before the first step, and the best. */
  readonly before: number | undefined;
  readonly best: { readonly step: number; readonly loss: number } | undefined;
  readonly memory: MemoryEstimate;
  /** Most memory of this process, in bytes. */
  readonly peakBytes: number;
}
