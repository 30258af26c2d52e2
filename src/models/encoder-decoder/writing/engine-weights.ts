// Weights of an engine's file as parts of layers, checked by shape; a part of a matrix where the file keeps several in one. Everything made is kept to be freed. Knows no architecture.

import { InkstoneError } from "../../../core/index.ts";
import { LayerNorm, Linear, type MatrixWeight } from "../../../nn/index.ts";
import { type Device, type Tensor, tensor } from "../../../tensor/index.ts";
import type { WeightMaker } from "../../encoder/weight-makers.ts";
import { missingWeight, otherShape } from "../../weights/reading.ts";

/** Values by name, as a file has them. */
export interface ValuesByName {
  shape(name: string): readonly number[] | undefined;
  values(name: string): Float32Array;
}

/** Which rows of a larger matrix or vector. */
export interface RowsOf {
  /** Rows of the whole. */
  readonly of: number;
  readonly first: number;
}

/** Reads parts. Errors of all: `E_MODEL_TENSORS`, and those of the file. */
export class PartReader {
  readonly owned: { dispose(): void }[] = [];
  readonly #from: ValuesByName;
  readonly #device: Device;
  readonly #make: WeightMaker;

  constructor(from: ValuesByName, device: Device, make: WeightMaker) {
    this.#from = from;
    this.#device = device;
    this.#make = make;
  }

  has(name: string): boolean {
    return this.#from.shape(name) !== undefined;
  }

  /** Values of a weight; dimensions of 1 do not count. */
  values(name: string, shape: readonly number[]): Float32Array {
    const found = this.#from.shape(name);
    const plain = (sizes: readonly number[]) => sizes.filter((size) => size !== 1).join();
    if (found === undefined || plain(found) !== plain(shape)) {
      const problems = found === undefined ? missingWeight(name) : otherShape(name, found, shape);
      throw new InkstoneError("E_MODEL_TENSORS", { problems });
    }
    return this.#from.values(name);
  }

  own<T extends { dispose(): void }>(made: T): T {
    this.owned.push(made);
    return made;
  }

  tensor(values: Float32Array, shape: readonly number[]): Tensor {
    return this.own(tensor(values, shape, { device: this.#device }));
  }

  vector(name: string, width: number, { of, first }: RowsOf = { of: width, first: 0 }): Tensor {
    return this.tensor(this.values(name, [of]).slice(first, first + width), [width]);
  }

  matrix(name: string, outputs: number, inputs: number, { of, first }: RowsOf = { of: outputs, first: 0 }): MatrixWeight {
    const all = this.values(name, [of, inputs]);
    return this.matrixOf(all.subarray(first * inputs, (first + outputs) * inputs), outputs, inputs);
  }

  /** A matrix of values [outputs, inputs]. */
  matrixOf(values: Float32Array, outputs: number, inputs: number): MatrixWeight {
    return this.own(this.#make(values, outputs, inputs));
  }

  norm(gamma: string, beta: string, width: number, epsilon: number): LayerNorm {
    return new LayerNorm(this.vector(gamma, width), this.vector(beta, width), epsilon);
  }

  linear(weight: string, bias: string | undefined, outputs: number, inputs: number, rows?: RowsOf): Linear {
    return new Linear(this.matrix(weight, outputs, inputs, rows), bias === undefined ? undefined : this.vector(bias, outputs, rows));
  }

  dispose(): void {
    for (const part of this.owned) part.dispose();
  }
}
