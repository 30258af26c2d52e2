// What a check of data takes and gives. The report is plain data: it is what `--json` prints.
import type { TextForm } from "../../formats/index.ts";
import type { OpenOptions } from "../open.ts";

/** Where a row is. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** A row that repeats an earlier one, and that one. */
export interface Pair {
  readonly first: Place;
  readonly again: Place;
}

/**
 * Finds texts that are nearly the same as one before. It is asked for every text that is no exact duplicate, in order, and remembers it.
 */
export interface NearDuplicateFinder {
  /** The number that was given for an earlier text that is nearly this one; undefined when there is none. */
  meet(text: string, number: number): number | undefined;
}

/** The same for many texts at once: vectors are made in batches. */
export interface NearDuplicateBatches {
  /** For each text the number of an earlier one (of this call, or of one before) that is near it. */
  meetAll(texts: readonly string[], numbers: readonly number[], signal?: AbortSignal): Promise<readonly (number | undefined)[]>;
}

/** Options of `checkData`. */
export interface CheckOptions
  extends Pick<OpenOptions, "kind" | "header" | "quotes" | "delimiter" | "encoding" | "signal" | "maxLineBytes" | "unpack"> {
  /** Told of each file that is not plainly UTF-8 with its usual cells. */
  readonly onForm?: (file: string, form: TextForm) => void;
  /** Field with the text; "text" by default. */
  readonly text?: string;
  /** Field with the label; "label" by default, and it may be absent then. */
  readonly label?: string;
  /** Leave broken rows out and count them, instead of failing at the first. */
  readonly skipBad?: boolean;
  /** Also looks for near duplicates, with this finder. */
  readonly nearDuplicates?: NearDuplicateFinder | NearDuplicateBatches;
  /** Most texts that are kept in mind for exact duplicates, 6 million by default; beyond, counts are estimated from a sample. */
  readonly mostTexts?: number;
  /** Told now and then: share of all bytes that has been read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Smallest, median, mean, 95 % quantile and largest of some lengths. */
export interface Lengths {
  readonly min: number;
  readonly median: number;
  readonly mean: number;
  readonly p95: number;
  readonly max: number;
}

/** What is known of one file. */
export interface FileReport {
  readonly file: string;
  readonly rows: number;
  readonly broken: number;
  /** Rows whose text is empty or blank, or that have none. */
  readonly empty: number;
  /** Rows without a label, where there are labels. */
  readonly unlabelled: number;
  readonly labels: Readonly<Record<string, number>>;
  /** The columns of its first row, where none is named "label" and no other was asked for. */
  readonly columns?: readonly string[];
}

/** Rows whose text was there before, counted; the first few by place. */
export interface DuplicateReport {
  /** Within one file. */
  readonly within: number;
  /** In another file than the first time: leaks between splits. */
  readonly between: number;
  /** Leaks by the two files. */
  readonly leaks: readonly { readonly from: string; readonly to: string; readonly rows: number }[];
  readonly examples: readonly Pair[];
}

/** What a check found. */
export interface CheckReport {
  readonly formatVersion: 1;
  readonly rows: number;
  readonly files: readonly FileReport[];
  readonly broken: { readonly count: number; readonly examples: readonly { readonly en: string; readonly zh: string }[] };
  readonly duplicates: DuplicateReport & {
    /** Rows whose text was there before under another label. */
    readonly conflicting: number;
    /** 1: every text was compared; 1/2, 1/4 …: counts are estimated from so many of them. */
    readonly compared: number;
  };
  /** Where a finder was given. */
  readonly nearDuplicates?: DuplicateReport;
  readonly characters: Lengths;
  readonly words: Lengths;
  /** Rows by the script of most of their letters. */
  readonly scripts: Readonly<Record<string, number>>;
  /** The most frequent label by the rarest; 1 is balanced. Without labels undefined. */
  readonly imbalance?: number;
  /** Whether there were so many labels that they were no longer told apart. */
  readonly manyLabels: boolean;
  /** Labels that differ in case, width, white space or the way of writing a number only; absent where there are none. */
  readonly alike?: readonly (readonly string[])[];
}
