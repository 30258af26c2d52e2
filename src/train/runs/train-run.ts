// A run from a recipe: data to tokens, tokens to a model, with checkpoints from which it goes on to the bit. Knows no terminal.
import { createHash } from "node:crypto";
import { arch, cpus } from "node:os";
import { counted, InkstoneError } from "../../core/index.ts";
import type { Optimizer } from "../../nn/index.ts";
import { cpu, Tensor } from "../../tensor/index.ts";
import { type RunState, TrainingLoop } from "../loop/index.ts";
import { openOptimizer, saveOptimizer, tensorEntry } from "../model/optimizer-state.ts";
import { languageModelOf, languageTask, type RecipeModel, recipeOptimizer } from "../recipe/models.ts";
import type { LossPolicy, Recipe } from "../recipe/types.ts";
import { isFirst, onFirst, type World } from "../world/index.ts";
import { answered } from "./answered.ts";
import { finish } from "./finish.ts";
import { written } from "./open-run.ts";
import { type RunData, trainingSource, validationBatches } from "./prepare.ts";
import { dataTogether, sameBeginning } from "./ranks.ts";
import { type Run, secondsOf, type TrainedRun } from "./run.ts";
import { type Checkpoint, changesOf, type LogEntry, type OpenedCheckpoint, RunFolder, runFiles } from "./run-folder.ts";
import { SpikeWatch } from "./spikes.ts";

/** How a run is made. */
export interface TrainRunOptions {
  /** The folder of the run. */
  readonly output: string;
  /** Goes on with a run that is there. Default false: a run that is there is refused. */
  readonly resume?: boolean;
  /** Goes on with another recipe, or other data, than the run had; what differs is told in its log. Default false: refused. */
  readonly allowMismatch?: boolean;
  /** Saves and ends: the promise is rejected with `E_CANCELLED`, and the run can be gone on with. */
  readonly signal?: AbortSignal;
  /** The processes that train it together, each with batches of its own, as `openWorld` gives them: every one of them makes this call. The first writes the folder, the others read there. Default: this one alone. */
  readonly world?: World;
  /** Told of every step and every look at the validation data. */
  readonly onEntry?: (entry: LogEntry, progress: { readonly done: number; readonly total: number }) => void;
  /** Told before the first step what was found in the data. */
  readonly onData?: (data: Pick<RunData, "check" | "shards">) => void;
}

/** Rollbacks in a row, without a look between, that end a run. */
const MOST_ROLLBACKS = 3;

/**
 * Trains a language model from a recipe into a folder: recipe, tokenizer, token shards, log of every step, checkpoints, TensorBoard events, plots, samples, card, report.
 *
 * Whenever it is stopped (by its signal, or killed), `resume` goes on from the last checkpoint with the same numbers, to the bit, on the same tier.
 *
 * Errors: `E_RUN_THERE`, `E_RUN_CHANGED` with the fields, `E_RUN_BUSY`, `E_RECIPE` (of a changed tokenizer too), `E_DATA_EMPTY`, `E_DATA_SHORT`, `E_TRAINING_LOSS` (the last checkpoint stays), `E_CANCELLED`, E_IO_FULL and its kin.
 *
 * @example
 * await writeFile("poem.txt", "the ink is on the stone\n".repeat(40));
 * const recipe = recipeOf({ data: { files: "poem.txt" }, model: { depth: 1, width: 8, heads: 1, contextLength: 8 }, budget: { steps: 3 } });
 * const run = await trainRun(recipe, { output: "poem" });
 * run.steps; // 3
 */
export async function trainRun(recipe: Recipe, options: TrainRunOptions): Promise<TrainedRun> {
  const folder = new RunFolder(options.output);
  let release = async () => {};
  let run: Run | undefined;
  try {
    const changes = await onFirst(options.world, async () => {
      const found = await changesSince(folder, recipe, options);
      release = await folder.take();
      return found;
    });
    run = await begin(folder, recipe, options, changes);
    await train(run, options);
    return isFirst(run.world) ? await finish(run, machine(run.world)) : partOfRun(run);
  } catch (error) {
    // What was learnt since the last checkpoint is kept, where the weights are whole.
    if (run && options.signal?.aborted) await save(run, runFiles.last, false);
    if (options.signal?.aborted && !(error instanceof InkstoneError))
      throw new InkstoneError("E_CANCELLED", { what: { en: "The training", zh: "训练" } }, { cause: error });
    throw error;
  } finally {
    await run?.loop.end();
    await release();
  }
}

