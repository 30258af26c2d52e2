// finetune: a decoder made one's own.
export type { MemoryEstimate } from "./estimate.ts";
export { folderTemplate } from "./model.ts";
export type { FinetunePlan, FinetuneResult } from "./plan.ts";
export { type FinetuneOptions, finetune } from "./run.ts";
export { type FinetuneMethod, type FinetuneSettings, finetuneMethods } from "./settings.ts";
