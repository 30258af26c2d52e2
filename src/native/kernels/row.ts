// What a row of the kernel table says, and the types that both executors get from it. Knows no arithmetic and no executor.

/** Element types a buffer can hold. `u8` also carries packed weights and int8 activations. */
export type ElementType = "f32" | "bf16" | "i32" | "u8";

/** Types that an operand accepts, best first: "f32|bf16" takes either. */
export type OperandTypes = ElementType | "f32|bf16" | "bf16|f32";

/**
 * One kernel: operands by name (read, written, updated in place), scalar sizes, 0/1 flags, and the tolerance c of its
 * contract against the twin: |d| <= c · eps(type) · sqrt(K) · sum|a·b|.
 *
 * Order on the wire: reads, writes, updates, each in the order declared here; then sizes, then flags.
 */
export interface KernelRow {
  readonly reads: Readonly<Record<string, OperandTypes>>;
  readonly writes: Readonly<Record<string, OperandTypes>>;
  /** Read and written: in-place kernels, caches, accumulators. */
  readonly updates?: Readonly<Record<string, OperandTypes>>;
  /** f64 scalars: a literal or a register. */
  readonly sizes: readonly string[];
  /** 0 or 1, fixed when the list is compiled. */
  readonly flags?: readonly string[];
  /** Operands that may lie on top of each other, wholly: first one that is written, then the other. All others that are written lie apart from everything. */
  readonly aliases?: readonly (readonly [string, string])[];
  readonly tolerance: number;
}

/** A family of kernels: one file of the table. */
export type KernelRows = Readonly<Record<string, KernelRow>>;

/** An operand that may be stored as bf16, seen as f32 in runs: a cache of hundreds of megabytes is never widened whole. */
export interface FloatRuns {
  readonly length: number;
  /** Values `start` … `start + count - 1`, widened. Valid until the next call. */
  run(start: number, count: number): Float32Array;
  /** Stores one value, rounded to nearest even where the storage is bf16. */
  set(index: number, value: number): void;
}

/** What a reference kernel may ask of its execution. */
export interface ReferenceRun {
  /** To be called now and then in long loops: throws `E_CANCELLED` once another thread has set the control word. */
  look(): void;
}

type View<T> = T extends "i32" ? Int32Array : T extends "u8" ? Uint8Array : T extends "f32" ? Float32Array : FloatRuns;
type Views<T> = T extends Readonly<Record<string, OperandTypes>> ? { [K in keyof T]: View<T[K]> } : unknown;
type Scalars<T> = T extends readonly string[] ? { [K in T[number]]: number } : unknown;
type Part<R, K extends string> = K extends keyof R ? R[K] : undefined;

/** What a reference kernel is called with: views by operand name (bf16 widened to f32 on demand), sizes and flags as numbers. */
export type ReferenceArguments<R extends KernelRow> = Views<R["reads"]> &
  Views<R["writes"]> &
  Views<Part<R, "updates">> &
  Scalars<R["sizes"]> &
  Scalars<Part<R, "flags">>;

/** The TypeScript twins of one family: a missing kernel does not compile. */
export type ReferenceFamily<F extends KernelRows> = { readonly [K in keyof F]: (args: ReferenceArguments<F[K]>, run: ReferenceRun) => void };
