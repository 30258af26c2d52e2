// initializers: how weights begin.

export { type Initializer, type InitializerConfig, type InitializerName, initialize } from "./initialize.ts";
export { isLoading, withoutInitializing } from "./loading.ts";
export { normalQuantile } from "./normal.ts";
