// native: the kernel table, both executors, the loader.
export * from "./executor.ts";
export * from "./kernels/index.ts";
export * from "./layout.ts";