// What another rank than the first has of it.
function partOfRun(run: Run): TrainedRun {
  const { folder, model, step, best } = run;
  return { path: folder.path, steps: step, parameters: model.parameterCount, seconds: secondsOf(run), best, sample: "" };
}

// How the recipe differs from that of the run that is there; refused where that was not allowed.
async function changesSince(folder: RunFolder, recipe: Recipe, { resume = false, allowMismatch = false }: TrainRunOptions): Promise<string[]> {
  const there = await folder.recipe();
  if (there === undefined) return [];
  if (!resume) throw new InkstoneError("E_RUN_THERE", { run: folder.path });
  const changes = changesOf(there, recipe);
  const kept = changes.find((change) => change.startsWith("tokenizer."));
  if (kept !== undefined && allowMismatch) {
    const why = {
      en: `a run keeps its tokenizer (${kept}); begin a run of its own with --output`,
      zh: `运行保留其分词器（${kept}）；请用 --output 另起一个运行`,
    };
    throw new InkstoneError("E_RECIPE", { file: recipe.name, field: "tokenizer", why });
  }
  if (changes.length > 0 && !allowMismatch) throw new InkstoneError("E_RUN_CHANGED", { run: folder.path, changes });
  return changes;
}

// What a run was trained with, in one digest: its tokens, and the tokenizer that made them.
function digestOf({ shards, coder }: RunData): string {
  return createHash("sha256").update(`${shards.train.digest} ${shards.validation.digest} ${coder.json}`).digest("hex");
}

// Errors: `E_RUN_CHANGED` for a checkpoint of other data.
function dataChanges({ path }: RunFolder, { checkpoint }: OpenedCheckpoint, digest: string, allowMismatch = false): string[] {
  const { data = digest } = checkpoint;
  if (data === digest) return [];
  const change = `data: ${data.slice(0, 12)} -> ${digest.slice(0, 12)}`;
  if (!allowMismatch) throw new InkstoneError("E_RUN_CHANGED", { run: path, changes: [change] });
  return [change];
}

async function begin(folder: RunFolder, recipe: Recipe, options: TrainRunOptions, changed: readonly string[]): Promise<Run> {
  const { signal, world } = options;
  const data = await dataTogether(folder, recipe, { signal, world });
  if (isFirst(world)) options.onData?.(data);
  const model = languageModelOf(recipe, data.vocabulary);
  const opened = await folder.openLast();
  const digest = digestOf(data);
  const changes = [...changed, ...(opened === undefined ? [] : dataChanges(folder, opened, digest, options.allowMismatch))];
  const weights = model.stateDict();
  if (opened) model.loadStateDict(opened.weights);
  // The schedule is that of the recipe as it is now: a longer budget makes a longer schedule.
  const optimizer = recipeOptimizer(recipe, model);
  if (opened) restore(optimizer, opened, weights);
  const { step = 0, ranks = 1, best, waited = 0, seconds = 0, looked = 0, attempt = 0, losses = [] } = opened?.checkpoint ?? {};
  const watch = new SpikeWatch(recipe.evaluation.spike);
  watch.restore(losses);
  const made = { recipe, folder, data, digest, model, optimizer, watch, world, before: seconds, began: performance.now() };
  const run: Run = { ...made, step, best, waited, looked, attempt, fallen: 0, refused: false, loop: undefined as never };
  run.loop = await loopOf(run, signal);
  if (opened) run.loop.resume(opened.checkpoint.state);
  if (world !== undefined) await sameBeginning(world, step, digest);
  if (!isFirst(world)) return run;
  await folder.keepLog(step);
  const size = world?.size ?? 1;
  const notes = [
    ...data.leftOut,
    ...(opened === undefined || ranks === size ? [] : [`went on with ${counted(size, "process")} in place of ${ranks}`]),
    ...(opened?.damaged === undefined ? [] : [`went on from the checkpoint before the last: ${opened.damaged.message}`]),
    ...(changes.length === 0 ? [] : [`went on with changes: ${changes.join("; ")}`]),
  ];
  for (const note of notes) {
    const entry: LogEntry = { step, note };
    await folder.append(entry);
    options.onEntry?.(entry, { done: step, total: recipe.budget.steps });
  }
  await folder.write(runFiles.recipe, `${JSON.stringify(recipe, undefined, 2)}\n`);
  await folder.write(runFiles.machine, `${JSON.stringify(machine(world), undefined, 2)}\n`);
  const { notFinite, spike, onSpike } = recipe.evaluation;
  // There is something to go back to from the first step on.
  if (!opened && (notFinite === "rollback" || (spike > 0 && onSpike === "rollback"))) await save(run, runFiles.last, false);
  return run;
}

