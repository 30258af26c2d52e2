// encoders: tuning of encoders for classes, tags, spans, vectors and hidden words.
export { type ClassExample, ClassJudge, type ClassSettings, classObjective } from "./classes.ts";
export { type MaskedExample, type MaskedSettings, maskedObjective } from "./masked.ts";
export type { Judge, Objective, ObjectiveLoss } from "./objective.ts";
export { type TuneData, type Tuned, type TuneOptions, type TuneStep, tuneRules } from "./options.ts";
export { type SpanExample, spanObjective } from "./spans.ts";
export { type TagExample, tagObjective } from "./tags.ts";
export { type TuneTask, tuneTogether } from "./together.ts";
export { tuneEncoder } from "./tune.ts";
export { isKept, type TuneLook, usualEpochs } from "./usual.ts";
export {
  type NearExample,
  nearObjective,
  type ScoredExample,
  scoredObjective,
  type VectorSettings,
  type VectorsOptions,
  vectorsOf,
} from "./vectors.ts";
