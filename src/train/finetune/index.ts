// finetune: a decoder made one's own.
export type { MemoryEstimate } from "./estimate.ts";
export { type FinetuneForecast, forecastFinetune, type RefusedRow } from "./forecast.ts";
export { PackedRows, type PackSizes } from "./pack.ts";
export type { FinetunePlan, FinetuneResult } from "./plan.ts";
export { PairBatches, type PairSizes, preferenceTask, referenceMargins } from "./preference.ts";
export type { PreferenceRow } from "./preference-rows.ts";
export type { TokenRow } from "./rows.ts";
export { type FinetuneOptions, finetune, finetuneFiles } from "./run.ts";
export { type FinetuneMethod, type FinetuneSettings, finetuneMethods, finetuneSettings } from "./settings.ts";
export { answersTask, type TaskSizes } from "./task.ts";
