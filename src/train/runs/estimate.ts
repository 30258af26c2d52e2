// What a run will cost, from its sizes and a few steps that are made for it. Writes nothing.
import { TrainingLoop, valuesColumn } from "../loop/index.ts";
import { coderOf, partsOf } from "../recipe/coder.ts";
import { languageModelOf, languageTask, recipeOptimizer } from "../recipe/models.ts";
import type { Recipe } from "../recipe/types.ts";
import { vocabularyOf } from "./prepare.ts";

/** What was found. */
export interface RunEstimate {
  readonly parameters: number;
  readonly vocabulary: number;
  readonly tokensPerStep: number;
  readonly secondsPerStep: number;
  /** For all steps of the budget, without looks at the validation data. */
  readonly seconds: number;
  /** Of this process after those steps. */
  readonly bytes: number;
}

const STEPS = 4;

/**
 * Makes a few steps of a recipe on invented ids, and says what all of them would take. Errors: as `trainRun`.
 *
 * @example
 * await writeFile("lines.txt", "the ink is on the stone\n".repeat(40));
 * const recipe = recipeOf({ data: { files: "lines.txt" }, model: { depth: 1, width: 8, heads: 1, contextLength: 8 }, batch: { rows: 2 } });
 * (await estimateRun(recipe)).tokensPerStep; // 16
 */
export async function estimateRun(recipe: Recipe, { signal }: { readonly signal?: AbortSignal } = {}): Promise<RunEstimate> {
  const size = vocabularyOf(recipe, await coderOf(recipe, await partsOf(recipe), signal));
  const model = languageModelOf(recipe, size);
  const { rows, accumulate } = recipe.batch;
  const length = recipe.model.contextLength;
  const ids = Int32Array.from({ length: rows * length }, (_, i) => (i * 7919) % size);
  const column = (name: string) => valuesColumn(name, ids, [rows, length]);
  const columns = recipe.model.architecture === "encoder-decoder" ? ["source", "target", "answers"] : ["ids", "targets"];
  const counts = recipe.data.documents === "alone" ? [valuesColumn("count", Float32Array.of(rows * length), [1])] : [];
  const batch = { rows, columns: [...columns.map(column), ...counts] };
  const source = {
    steps: STEPS * accumulate,
    batches: (_epoch: number, from: number) => Array.from({ length: STEPS * accumulate - from }, () => batch),
  };
  const loop = new TrainingLoop(languageTask(model, recipe), source, { optimizer: recipeOptimizer(recipe, model), accumulation: accumulate, signal });
  const times: number[] = [];
  let since = performance.now();
  for await (const { updated } of loop.epoch(0)) {
    if (!updated) continue;
    times.push(performance.now() - since);
    since = performance.now();
  }
  const parameters = model.parameterCount;
  const bytes = process.memoryUsage().rss;
  await loop.end();
  model.dispose();
  // The first step is recorded.
  const secondsPerStep = Math.min(...times.slice(1)) / 1000;
  return {
    parameters,
    vocabulary: size,
    tokensPerStep: rows * accumulate * length,
    secondsPerStep,
    seconds: secondsPerStep * recipe.budget.steps,
    bytes,
  };
}
