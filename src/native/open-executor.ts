// Chooses the executor: the native one where it can be had, else the reference one. The only file that reads INKSTONE_TIER and INKSTONE_THREADS.
import { availableParallelism } from "node:os";
import { InkstoneError, type Language } from "../core/index.ts";
import type { Executor } from "./executor.ts";
import { loadBinding } from "./loader.ts";
import { createNativeExecutor } from "./native-executor.ts";
import { createReferenceExecutor } from "./reference/reference-executor.ts";
import { tellSlow } from "./slow.ts";

/** How an executor is chosen. */
export interface ExecutorOptions {
  /** "auto" (default): native where it can be had, else reference, which standard error is told of once unless INKSTONE_NATIVE is "off". */
  readonly executor?: "auto" | "native" | "reference";
  /** Instruction tier; default: INKSTONE_TIER, else the best of this machine. */
  readonly tier?: string;
  /** Threads, the caller's included, 1 to 64; default: INKSTONE_THREADS, else the processors at hand, at most 16. */
  readonly threads?: number;
}

const MOST_THREADS = 64;
const DEFAULT_THREADS = 16;

/**
 * Opens an executor. Each call gives one of its own; all native ones share the process's thread team.
 *
 * Errors: `E_NATIVE_MISSING` (with `executor: "native"`, or where INKSTONE_NATIVE names a file), `E_NATIVE_MISMATCH`, `E_TIER`, `E_ENVIRONMENT` (INKSTONE_THREADS is not 1 to 64).
 *
 * @example
 * openExecutor({ executor: "reference" }).tier; // "reference"
 */
export function openExecutor(options: ExecutorOptions = {}): Executor {
  const wanted = options.executor ?? "auto";
  const tier = options.tier ?? (process.env["INKSTONE_TIER"] || undefined);
  const threads = options.threads ?? threadsOfEnvironment();
  if (wanted !== "reference") {
    const { binding, error } = loadBinding();
    if (binding) return createNativeExecutor(binding, { tier, threads });
    if (wanted === "native" || isDemanded(error)) throw error;
    tellSlow(error);
  }
  const reference = createReferenceExecutor();
  if (tier !== undefined && tier !== reference.tier) throw new InkstoneError("E_TIER", { tier, available: reference.tier });
  return reference;
}

let shared: Executor | undefined;

/**
 * The executor of whoever brings none: opened with the defaults at the first call, one a JavaScript thread. Its threads are not to be changed.
 *
 * Errors: those of `openExecutor`.
 *
 * @example
 * sharedExecutor() === sharedExecutor(); // true
 */
export function sharedExecutor(): Executor {
  shared ??= openExecutor();
  return shared;
}

/**
 * Whether the native part can be used here, and if not, why, in a language.
 *
 * @example
 * nativeStatus(); // where the native part is at hand: { available: true }
 */
export function nativeStatus(language: Language = "en"): { available: boolean; reason?: string } {
  const { binding, error } = loadBinding();
  return binding ? { available: true } : { available: false, reason: error?.describe(language).message };
}

// A native part that is there but of another version, or that was named and cannot be loaded, must not be passed over in silence.
function isDemanded(error: InkstoneError | undefined): boolean {
  const named = process.env["INKSTONE_NATIVE"] ?? "";
  return error?.code === "E_NATIVE_MISMATCH" || (named !== "" && named !== "off");
}

function threadsOfEnvironment(): number {
  const value = process.env["INKSTONE_THREADS"];
  if (value === undefined || value === "") return Math.min(availableParallelism(), DEFAULT_THREADS);
  const threads = Number(value);
  if (Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS) return threads;
  throw new InkstoneError("E_ENVIRONMENT", {
    variable: "INKSTONE_THREADS",
    value,
    allowed: { en: `1 to ${MOST_THREADS}`, zh: `1 到 ${MOST_THREADS}` },
  });
}
