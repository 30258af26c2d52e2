// Which rows make which batch, and their values gathered. Knows no models.
import { uniform } from "../../core/index.ts";
import type { Column } from "./column.ts";

// The operation number of shuffling among the random numbers of a seed: those of layers count up from 0.
const SHUFFLE = 0xffffffff;

/**
 * The order of the rows in an epoch: a function of seed and epoch alone, so that a run that is taken up again goes on with the same one. Fisher-Yates.
 *
 * @example
 * [...shuffledOrder(3, 1, 0)].sort(); // [0, 1, 2]
 */
export function shuffledOrder(rows: number, seed: number, epoch: number): Uint32Array {
  const order = plainOrder(rows);
  for (let i = rows - 1; i > 0; i--) {
    const j = Math.floor(uniform(seed, epoch, SHUFFLE, i) * (i + 1));
    const held = order[i];
    order[i] = order[j];
    order[j] = held;
  }
  return order;
}

/** The rows as they come. */
export function plainOrder(rows: number): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, i) => i);
}

/** The batches of an order, the last one maybe smaller. */
export function batchesOf(order: Uint32Array, batchSize: number): Uint32Array[] {
  return Array.from({ length: Math.ceil(order.length / batchSize) }, (_, i) => order.subarray(i * batchSize, (i + 1) * batchSize));
}

/** The values of these rows, end to end, in an array of the wanted type. */
export function gather<T extends Float32Array | Int32Array>(column: Column, rows: Uint32Array, into: T): T {
  const { values, width } = column;
  if (width === 1) for (let i = 0; i < rows.length; i++) into[i] = values[rows[i]];
  else for (let i = 0; i < rows.length; i++) into.set(values.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
  return into;
}
