// What goes between an owner and the thread of a classifier. Types only.
import type { ErrorCode, ErrorParameters, Language } from "../../core/index.ts";
import type { CheckReport } from "../../data/index.ts";
import type { Classification, ModelCard, TextModelName, TriedName } from "../../pipelines/index.ts";
import type { ClassificationEvaluation } from "../classification.ts";
import type { TriedScores } from "../train.ts";

/** A table: a file, and where the text and the label of a row are. */
export interface TableColumns {
  readonly file: string;
  readonly text: string;
  readonly label: string;
}

/** How a classifier is trained. */
export interface Training extends TableColumns {
  readonly model: TextModelName | "auto";
  readonly folds: number;
  readonly seed: number;
  readonly skipBad: boolean;
  /** Different labels at most. */
  readonly mostLabels: number;
  /** What "auto" also tries: vectors, and an encoder tuned on the rows, which is a folder if it is the best. */
  readonly encoders?: { readonly folder: string; readonly minutes: number };
}

/** How good a classifier is on a table that it has not learned from. */
export interface Measured extends Pick<ClassificationEvaluation, "examples" | "report" | "confusion" | "worst"> {
  /** Broken rows that were left out. */
  readonly skipped: { readonly count: number; readonly examples: readonly string[] };
}

/** A table with the labels that a classifier gives its rows: as it came, with two more columns. */
export interface LabelledTable {
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** Broken rows that were left out. */
  readonly skipped: number;
}

/** What a thread can be asked for, by name: what it takes and what it gives. */
export interface Tasks {
  check: { readonly takes: { readonly file: string; readonly text?: string; readonly label?: string }; readonly gives: CheckedTable };
  train: { readonly takes: Training; readonly gives: Trained };
  load: { readonly takes: { readonly file: string }; readonly gives: ClassifierFacts };
  classify: { readonly takes: { readonly text: string; readonly because: number }; readonly gives: Classification };
  save: { readonly takes: null; readonly gives: Uint8Array };
  evaluate: { readonly takes: TableColumns; readonly gives: Measured };
  label: { readonly takes: { readonly file: string; readonly text?: string }; readonly gives: LabelledTable };
  report: { readonly takes: { readonly language: Language }; readonly gives: string | null };
}

/** Name of a task. */
export type TaskName = keyof Tasks;

/** A table as it was found. */
export interface CheckedTable {
  readonly columns: readonly string[];
  /** The columns that were asked for, else those that look like it. */
  readonly text: string;
  readonly label: string | null;
  /** The first rows, cut short. */
  readonly sample: readonly Readonly<Record<string, string>>[];
  readonly report: CheckReport;
}

/** What is told of every classifier. */
export interface ClassifierFacts {
  readonly classes: readonly (string | number)[];
  readonly language: string;
  readonly card: ModelCard;
  /** Of a tuned encoder: its folder. */
  readonly folder?: string;
}

/** What training gave. */
export interface Trained extends ClassifierFacts {
  readonly examples: number;
  /** Broken rows that were left out: how many, and the first few. */
  readonly skipped: { readonly count: number; readonly examples: readonly string[] };
  readonly tried: readonly TriedScores[];
  /** Texts that repeat others: they were tried together. */
  readonly repeats: number;
  /** Labels with one text, which could not be tested. */
  readonly untested: readonly (string | number)[];
  readonly report: ClassificationEvaluation["report"];
  readonly worst: ClassificationEvaluation["worst"];
  /** Where a tuned encoder was wanted and there was no time for it: the minutes that it would take. */
  readonly untriedMinutes?: number;
}

/** How far training is. */
export interface TrainingProgress {
  readonly fraction: number;
  readonly model: TriedName;
}

/** To the thread. */
export interface ToThread<Name extends TaskName = TaskName> {
  readonly id: number;
  readonly task: Name;
  readonly takes: Tasks[Name]["takes"];
}

/** From the thread. `error` without a code is one that is not of the catalogue. */
export type FromThread =
  | { readonly id: number; readonly progress: TrainingProgress }
  | { readonly id: number; readonly gives: Tasks[TaskName]["gives"] }
  | { readonly id: number; readonly error: { readonly code: ErrorCode; readonly parameters: ErrorParameters[ErrorCode] } | string };
