// Weights that are still to be learnt, in the place of a file's: what a decoder is wired from when it is trained from nothing. Knows no architecture.
import { DenseWeight, initialize, type MatrixWeight, parameter, type RotaryOptions, RotaryPositions } from "../nn/index.ts";
import { cpu, type Tensor } from "../tensor/index.ts";
import type { WeightSource } from "./weights/source.ts";

/** How weights begin. */
export interface FreshOptions {
  /** Deviation of matrices. Default 0.02. */
  readonly deviation?: number;
  /** Of matrices whose name ends so: those whose result is added to what it was made from. */
  readonly residual?: { readonly ends: readonly string[]; readonly deviation: number };
}

/** Matrices normal with a deviation, vectors of norms 1, biases 0 (there are none unless asked for). Random numbers come from `withRandom`. */
export class FreshWeights implements WeightSource {
  readonly #options: FreshOptions;

  constructor(options: FreshOptions = {}) {
    this.#options = options;
  }

  matrix(name: string, outputs: number, inputs: number): MatrixWeight {
    const { deviation = 0.02, residual } = this.#options;
    const isResidual = residual?.ends.some((end) => name.endsWith(end));
    const shape = [outputs, inputs];
    return new DenseWeight(parameter(shape, initialize({ name: "random_normal", deviation: isResidual ? residual?.deviation : deviation }, shape)));
  }

  vector(name: string, width: number): Tensor {
    return parameter([width], name.endsWith("bias") ? undefined : new Float32Array(width).fill(1));
  }

  values(_name: string, width: number): Float32Array {
    return new Float32Array(width);
  }

  has(_name: string): boolean {
    return false;
  }

  rotary(options: RotaryOptions): RotaryPositions {
    return new RotaryPositions(cpu(), options);
  }
}
