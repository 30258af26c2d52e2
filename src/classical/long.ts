// Long calls of native services: cancelled by an AbortSignal, followed by a callback. Knows no service.
import { setImmediate as nextTurn } from "node:timers/promises";
import { InkstoneError } from "../core/index.ts";
import { CONTROL_BYTES, CONTROL_CANCEL, CONTROL_PROGRESS, type Executor, type ServiceHandle, sharedExecutor } from "../native/index.ts";
import type { FitOptions } from "./types.ts";

const PROGRESS_EVERY = 100; // milliseconds

/** Throws `E_CANCELLED` when the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new InkstoneError("E_CANCELLED", { what: { en: "The fit", zh: "拟合" } });
}

/** A service for one piece of work: made, used and freed. */
export async function withService<T>(
  name: string,
  configuration: Uint8Array,
  executor: Executor | undefined,
  work: (call: LongCall) => Promise<T>,
): Promise<T> {
  const on = executor ?? sharedExecutor();
  await nextTurn(); // packing took its time
  const service = await on.createServiceAsync(name, configuration);
  try {
    return await work((method, input, outputBytes, options = {}) => callLong(on, service, method, input, outputBytes, options));
  } finally {
    on.freeService(service);
  }
}

/** A call away from the event loop. */
export type LongCall = (method: number, input: Uint8Array, outputBytes: number, options?: FitOptions) => Promise<Uint8Array>;

async function callLong(
  executor: Executor,
  service: ServiceHandle,
  method: number,
  input: Uint8Array,
  outputBytes: number,
  { signal, onProgress }: FitOptions,
): Promise<Uint8Array> {
  throwIfCancelled(signal);
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
  const cancel = () => Atomics.store(control, CONTROL_CANCEL, 1);
  signal?.addEventListener("abort", cancel, { once: true });
  const report = () => onProgress?.({ done: Atomics.load(control, CONTROL_PROGRESS) });
  const timer = onProgress && setInterval(report, PROGRESS_EVERY);
  try {
    const output = await executor.callServiceAsync(service, method, input, outputBytes, control);
    report();
    return output;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", cancel);
  }
}
