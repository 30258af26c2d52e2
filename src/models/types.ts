// What a causal language model is to the engine: weights and recorded lists. It knows ids only.
import type { Device } from "../tensor/index.ts";

/** One sequence in the cache. */
export interface Sequence {
  readonly length: number;
  readonly capacity: number;
  /** Forgets everything from `length` on. Where that lies in a page that another sequence holds as well, the whole page: look at `length` afterwards. */
  truncate(length: number): void;
}

/** What a part of a step brings: ids that are appended to a sequence, and what is asked of the model behind them. */
export interface StepPart {
  readonly sequence: Sequence;
  readonly ids: readonly number[];
  /** Default: nothing, the ids are only read. */
  readonly want?: Want;
  /** Which of the adapters that the model was loaded with, from 1. Default 0: none. */
  readonly adapter?: number;
}

/** What is asked: the likeliest after the last id, or how likely each id's target is. */
export type Want =
  | {
      /** How many of the likeliest. */
      readonly likeliest: number;
      /** 1 / temperature, for the normaliser. Default 1. */
      readonly scale?: number;
    }
  | {
      /** One for each id. */
      readonly targets: readonly number[];
    };

/** The likeliest ids: the probability of values[i] is exp(scale · values[i] - normalizer). */
export interface Likeliest {
  readonly values: Float32Array;
  readonly indices: Int32Array;
  readonly normalizer: number;
}

/** What a part of a step gets. */
export interface StepResult {
  /** Where the likeliest were asked for. */
  readonly likeliest?: Likeliest;
  /** All logits after the last id, where the likeliest were asked for: a copy. Errors: `E_RECORDING` once another step has run. */
  readonly logits?: () => Float32Array;
  /** Where targets were given: the negative log-likelihood of each. */
  readonly scores?: Float32Array;
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
  /** Opens `count` sequences over one pool. Those that were open before are closed. Errors: `E_MEMORY`; then none are open. */
  openSequences(count: number, contextLength: number): readonly Sequence[];
  /** Makes a sequence the beginning of another, as far as whole pages of 256 positions go, without computing it again. Errors: `E_SEQUENCE_FOREIGN`. */
  share(from: Sequence, to: Sequence, length: number): void;
  /**
   * One step for any mixture of sequences, each at most once: prompts, single ids, texts to be scored. A part's results have the same bits alone and in any company,
   * whatever the chunks.
   *
   * Errors: `E_SEQUENCE_FULL`, `E_SEQUENCE_FOREIGN`, `E_KERNEL` for an id outside the vocabulary, or "numeric" where logits are not numbers;
   * `E_CANCELLED` (sequences keep whole chunks).
   */
  step(parts: readonly StepPart[], options?: RunOptions): StepResult[];
  dispose(): void;
}
