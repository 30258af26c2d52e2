// What a task of evaluation is: questions out of files, what a model is asked, and what its answer is worth. Knows no model.
import type { Language } from "../../core/index.ts";
import type { Scored, ScoreItem } from "../../generate/index.ts";

/** What one answer adds to each metric: `value` out of `weight`; a metric is the sum of values over the sum of weights. A plain number has weight 1. */
export type Values = Readonly<Record<string, number | { readonly value: number; readonly weight: number }>>;

/** What an answer was worth. */
export interface Judged {
  readonly values: Values;
  /** What was chosen or written. */
  readonly choice: number | string;
}

/** How likely texts are, and what follows from it. */
export interface Scoring {
  readonly kind: "score";
  readonly items: readonly ScoreItem[];
  /** Also ask whether each is what the model would write. */
  readonly greedy?: boolean;
  judge(scored: readonly Scored[]): Judged;
}

/** A text that is written, greedily, and what it is worth. */
export interface Writing {
  readonly kind: "write";
  readonly prompt: string;
  readonly stop: readonly string[];
  readonly maxTokens: number;
  judge(text: string): Judged | Promise<Judged>;
}

/** A whole text that is read. */
export interface Reading {
  readonly kind: "read";
  readonly text: string;
}

/** What a model is asked. */
export type Ask = Scoring | Writing | Reading;

/** A question of a task. */
export interface Question {
  /** With what stands before it: the examples of a few-shot prompt, each with its answer, or nothing. */
  ask(before: string): Ask;
  /** With its right answer, as an example for others. Absent: it can be none. */
  readonly example?: string;
  /** What it belongs to: a subject, a phenomenon; told group by group. */
  readonly group?: string;
}

/** Where the rows of a task are: read as asked, a file of the task's folder. */
export interface TaskFiles {
  /** Rows of a file (JSONL, CSV, TSV) of the folder of data sets, in their order. Errors: `E_EVALUATION_DATA`, those of `openRows`. */
  rows(file: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Lines of a text file. */
  lines(file: string): Promise<readonly string[]>;
  /** A JSON file. */
  json(file: string): Promise<unknown>;
  /** The names in a folder, sorted. */
  list(folder: string): Promise<readonly string[]>;
}

/** A task of evaluation. */
export interface EvaluationTask {
  readonly name: string;
  readonly title: Readonly<Record<Language, string>>;
  readonly language: "en" | "zh";
  /** "score": it needs a model that tells probabilities; "write": any model that writes. */
  readonly needs: "score" | "write";
  /** The metric that stands for the task, and which values of it are better. "half": 0.5 is fair. Default "higher". */
  readonly metric: string;
  readonly better?: "higher" | "lower" | "half";
  /** Metrics that are e to the mean of what is counted. */
  readonly exponentials?: readonly string[];
  /** Examples before a question where nothing is said. Default 0. */
  readonly fewShot?: number;
  /** Examples are drawn from the question's own group. */
  readonly examplesOfGroup?: boolean;
  load(files: TaskFiles): Promise<readonly Question[]>;
  /** Questions that examples are drawn from, where they are not those of the task itself. */
  loadExamples?(files: TaskFiles): Promise<readonly Question[]>;
}
