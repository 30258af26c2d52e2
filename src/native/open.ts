// Chooses the executor: native where it is at hand, else the reference. The only reader of INKSTONE_TIER and INKSTONE_THREADS.
import { availableParallelism } from "node:os";
import { InkstoneError } from "../core/index.ts";
import type { Executor } from "./executor.ts";
import { loadBinding } from "./loader.ts";
import { createNativeExecutor } from "./native-executor.ts";
import { createReferenceExecutor } from "./reference/reference-executor.ts";

/** Which executor to open. */
export interface ExecutorOptions {
  /** "auto" (default): native where it is at hand, else reference. "native" fails where there is none. */
  readonly executor?: "auto" | "native" | "reference";
  /** A tier that this machine has; default INKSTONE_TIER, else the fastest. */
  readonly tier?: string;
  /** Default INKSTONE_THREADS, else the machine's cores, at most 16. */
  readonly threads?: number;
}

/** Whether the native part can be loaded, and if not, why. */
export function nativeStatus(): { available: boolean; reason?: string } {
  const { binding, error } = loadBinding();
  return binding === undefined ? { available: false, reason: error?.message } : { available: true };
}

/**
 * Opens an executor.
 *
 * Errors: `E_NATIVE_MISSING`, `E_NATIVE_MISMATCH` when native is demanded and not to be had; `E_TIER`.
 *
 * @example
 * openExecutor({ executor: "reference" }).name; // "reference"
 */
export function openExecutor(options: ExecutorOptions = {}): Executor {
  const wanted = options.executor ?? "auto";
  if (wanted !== "reference") {
    const { binding, error } = loadBinding();
    if (binding !== undefined) {
      const tier = options.tier ?? (process.env.INKSTONE_TIER || undefined);
      return createNativeExecutor(binding, { tier, threads: options.threads ?? defaultThreads() });
    }
    // A native part that is there but does not fit must not be passed over in silence.
    if (error !== undefined && (wanted === "native" || error.code === "E_NATIVE_MISMATCH")) throw error;
  }
  return createReferenceExecutor();
}

function defaultThreads(): number {
  const given = process.env.INKSTONE_THREADS;
  if (given === undefined || given === "") return Math.min(16, availableParallelism());
  const threads = Number(given);
  if (!Number.isInteger(threads) || threads < 1 || threads > 64)
    throw new InkstoneError("E_ENVIRONMENT", { variable: "INKSTONE_THREADS", value: given, allowed: "1 to 64" });
  return threads;
}
