// What every vectoriser is and how it is told what to do. Knows no counting.
import type { SparseMatrix } from "../../core/index.ts";
import type { Executor } from "../../native/index.ts";

/** How long work is ended. */
export interface LongOptions {
  readonly signal?: AbortSignal;
}

/** Turns texts into rows of numbers. */
export interface Vectoriser {
  /** Learns from texts. Errors: `E_VOCABULARY`, `E_FIT_EMPTY`, `E_TEXT_VALUE`. */
  fit(texts: Iterable<string>): this;
  /** A row a text. Errors: `E_NOT_FITTED`, `E_TEXT_VALUE`. */
  transform(texts: Iterable<string>): SparseMatrix;
  /** Both in one pass. */
  fitTransform(texts: Iterable<string>): SparseMatrix;
  /** `fitTransform` off the event loop, as far as it takes long. Errors: as `fitTransform`; the signal's reason. */
  fitTransformAsync(texts: Iterable<string>, options?: LongOptions): Promise<SparseMatrix>;
  /** `transform` in the same way. */
  transformAsync(texts: Iterable<string>, options?: LongOptions): Promise<SparseMatrix>;
  /** Names of the columns. */
  featureNames(): readonly string[];
  /** What `fromJSON` of its class reads. */
  toJSON(): SavedVectoriser;
}

/** A saved vectoriser: plain data. */
export interface SavedVectoriser {
  readonly formatVersion: 1;
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Cuts a text into tokens. */
export type TokenFunction = (text: string) => readonly string[];

/** How texts become n-grams: names and defaults are scikit-learn's. */
export interface NgramOptions {
  /** "word" (default), "char", "char_wb" (characters of each word between two blanks), or a function that gives the features of a text, which are taken as they are. */
  readonly analyzer?: "word" | "char" | "char_wb" | TokenFunction;
  /** Least and most n; default [1, 1]. */
  readonly ngramRange?: readonly [least: number, most: number];
  /** Default true. */
  readonly lowercase?: boolean;
  /** Tokens of the analyzer "word": default `(?u)\b\w\w+\b`, two and more letters, numbers or "_". With one group, the token is what it matches. */
  readonly tokenPattern?: string | RegExp;
  /** Cuts texts for the analyzer "word" in place of the pattern. */
  readonly tokenizer?: TokenFunction;
  /** Words to leave out, analyzer "word" only, cut and lowercased as the texts are: "Don't" leaves out "don". Default none. */
  readonly stopWords?: readonly string[] | null;
  /** Where arithmetic runs. Default: the native part, where there is one. */
  readonly executor?: Executor;
}

/** How counts are taken: names and defaults are scikit-learn's. */
export interface CountOptions extends NgramOptions {
  /** Fewest texts that a feature occurs in: a number of texts from 1 on, below 1 a share. Default 1. */
  readonly minDf?: number;
  /** Most texts that a feature occurs in: a share up to 1, above 1 a number of texts. Default 1. */
  readonly maxDf?: number;
  /** Keeps the most frequent features only; of equals, the earlier in order. Default all. */
  readonly maxFeatures?: number | null;
  /** Features in order, in place of learning them. */
  readonly vocabulary?: readonly string[] | null;
  /** Every count is 1. Default false. */
  readonly binary?: boolean;
}

/** How counts are weighted: names and defaults are scikit-learn's. */
export interface TfidfOptions extends CountOptions {
  /** Length to which rows are scaled. Default "l2". */
  readonly norm?: "l1" | "l2" | null;
  /** Default true. */
  readonly useIdf?: boolean;
  /** Counts one more text that holds every feature. Default true. */
  readonly smoothIdf?: boolean;
  /** 1 + ln(count) in place of the count. Default false. */
  readonly sublinearTf?: boolean;
}

/** How features are hashed: names and defaults are scikit-learn's. */
export interface HashingOptions extends NgramOptions {
  /** Columns; default 2^20. */
  readonly nFeatures?: number;
  /** The hash decides the sign, so that collisions cancel out. Default true. */
  readonly alternateSign?: boolean;
  readonly norm?: "l1" | "l2" | null;
  readonly binary?: boolean;
}

/** Functions and the place of arithmetic, which are not saved; and a pattern of one's own, which is not taken from a file: matching it may never end. */
export type Unsaved = Pick<NgramOptions, "tokenizer" | "executor" | "tokenPattern"> & { readonly analyzer?: TokenFunction };
