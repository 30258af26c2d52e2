// Drawing rows anew, by seed: which rows a resample holds, and which rows change sides. The same for the same seed, whatever else runs.
import { uniform } from "../../core/index.ts";
import { needRows, needWhole } from "../checks.ts";
import type { WalkOptions } from "../walk.ts";

const OPERATION_DRAW = 0x6d01;
const OPERATION_SWAP = 0x6d02;

/** Options of everything that resamples. */
export interface ResamplingOptions extends WalkOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Default 1,000 for a bootstrap, 10,000 for randomization. */
  readonly resamples?: number;
}

/** Checks rows and options. Errors: `E_METRIC_EMPTY`, `E_OPTION`. */
export function needResampling(rows: number, resamples: number, seed: number): void {
  needRows("rows", rows);
  needWhole("resamples", resamples, 1, 10_000_000);
  needWhole("seed", seed, 0);
}

/** The rows of one resample, drawn with replacement: as many as there are. */
export function drawRows<T>(rows: readonly T[], seed: number, resample: number): T[] {
  return rows.map((_, i) => rows[Math.floor(uniform(seed, resample, OPERATION_DRAW, i) * rows.length)]);
}

/** The same, of two sides that stay in pairs. */
export function drawPairs<T>(first: readonly T[], second: readonly T[], seed: number, resample: number): [T[], T[]] {
  const picks = first.map((_, i) => Math.floor(uniform(seed, resample, OPERATION_DRAW, i) * first.length));
  return [picks.map((at) => first[at]), picks.map((at) => second[at])];
}

/** Two sides of which each pair changed places or stayed, with equal chance. */
export function swapPairs<T>(first: readonly T[], second: readonly T[], seed: number, trial: number): [T[], T[]] {
  const swapped = first.map((_, i) => uniform(seed, trial, OPERATION_SWAP, i) < 0.5);
  return [first.map((row, i) => (swapped[i] ? second[i] : row)), second.map((row, i) => (swapped[i] ? first[i] : row))];
}
