// A run from a recipe: data to tokens, tokens to a model, with checkpoints from which it goes on to the bit. Knows no terminal.
import { arch, cpus } from "node:os";
import { basename } from "node:path";
import { InkstoneError, uniform } from "../../core/index.ts";
import { readTextFile, writeFileDurably } from "../../formats/index.ts";
import type { Optimizer } from "../../nn/index.ts";
import { cpu, Tensor } from "../../tensor/index.ts";
import { type RunState, TrainingLoop } from "../loop/index.ts";
import { openOptimizer, saveOptimizer, tensorEntry } from "../model/optimizer-state.ts";
import { type LanguageTask, languageModelOf, languageTask, recipeOptimizer, sampleIds } from "../recipe/models.ts";
import type { Recipe } from "../recipe/recipe.ts";
import {
  coderOf,
  fileCoder,
  filesOf,
  type ShardFacts,
  type TextCoder,
  TokenShard,
  windowSource,
  windowsInOrder,
  writeShards,
} from "../recipe/tokens.ts";
import { eventFile } from "./events.ts";
import { lossPlot, modelCard } from "./report.ts";
import { type Checkpoint, changesOf, type LogEntry, RunFolder, runFiles } from "./run-folder.ts";

/** How a run is made. */
export interface TrainRunOptions {
  /** The folder of the run. */
  readonly output: string;
  /** Goes on with a run that is there. Default false: a run that is there is refused. */
  readonly resume?: boolean;
  /** Saves and ends: the promise is rejected with `E_CANCELLED`, and the run can be gone on with. */
  readonly signal?: AbortSignal;
  /** Told of every step and every look at the validation data. */
  readonly onEntry?: (entry: LogEntry, progress: { readonly done: number; readonly total: number }) => void;
}

/** What a run came to. */
export interface TrainedRun {
  readonly path: string;
  readonly steps: number;
  readonly parameters: number;
  readonly seconds: number;
  readonly best: { readonly step: number; readonly loss: number } | undefined;
  readonly sample: string;
}

// All that a run is made of.
interface Run {
  readonly recipe: Recipe;
  readonly folder: RunFolder;
  readonly shards: ShardFacts;
  readonly coder: TextCoder;
  readonly model: LanguageTask;
  readonly optimizer: Optimizer;
  readonly loop: TrainingLoop;
  /** Seconds of the parts before this one. */
  readonly before: number;
  readonly began: number;
  step: number;
  best: { readonly step: number; readonly loss: number; readonly bitsPerByte?: number } | undefined;
  waited: number;
  /** The step of the last look. */
  looked: number;
}

/**
 * Trains a language model from a recipe into a folder: recipe, tokenizer, token shards, log of every step, checkpoints, TensorBoard events, plot, samples, card.
 *
 * Whenever it is stopped (by its signal, or killed), `resume` goes on from the last checkpoint with the same numbers, to the bit, on the same tier.
 *
 * Errors: `E_RUN_THERE`, `E_RUN_CHANGED` with the fields, `E_RUN_BUSY`, `E_RECIPE`, `E_DATA_EMPTY`, `E_TRAINING_LOSS` (the last checkpoint stays), `E_CANCELLED`, E_IO_FULL and its kin.
 *
 * @example
 * await writeFile("poem.txt", "the ink is on the stone\n".repeat(40));
 * const recipe = recipeOf({ data: { files: "poem.txt" }, model: { depth: 1, width: 8, heads: 1, contextLength: 8 }, budget: { steps: 3 } });
 * const run = await trainRun(recipe, { output: "poem" });
 * run.steps; // 3
 */
export async function trainRun(recipe: Recipe, options: TrainRunOptions): Promise<TrainedRun> {
  const folder = new RunFolder(options.output);
  await refuse(folder, recipe, options.resume ?? false);
  const release = await folder.take();
  let run: Run | undefined;
  try {
    run = await begin(folder, recipe, options);
    await train(run, options);
    return await finish(run);
  } catch (error) {
    // What was learnt since the last checkpoint is kept, where the weights are whole.
    if (run && options.signal?.aborted) await save(run, runFiles.last, false);
    throw error;
  } finally {
    await run?.loop.end();
    await release();
  }
}

async function refuse(folder: RunFolder, recipe: Recipe, resume: boolean): Promise<void> {
  const there = await folder.recipe();
  if (there === undefined) return;
  if (!resume) throw new InkstoneError("E_RUN_THERE", { run: folder.path });
  const changes = changesOf(there, recipe);
  if (changes.length > 0) throw new InkstoneError("E_RUN_CHANGED", { run: folder.path, changes: changes.join("; ") });
}

