// What a run is made of before its first step: tokenizer, shards, what was found in the data. Kept in its folder and taken from there again. Knows no steps.
import { rm } from "node:fs/promises";
import { basename, relative } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { readTextFile } from "../../formats/index.ts";
import type { Batch, BatchSource } from "../loop/index.ts";
import { checkTexts, type DataCheck } from "../recipe/check.ts";
import { coderOf, fileCoder, type PartFiles, partsOf, type TextCoder } from "../recipe/coder.ts";
import { PairShard, pairIds, pairSource, pairsInOrder, writePairs } from "../recipe/pairs.ts";
import { type ShardFacts, shardsDigest, TokenShard, writeShards } from "../recipe/shards.ts";
import type { Recipe } from "../recipe/types.ts";
import { documentBegins, type WindowOptions, windowSource, windowsInOrder } from "../recipe/windows.ts";
import type { World } from "../world/index.ts";
import { type RunFolder, runFiles } from "./run-folder.ts";

/** Tokenizer and shards of a run. */
export interface RunData {
  readonly shards: ShardFacts;
  readonly coder: TextCoder;
  /** Ids that the model must know. */
  readonly vocabulary: number;
  readonly check: DataCheck | undefined;
  /** What was not read: files of other kinds, broken rows. Of data that were just made. */
  readonly leftOut: readonly string[];
}

/**
 * The data of a run: those that its folder has, where the run began with them and nothing that they follow from has changed; else made, for a run that has begun with the tokenizer that it has.
 * Errors: `E_DATA_EMPTY`, `E_DATA_SHORT`, `E_RECIPE`, those of the tokenizer and of the readers.
 */
export async function dataOf(folder: RunFolder, recipe: Recipe, signal: AbortSignal | undefined): Promise<RunData> {
  // What a run that never began has left is of files as they were then.
  const begun = (await folder.recipe()) !== undefined;
  const kept = begun ? await keptData(folder, recipe) : undefined;
  if (kept !== undefined && (kept.shards.made ?? shardsDigest(recipe)) === shardsDigest(recipe)) return kept;
  await rm(folder.at(`${runFiles.data}/shards.json`), { force: true });
  const parts = await partsOf(recipe);
  const pairs = recipe.model.architecture === "encoder-decoder";
  const check = recipe.data.check && !pairs ? await checkTexts(recipe, parts, signal) : undefined;
  if (check !== undefined) await folder.write(runFiles.check, `${JSON.stringify(check, undefined, 2)}\n`);
  const coder = begun ? await keptCoder(folder) : await coderOf(recipe, parts, signal);
  checkCoder(recipe, coder);
  await folder.write(runFiles.tokenizer, coder.json);
  const bad: InkstoneError[] = [];
  const onBadRow = (error: InkstoneError) => void bad.push(error);
  const shards = await (pairs ? writePairs : writeShards)(folder.at(runFiles.data), recipe, coder, parts, { signal, onBadRow });
  if (!pairs) refuseShort(recipe, shards, parts);
  return { shards, coder, vocabulary: vocabularyOf(recipe, coder), check, leftOut: [...filesLeftOut(parts), ...rowsLeftOut(bad)] };
}

/** The data that a run's folder has; undefined where it has none. Errors: those of the tokenizer. */
export async function keptData(folder: RunFolder, recipe: Recipe): Promise<RunData | undefined> {
  const kept = await readTextFile(folder.at(`${runFiles.data}/shards.json`)).catch(() => undefined);
  if (kept === undefined) return undefined;
  const coder = await keptCoder(folder);
  const text = await readTextFile(folder.at(runFiles.check)).catch(() => undefined);
  const check = text === undefined ? undefined : (JSON.parse(text) as DataCheck);
  return { shards: JSON.parse(kept) as ShardFacts, coder, vocabulary: vocabularyOf(recipe, coder), check, leftOut: [] };
}

async function keptCoder(folder: RunFolder): Promise<TextCoder> {
  return fileCoder(await readTextFile(folder.at(runFiles.tokenizer), 256 << 20), folder.at(runFiles.tokenizer));
}

// Errors: `E_DATA_SHORT` where there is not one window.
function refuseShort({ model, data }: Recipe, { train }: ShardFacts, parts: readonly PartFiles[]): void {
  if (train.tokens > (data.documents === "alone" ? 1 : model.contextLength)) return;
  const names = parts.flatMap(({ files }) => files.map((file) => basename(file)));
  const what = names.length > 3 ? [...names.slice(0, 3), "…"] : names;
  throw new InkstoneError("E_DATA_SHORT", { what, found: train.tokens, needed: model.contextLength + 1 });
}

function filesLeftOut(parts: readonly PartFiles[]): string[] {
  const names = [...new Set(parts.flatMap(({ leftOut }) => leftOut))].map((file) => relative("", file));
  return names.length === 0
    ? []
    : [`left out, of kinds that are not read: ${[...names.slice(0, 5), ...(names.length > 5 ? ["…"] : [])].join(", ")} (${names.length})`];
}

function rowsLeftOut([first, ...others]: readonly InkstoneError[]): string[] {
  return first === undefined ? [] : [`left out, broken rows: ${1 + others.length}; the first: ${first.message}`];
}

/** Ids that a recipe's model must know. */
export function vocabularyOf({ model }: Recipe, { size }: Pick<TextCoder, "size">): number {
  return model.architecture === "encoder-decoder" ? size + pairIds.first : size;
}

// Errors: `E_RECIPE` where the tokenizer lacks a token that the recipe needs.
function checkCoder({ model, data, name }: Recipe, { end, mask }: TextCoder): void {
  if (model.architecture === "bert" && mask === undefined)
    throw new InkstoneError("E_RECIPE", { file: name, field: "tokenizer", why: { en: "it has no [MASK] token", zh: "没有 [MASK] 词元" } });
  if (data.documents !== "joined" && end === undefined)
    throw new InkstoneError("E_RECIPE", {
      file: name,
      field: "tokenizer",
      why: { en: "it has no token that ends a document", zh: "没有表示文档结束的词元" },
    });
}

// `most`: windows of the shard that are read at all.
async function windowsOf(
  shard: TokenShard,
  recipe: Recipe,
  { end, mask, size }: TextCoder,
  { seed, most }: { readonly seed: number; readonly most?: number },
): Promise<WindowOptions> {
  const { data, model, batch } = recipe;
  const begins = data.documents === "alone" && end !== undefined ? { begins: await documentBegins(shard, end, model.contextLength, most) } : {};
  return {
    rows: batch.rows,
    length: model.contextLength,
    seed,
    ...(data.documents === "joined" ? {} : { end, ...begins }),
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
  return windowSource(shard, steps, { ...(await windowsOf(shard, recipe, coder, { seed })), part: world }, shards.train.parts);
}

/** Batches for a look at the validation data. */
export async function* validationBatches(folder: RunFolder, recipe: Recipe, { shards, coder }: RunData): AsyncGenerator<Batch> {
  const { batches } = recipe.evaluation;
  const path = folder.at(`${runFiles.data}/validation`);
  if (recipe.model.architecture === "encoder-decoder") return yield* pairsInOrder(await PairShard.open(path), recipe.batch.rows, batches);
  const shard = new TokenShard(`${path}.bin`, shards.validation.tokens, shards.width);
  const most = batches === 0 ? Number.POSITIVE_INFINITY : batches * recipe.batch.rows;
  yield* windowsInOrder(shard, batches, await windowsOf(shard, recipe, coder, { seed: recipe.seed, most }));
}
