// One call for a task by the name that Hugging Face gives it: a model in, a function out. Knows no models' insides.
import { checkOption, InkstoneError, listed, oneOf } from "../../core/index.ts";
import type { EncoderOptions } from "../../generate/index.ts";
import {
  featureExtraction,
  fillMask,
  questionAnswering,
  textClassification,
  textRanking,
  tokenClassification,
  zeroShotClassification,
} from "./readers.ts";
import type { Opener, Pipeline, PipelineTask, PipelineTasks, Signal } from "./tasks.ts";
import { summarization, textGeneration, translation } from "./writers.ts";

const openers: { readonly [Task in PipelineTask]: Opener<Task> } = {
  "text-classification": textClassification,
  "token-classification": tokenClassification,
  "question-answering": questionAnswering,
  "fill-mask": fillMask,
  "feature-extraction": featureExtraction,
  "zero-shot-classification": zeroShotClassification,
  "text-generation": textGeneration,
  summarization,
  translation,
  "text-ranking": textRanking,
};

/** The ten tasks. */
export const pipelineTasks: readonly PipelineTask[] = Object.keys(openers) as PipelineTask[];

/**
 * A function for a task, on a model of the catalogue, a file or a folder: `const pipe = await pipeline("fill-mask", "bert-folder"); await pipe("Ink is [MASK].")`.
 *
 * Errors: `E_OPTION` for a task that there is not; `E_PIPELINE_TASK` for a model that cannot do it, with the reason; those of opening the model.
 *
 * @example
 * const pipe = await pipeline("feature-extraction", "minilm");
 * (await pipe("Ink is black.")).length; // 384
 * await pipe.close();
 */
export async function pipeline<Task extends PipelineTask>(task: Task, model: string, options: EncoderOptions = {}): Promise<Pipeline<Task>> {
  checkOption("task", task, { ...oneOf(pipelineTasks), allowed: listed(pipelineTasks) });
  const worker = await (openers[task] as Opener<Task>)(model, options).catch((error: unknown) => {
    throw refused(task, model, error);
  });
  const run = (input: PipelineTasks[Task]["input"], asked?: PipelineTasks[Task]["options"] & Signal) =>
    worker.run(input, (asked ?? {}) as PipelineTasks[Task]["options"] & Signal);
  return Object.assign(run, { task, model, close: () => worker.close() });
}

/** What says that a model is for something else, or has no such head. */
const unfit = new Set(["E_MODEL_TENSORS", "E_MODEL_USE", "E_MODEL_ARCHITECTURE", "E_PIPELINE", "E_MODEL_CONFIG"]);

function refused(task: PipelineTask, model: string, error: unknown): unknown {
  if (!(error instanceof InkstoneError) || !unfit.has(error.code)) return error;
  return new InkstoneError(
    "E_PIPELINE_TASK",
    { task, model, why: { en: error.describe("en").message, zh: error.describe("zh").message } },
    { cause: error },
  );
}
