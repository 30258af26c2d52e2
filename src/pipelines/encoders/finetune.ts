// From an encoder and rows to a folder with the tuned encoder: one call for every task. Knows no terminal.
import { aFlag, aFunction, aText, InkstoneError, oneOf, type Rules, readOptions, refuseOption, whole } from "../../core/index.ts";
import { stratifiedSplit } from "../../data/index.ts";
import { type EncoderFiles, encoderFiles } from "../../generate/index.ts";
import type { PullProgress } from "../../hub/index.ts";
import { openTrainableEncoder, type TrainableEncoder } from "../../models/index.ts";
import { cpu } from "../../tensor/index.ts";
import { loadTokenizer } from "../../text/index.ts";
import { ClassJudge, type Tuned, type TuneLook, type TuneOptions, tuneRules } from "../../train/index.ts";
import { fitTemperature } from "../confidence.ts";
import { languageOfTexts } from "../text-features.ts";
import { TextCoder } from "./examples.ts";
import { type FewShot, isFew } from "./few-shot.ts";
import { saveTuned } from "./folder.ts";
import { type Plan, planOf } from "./plan.ts";
import { type LabelledRow, labelledColumns, type RowColumns, type RowsOfTask, readEncoderRows } from "./rows.ts";
import { type EncoderTask, encoderTasks } from "./tasks.ts";

/** How an encoder is tuned to a folder. */
export interface FinetuneEncoderOptions extends TuneOptions, RowColumns {
  readonly task: EncoderTask;
  /**
   * How texts are classified: "full" tunes the encoder with a head of its own on every row; "setfit" tunes it on pairs of rows of a label, then fits a linear model on its vectors.
   * Default: "setfit" where there are at most 16 rows a label, else "full".
   */
  readonly method?: "full" | "setfit" | undefined;
  /** The folder that is written. */
  readonly output: string;
  /** A file of rows to look at; false: none. Default: a tenth of the rows, at most 1,000, where there are at least 20. */
  readonly validation?: string | false | undefined;
  /** Most ids of an input. Default `usualLength`: 256, for questions 384. Never more than the model reads. Rows are packed: short texts cost nothing by it. */
  readonly maxLength?: number | undefined;
  /** Rare labels weigh as much in all as frequent ones. Default: each row weighs the same. */
  readonly classWeights?: "balanced" | undefined;
  /** Of similarity: so many texts a row that look as if they belonged to it and do not, mined by the encoder as it is; rows that have their own keep these. Default: none. */
  readonly hardNegatives?: number | undefined;
  /** A text may have any number of labels. Default: where a row has a list of labels that is not one. */
  readonly many?: boolean | undefined;
  /** Lower-cases texts. Default: what the model declares; true for one whose vocabulary has no capitals. */
  readonly lowercase?: boolean | undefined;
  /** Of a fetch, where one is needed. */
  readonly onPull?: (progress: PullProgress) => void;
}

/** What came of it. */
export interface FinetunedEncoder {
  readonly output: string;
  readonly task: EncoderTask;
  /** How texts were learned to be classified. */
  readonly method?: "full" | "setfit";
  readonly base: string;
  /** Where the texts and labels of a file were. */
  readonly columns?: { readonly text: string; readonly label: string };
  readonly examples: number;
  readonly validation: number;
  readonly labels: readonly string[];
  /** Texts that were longer than `maxLength`, and were cut. */
  readonly cut: number;
  readonly looks: readonly TuneLook[];
  /** The look whose weights were kept. */
  readonly best: TuneLook | undefined;
  readonly steps: number;
  readonly seconds: number;
  readonly examplesPerSecond: number;
}

const rules: Rules<FinetuneEncoderOptions> = {
  ...tuneRules,
  task: oneOf(encoderTasks),
  method: oneOf(["full", "setfit"]),
  output: aText,
  text: aText,
  second: aText,
  label: aText,
  header: aFlag,
  validation: { allowed: { en: "a file, or false", zh: "文件，或 false" }, holds: (value) => typeof value === "string" || value === false },
  maxLength: whole(8, 8192),
  classWeights: oneOf(["balanced"]),
  hardNegatives: whole(1, 16),
  many: aFlag,
  lowercase: aFlag,
  onPull: aFunction,
};

