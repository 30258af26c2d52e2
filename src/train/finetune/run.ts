// A fine-tuning from rows to an adapter or a whole model, with checkpoints from which it goes on. Knows no terminal.
import { InkstoneError } from "../../core/index.ts";
import { type FileContent, type HubFolder, readTextFile, writeFileDurably } from "../../formats/index.ts";
import { hubContent, openTrainableDecoder, peftContent, type TrainableDecoder } from "../../models/index.ts";
import { AdamW, cosine, linear, type Optimizer, type Schedule, warmUp } from "../../nn/index.ts";
import { cpu, Tensor } from "../../tensor/index.ts";
import { type Batch, TrainingLoop, type TrainingTask } from "../loop/index.ts";
import { openOptimizer, saveOptimizer, tensorEntry } from "../model/optimizer-state.ts";
import { lossPlot } from "../runs/report.ts";
import { type Checkpoint, type LogEntry, RunFolder, runFiles } from "../runs/run-folder.ts";
import { finetuneCard } from "./card.ts";
import { type BaseModel, openBase } from "./model.ts";
import type { FinetunePlan, FinetuneResult } from "./plan.ts";
import { type CheckedSettings, type FinetuneSettings, finetuneSettings } from "./settings.ts";
import { preferenceData, type TuningData, tuningData } from "./tuning-data.ts";

/** What a fine-tuning is asked for beside its settings. */
export interface FinetuneOptions extends FinetuneSettings {
  /** The folder of the run, in which the adapter or the model comes to lie. */
  readonly output: string;
  /** Goes on with a run that was stopped. Default false: one that is there is refused. */
  readonly resume?: boolean;
  /** Rows for validation in a file of their own, in place of a share of the data. */
  readonly validationData?: string;
  /** Saves and ends: rejects with `E_CANCELLED`, and the run can be gone on with. */
  readonly signal?: AbortSignal;
  /** Told once what was found in the data, and what memory it will take. */
  readonly onPlan?: (plan: FinetunePlan) => void;
  /** Told of every step and every look at the validation rows. */
  readonly onEntry?: (entry: LogEntry, progress: { readonly done: number; readonly total: number }) => void;
  /** While the model is read. */
  readonly onProgress?: (fraction: number) => void;
}

/** Names within a run of fine-tuning. */
export const finetuneFiles = { settings: "finetune.json", plan: "plan.json" } as const;

/** All that a run is made of. */
interface Run {
  readonly settings: CheckedSettings;
  readonly base: BaseModel;
  readonly open: TrainableDecoder;
  readonly data: TuningData;
  readonly task: TrainingTask;
  readonly folder: RunFolder;
  readonly optimizer: Optimizer;
  readonly loop: TrainingLoop;
  readonly plan: FinetunePlan;
  readonly seconds: () => number;
  step: number;
  best: Checkpoint["best"];
  before: number | undefined;
  waited: number;
  looked: number;
}

/**
 * Fine-tunes a decoder on a file of rows: messages, prompt and completion, Alpaca, ShareGPT, plain text; of preferences chosen and rejected. Loss on the answers alone.
 * The folder holds the run (log, checkpoints, card) and what came of it: an adapter as peft reads it, or a whole folder of the hub.
 *
 * Errors: `E_FINETUNE_DATA`, `E_FINETUNE`, `E_ADAPTER_BASE` (targets), `E_OPTION`, `E_MODEL_MEMORY`, `E_RUN_THERE`, `E_RUN_CHANGED`, `E_RUN_BUSY`, `E_TRAINING_LOSS`, `E_CANCELLED`;
 * those of models and of reading rows.
 *
 * @example
 * await writeFile("rows.jsonl", '{"prompt":"Ink?","completion":"Stone."}\n'.repeat(4));
 * const tuned = await finetune("model.gguf", "rows.jsonl", { output: "tuned", rank: 2, epochs: 1, validation: 0 });
 * tuned.rows.train; // 4
 */
export async function finetune(model: string, data: string, options: FinetuneOptions): Promise<FinetuneResult> {
  const { output, resume = false, validationData, signal, onPlan, onEntry, onProgress, ...given } = options;
  const settings = finetuneSettings(given);
  const folder = new RunFolder(output);
  const kept = { formatVersion: 1, model, data, validationData: validationData ?? null, settings };
  await refuse(folder, kept, resume);
  signal?.throwIfAborted();
  const base = await openBase(model, { signal });
  const made: (() => unknown)[] = [() => base.close()];
  try {
    refuseBase(base, settings);
    const prepare = settings.method === "dpo" || settings.method === "orpo" ? preferenceData : tuningData;
    const read = await prepare(base, settings, { data, validationData, signal });
    const open = await openTrainableDecoder(base.file, cpu(), { ...tuningOf(settings), contextLength: read.length, signal, onProgress });
    made.unshift(() => open.dispose());
    const release = await folder.take();
    made.unshift(release);
    await folder.write(finetuneFiles.settings, `${JSON.stringify(kept, undefined, 2)}\n`);
    const run = await begin(folder, { settings, base, open, data: read }, signal);
    made.unshift(() => run.loop.end());
    await folder.write(finetuneFiles.plan, `${JSON.stringify(run.plan)}\n`);
    onPlan?.(run.plan);
    try {
      await train(run, { signal, onEntry });
    } catch (error) {
      if (signal?.aborted) await save(run, runFiles.last, false);
      throw error;
    }
    return await finish(run, kept);
  } finally {
    for (const end of made) await end();
  }
}

