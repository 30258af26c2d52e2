// A run that is opened to write with it. Knows no training.
import { fromZero, InkstoneError, type Rules, readOptions, whole } from "../../core/index.ts";
import { readTextFile } from "../../formats/index.ts";
import { TransformerEncoderDecoder } from "../../models/index.ts";
import { fileCoder, type TextCoder } from "../recipe/coder.ts";
import { languageModelOf, type RecipeModel } from "../recipe/models.ts";
import type { Recipe } from "../recipe/types.ts";
import { answersOf, filledIds, sampleIds } from "../recipe/writing.ts";
import { vocabularyOf } from "./prepare.ts";
import { type Checkpoint, RunFolder, runFiles, whyNoRun } from "./run-folder.ts";

/** How a run writes. */
export interface WriteOptions {
  /** What is drawn by. Default: the recipe's. */
  readonly seed?: number | undefined;
  /** What the logits are divided by; 0: the likeliest each time. Default 0.8. Not for "bert" and "encoder-decoder", which draw nothing. */
  readonly temperature?: number | undefined;
}

const rules: Rules<WriteOptions> = { seed: whole(0), temperature: fromZero };

/** A run that can write. */
export interface OpenedRun {
  readonly path: string;
  readonly recipe: Recipe;
  readonly model: RecipeModel;
  readonly coder: TextCoder;
  readonly checkpoint: Checkpoint;
  /** What it writes behind a text; "bert": the text with its [MASK]s filled; "encoder-decoder": the answer. A model of documents alone stops where one ends. Errors: `E_OPTION`. */
  write(prompt: string, count: number, options?: WriteOptions): Promise<string>;
}

/**
 * A run that is opened to write with it: the weights of its best checkpoint, else of its last. Errors: `E_RUN_FOLDER`, E_FORMAT_*.
 *
 * @example
 * await openRun("no-run"); // throws E_RUN_FOLDER
 */
export async function openRun(path: string): Promise<OpenedRun> {
  const folder = new RunFolder(path);
  const recipe = await folder.recipe();
  const opened = recipe && ((await folder.open(runFiles.best)) ?? (await folder.openLast()));
  if (recipe === undefined || opened === undefined) {
    const why = recipe === undefined ? whyNoRun(path) : { en: "it has no checkpoint yet", zh: "尚无检查点" };
    throw new InkstoneError("E_RUN_FOLDER", { run: path, why });
  }
  const coder = await fileCoder(await readTextFile(folder.at(runFiles.tokenizer), 256 << 20), folder.at(runFiles.tokenizer));
  const model = languageModelOf(recipe, vocabularyOf(recipe, coder));
  model.loadStateDict(opened.weights);
  const write = async (prompt: string, count: number, options: WriteOptions = {}) =>
    written({ recipe, coder, model }, prompt, count, readOptions("write", options, rules));
  return { path, recipe, model, coder, checkpoint: opened.checkpoint, write };
}

/** What a model of a recipe writes. */
export async function written(
  { recipe, coder, model }: { readonly recipe: Recipe; readonly coder: TextCoder; readonly model: RecipeModel },
  prompt: string,
  count: number,
  { seed = recipe.seed, temperature = 0.8 }: WriteOptions = {},
): Promise<string> {
  const { contextLength } = recipe.model;
  if (model instanceof TransformerEncoderDecoder) {
    const [answer] = await answersOf(model, [coder.encode(prompt)], { most: Math.min(count, contextLength), beams: recipe.evaluation.beams });
    return coder.decode(answer);
  }
  if (recipe.model.architecture === "bert") {
    const { mask } = coder;
    const pieces = prompt.split("[MASK]").map((piece) => coder.encode(piece));
    const ids = pieces.flatMap((piece, i) => (i === 0 || mask === undefined ? piece : [mask, ...piece]));
    return mask === undefined ? prompt : coder.decode(filledIds(model, ids, { contextLength, mask }));
  }
  const encoded = coder.encode(prompt);
  const start = encoded.length > 0 ? encoded : [0];
  const end = recipe.data.documents === "alone" ? coder.end : undefined;
  return prompt + coder.decode(await sampleIds(model, start, count, { contextLength, temperature, seed, end }));
}