function restore(
  optimizer: Optimizer,
  opened: NonNullable<Awaited<ReturnType<RunFolder["open"]>>>,
  weights: ReturnType<RecipeModel["stateDict"]>,
): void {
  const saved = opened.checkpoint.optimizer;
  if (saved === undefined) return;
  const before = openOptimizer(saved, opened.optimizer, weights);
  optimizer.loadStateDict(before.stateDict());
  before.dispose();
}

async function loopOf(run: Run, signal: AbortSignal | undefined): Promise<TrainingLoop> {
  const { recipe, folder, data, model, optimizer, watch, attempt, world } = run;
  const { notFinite, onSpike } = recipe.evaluation;
  const { accumulate } = recipe.batch;
  return new TrainingLoop(languageTask(model, recipe), await trainingSource(folder, recipe, data, { attempt, world }), {
    optimizer,
    world,
    seed: recipe.seed,
    accumulation: accumulate,
    signal,
    acceptsNaN: notFinite !== "stop",
    accepts: (loss) => {
      if (!watch.isSpike(loss)) return true;
      if (onSpike === "stop") throw new InkstoneError("E_TRAINING_LOSS", { loss: String(loss), epoch: 1, step: run.step + 1 });
      run.refused = true;
      return false;
    },
  });
}

function machine(world: World | undefined): Record<string, string | number> {
  const { executor } = cpu();
  const facts = { processor: cpus()[0]?.model.trim() ?? arch(), threads: executor.threads, tier: executor.tier, node: process.version };
  return world === undefined ? facts : { ...facts, processes: world.size };
}

// Seconds that its budget allows, by time and by money.
function mostSeconds({ budget: { minutes, money } }: Recipe): number {
  const byTime = minutes === undefined ? Number.POSITIVE_INFINITY : minutes * 60;
  return money === undefined ? byTime : Math.min(byTime, (money.most / money.perHour) * 3600);
}

type Told = (entry: LogEntry) => Promise<void>;

async function train(run: Run, { onEntry, signal }: TrainRunOptions): Promise<void> {
  const { recipe, folder, world } = run;
  const { steps } = recipe.budget;
  const { every, patience } = recipe.evaluation;
  const told: Told = async (entry) => {
    if (!isFirst(world)) return;
    await folder.append(entry);
    onEntry?.(entry, { done: run.step, total: steps });
  };
  // A look, and a checkpoint behind it; whether it is over.
  const settled = async (): Promise<boolean> => {
    await told(await look(run));
    run.looked = run.step;
    run.fallen = 0;
    // By the clock of the first rank.
    return onFirst(world, async () => {
      const over = run.step >= steps || secondsOf(run) >= mostSeconds(recipe) || (patience > 0 && run.waited >= patience);
      await save(run, runFiles.last, over);
      return over;
    });
  };
  // A trainer that was stopped between an epoch and its look has that before it.
  if (run.step > run.looked && run.step % every === 0 && (await settled())) return;
  while (run.step < steps) {
    const fell = await epoch(run, told);
    if (signal?.aborted) throw new InkstoneError("E_CANCELLED", { what: { en: "The training", zh: "训练" } });
    if (fell) await rollBack(run, told, signal);
    else if (await settled()) break;
  }
}

// The steps up to the next look; whether one of them asks for the last checkpoint.
async function epoch(run: Run, told: Told): Promise<boolean> {
  const { recipe, loop, world } = run;
  const { steps } = recipe.budget;
  const { notFinite, onSpike } = recipe.evaluation;
  const tokens = recipe.batch.rows * recipe.batch.accumulate * recipe.model.contextLength * (world?.size ?? 1);
  let since = performance.now();
  let leftOut = false;
  let learningRate = run.optimizer.learningRate;
  for await (const made of loop.epoch(loop.state.epoch)) {
    const policy: LossPolicy | undefined = Number.isFinite(made.loss) ? (run.refused ? onSpike : undefined) : notFinite;
    run.refused = false;
    if (policy === "rollback") return true;
    leftOut ||= policy === "skip";
    if (!made.updated) continue;
    run.step++;
    const now = performance.now();
    const tokensPerSecond = Math.round((tokens * 1000) / (now - since));
    const { loss, gradientNorm } = made;
    const note = leftOut ? { note: "skipped" } : {};
    leftOut = false;
    await told({ step: run.step, loss, gradientNorm, learningRate, tokensPerSecond, seconds: secondsOf(run), ...note });
    // That of the next step.
    learningRate = run.optimizer.learningRate;
    since = now;
    if (run.step >= steps) break;
  }
  return false;
}

