// Rotary position embedding: a table of cosines and sines, computed once.
import { type Device, rotary, type Tensor, zeros } from "../../tensor/index.ts";
import type { CachedPass } from "../context.ts";

/** Positions that are computed at a time. */
const PIECE = 256;

/** How positions turn. */
export interface RotaryOptions {
  /** How much of a head is turned: all of it, or its first part. */
  readonly width: number;
  readonly base: number;
  /** Positions that the table holds. */
  readonly positions: number;
  /** Positions are divided by this (linear scaling). Default 1. */
  readonly scale?: number;
  /** The angle of each pair for one position, in place of base and scale: width/2 of them. */
  readonly frequencies?: Float64Array;
  /** Queries and keys are multiplied by this. Default 1. */
  readonly magnitude?: number;
  /** Pairs are neighbours (2i, 2i+1), as GGUF stores the llama family; else (i, i + width/2), as Hugging Face does. */
  readonly adjacent: boolean;
}

/**
 * Turns each pair of a head by position · base^(-2i/width).
 *
 * Source: Su et al. 2021, arXiv:2104.09864, section 3.2.2. The angles are computed in f64, so far positions stay exact.
 *
 * @example
 * const positions = new RotaryPositions(cpu(), { width: 2, base: 10_000, positions: 8, adjacent: true });
 * positions.applyWhole(tensor([[1, 0], [1, 0]], [1, 2, 1, 2])).dataSync(); // [1, 0, 0.5403, 0.8415]
 */
export class RotaryPositions {
  readonly options: RotaryOptions;
  readonly #table: Tensor;

  /** Errors: `E_MEMORY`. */
  constructor(device: Device, options: RotaryOptions) {
    const { width, base, positions, scale = 1, magnitude = 1 } = options;
    this.options = options;
    this.#table = zeros([positions, width / 2, 2], { device });
    const frequencies = options.frequencies ?? Float64Array.from({ length: width / 2 }, (_, i) => base ** ((-2 * i) / width) / scale);
    for (let first = 0; first < positions; first += PIECE) {
      const count = Math.min(PIECE, positions - first);
      this.#table.write(turns(frequencies, first, count, magnitude), first * width);
    }
  }

  /** x [T, H, D], each row at its place. Errors: `E_KERNEL` past the table. */
  apply(x: Tensor, { places, rows }: Pick<CachedPass, "places" | "rows">): Tensor {
    return rotary(x, this.#table, { places, rows, adjacent: this.options.adjacent });
  }

  /** x [B, T, H, D]: each sequence begins at position 0. Errors: `E_KERNEL` past the table. */
  applyWhole(x: Tensor): Tensor {
    return rotary(x, this.#table, { adjacent: this.options.adjacent });
  }

  dispose(): void {
    this.#table.dispose();
  }
}

// (cos, sin) of each frequency for positions first … first + count - 1.
function turns(frequencies: Float64Array, first: number, count: number, magnitude: number): Float32Array {
  const half = frequencies.length;
  const values = new Float32Array(2 * count * half);
  for (let at = 0; at < count * half; at++) {
    const angle = (first + Math.floor(at / half)) * frequencies[at % half];
    values[2 * at] = magnitude * Math.cos(angle);
    values[2 * at + 1] = magnitude * Math.sin(angle);
  }
  return values;
}
