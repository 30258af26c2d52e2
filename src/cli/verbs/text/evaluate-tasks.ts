// inkstone evaluate MODEL --tasks …: a language model on tasks that others measure too, and a gate against an earlier report.
import { InkstoneError } from "../../../core/index.ts";
import type { BaselineChange, LanguageEvaluation } from "../../../evaluate/index.ts";
import { writeFileDurably } from "../../../formats/index.ts";
import { nativeStatus } from "../../../native/index.ts";
import { openModel } from "../../model.ts";
import type { EngineFlags } from "../../options.ts";
import { refuseExisting } from "../../outputs.ts";
import { Quit } from "../../report.ts";
import { tableOf } from "../../table.ts";
import { isTerminal, ProgressLine, type Surroundings } from "../../terminal.ts";

/** The options of this form of the verb. */
export interface TaskFlags extends EngineFlags {
  readonly tasks?: string;
  readonly limit?: number;
  readonly fewShot?: number;
  readonly seed: number;
  readonly data?: string;
  readonly chat?: boolean;
  readonly adapter?: string;
  readonly parallel: number;
  readonly resume?: string;
  readonly report?: string;
  readonly baseline?: string;
  readonly maxDrop: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Most questions at once where nothing is said. */
const AT_ONCE = 8;

// Choices are those of f32: in bf16 240 of 240 questions, in fast 46 of 48.
const usualPrecision = (): EngineFlags["precision"] => (nativeStatus().available ? "bf16" : undefined);

/** Errors: those of `evaluateLanguageModel`, `compareWithBaseline`; ends with 1 where a task fell by more than is allowed. */
export async function evaluateTasks(reference: string, flags: TaskFlags, around: Surroundings): Promise<void> {
  const { evaluateLanguageModel, evaluationTask, languageReportFor, refuseReportName, compareWithBaseline } = await import(
    "../../../evaluate/index.ts"
  );
  const { output, errors, signals, language } = around;
  const tasks = (flags.tasks ?? "").split(",").map((name) => evaluationTask(name).name);
  if (flags.report !== undefined) refuseReportName(flags.report);
  await refuseExisting(flags.report === undefined ? [] : [flags.report], flags.force ?? false, flags.baseline === undefined ? [] : [flags.baseline]);
  const baseline = flags.baseline === undefined ? undefined : await readBaseline(flags.baseline);
  const parallel = flags.parallel > 1 ? flags.parallel : AT_ONCE;
  const { precision = usualPrecision(), threads, adapter } = flags;
  const model = await openModel(reference, { precision, threads, adapter, slots: parallel, contextLength: undefined }, around);
  const line = new ProgressLine(errors);
  let evaluation: LanguageEvaluation;
  try {
    const { limit, fewShot, seed, data, chat, resume } = flags;
    const onProgress = (done: number, all: number, task: string) => isTerminal(errors) && line.update(task, done, all);
    evaluation = await evaluateLanguageModel(model, tasks, {
      limit,
      fewShot,
      seed,
      data,
      chat,
      resume,
      parallel,
      signal: signals.signal,
      onProgress,
    });
  } finally {
    line.end();
    await model.close();
  }
  const changes = baseline === undefined ? undefined : compareWithBaseline(evaluation, baseline, flags.maxDrop);
  if (flags.report !== undefined) await writeFileDurably(flags.report, languageReportFor(flags.report, evaluation, { language }));
  output.write(
    flags.json ? `${JSON.stringify({ ...withScores(evaluation), ...(changes && { changes }) })}\n` : await told(evaluation, changes, around),
  );
  if (changes?.some(({ isWithin }) => !isWithin)) throw new Quit(1);
}

async function readBaseline(path: string): Promise<unknown> {
  const { readTextFile } = await import("../../input.ts");
  try {
    return JSON.parse(await readTextFile(path, 64 << 20)) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InkstoneError("E_EVALUATION_BASELINE", { why: { en: `${path} is not JSON`, zh: `${path} 不是 JSON` } });
  }
}

// Beside the whole of each metric its bare number, under the name that lm-evaluation-harness gives it.
function withScores(evaluation: LanguageEvaluation): object {
  const results = Object.entries(evaluation.results).map(([task, result]) => {
    const plain = Object.entries(result.metrics).flatMap(([name, { value, stderr }]) => [
      [name, value],
      [`${name}_stderr`, stderr],
    ]);
    return [task, { ...result, ...Object.fromEntries(plain) }];
  });
  return { ...evaluation, results: Object.fromEntries(results) };
}

async function told(
  evaluation: LanguageEvaluation,
  changes: readonly BaselineChange[] | undefined,
  { language, say }: Surroundings,
): Promise<string> {
  const { evaluationHeads, evaluationRows } = await import("../../../evaluate/index.ts");
  const table = tableOf([evaluationHeads(language), ...evaluationRows(evaluation)]);
  if (changes === undefined) return table;
  const head = say({ en: "task metric before now drop", zh: "任务 指标 之前 现在 下降" }).split(" ");
  const rows = changes.map(({ task, metric, before, now, drop, isWithin }) => [
    task,
    metric,
    before.toFixed(4),
    now.toFixed(4),
    `${drop.toFixed(2)}${isWithin ? "" : say({ en: "  too much", zh: "  超出允许" })}`,
  ]);
  return `${table}\n${tableOf([head, ...rows])}`;
}