/** Fewer rows than this are all learned from. */
const LEAST_TO_SPLIT = 20;
const HELD_OUT = 0.1;
const MOST_HELD = 1000;

/**
 * Tunes an encoder (`minilm`, `bge-small-zh`, `bge-small-en`, a folder) on the rows of a file and writes it as a folder, which `TextClassifier.load`, `inkstone classify`, `pipeline` and the
 * AutoModel of transformers open. `E_CANCELLED` and every other error leave what was in the folder before.
 *
 * Errors: `E_OPTION`; those of the hub, of `readEncoderRows`, of `tuneEncoder`, of durable writes; `E_FIT_ONE_CLASS`, `E_FIT_LABEL`; the signal's reason.
 *
 * @example
 * await finetuneEncoder("minilm", "none.csv", { task: "classify", output: "tuned" }); // throws E_FORMAT_NO_FILE
 */
export async function finetuneEncoder(reference: string, data: string, given: FinetuneEncoderOptions): Promise<FinetunedEncoder> {
  const read = readOptions("finetuneEncoder", given, rules);
  const { task, validation, signal, text, second, label, header } = read;
  const named = { text, second, label, header, signal };
  const columns = task === "classify" ? await labelledColumns(data, named) : named;
  const rows = await readEncoderRows(task, data, columns);
  const held = typeof validation === "string" ? await readEncoderRows(task, validation, columns) : undefined;
  const tuned = await finetuneRows(reference, rows, read, held);
  return task === "classify" ? { ...tuned, columns: { text: columns.text ?? "text", label: columns.label ?? "label" } } : tuned;
}

/** `finetuneEncoder` on rows that are read already; `held`: rows to look at. Errors: the same but for those of reading. */
export async function finetuneRows<T extends EncoderTask>(
  reference: string,
  rows: readonly RowsOfTask[T][],
  given: FinetuneEncoderOptions & { readonly task: T },
  held?: readonly RowsOfTask[T][],
): Promise<FinetunedEncoder> {
  const { task, validation, hardNegatives, seed = 0 } = given;
  if (hardNegatives !== undefined && task !== "similarity")
    refuseOption("hardNegatives", hardNegatives, { en: "nothing: only for similarity", zh: "无：仅用于 similarity" });
  const options = { ...given, method: methodOf(given, rows) };
  const files = await filesOf(reference, options);
  const isSplit = held === undefined && validation !== false && options.method !== "setfit";
  return tuneOnRows(files, isSplit ? splitRows(task, rows, seed) : { train: rows, validation: held ?? [] }, options);
}

function methodOf({ task, method, many }: FinetuneEncoderOptions, rows: readonly RowsOfTask[EncoderTask][]): FinetuneEncoderOptions["method"] {
  if (method === "setfit" && (task !== "classify" || many === true))
    refuseOption("method", method, { en: "setfit: to classify, with one label a text", zh: "setfit：仅用于每条文本一个标签的分类" });
  if (method !== undefined || task !== "classify" || many === true) return method;
  return isFew(rows as readonly LabelledRow[]) ? "setfit" : "full";
}

/** The files of an encoder as tuning reads them: lower-cased where its vocabulary has no capitals. */
export async function filesOf(
  reference: string,
  { lowercase, signal, onPull }: Pick<FinetuneEncoderOptions, "lowercase" | "signal" | "onPull">,
): Promise<EncoderFiles> {
  const files = await encoderFiles(reference, "embed", { lowercase, signal, onProgress: onPull });
  return files.lacksCapitals && lowercase === undefined ? { ...files, lowercase: true } : files;
}

/** Rows to learn from and rows to look at. */
export interface SplitRows<T extends EncoderTask> {
  readonly train: readonly RowsOfTask[T][];
  readonly validation: readonly RowsOfTask[T][];
}

