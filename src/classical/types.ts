// What every classifier is, and what can be asked of it. Knows no arithmetic.
import type { SparseMatrix } from "../core/index.ts";

/** A class. */
export type Label = string | number;

/** How far a fit is. */
export interface FitProgress {
  /** Rounds or steps so far, of all problems that are solved together. */
  readonly done: number;
}

/** How a fit is followed and ended. */
export interface FitOptions {
  /** Ends the fit with `E_CANCELLED`; the model stays what it was. */
  readonly signal?: AbortSignal;
  /** Called now and then. */
  readonly onProgress?: (progress: FitProgress) => void;
}

/** Tells classes apart. */
export interface Classifier {
  /**
   * Learns from rows and their labels, off the event loop or in short pieces.
   *
   * Errors: `E_FIT_EMPTY`, `E_FIT_LABELS`, `E_FIT_LABEL`, `E_FIT_ONE_CLASS`, `E_FIT_VALUE`, `E_CANCELLED`.
   */
  fit(x: SparseMatrix, y: readonly Label[], options?: FitOptions): Promise<this>;
  /** The likeliest class of each row. Errors: `E_NOT_FITTED`, `E_FIT_WIDTH`, `E_FIT_VALUE`. */
  predict(x: SparseMatrix): Label[];
  /** A row an example, a value a class, in the order of `classes`: the higher, the likelier. */
  scores(x: SparseMatrix): Float64Array[];
  /** Numbers rising, then texts by code points. Errors: `E_NOT_FITTED`. */
  readonly classes: readonly Label[];
}

/** Why a class: one feature of a row. */
export interface Contribution {
  readonly column: number;
  /** What the row holds there. */
  readonly value: number;
  /** What the model makes of it, for this class. */
  readonly weight: number;
  /** value · weight: what it adds to the score. */
  readonly contribution: number;
}

/** A classifier that says which features decided. */
export interface ExplainingClassifier extends Classifier {
  /** For each row the features that speak loudest for or against a class, loudest first. Errors: as `predict`, and `E_OPTION` for a class that is none. */
  contributions(x: SparseMatrix, label: Label, options?: { readonly most?: number }): Contribution[][];
}

/** Probability beside the class. */
export interface ProbabilisticClassifier extends Classifier {
  /** Like `scores`; each row sums to 1. */
  probabilities(x: SparseMatrix): Float64Array[];
}

/** Weights of classes: by label, or "balanced": rows / (classes · rows of the class). */
export type ClassWeight = "balanced" | ReadonlyMap<Label, number> | Readonly<Record<string, number>> | null;

/** A saved model: plain data. */
export interface SavedModel {
  readonly formatVersion: 1;
  readonly type: string;
  readonly [field: string]: unknown;
}