async function begin(folder: RunFolder, recipe: Recipe, { signal }: TrainRunOptions): Promise<Run> {
  const { shards, coder } = await dataOf(folder, recipe, signal);
  const model = languageModelOf(recipe, coder.size);
  const opened = await folder.open(runFiles.last);
  const weights = model.stateDict();
  if (opened) model.loadStateDict(opened.weights);
  const saved = opened?.checkpoint.optimizer;
  // The schedule is that of the recipe as it is now: a longer budget makes a longer schedule.
  const optimizer = recipeOptimizer(recipe, model);
  if (saved && opened) {
    const before = openOptimizer(saved, opened.optimizer, weights);
    optimizer.loadStateDict(before.stateDict());
    before.dispose();
  }
  const { rows, accumulate } = recipe.batch;
  const length = recipe.model.contextLength;
  const train = new TokenShard(folder.at(`${runFiles.data}/train.bin`), shards.train.tokens, shards.width);
  const source = windowSource(train, { rows, length, steps: recipe.evaluation.every * accumulate, seed: recipe.seed });
  const acceptsNaN = recipe.evaluation.notFinite === "skip";
  const loop = new TrainingLoop(languageTask(model, recipe), source, { optimizer, seed: recipe.seed, accumulation: accumulate, signal, acceptsNaN });
  if (opened) loop.resume(opened.checkpoint.state);
  await folder.keepLog(opened?.checkpoint.step ?? 0);
  const { step = 0, best, waited = 0, seconds = 0, looked = 0 } = opened?.checkpoint ?? {};
  await folder.write(runFiles.recipe, `${JSON.stringify(recipe, undefined, 2)}\n`);
  await folder.write(runFiles.machine, `${JSON.stringify(machine(), undefined, 2)}\n`);
  return { recipe, folder, shards, coder, model, optimizer, loop, before: seconds, began: performance.now(), step, best, waited, looked };
}

// Shards that are there are those of this recipe: it was compared before.
async function dataOf(folder: RunFolder, recipe: Recipe, signal: AbortSignal | undefined): Promise<{ shards: ShardFacts; coder: TextCoder }> {
  const kept = await readTextFile(folder.at(`${runFiles.data}/shards.json`)).catch(() => undefined);
  if (kept !== undefined) {
    const json = await readTextFile(folder.at(runFiles.tokenizer), 256 << 20);
    return { shards: JSON.parse(kept) as ShardFacts, coder: await fileCoder(json, folder.at(runFiles.tokenizer)) };
  }
  const files = await filesOf(recipe);
  const coder = await coderOf(recipe, files, signal);
  await folder.write(runFiles.tokenizer, coder.json);
  const shards = await writeShards(folder.at(runFiles.data), recipe, coder, files, signal);
  if (shards.train.tokens <= recipe.model.contextLength)
    throw new InkstoneError("E_DATA_EMPTY", { what: `${shards.train.tokens} tokens of ${files.map((file) => basename(file)).join(", ")}` });
  return { shards, coder };
}

function machine(): Record<string, string | number> {
  const { executor } = cpu();
  return { processor: cpus()[0]?.model.trim() ?? arch(), threads: executor.threads, tier: executor.tier, node: process.version };
}

const secondsOf = (run: Run): number => run.before + (performance.now() - run.began) / 1000;

async function train(run: Run, { onEntry, signal }: TrainRunOptions): Promise<void> {
  const { recipe, folder, loop } = run;
  const { steps, minutes } = recipe.budget;
  const { every, patience } = recipe.evaluation;
  const tokens = recipe.batch.rows * recipe.batch.accumulate * recipe.model.contextLength;
  const told = async (entry: LogEntry): Promise<void> => {
    await folder.append(entry);
    onEntry?.(entry, { done: run.step, total: steps });
  };
  // A look, and a checkpoint behind it; whether it is over.
  const settled = async (): Promise<boolean> => {
    await told(await look(run));
    run.looked = run.step;
    const over = run.step >= steps || (minutes !== undefined && secondsOf(run) >= minutes * 60) || (patience > 0 && run.waited >= patience);
    await save(run, runFiles.last, over);
    return over;
  };
  // A trainer that was stopped between an epoch and its look has that before it.
  if (run.step > run.looked && run.step % every === 0 && (await settled())) return;
  while (run.step < steps) {
    let since = performance.now();
    for await (const made of loop.epoch(loop.state.epoch)) {
      if (!made.updated) continue;
      run.step++;
      const now = performance.now();
      const tokensPerSecond = Math.round((tokens * 1000) / (now - since));
      const { loss, gradientNorm } = made;
      await told({ step: run.step, loss, gradientNorm, learningRate: run.optimizer.learningRate, tokensPerSecond, seconds: secondsOf(run) });
      since = now;
      if (run.step >= steps) break;
    }
    if (signal?.aborted) throw new InkstoneError("E_CANCELLED", { what: "train" });
    if (await settled()) break;
  }
}

