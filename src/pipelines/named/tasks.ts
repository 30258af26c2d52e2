// What each task by name takes and gives, and what a model has to be to do it. Types, and the words for one that cannot.
import { stat } from "node:fs/promises";
import { InkstoneError } from "../../core/index.ts";
import type { EncoderOptions } from "../../generate/index.ts";
import type { ZeroShotOptions } from "../zero-shot.ts";

/** A label of a text. */
export interface LabelScore {
  readonly label: string;
  readonly score: number;
}

/** A word with its tag, or a whole entity. */
export interface TokenLabel {
  /** The tag of a word; of a whole entity its group, without B- and I-. */
  readonly entity: string;
  readonly score: number;
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** A span that answers. */
export interface QuestionAnswer {
  readonly answer: string;
  readonly score: number;
  readonly start: number;
  readonly end: number;
}

/** A text with a word in the place of [MASK]. */
export interface FilledMask {
  readonly score: number;
  readonly token: number;
  readonly token_str: string;
  readonly sequence: string;
}

/** What each task takes and gives; names of fields are Hugging Face's. */
export interface PipelineTasks {
  "text-classification": { input: string; options: { readonly topK?: number }; output: readonly LabelScore[] };
  "token-classification": { input: string; options: { readonly aggregation?: "none" | "simple" }; output: readonly TokenLabel[] };
  "question-answering": {
    input: { readonly question: string; readonly context: string };
    options: { readonly topK?: number };
    output: QuestionAnswer;
  };
  "fill-mask": { input: string; options: { readonly topK?: number }; output: readonly FilledMask[] };
  "feature-extraction": { input: string; options: object; output: readonly number[] };
  "zero-shot-classification": {
    input: string;
    options: Omit<ZeroShotOptions, "labels" | "signal"> & { readonly candidateLabels: readonly string[] };
    output: { readonly sequence: string; readonly labels: readonly string[]; readonly scores: readonly number[] };
  };
  "text-generation": {
    input: string;
    options: { readonly maxNewTokens?: number; readonly temperature?: number; readonly seed?: number };
    output: readonly [{ readonly generated_text: string }];
  };
  summarization: { input: string; options: { readonly maxNewTokens?: number }; output: readonly [{ readonly summary_text: string }] };
  translation: { input: string; options: object; output: readonly [{ readonly translation_text: string }] };
  "text-ranking": {
    input: { readonly query: string; readonly passages: readonly string[] };
    options: { readonly topK?: number };
    output: readonly { readonly index: number; readonly score: number; readonly text: string }[];
  };
}

/** A task by its name. */
export type PipelineTask = keyof PipelineTasks;

/** How a call is ended. */
export interface Signal {
  readonly signal?: AbortSignal;
}

/** Answers inputs of its task. */
export interface Pipeline<Task extends PipelineTask> {
  /** One input. Errors: those of the model; the signal's reason. */
  (input: PipelineTasks[Task]["input"], options?: PipelineTasks[Task]["options"] & Signal): Promise<PipelineTasks[Task]["output"]>;
  readonly task: Task;
  readonly model: string;
  /** Frees the model. */
  close(): Promise<void>;
}

/** What does the work of a task. */
export interface Worker<Task extends PipelineTask> {
  run(input: PipelineTasks[Task]["input"], options: PipelineTasks[Task]["options"] & Signal): Promise<PipelineTasks[Task]["output"]>;
  close(): Promise<void>;
}

/** Opens a model for a task. */
export type Opener<Task extends PipelineTask> = (model: string, options: EncoderOptions) => Promise<Worker<Task>>;

/** The error of a model that cannot do a task. */
export const cannot = (task: PipelineTask, model: string, en: string, zh: string): InkstoneError =>
  new InkstoneError("E_PIPELINE_TASK", { task, model, why: { en, zh } });

/** Whether a model is a folder. */
export const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
