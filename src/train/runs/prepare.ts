// What a run is made of before its first step: tokenizer, shards, what was found in the data. Kept in its folder and taken from there again. Knows no steps.
import { basename } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { readTextFile } from "../../formats/index.ts";
import type { Batch, BatchSource } from "../loop/index.ts";
import { checkTexts, type DataCheck } from "../recipe/check.ts";
import { coderOf, fileCoder, partsOf, type TextCoder } from "../recipe/coder.ts";
import { PairShard, pairIds, pairSource, pairsInOrder, writePairs } from "../recipe/pairs.ts";
import { type ShardFacts, TokenShard, writeShards } from "../recipe/shards.ts";
import type { Recipe } from "../recipe/types.ts";
import { type WindowOptions, windowSource, windowsInOrder } from "../recipe/windows.ts";
import type { World } from "../world/index.ts";
import { type RunFolder, runFiles } from "./run-folder.ts";

/** Tokenizer and shards of a run. */
export interface RunData {
  readonly shards: ShardFacts;
  readonly coder: TextCoder;
  /** Ids that the model must know. */
  readonly vocabulary: number;
  readonly check: DataCheck | undefined;
}

/** The data of a run: those that its folder has, of this recipe as it was compared before; else made. Errors: `E_DATA_EMPTY`, `E_RECIPE`, those of the tokenizer and of the readers. */
export async function dataOf(folder: RunFolder, recipe: Recipe, signal: AbortSignal | undefined): Promise<RunData> {
  const kept = await readTextFile(folder.at(`${runFiles.data}/shards.json`)).catch(() => undefined);
  if (kept !== undefined) {
    const json = await readTextFile(folder.at(runFiles.tokenizer), 256 << 20);
    const coder = await fileCoder(json, folder.at(runFiles.tokenizer));
    const check = await readTextFile(folder.at(runFiles.check)).catch(() => undefined);
    const shards = JSON.parse(kept) as ShardFacts;
    return { shards, coder, vocabulary: vocabularyOf(recipe, coder), check: check === undefined ? undefined : (JSON.parse(check) as DataCheck) };
  }
  const parts = await partsOf(recipe);
  const pairs = recipe.model.architecture === "encoder-decoder";
  const check = recipe.data.check && !pairs ? await checkTexts(recipe, parts, signal) : undefined;
  if (check !== undefined) await folder.write(runFiles.check, `${JSON.stringify(check, undefined, 2)}\n`);
  const coder = await coderOf(recipe, parts, signal);
  checkCoder(recipe, coder);
  await folder.write(runFiles.tokenizer, coder.json);
  const shards = await (pairs ? writePairs : writeShards)(folder.at(runFiles.data), recipe, coder, parts, signal);
  if (!pairs && shards.train.tokens <= recipe.model.contextLength) {
    const names = parts.flatMap(({ files }) => files.map((file) => basename(file)));
    throw new InkstoneError("E_DATA_EMPTY", {
      what: {
        en: `${shards.train.tokens} tokens of ${names.slice(0, 5).join(", ")}`,
        zh: `${names.slice(0, 5).join("、")} 的 ${shards.train.tokens} 个词元`,
      },
    });
  }
  return { shards, coder, vocabulary: vocabularyOf(recipe, coder), check };
}

/** Ids that a recipe's model must know. */
export function vocabularyOf({ model }: Recipe, { size }: Pick<TextCoder, "size">): number {
  return model.architecture === "encoder-decoder" ? size + pairIds.first : size;
}

// Errors: `E_RECIPE` where the tokenizer lacks a token that the recipe needs.
function checkCoder({ model, data, name }: Recipe, { end, mask }: TextCoder): void {
  if (model.architecture === "bert" && mask === undefined)
    throw new InkstoneError("E_RECIPE", { file: name, field: "tokenizer", why: { en: "it has no [MASK] token", zh: "没有 [MASK] 词元" } });
  if (data.documents === "apart" && end === undefined)
    throw new InkstoneError("E_RECIPE", {
      file: name,
      field: "tokenizer",
      why: { en: "it has no token that ends a document", zh: "没有表示文档结束的词元" },
    });
}

function windowsOf(recipe: Recipe, { end, mask, size }: TextCoder, seed: number): WindowOptions {
  const { data, model, batch } = recipe;
  return {
    rows: batch.rows,
    length: model.contextLength,
    seed,
    ...(data.documents === "apart" ? { end } : {}),
    ...(model.architecture === "bert" && mask !== undefined ? { masked: { share: model.masked, mask, size } } : {}),
  };
}

/** Batches for training: `attempt` counts how often a run went back and on with other data; `world`: those of one of several processes. */
export async function trainingSource(
  folder: RunFolder,
  recipe: Recipe,
  { shards, coder }: RunData,
  { attempt, world }: { readonly attempt: number; readonly world: World | undefined },
): Promise<BatchSource> {
  const steps = recipe.evaluation.every * recipe.batch.accumulate;
  // Seeds of attempts lie far from those that people give.
  const seed = recipe.seed + attempt * 0x40000000;
  const path = folder.at(`${runFiles.data}/train`);
  if (recipe.model.architecture === "encoder-decoder")
    return pairSource(await PairShard.open(path), { rows: recipe.batch.rows, steps, seed, part: world });
  const shard = new TokenShard(`${path}.bin`, shards.train.tokens, shards.width);
  return windowSource(shard, steps, { ...windowsOf(recipe, coder, seed), part: world }, shards.train.parts);
}

/** Batches for a look at the validation data. */
export async function* validationBatches(folder: RunFolder, recipe: Recipe, { shards, coder }: RunData): AsyncGenerator<Batch> {
  const { batches } = recipe.evaluation;
  const path = folder.at(`${runFiles.data}/validation`);
  if (recipe.model.architecture === "encoder-decoder") yield* pairsInOrder(await PairShard.open(path), recipe.batch.rows, batches);
  else yield* windowsInOrder(new TokenShard(`${path}.bin`, shards.validation.tokens, shards.width), batches, windowsOf(recipe, coder, recipe.seed));
}
