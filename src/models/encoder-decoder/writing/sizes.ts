// Sizes of a model that reads one sequence and writes another, as running it needs them. Types only.
import type { StepDecoder } from "../../../nn/index.ts";

/** How a layer of the decoder looks back. */
export type Past = "history" | "carried";

/** Sizes of a decoder. */
export interface WritingSizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** Of a head. */
  readonly headWidth: number;
  readonly vocabularySize: number;
  /** Most ids of a text that is written. */
  readonly positions: number;
  readonly past: Past;
}

/** A decoder and its sizes. */
export interface WritingParts {
  readonly decoder: StepDecoder;
  readonly sizes: WritingSizes;
}
