// An evaluation beside an earlier one: what fell, and whether by more than is allowed. Knows no files.
import { InkstoneError } from "../../core/index.ts";
import type { LanguageEvaluation, TaskResult } from "./run.ts";

/** A task now and then. */
export interface BaselineChange {
  readonly task: string;
  readonly metric: string;
  readonly before: number;
  readonly now: number;
  /** How much worse, in points (hundredths; of a perplexity its units); below 0: better. */
  readonly drop: number;
  readonly isWithin: boolean;
}

const wrong = (en: string, zh: string) => new InkstoneError("E_EVALUATION_BASELINE", { why: { en, zh } });

// Distance from what would be best, in points.
function badness({ better, metric }: TaskResult, value: number): number {
  if (better === "half") return Math.abs(value - 0.5) * 100;
  const points = metric.endsWith("perplexity") ? 1 : 100;
  return (better === "lower" ? value : -value) * points;
}

/**
 * Compares the tasks that both have, by the metric that stands for each.
 *
 * Errors: `E_EVALUATION_BASELINE` for what is no such report, for no task in common, or for tasks measured on other questions.
 *
 * @example
 * const task = { samples: 4, fewShot: 0, metric: "acc", better: "higher", metrics: { acc: { value: 0.5, stderr: 0, interval: [0, 1] } } } as const;
 * const evaluation = { model: "m", seed: 0, chat: false, seconds: 1, results: { piqa: task } };
 * compareWithBaseline(evaluation, evaluation, 0.5)[0].isWithin; // true
 */
export function compareWithBaseline(evaluation: LanguageEvaluation, baseline: unknown, maxDrop: number): BaselineChange[] {
  const old = (baseline as Partial<LanguageEvaluation> | undefined)?.results;
  if (typeof old !== "object" || old === null) throw wrong("it is no report of a language model", "它不是语言模型评测报告");
  const changes: BaselineChange[] = [];
  for (const [task, result] of Object.entries(evaluation.results)) {
    const before = old[task];
    const [was, is] = [before?.metrics?.[result.metric]?.value, result.metrics[result.metric]?.value];
    if (was === undefined || is === undefined) continue;
    if (before.samples !== result.samples || before.fewShot !== result.fewShot)
      throw wrong(
        `${task} was measured on ${before.samples} questions with ${before.fewShot} examples, now on ${result.samples} with ${result.fewShot}`,
        `${task} 当时为 ${before.samples} 题、${before.fewShot} 个示例，现在为 ${result.samples} 题、${result.fewShot} 个示例`,
      );
    const drop = badness(result, is) - badness(result, was);
    changes.push({ task, metric: result.metric, before: was, now: is, drop, isWithin: drop <= maxDrop });
  }
  if (changes.length === 0) throw wrong("it has none of these tasks", "其中没有这些任务");
  return changes;
}