// Back to the last checkpoint, and on with other data. Errors: `E_TRAINING_LOSS` where that was tried three times without a look between.
async function rollBack(run: Run, told: Told, signal: AbortSignal | undefined): Promise<void> {
  const { folder, model, optimizer } = run;
  const opened = await folder.openLast();
  const at = run.step + 1;
  if (opened === undefined || ++run.fallen > MOST_ROLLBACKS) throw new InkstoneError("E_TRAINING_LOSS", { loss: "NaN", epoch: 1, step: at });
  await run.loop.end();
  model.loadStateDict(opened.weights);
  restore(optimizer, opened, model.stateDict());
  run.attempt++;
  run.step = opened.checkpoint.step;
  run.watch.restore(opened.checkpoint.losses ?? []);
  run.loop = await loopOf(run, signal);
  run.loop.resume(opened.checkpoint.state);
  // All have read the checkpoint before the first one writes.
  await run.world?.sumNumbers([1]);
  if (isFirst(run.world)) await folder.keepLog(run.step);
  await save(run, runFiles.last, false);
  await told({ step: run.step, note: `rolled back from step ${at}`, seconds: secondsOf(run) });
}

// A look at the validation data; where the average of the weights is kept, with that.
async function look(run: Run): Promise<LogEntry> {
  const { recipe, folder, data, loop, optimizer } = run;
  const { averages } = optimizer;
  averages?.swap(optimizer.parameters);
  try {
    const { loss, count } = await loop.evaluate(validationBatches(folder, recipe, data));
    const told = { step: run.step, seconds: secondsOf(run), megabytes: Math.round(process.memoryUsage().rss / 2 ** 20) };
    if (count === 0) return told;
    const { tokens, bytes } = data.shards.validation;
    // Of words that are guessed from both sides there is no length of the text.
    const bitsPerByte = recipe.model.architecture === "bert" ? undefined : (loss / Math.LN2) * (tokens / bytes);
    run.waited++;
    if (Number.isFinite(loss) && (run.best === undefined || loss < run.best.loss)) {
      run.best = { step: run.step, loss, bitsPerByte };
      run.waited = 0;
      await save(run, runFiles.best, false);
    }
    if (!isFirst(run.world)) return told;
    const { samples, prompt, sample } = recipe.evaluation;
    const text = samples && sample > 0 ? { sample: await written({ recipe, coder: data.coder, model: run.model }, prompt, sample) } : {};
    return { ...told, validationLoss: loss, bitsPerByte, ...(await answered(run)), ...text };
  } finally {
    averages?.swap(optimizer.parameters);
  }
}

// Of several ranks the first one saves.
async function save(run: Run, name: string, finished: boolean): Promise<void> {
  if (!isFirst(run.world)) return;
  const { world, folder, model, digest, optimizer, loop, step, best, waited, looked, attempt, watch } = run;
  const weights = [...model.stateDict()].flatMap(([weight, tensor]) => (tensor instanceof Tensor ? [tensorEntry(weight, tensor)] : []));
  const state: RunState = loop.state;
  const learnt = name === runFiles.last ? saveOptimizer(optimizer, model.stateDict()) : undefined;
  if (name === runFiles.last) await folder.keepBefore();
  const checkpoint: Checkpoint = {
    ...{ formatVersion: 1, step, state, data: digest, optimizer: learnt?.saved, seconds: secondsOf(run), best, waited, looked, finished },
    ...(world === undefined ? {} : { ranks: world.size }),
    ...(attempt > 0 ? { attempt } : {}),
    ...(watch.losses.length > 0 ? { losses: [...watch.losses] } : {}),
  };
  await folder.save(name, checkpoint, { weights, optimizer: learnt?.tensors ?? [] });
}
