// loop: the one training loop, and what it is given.
export { type Batch, type BatchColumn, type BatchSource, batchKey, valuesColumn } from "./batch.ts";
export { queueOf } from "./queue.ts";
export { checkSignal } from "./signal.ts";
export { type LossParts, RecordedFunction, type SeenBatch, type StepResult, Steps, type TrainingTask } from "./steps.ts";
export { afterLooking, type LoopOptions, type LoopStep, type RunState, TrainingLoop } from "./training-loop.ts";
