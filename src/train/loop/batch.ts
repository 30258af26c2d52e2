// Batches and where they come from: what a training loop asks for, whatever the data. Knows no models.
import type { Shape } from "../../tensor/index.ts";

/** One column of a batch: inputs, targets, weights. */
export interface BatchColumn {
  /** For messages. */
  readonly name: string;
  /** What it is to a model; a task that is no model may leave it out. */
  readonly role?: "input" | "target" | "weight";
  readonly type: "f32" | "i32";
  /** Of the whole batch. */
  readonly shape: Shape;
  /** Puts the values there, end to end. */
  fill(into: Float32Array | Int32Array): void;
}

/** A batch: columns in the order in which what is trained takes them. */
export interface Batch {
  /** Rows, for means over batches and for messages. */
  readonly rows: number;
  readonly columns: readonly BatchColumn[];
}

/** Where batches come from: arrays, data sets, token shards. */
export interface BatchSource {
  /** Batches of an epoch, where that is known. */
  readonly steps: number | undefined;
  /** The batches of an epoch, without the first `from`: a function of both alone, so that a run that was stopped goes on with the same ones. */
  batches(epoch: number, from: number): Iterable<Batch> | AsyncIterable<Batch>;
}

/**
 * A column of values that are there.
 *
 * @example
 * const column = valuesColumn("ids", Int32Array.of(1, 2, 3, 4), [2, 2]);
 * column.type; // "i32"
 */
export function valuesColumn(name: string, values: Float32Array | Int32Array, shape: Shape): BatchColumn {
  return { name, type: values instanceof Int32Array ? "i32" : "f32", shape, fill: (into) => into.set(values) };
}

/** Batches with the same key run through the same recording. */
export function batchKey({ columns }: Batch): string {
  return columns.map(({ role = "", type, shape }) => `${role} ${type}[${shape}]`).join(" ");
}
