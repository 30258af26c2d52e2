// Several tasks over one encoder: from a list of tasks to a folder each, all of which have the same trunk. Knows no terminal.
import { dirname, join, resolve } from "node:path";
import { aText, InkstoneError, oneOf, type Rules, readOptions } from "../../core/index.ts";
import { readTextFile } from "../../formats/index.ts";
import { openTrainableEncoders, type TrainableEncoder } from "../../models/index.ts";
import { cpu } from "../../tensor/index.ts";
import { loadTokenizer } from "../../text/index.ts";
import { type TuneTask, tuneTogether } from "../../train/index.ts";
import { TextCoder } from "./examples.ts";
import { type FinetunedEncoder, type FinetuneEncoderOptions, filesOf, keepTuned, splitRows, tuning, usualLength } from "./finetune.ts";
import { type Plan, planOf } from "./plan.ts";
import { labelledColumns, type RowColumns, readEncoderRows } from "./rows.ts";
import { type EncoderTask, encoderTasks } from "./tasks.ts";

/** One of several tasks. */
export interface SharedTask extends Omit<RowColumns, "signal"> {
  readonly task: EncoderTask;
  /** The file of its rows. */
  readonly data: string;
}

/** How they are tuned together. */
export type FinetuneTogetherOptions = Omit<FinetuneEncoderOptions, "task" | "method" | "hardNegatives" | "many" | "validation" | keyof RowColumns> & {
  readonly signal?: AbortSignal;
};

const taskRules: Rules<SharedTask> = {
  task: oneOf(encoderTasks),
  data: aText,
  text: aText,
  second: aText,
  label: aText,
  header: { allowed: { en: "true or false", zh: "true 或 false" }, holds: (value) => typeof value === "boolean" },
};

const refusal = (file: string, en: string, zh: string, cause?: unknown) => new InkstoneError("E_PIPELINE", { file, why: { en, zh } }, { cause });

/**
 * Tasks of a JSON file: { name: { task, data, text, second, label, header } }; files are found from where it lies. Errors: `E_PIPELINE`, `E_OPTION`, `E_OPTION_UNKNOWN`.
 *
 * @example
 * await writeFile("tasks.json", '{"kind":{"task":"classify","data":"kinds.csv"}}');
 * Object.keys(await readSharedTasks("tasks.json")); // ["kind"]
 */
export async function readSharedTasks(path: string): Promise<Record<string, SharedTask>> {
  let found: unknown;
  try {
    found = JSON.parse(await readTextFile(path, 1 << 20));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refusal(path, "it is no JSON", "不是 JSON", error);
  }
  const entries = typeof found === "object" && found !== null && !Array.isArray(found) ? Object.entries(found) : [];
  if (entries.length === 0) throw refusal(path, "it names no tasks", "其中没有任务");
  const tasks = entries.map(([name, given]) => {
    if (!/^[\p{L}\p{N}_-]+$/u.test(name)) throw refusal(path, `"${name}" is no name of a folder`, `“${name}”不能作为文件夹名`);
    const task = readOptions<SharedTask>(name, given as SharedTask, taskRules);
    if (task.task === undefined || task.data === undefined) throw refusal(path, `"${name}" lacks task or data`, `“${name}”缺少 task 或 data`);
    return [name, { ...task, data: resolve(dirname(path), task.data) }] as const;
  });
  return Object.fromEntries(tasks);
}

/**
 * Tunes one encoder for several tasks at once and writes a folder each: `output`/name, which opens by itself as one of `finetuneEncoder` does. All have the same trunk. A tenth of the rows of
 * each task is looked at, with its own metrics.
 *
 * Errors: those of `finetuneEncoder`.
 *
 * @example
 * await finetuneTogether("minilm", { kind: { task: "classify", data: "none.csv" } }, { output: "tuned" }); // throws E_FORMAT_NO_FILE
 */
export async function finetuneTogether(
  reference: string,
  tasks: Readonly<Record<string, SharedTask>>,
  options: FinetuneTogetherOptions,
): Promise<Record<string, FinetunedEncoder>> {
  const { output, seed = 0, signal, maxLength } = options;
  const rows = [];
  for (const [name, { task, data, ...named }] of Object.entries(tasks)) {
    const columns = task === "classify" ? await labelledColumns(data, { ...named, signal }) : { ...named, signal };
    rows.push({ name, task, split: splitRows(task, await readEncoderRows(task, data, columns), seed) });
  }
  const files = await filesOf(reference, options);
  const device = cpu();
  const tokenizer = await loadTokenizer(files.tokenizer, device.executor);
  const opened: TrainableEncoder[] = [];
  try {
    const plans: { readonly name: string; readonly task: EncoderTask; readonly plan: Plan; readonly coder: TextCoder }[] = [];
    for (const { name, task, split } of rows) {
      const longest = Math.min(maxLength ?? usualLength(task), files.longest);
      const coder = new TextCoder(tokenizer, longest, files.lowercase);
      plans.push({ name, task, coder, plan: await planOf(task, split, { coder, pooling: files.pooling, options }) });
    }
    const heads = plans.map(({ plan: { head, outputs } }, i) => ({ head, outputs, seed: seed + i }));
    opened.push(...(await openTrainableEncoders(files.weights, files.config, device, heads)));
    const parts = plans.map(({ plan: { together } }, i): TuneTask<unknown> => ({ model: opened[i], ...(together as NonNullable<Plan["together"]>) }));
    const tuned = await tuneTogether(parts, tuning(options));
    signal?.throwIfAborted();
    const kept: [string, FinetunedEncoder][] = [];
    for (const [i, { name, ...parts }] of plans.entries())
      kept.push([name, await keepTuned(join(output, name), { ...parts, files, model: opened[i], tuned: tuned[i] })]);
    return Object.fromEntries(kept);
  } finally {
    const [first, ...others] = opened;
    first?.dispose();
    for (const { head } of others) head.dispose();
    tokenizer.dispose();
  }
}