async function refuse(folder: RunFolder, kept: object, resume: boolean): Promise<void> {
  const text = await readTextFile(folder.at(finetuneFiles.settings)).catch(() => undefined);
  if (text === undefined) return;
  if (!resume) throw new InkstoneError("E_RUN_THERE", { run: folder.path });
  const free = new Set(["epochs", "steps", "minutes", "patience", "every"]);
  const flat = (value: object): [string, string][] =>
    Object.entries(value).flatMap(([key, one]): [string, string][] =>
      key === "settings" ? flat(one as object) : free.has(key) ? [] : [[key, JSON.stringify(one) ?? "-"]],
    );
  const [before, now] = [new Map(flat(JSON.parse(text) as object)), new Map(flat(kept))];
  const changes = [...new Set([...before.keys(), ...now.keys()])].filter((key) => before.get(key) !== now.get(key));
  if (changes.length === 0) return;
  throw new InkstoneError("E_RUN_CHANGED", {
    run: folder.path,
    changes: changes.map((key) => `${key}: ${before.get(key) ?? "-"} -> ${now.get(key) ?? "-"}`),
  });
}

/** Errors: `E_FINETUNE` for a method that a base cannot have. */
export function refuseBase({ reference, file }: BaseModel, { method }: CheckedSettings): void {
  const gguf = "metadata" in file;
  if (method === "full" && gguf) {
    throw new InkstoneError("E_FINETUNE", {
      model: reference,
      why: { en: "method full needs a folder of the hub, whose files it writes anew", zh: "full 方法需要 hub 文件夹，它会重写其中的文件" },
    });
  }
  const quantised = gguf && [...file.tensors.values()].some(({ type }) => type.block > 1);
  if (method === "qlora" && !quantised) {
    throw new InkstoneError("E_FINETUNE", {
      model: reference,
      why: {
        en: "method qlora needs a quantised .gguf file (`inkstone quantize` makes one)",
        zh: "qlora 方法需要量化的 .gguf 文件（可用 `inkstone quantize` 生成）",
      },
    });
  }
}

/** How a decoder is opened for a method. */
export function tuningOf(settings: CheckedSettings): Pick<Parameters<typeof openTrainableDecoder>[2], "tuning" | "precision"> {
  const { method, rank, alpha, dropout, targets, rslora, dora, seed, precision } = settings;
  if (method === "full") return { tuning: { kind: "full" } };
  const adapter = { rank, alpha, dropout, targets: targets ?? ("all-linear" as const), rankStabilised: rslora, decomposed: dora };
  const kept = method === "qlora" ? "fast" : precision === "bf16" ? "bf16" : "exact";
  return { tuning: { kind: "adapter", settings: adapter, seed }, precision: kept };
}

async function begin(folder: RunFolder, parts: Pick<Run, "settings" | "base" | "open" | "data">, signal: AbortSignal | undefined): Promise<Run> {
  const { settings, open, data } = parts;
  const planned = data.steps;
  const steps = Math.min(settings.steps ?? planned, planned);
  const task = await data.task(open);
  const opened = await folder.open(runFiles.last);
  const weights = task.stateDict();
  if (opened) write(weights, opened.weights);
  const optimizer = optimizerOf(task, settings, steps);
  const saved = opened?.checkpoint.optimizer;
  if (saved && opened) {
    const before = openOptimizer(saved, opened.optimizer, weights);
    optimizer.loadStateDict(before.stateDict());
    before.dispose();
  }
  const loop = new TrainingLoop(task, data.source, { optimizer, seed: settings.seed, accumulation: settings.accumulate, signal });
  if (opened) loop.resume(opened.checkpoint.state);
  const log = await folder.keepLog(opened?.checkpoint.step ?? -1);
  const { step = 0, best, waited = 0, seconds = 0, looked = -1 } = opened?.checkpoint ?? {};
  const began = performance.now();
  const trained = [...weights.values()].reduce((sum, weight) => sum + weight.size, 0);
  const plan = { ...data.counts, steps, parameters: open.decoder.parameterCount - (open.adapter ? trained : 0), trained, memory: data.memory(open) };
  const before = log.find((entry) => entry.step === 0)?.validationLoss;
  return {
    ...parts,
    task,
    folder,
    optimizer,
    loop,
    plan,
    seconds: () => seconds + (performance.now() - began) / 1000,
    step,
    best,
    before,
    waited,
    looked,
  };
}

/** The optimiser of so many steps. */
export function optimizerOf(
  task: TrainingTask,
  { learningRate: rate, warmup, schedule, weightDecay, clip }: CheckedSettings,
  steps: number,
): Optimizer {
  const rising = Math.round(warmup * steps);
  const rest = Math.max(1, steps - rising);
  const then: number | Schedule = schedule === "constant" ? rate : (schedule === "cosine" ? cosine : linear)({ rate, steps: rest, end: 0 });
  const learningRate = rising > 0 ? warmUp(rising, then, rate / rising) : then;
  return new AdamW(task.trainableParameters(), { learningRate, weightDecay, beta2: 0.999, ...(clip > 0 ? { maxGradNorm: clip } : {}) });
}

