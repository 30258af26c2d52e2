// Where layers get their weights, by the architecture's own names. Knows no files.
import type { MatrixWeight, RotaryOptions, RotaryPositions } from "../../nn/index.ts";
import type { Tensor } from "../../tensor/index.ts";

/** Which rows of a matrix of the file a weight is, where the file keeps several in one. */
export interface Rows {
  /** Rows of the whole. */
  readonly of: number;
  /** Where row i of the weight lies in the whole. */
  readonly row: (i: number) => number;
}

/** How a matrix lies in the file. */
export interface Lay extends Partial<Rows> {
  /** [inputs, outputs] in the file, as GPT-2's on the hub. */
  readonly transposed?: boolean;
}

/** Weights by name. Shapes are checked; a source that only notes what is asked for gives stand-ins that cannot be applied. */
export interface WeightSource {
  /** A matrix [outputs, inputs]: dense, packed, or packed with an adapter on top, as the source has it. */
  matrix(name: string, outputs: number, inputs: number, lay?: Lay): MatrixWeight;
  /** `plus` is added to each value: Gemma's norms on the hub are kept without their 1. */
  vector(name: string, width: number, options?: Partial<Rows> & { readonly plus?: number }): Tensor;
  /** The values of a vector, for what is computed of them. */
  values(name: string, width: number): Float32Array;
  has(name: string): boolean;
  /** A table of turns, freed with the model; undefined in a source that only notes. */
  rotary(options: RotaryOptions): RotaryPositions | undefined;
}