// A look at the validation data; where the average of the weights is kept, with that.
async function look(run: Run): Promise<LogEntry> {
  const { recipe, folder, shards, loop, optimizer } = run;
  const shard = new TokenShard(folder.at(`${runFiles.data}/validation.bin`), shards.validation.tokens, shards.width);
  const { averages } = optimizer;
  averages?.swap(optimizer.parameters);
  try {
    const batches = windowsInOrder(shard, { rows: recipe.batch.rows, length: recipe.model.contextLength, most: recipe.evaluation.batches });
    const { loss, count } = await loop.evaluate(batches);
    if (count === 0) return { step: run.step, seconds: secondsOf(run) };
    const bitsPerByte = (loss / Math.LN2) * (shards.validation.tokens / shards.validation.bytes);
    run.waited++;
    if (Number.isFinite(loss) && (run.best === undefined || loss < run.best.loss)) {
      run.best = { step: run.step, loss, bitsPerByte };
      run.waited = 0;
      await save(run, runFiles.best, false);
    }
    return { step: run.step, validationLoss: loss, bitsPerByte, seconds: secondsOf(run) };
  } finally {
    averages?.swap(optimizer.parameters);
  }
}

async function save(run: Run, name: string, finished: boolean): Promise<void> {
  const { folder, model, optimizer, loop, step, best, waited, looked } = run;
  const weights = [...model.stateDict()].flatMap(([weight, tensor]) => (tensor instanceof Tensor ? [tensorEntry(weight, tensor)] : []));
  const state: RunState = loop.state;
  const learnt = name === runFiles.last ? saveOptimizer(optimizer, model.stateDict()) : undefined;
  const checkpoint: Checkpoint = { formatVersion: 1, step, state, optimizer: learnt?.saved, seconds: secondsOf(run), best, waited, looked, finished };
  await folder.save(name, checkpoint, { weights, optimizer: learnt?.tensors ?? [] });
}

async function finish(run: Run): Promise<TrainedRun> {
  const { recipe, folder, shards, model } = run;
  const log = await folder.log();
  const parameters = model.parameterCount;
  const sample = recipe.evaluation.sample > 0 ? await written(run, recipe.evaluation.prompt, recipe.evaluation.sample) : "";
  await folder.write(runFiles.samples, `${sample}\n`);
  await folder.write("loss.svg", lossPlot([{ name: recipe.name, log }], recipe.name));
  await writeEvents(folder, log);
  const facts = { recipe, shards, parameters, step: run.step, seconds: secondsOf(run), best: run.best, machine: machine(), sample };
  await folder.write(runFiles.card, modelCard(facts));
  return { path: folder.path, steps: run.step, parameters, seconds: secondsOf(run), best: run.best, sample };
}

async function writeEvents(folder: RunFolder, log: readonly LogEntry[]): Promise<void> {
  const began = Math.floor(Date.now() / 1000 - (log.at(-1)?.seconds ?? 0));
  await writeFileDurably(folder.at("events.out.tfevents.0.inkstone"), eventFile(log, began));
}

async function written({ recipe, coder, model }: Pick<Run, "recipe" | "coder" | "model">, prompt: string, count: number): Promise<string> {
  const encoded = coder.encode(prompt);
  const start = encoded.length > 0 ? encoded : [0];
  const draw = (i: number) => uniform(recipe.seed, 0, 0xfffffffc, i);
  return prompt + coder.decode(await sampleIds(model, start, count, { contextLength: recipe.model.contextLength, draw }));
}

/**
 * A run that is opened to write with it: the weights of its best checkpoint, else of its last. Errors: `E_RUN_FOLDER`, E_FORMAT_*.
 *
 * @example
 * await openRun("no-run"); // throws E_RUN_FOLDER
 */
export async function openRun(path: string): Promise<{
  readonly recipe: Recipe;
  readonly model: LanguageTask;
  readonly coder: TextCoder;
  readonly checkpoint: Checkpoint;
  write(prompt: string, count: number, seed?: number): Promise<string>;
}> {
  const folder = new RunFolder(path);
  const recipe = await folder.recipe();
  const opened = recipe && ((await folder.open(runFiles.best)) ?? (await folder.open(runFiles.last)));
  if (recipe === undefined || opened === undefined) {
    const why =
      recipe === undefined ? { en: "it holds no recipe.json", zh: "其中没有 recipe.json" } : { en: "it has no checkpoint yet", zh: "尚无检查点" };
    throw new InkstoneError("E_RUN_FOLDER", { run: path, why });
  }
  const coder = await fileCoder(await readTextFile(folder.at(runFiles.tokenizer), 256 << 20), folder.at(runFiles.tokenizer));
  const model = languageModelOf(recipe, coder.size);
  model.loadStateDict(opened.weights);
  const write = (prompt: string, count: number, seed = recipe.seed) => written({ recipe: { ...recipe, seed }, coder, model }, prompt, count);
  return { recipe, model, coder, checkpoint: opened.checkpoint, write };
}
