// The boundary between TypeScript and arithmetic: buffers, command lists, services. Two executors implement it; nothing above knows which.
import type { ElementType, KernelName } from "./kernels/index.ts";

/** A buffer of an executor. What is inside is its executor's. It is freed, at the latest, when nobody can reach it any more. */
export interface BufferHandle {
  readonly bytes: number;
}

/** A compiled command list; freed, at the latest, when nobody can reach it. It keeps its buffers. */
export interface ListHandle {
  /** Kernels of its commands. */
  readonly kernels: readonly KernelName[];
}

/** A stateful service object; freed, at the latest, when nobody can reach it. */
export interface ServiceHandle {
  /** What kind of service it is. */
  readonly service: string;
}

/** A size of a command: a literal, or the register whose value is taken at each execution. */
export type Scalar = number | { readonly register: number };

/** An operand of a command: elements of `type` from element `offset` on. */
export interface Operand {
  readonly buffer: BufferHandle;
  readonly offset: number;
  readonly type: ElementType;
}

/** One kernel call of a list. */
export interface Command {
  readonly kernel: KernelName;
  readonly operands: Readonly<Record<string, Operand>>;
  readonly sizes: Readonly<Record<string, Scalar>>;
  readonly flags?: Readonly<Record<string, boolean>>;
  /** False when this command touches nothing that commands since the last barrier write (or write what it reads): it may run beside them. Default true. */
  readonly barrier?: boolean;
}

/** Precision of arithmetic on weights: see DESIGN "Numbers". */
export type Precision = "exact" | "bf16" | "fast";

/** Control word of an execution, in shared memory, that another thread sets to cancel it. */
export const CONTROL_CANCEL = 0;
/** Control word that the executor writes: commands done. */
export const CONTROL_PROGRESS = 1;
/** Bytes of a control block: two Int32 words. */
export const CONTROL_BYTES = 8;

/**
 * Runs kernels. Memory is the executor's own; bytes are copied in and out.
 *
 * Errors: `E_MEMORY` (a buffer cannot be had), `E_KERNEL` (a kernel refused its input), `E_CANCELLED`, `E_NATIVE_PANIC`, `E_PROGRAM` (a list does not fit the table or its buffers).
 */
export interface Executor {
  readonly name: "native" | "reference";
  /** Instruction tier that lists compile to by default: "portable", "avx2", "avx512", "avx512vnni", "avx512bf16", "amx"; "reference" in the twin. */
  readonly tier: string;
  /** All tiers that this machine can run, slowest first. */
  readonly tiers: readonly string[];
  /** Allocates zeroed memory, 64-byte aligned, committed only when touched. `dense`: all of it will be written and read whole (weights): large pages. */
  allocate(bytes: number, options?: { dense?: boolean }): BufferHandle;
  /** Frees at once. A run under way on the buffer refuses this, `write`, and where it writes itself, `read` (`E_RECORDING`). */
  free(buffer: BufferHandle): void;
  write(buffer: BufferHandle, byteOffset: number, bytes: Uint8Array): void;
  read(buffer: BufferHandle, byteOffset: number, into: Uint8Array): void;
  /** Checks every command against the table and the sizes of its buffers, as far as literals tell; the rest at execution. */
  compile(commands: readonly Command[], options?: { tier?: string }): ListHandle;
  /** Runs a list to its end on all threads. Blocks the calling thread. `control`: Int32Array over a SharedArrayBuffer. */
  execute(list: ListHandle, registers?: Float64Array, control?: Int32Array): void;
  /** Runs one command without registers: what is not run again needs no list. */
  executeOnce(command: Command): void;
  /** `execute` away from the calling thread, or in pieces between which the event loop goes on. Lists run whole, one after the other. */
  executeAsync(list: ListHandle, registers?: Float64Array, control?: Int32Array): Promise<void>;
  freeList(list: ListHandle): void;
  /** Threads that execute uses, the caller included. */
  threads: number;
  createService(name: string, configuration: Uint8Array): ServiceHandle;
  /** The same away from the calling thread, for large configurations; in the twin, at a later turn of the event loop. */
  createServiceAsync(name: string, configuration: Uint8Array): Promise<ServiceHandle>;
  /** Calls a method of a service. Returns the bytes written into `output`, or -(bytes needed) when it is too small (nothing written). */
  callService(service: ServiceHandle, method: number, input: Uint8Array, output: Uint8Array): number;
  /**
   * The same for what lasts: away from the calling thread, or in pieces between which the event loop goes on. Gives the bytes written.
   * `outputBytes`: as many as the answer takes; when they are too few, `E_SERVICE`. While it runs, other calls of this service are refused (`E_SERVICE`).
   * `control`: Int32Array over a SharedArrayBuffer; the progress word counts up as the service says. Native calls use all `threads`.
   */
  callServiceAsync(service: ServiceHandle, method: number, input: Uint8Array, outputBytes: number, control?: Int32Array): Promise<Uint8Array>;
  freeService(service: ServiceHandle): void;
}
