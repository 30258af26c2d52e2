// Shapes of batches: a recording is kept for each. Knows no models.
import type { ElementType } from "../../native/index.ts";
import { type Device, type Tensor, zeros } from "../../tensor/index.ts";
import { gather } from "../inputs/batches.ts";
import type { Column } from "../inputs/column.ts";

/** One column of a batch on the device: where its rows are gathered to before each run. */
export class Slot {
  readonly tensor: Tensor;
  /** The values of the batch that is there now. */
  readonly values: Float32Array | Int32Array;

  constructor(rows: number, column: Column, type: ElementType, device: Device) {
    this.tensor = zeros([rows, ...column.shape], { type, device });
    this.values = type === "i32" ? new Int32Array(rows * column.width) : new Float32Array(rows * column.width);
  }

  /** Puts these rows of the column there. */
  fill(column: Column, rows: Uint32Array): void {
    this.tensor.write(gather(column, rows, this.values));
  }
}

/** Recordings by key, the least recently used ones freed once there are more than so many. */
export class Recent<T extends { dispose(): void }> {
  readonly #kept = new Map<string, T>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string, make: () => T): T {
    const found = this.#kept.get(key) ?? make();
    this.#kept.delete(key);
    this.#kept.set(key, found);
    for (const [old, one] of this.#kept) {
      if (this.#kept.size <= this.#most) break;
      this.#kept.delete(old);
      one.dispose();
    }
    return found;
  }

  dispose(): void {
    for (const one of this.#kept.values()) one.dispose();
    this.#kept.clear();
  }
}
