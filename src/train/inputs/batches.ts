// Which rows make which batch, and their values gathered. Knows no models.
import { philox } from "../../core/index.ts";
import type { Batch, BatchColumn, BatchSource } from "../loop/index.ts";
import type { Column } from "./column.ts";

// The operation number of shuffling among the random numbers of a seed: those of layers count up from 0.
const SHUFFLE = 0xffffffff;

/**
 * The order of the rows in an epoch: a function of seed and epoch alone, so that a run that is taken up again goes on with the same one. Fisher-Yates.
 */
export function shuffledOrder(rows: number, seed: number, epoch: number): Uint32Array {
  const order = plainOrder(rows);
  const key = [seed, Math.floor(seed / 2 ** 32)] as const;
  let words = philox([(rows - 1) >>> 2, 0, epoch, SHUFFLE], key);
  for (let i = rows - 1; i > 0; i--) {
    // Four random words a call, one for each of four rows.
    if ((i & 3) === 3) words = philox([i >>> 2, 0, epoch, SHUFFLE], key);
    const j = Math.floor(words[i & 3] * 2 ** -32 * (i + 1));
    const held = order[i];
    order[i] = order[j];
    order[j] = held;
  }
  return order;
}

/** The rows as they come. */
export function plainOrder(rows: number): Uint32Array {
  const order = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) order[i] = i;
  return order;
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

/** A column as batches have it: what it is to a model, and the type in which the model takes it. */
export interface RoleColumn {
  readonly column: Column;
  readonly role: NonNullable<BatchColumn["role"]>;
  readonly type: BatchColumn["type"];
}

/** A batch of some rows of columns: gathered when it is asked for. */
export function gathered(columns: readonly RoleColumn[], rows: Uint32Array): Batch {
  return {
    rows: rows.length,
    columns: columns.map(({ column, role, type }) => ({
      name: column.name,
      role,
      type,
      shape: [rows.length, ...column.shape],
      fill: (into) => void gather(column, rows, into),
    })),
  };
}

/** Columns as a source of batches: `order` gives the rows of an epoch. */
export function columnsSource(columns: readonly RoleColumn[], order: (epoch: number) => Uint32Array, batchSize: number): BatchSource {
  return {
    steps: Math.ceil((columns[0]?.column.rows ?? 0) / batchSize),
    *batches(epoch, from) {
      for (const rows of batchesOf(order(epoch), batchSize).slice(from)) yield gathered(columns, rows);
    },
  };
}