function write(weights: ReturnType<TrainingTask["stateDict"]>, values: ReadonlyMap<string, Float32Array>): void {
  for (const [name, weight] of weights) {
    const found = values.get(name);
    if (!(weight instanceof Tensor) || found === undefined || found.length !== weight.size)
      throw new InkstoneError("E_MODEL_WEIGHTS", { weight: name, why: { en: "the checkpoint does not have it", zh: "检查点中没有它" } });
    weight.write(found);
  }
}

async function train(run: Run, { signal, onEntry }: Pick<FinetuneOptions, "signal" | "onEntry">): Promise<void> {
  const { folder, loop, settings, data, plan } = run;
  const every = settings.every ?? Math.max(1, Math.ceil(data.perEpoch / 4));
  const told = async (entry: LogEntry): Promise<void> => {
    await folder.append(entry);
    onEntry?.(entry, { done: run.step, total: plan.steps });
  };
  const over = () =>
    run.step >= plan.steps ||
    (settings.minutes !== undefined && run.seconds() >= settings.minutes * 60) ||
    (settings.patience > 0 && run.waited >= settings.patience);
  const settled = async (): Promise<void> => {
    const entry = await look(run);
    if (entry) await told(entry);
    run.looked = run.step;
    await save(run, runFiles.last, over());
  };
  if (run.looked < 0) await settled();
  while (!over()) {
    let since = performance.now();
    const { epoch } = loop.state;
    let learningRate = run.optimizer.learningRate;
    for await (const made of loop.epoch(epoch)) {
      if (!made.updated) continue;
      run.step++;
      const now = performance.now();
      const tokensPerSecond = Math.round((data.tokensPerStep * 1000) / (now - since));
      const { loss, gradientNorm } = made;
      await told({ step: run.step, loss, gradientNorm, learningRate, tokensPerSecond, seconds: run.seconds() });
      // That of the next step.
      learningRate = run.optimizer.learningRate;
      if (over() || run.step % every === 0) await settled();
      since = performance.now();
      if (over()) break;
    }
    if (signal?.aborted) throw new InkstoneError("E_CANCELLED", { what: { en: "The fine-tuning", zh: "微调" } });
  }
  if (run.looked !== run.step) await settled();
}

async function look(run: Run): Promise<LogEntry | undefined> {
  const { loop, data, step } = run;
  if (data.validation === undefined) return undefined;
  const { loss } = await loop.evaluate(data.validation() as Iterable<Batch>);
  if (step === 0) run.before = loss;
  run.waited++;
  if (Number.isFinite(loss) && (run.best === undefined || loss < run.best.loss)) {
    run.best = { step, loss };
    run.waited = 0;
    await save(run, runFiles.best, false);
  }
  return { step, validationLoss: loss, seconds: run.seconds() };
}

async function save(run: Run, name: string, finished: boolean): Promise<void> {
  const { folder, task, optimizer, loop, step, best, waited, looked } = run;
  const weights = [...task.stateDict()].flatMap(([weight, tensor]) => (tensor instanceof Tensor ? [tensorEntry(weight, tensor)] : []));
  const learnt = name === runFiles.last ? saveOptimizer(optimizer, task.stateDict()) : undefined;
  const state = {
    formatVersion: 1,
    step,
    state: loop.state,
    optimizer: learnt?.saved,
    seconds: run.seconds(),
    best,
    waited,
    looked,
    finished,
  } as const;
  await folder.save(name, state, { weights, optimizer: learnt?.tensors ?? [] });
}

async function finish(run: Run, kept: object): Promise<FinetuneResult> {
  const { folder, settings, plan, best, before, base } = run;
  const opened = best && (await folder.open(runFiles.best));
  if (opened) write(run.task.stateDict(), opened.weights);
  for (const [name, content] of resultFiles(run)) if (name !== runFiles.card) await writeFileDurably(folder.at(name), content);
  const log = await folder.log();
  await folder.write("loss.svg", lossPlot([{ name: base.reference, log }], base.reference));
  const result: FinetuneResult = {
    path: folder.path,
    method: settings.method,
    ...plan,
    done: run.step,
    seconds: run.seconds(),
    before,
    best,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
  await folder.write(runFiles.card, finetuneCard(result, kept));
  return result;
}

// What came of it: the weights first, so that a folder with a configuration is whole.
function resultFiles({ open, base, settings }: Run): Map<string, FileContent> {
  if (open.adapter === undefined) return hubContent({ folder: base.path, file: base.file as HubFolder }, open);
  const { tuning } = tuningOf(settings);
  if (tuning.kind !== "adapter") return new Map();
  const facts = { reference: base.reference, fingerprint: open.fingerprint };
  return peftContent(open.adapter.matrices(), { settings: tuning.settings, base: facts, transposed: open.transposed });
}
