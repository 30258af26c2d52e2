// native: the kernel table, both executors, the loader.
export * from "./arrays.ts";
export * from "./crf.ts";
export * from "./executor.ts";
export * from "./grammar.ts";
export * from "./kernels/index.ts";
export * from "./layout.ts";
export * from "./learn.ts";
export * from "./linear-svm.ts";
export * from "./logistic.ts";
export * from "./mpi.ts";
export * from "./ngrams.ts";
export * from "./open-executor.ts";
export { type Probe, probeExecutor } from "./probe.ts";
export { createReferenceExecutor } from "./reference/reference-executor.ts";
export type { ReferenceService } from "./reference/service.ts";
export { type ReferenceServiceFactory, registerReferenceService } from "./reference/services.ts";
export * from "./services.ts";
export * from "./tokenizers.ts";
