// The process of a fine-tuning. Runs as a child process only.
import { setPriority } from "node:os";
import { type FinetuneOptions, type FinetuneResult, finetune, type LogEntry } from "../../train/index.ts";
import { asChild } from "../runs/child.ts";
import type { ToldError } from "../runs/told.ts";

/** What is to be tuned on what. */
export interface TuningOrder {
  /** What opens the model: a name of the catalogue, a file, a folder. */
  readonly base: string;
  readonly rows: string;
  /** How far it stands behind other processes, as nice has it. */
  readonly behind: number;
  readonly options: Omit<FinetuneOptions, "signal" | "onPlan" | "onEntry" | "onProgress">;
}

/** What is told. */
export type TuningTold =
  | { readonly steps: number; readonly tokens: number }
  | { readonly entry: LogEntry }
  | { readonly ended: "finished"; readonly result: FinetuneResult }
  | { readonly ended: "stopped" }
  | { readonly ended: "failed"; readonly why: ToldError };

asChild<TuningOrder>(({ base, rows, behind, options }, { signal, tell }) => {
  setPriority(behind);
  const told = (message: TuningTold): void => tell(message);
  return finetune(base, rows, {
    ...options,
    signal,
    onPlan: ({ steps, tokens }) => told({ steps, tokens }),
    onEntry: (entry) => told({ entry }),
  });
});