/** A tenth aside: of labelled rows of each label. */
export function splitRows<T extends EncoderTask>(task: T, rows: readonly RowsOfTask[T][], seed: number): SplitRows<T> {
  if (rows.length < LEAST_TO_SPLIT) return { train: rows, validation: [] };
  const labels = rows.map((row) => (task === "classify" || task === "pair" ? (row as RowsOfTask["classify"]).labels.join("\n") : ""));
  const share = Math.min(HELD_OUT, MOST_HELD / rows.length);
  const { train, held } = stratifiedSplit(labels, { shares: { train: 1 - share, held: share }, seed });
  return { train: train.map((row) => rows[row]), validation: held.map((row) => rows[row]) };
}

async function tuneOnRows<T extends EncoderTask>(
  files: EncoderFiles,
  rows: SplitRows<T>,
  options: FinetuneEncoderOptions,
): Promise<FinetunedEncoder> {
  const { task, output, maxLength = usualLength(task), signal } = options;
  if (rows.train.length === 0) throw new InkstoneError("E_FIT_EMPTY", { what: [files.name] });
  const device = cpu();
  const tokenizer = await loadTokenizer(files.tokenizer, device.executor);
  try {
    const coder = new TextCoder(tokenizer, Math.min(maxLength, files.longest), files.lowercase);
    const plan: Plan = await planOf(task, rows as SplitRows<EncoderTask>, { coder, pooling: files.pooling, options });
    const { head, outputs } = plan;
    const model = await openTrainableEncoder(files.weights, files.config, device, { head, outputs, seed: options.seed ?? 0 });
    try {
      const { tuned, few } = await plan.tune(model, tuning(options));
      signal?.throwIfAborted();
      const how = options.method === undefined ? {} : { method: options.method };
      return { ...(await keepTuned(output, { task, files, coder, plan, model, tuned, few })), ...how };
    } finally {
      model.dispose();
    }
  } finally {
    tokenizer.dispose();
  }
}

/** Most ids of an input where nothing is said. */
export const usualLength = (task: EncoderTask): number => (task === "qa" ? 384 : 256);

/** What was tuned, and with what. */
export interface TunedParts {
  readonly task: EncoderTask;
  readonly files: EncoderFiles;
  readonly coder: TextCoder;
  readonly plan: Plan;
  readonly model: TrainableEncoder;
  readonly tuned: Tuned<unknown>;
  readonly few?: FewShot | undefined;
}

/** Writes the folder of one task and says what came of it. Errors: those of durable writes. */
export async function keepTuned(output: string, { task, files, coder, plan, model, tuned, few }: TunedParts): Promise<FinetunedEncoder> {
  const facts = {
    ...({ formatVersion: 1, type: "tuned-encoder", task, base: files.name, labels: plan.labels, many: plan.many } as const),
    temperature: few?.temperature ?? temperatureOf(tuned, plan.labels),
    ...(few === undefined ? {} : { head: "vectors" as const }),
    language: languageOfTexts(plan.texts),
    card: cardOf(files, plan, tuned, coder),
  };
  await saveTuned(output, model, { ...files, longest: coder.longest }, plan.head, facts, few?.model.toJSON());
  const { looks, best, steps, seconds, examplesPerSecond } = tuned;
  const { train: examples, validation } = plan.counts;
  const sizes = { examples, validation, cut: coder.cut };
  return { output, task, base: files.name, ...sizes, labels: plan.labels, looks, best, steps, seconds, examplesPerSecond };
}

/** What of the options is for the loop. */
export function tuning(options: object): TuneOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(tuneRules, name))) as TuneOptions;
}

function temperatureOf({ judge }: Tuned<unknown>, labels: readonly string[]): number {
  if (!(judge instanceof ClassJudge)) return 1;
  return fitTemperature(judge.rows, judge.truth, [...labels.keys()]);
}

function cardOf(files: EncoderFiles, plan: Plan, tuned: Tuned<unknown>, { cut }: TextCoder): Record<string, unknown> {
  return {
    base: files.name,
    examples: plan.counts.train,
    validation: plan.counts.validation,
    cut,
    lowercase: files.lowercase,
    ...(tuned.best === undefined ? {} : { epoch: tuned.best.epoch, loss: tuned.best.loss, metrics: tuned.best.metrics }),
    limits: "Learned from these examples only: texts of another kind, time or language may be answered wrongly with high confidence.",
  };
}
