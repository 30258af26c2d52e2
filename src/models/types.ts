// What a causal language model is to the engine: weights and recorded lists. It knows ids only.
import type { Device } from "../tensor/index.ts";

/** One sequence in the cache. */
export interface Sequence {
  readonly length: number;
  readonly capacity: number;
  /** Forgets everything from `length` on. */
  truncate(length: number): void;
}

/** How to run. */
export interface RunOptions {
  /** Shared control words: cancelled when the first is set. */
  readonly control?: Int32Array;
  /** Called after each chunk with the ids done so far. */
  readonly onChunk?: (done: number) => void;
}

/** A causal language model. */
export interface CausalModel {
  readonly architecture: string;
  readonly parameterCount: number;
  /** Most positions of a sequence. */
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly device: Device;
  /** Opens `count` sequences over one pool. Once a model. */
  openSequences(count: number, contextLength: number): readonly Sequence[];
  /**
   * Appends ids to a sequence; `candidates` and `logits` are then those after the last id. The bits do not depend on the chunks.
   *
   * Errors: `E_SEQUENCE_FULL`, `E_KERNEL` for an id outside the vocabulary, `E_CANCELLED` (the sequence keeps whole chunks).
   */
  run(sequence: Sequence, ids: readonly number[], options?: RunOptions): void;
  /** The likeliest after the last run; probability of values[i] is exp(scale · values[i] - normalizer). Errors: `E_KERNEL` "numeric" for NaN. */
  candidates(count: number, scale?: number): { values: Float32Array; indices: Int32Array; normalizer: number };
  /** All logits of the last run, a copy. */
  logits(): Float32Array;
  /** Appends ids and gives for each the negative log-likelihood of its target. Errors: as `run`. */
  score(sequence: Sequence, ids: readonly number[], targets: readonly number[], options?: RunOptions): Float32Array;
  dispose(): void;
}
