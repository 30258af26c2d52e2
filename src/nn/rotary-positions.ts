// Rotary position embedding: a table of cosines and sines, computed once.
import { type Device, rotary, type Tensor, zeros } from "../tensor/index.ts";
import type { CachedPass } from "./context.ts";

/** Positions that are computed at a time. */
const PIECE = 256;

/** How positions turn. */
export interface RotaryOptions {
  /** Width of a head. */
  readonly width: number;
  readonly base: number;
  /** Positions that the table holds. */
  readonly positions: number;
  /** Positions are divided by this (linear scaling). Default 1. */
  readonly scale?: number;
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
 * const cache = new KeyValueCache(cpu(), { layers: 0, heads: 1, width: 2, pages: 1, type: "f32" });
 * positions.apply(tensor([[[1, 0]]]), { start: 1, rows: 1, cache }).dataSync(); // [0.5403, 0.8415]
 */
export class RotaryPositions {
  readonly options: RotaryOptions;
  readonly #table: Tensor;

  /** Errors: `E_MEMORY`. */
  constructor(device: Device, options: RotaryOptions) {
    const { width, base, positions, scale = 1 } = options;
    this.options = options;
    this.#table = zeros([positions, width / 2, 2], { device });
    const frequencies = Float64Array.from({ length: width / 2 }, (_, i) => base ** ((-2 * i) / width) / scale);
    for (let first = 0; first < positions; first += PIECE) {
      const count = Math.min(PIECE, positions - first);
      this.#table.write(turns(frequencies, first, count), first * width);
    }
  }

  /** x [T, H, D] at positions start … start+rows-1. Errors: `E_KERNEL` past the table. */
  apply(x: Tensor, { start, rows }: CachedPass): Tensor {
    return rotary(x, this.#table, { start, rows, adjacent: this.options.adjacent });
  }

  /** x [batch · length, H, D]: each sequence begins at position 0. Errors: `E_KERNEL` past the table. */
  applyWhole(x: Tensor, batch: number, length: number): Tensor {
    for (let i = 0; i < batch; i++) rotary(x.rows(i * length, length), this.#table, { start: 0, adjacent: this.options.adjacent });
    return x;
  }

  dispose(): void {
    this.#table.dispose();
  }
}

// (cos, sin) of each frequency for positions first … first + count - 1.
function turns(frequencies: Float64Array, first: number, count: number): Float32Array {
  const half = frequencies.length;
  const values = new Float32Array(2 * count * half);
  for (let at = 0; at < count * half; at++) {
    const angle = (first + Math.floor(at / half)) * frequencies[at % half];
    values[2 * at] = Math.cos(angle);
    values[2 * at + 1] = Math.sin(angle);
  }
  return values;
}
