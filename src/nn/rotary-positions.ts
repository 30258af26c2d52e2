// Rotary position embedding: a table of cosines and sines, computed once.
import { type Device, rotary, type Tensor, tensor } from "../tensor/index.ts";
import type { Context } from "./context.ts";

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

  constructor(device: Device, options: RotaryOptions) {
    const { width, base, positions, scale = 1 } = options;
    this.options = options;
    const half = width / 2;
    const values = new Float32Array(positions * width);
    const frequencies = Float64Array.from({ length: half }, (_, i) => base ** ((-2 * i) / width) / scale);
    for (let position = 0; position < positions; position++) {
      for (let i = 0; i < half; i++) {
        const angle = position * frequencies[i];
        values[position * width + 2 * i] = Math.cos(angle);
        values[position * width + 2 * i + 1] = Math.sin(angle);
      }
    }
    this.#table = tensor(values, [positions, half, 2], { device });
  }

  /** x [T, H, D] at positions start … start+rows-1. Errors: `E_KERNEL` past the table. */
  apply(x: Tensor, { start, rows }: Context): Tensor {
    return rotary(x, this.#table, { start, rows, adjacent: this.options.adjacent });
  }

  dispose(): void {
    this.#table.dispose();
  }
}
