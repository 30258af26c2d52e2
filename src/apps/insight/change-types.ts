// What changed between two reports, as it is told. Types only.
import type { Estimate } from "./statistics.ts";

/** A share or a mean before and now. */
export interface InsightChange {
  readonly aspect: string;
  readonly before: Estimate;
  readonly now: Estimate;
  /** Lines of the rows now. */
  readonly rows: readonly number[];
}

/** Everything that changed. */
export interface InsightChanges {
  /** Rows of the report before. */
  readonly rows: number;
  /** Share of rows' mentions; two proportions, false discovery rate 5 %. */
  readonly mentions: readonly InsightChange[];
  /** Share of praise: intervals that do not touch. */
  readonly praise: readonly InsightChange[];
  /** Aspects of one report that the other does not list. */
  readonly appeared: readonly string[];
  readonly gone: readonly string[];
  /** The mean rating, where its intervals do not touch. */
  readonly rating?: { readonly before: Estimate; readonly now: Estimate };
  readonly tested: number;
}
