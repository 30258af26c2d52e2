// What an encoder is tuned for: which texts an example has, its targets, its loss, and how good answers are. Knows no loop and no file.
import type { EncoderHead, EncoderInput, TunedHead } from "../../models/index.ts";
import { type Tensor, tensor } from "../../tensor/index.ts";
import { type BatchColumn, valuesColumn } from "../loop/index.ts";
import type { PlacedText } from "./packing.ts";

/** Loss of a batch, and what is looked at. */
export interface ObjectiveLoss {
  /** Of all that counts, added up: []. */
  readonly total: Tensor;
  /** What counts: [1]. */
  readonly count: Tensor | number;
  /** Scores, for `Judge`. */
  readonly scores: Tensor;
}

/** Collects answers to examples that were not learned from. */
export interface Judge<Example> {
  /** The scores of a batch, as `loss` gives them. */
  take(examples: readonly Example[], scores: Float32Array, places: readonly PlacedText[]): void;
  /** All metrics by name, from 0 to 1; more is better. The first decides. */
  metrics(): Readonly<Record<string, number>>;
}

/** How a batch is made. */
export interface BatchPlace {
  /** Where the texts of all examples lie, in the order of `texts`. */
  readonly places: readonly PlacedText[];
  readonly rows: number;
  /** What is drawn anew: epoch and batch; undefined for a look. */
  readonly draw?: (element: number) => number;
}

/** One kind of tuning. */
export interface Objective<Example> {
  readonly head: TunedHead;
  /** Scores of a row. */
  readonly outputs: number;
  texts(example: Example): readonly EncoderInput[];
  /** Behind those of the encoder. */
  columns(examples: readonly Example[], place: BatchPlace): BatchColumn[];
  /** states [T, C]. */
  loss(states: Tensor, head: EncoderHead, columns: readonly Tensor[]): ObjectiveLoss;
  judge(): Judge<Example>;
  /** Changes the ids that are read, in training: words that are hidden. Default: none. */
  disguise?(ids: Int32Array, examples: readonly Example[], place: BatchPlace): void;
}

/** A column of one number. */
export const countColumn = (count: number): BatchColumn => valuesColumn("count", Float32Array.of(count), [1]);

/** A column of row numbers. */
export const rowsColumn = (name: string, rows: ArrayLike<number>, shape: readonly number[] = [rows.length]): BatchColumn =>
  valuesColumn(name, Int32Array.from(rows), [...shape]);

/** Numbers as a constant beside x. */
export const constant = (values: Float32Array, shape: readonly number[], like: Tensor): Tensor => tensor(values, [...shape], { device: like.device });

/** A whole number of steps that holds so many. */
export const roomFor = (count: number, step: number): number => Math.max(step, Math.ceil(count / step) * step);
