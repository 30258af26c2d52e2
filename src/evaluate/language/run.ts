// An evaluation of a language model: every question of some tasks asked, several at once, what comes back judged and summed up. Knows no files of weights.
import { aFlag, aFunction, aSignal, aText, InkstoneError, type Rules, readOptions, whole } from "../../core/index.ts";
import type { ScoringGenerator, TextGenerator, TokenizingGenerator } from "../../generate/index.ts";
import { evaluationTask } from "../tasks/index.ts";
import type { Ask, EvaluationTask, Judged, Question } from "../tasks/task.ts";
import { fewShot } from "./few-shot.ts";
import { dataSetFolders, taskFiles } from "./files.ts";
import { type KeptAnswers, openKeptAnswers } from "./kept.ts";
import { type Metric, metricsOf } from "./summary.ts";

/** How to evaluate. */
export interface LanguageEvaluationOptions {
  /** Most questions of a task, the first ones. Default all. */
  readonly limit?: number;
  /** Examples before each question, from 0 to 64. Default what the task says, mostly 0. */
  readonly fewShot?: number;
  /** Of the draw of examples. Default 0. */
  readonly seed?: number;
  /** The folder of data sets. Default INKSTONE_EVALUATION_DATA, else `datasets` in the data folder, else `shared/data` near by. */
  readonly data?: string;
  /** What is written goes through the model's chat template, as a message of the user. Default false: the prompt as it stands. */
  readonly chat?: boolean;
  /** Which of the model's adapters answers, by its name; "" for none. Default: the one it was opened with. */
  readonly adapter?: string;
  /** Questions that are asked at once, from 1 to 64. Default 8. */
  readonly parallel?: number;
  /** Answers are kept in this file, a line each (JSONL), and an evaluation that was interrupted goes on from it. */
  readonly resume?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, task: string) => void;
}

/** What a task came to. */
export interface TaskResult {
  /** Questions that were asked. */
  readonly samples: number;
  readonly fewShot: number;
  /** The metric that stands for the task. */
  readonly metric: string;
  readonly better: "higher" | "lower" | "half";
  readonly metrics: Readonly<Record<string, Metric>>;
  /** The task's own metric, group by group, where it has several. */
  readonly groups?: Readonly<Record<string, { readonly samples: number; readonly value: number }>>;
}

/** What was measured, and on what. */
export interface LanguageEvaluation {
  readonly model: string;
  readonly precision?: string;
  readonly seed: number;
  readonly limit?: number;
  readonly chat: boolean;
  /** The adapter that was named. */
  readonly adapter?: string;
  readonly seconds: number;
  readonly results: Readonly<Record<string, TaskResult>>;
}

const rules: Rules<LanguageEvaluationOptions> = {
  limit: whole(1),
  fewShot: whole(0, 64),
  seed: whole(0),
  data: aText,
  chat: aFlag,
  adapter: aText,
  parallel: whole(1, 64),
  resume: aText,
  signal: aSignal,
  onProgress: aFunction,
};

interface Run {
  readonly model: TextGenerator;
  readonly options: LanguageEvaluationOptions;
  readonly folders: readonly string[];
  readonly kept: KeptAnswers | undefined;
}

/**
 * Evaluates a language model on tasks by name, as lm-evaluation-harness does: the likelihood of choices (plain, and by length), perplexity by word and byte,
 * exact answers written greedily; examples fixed by the seed; each metric with its standard error and a 95 % interval. Where questions begin alike, that is read once.
 *
 * Errors: `E_OPTION` for an unknown task; `E_EVALUATION_NEEDS` before anything is asked, for a model that tells no probabilities; `E_EVALUATION_DATA`,
 * `E_EVALUATION_EXAMPLES`, `E_RESUME`; those of the model; the signal's reason. Source: Gao et al., lm-evaluation-harness.
 *
 * @example
 * await using model = await LanguageModel.open("model.gguf");
 * await evaluateLanguageModel(model, ["arc"]); // throws E_OPTION
 */
export async function evaluateLanguageModel(
  model: TextGenerator,
  tasks: readonly string[],
  options: LanguageEvaluationOptions = {},
): Promise<LanguageEvaluation> {
  readOptions("evaluateLanguageModel", options, rules);
  const chosen = [...new Set(tasks.map(evaluationTask))];
  if (chosen.length === 0) evaluationTask("");
  for (const { name, needs } of chosen)
    if (needs === "score" && !scores(model)) throw new InkstoneError("E_EVALUATION_NEEDS", { task: name, model: model.information.name });
  const { seed = 0, limit, chat = false, adapter, resume, fewShot: shots } = options;
  const began = performance.now();
  const { name, precision, parameters } = model.information;
  const settings = { name, precision, parameters, seed, chat, shots: shots ?? "task", ...(adapter === undefined ? {} : { adapter }) };
  const kept = resume === undefined ? undefined : await openKeptAnswers(resume, settings);
  try {
    const run: Run = { model, options, folders: dataSetFolders(options.data), kept };
    const results: Record<string, TaskResult> = {};
    for (const task of chosen) results[task.name] = await runTask(run, task);
    const seconds = (performance.now() - began) / 1000;
    return {
      model: name,
      precision,
      seed,
      ...(limit === undefined ? {} : { limit }),
      chat,
      ...(adapter === undefined ? {} : { adapter }),
      seconds,
      results,
    };
  } finally {
    await kept?.close();
  }
}

const scores = (model: TextGenerator): model is ScoringGenerator => "score" in model && typeof model.score === "function";

async function runTask(run: Run, task: EvaluationTask): Promise<TaskResult> {
  const { limit, seed = 0, parallel = 8, signal, onProgress } = run.options;
  const files = taskFiles(task.name, run.folders, signal);
  const all = await task.load(files);
  const shots = run.options.fewShot ?? task.fewShot ?? 0;
  const pool = shots > 0 && task.loadExamples !== undefined ? await task.loadExamples(files) : all;
  const before = fewShot(task.name, pool, shots, seed, task.examplesOfGroup ?? false);
  const questions = all.slice(0, limit);
  const judged = new Array<Judged>(questions.length);
  let [next, done] = [0, 0];
  const failed = new AbortController();
  const stop = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const work = async (): Promise<void> => {
    while (next < questions.length && !stop.aborted) {
      const at = next++;
      judged[at] = run.kept?.get(task.name, at) ?? (await fresh(run, task, { question: questions[at], at, before }, stop));
      onProgress?.(++done, questions.length, task.name);
    }
  };
  const workers = Array.from({ length: Math.min(parallel, questions.length) }, () =>
    work().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(workers);
  stop.throwIfAborted();
  return summarised(task, questions, judged, shots);
}

interface Placed {
  readonly question: Question;
  readonly at: number;
  readonly before: (question: Question) => string;
}

async function fresh({ model, options, kept }: Run, task: EvaluationTask, { question, at, before }: Placed, signal: AbortSignal): Promise<Judged> {
  const judged = await answer(model, question.ask(before(question)), options, signal);
  await kept?.add(task.name, at, judged);
  return judged;
}

async function answer(model: TextGenerator, ask: Ask, { chat = false, adapter }: LanguageEvaluationOptions, signal: AbortSignal): Promise<Judged> {
  const by = adapter === undefined ? { signal } : { adapter, signal };
  if (ask.kind === "write") {
    const { stop, maxTokens } = ask;
    const prompt = chat ? [{ role: "user", content: ask.prompt } as const] : ask.prompt;
    const { text, finishReason } = await model.generate(prompt, { stop, maxTokens, temperature: 0, ...by });
    if (finishReason === "cancelled") signal.throwIfAborted();
    return await ask.judge(text);
  }
  if (ask.kind === "score") return ask.judge(await (model as ScoringGenerator).score(ask.items, { greedy: ask.greedy ?? false, ...by }));
  return await read(model as TokenizingGenerator, ask.text, by);
}

// Of a whole text: nats by words, and by bytes.
async function read(model: TokenizingGenerator, text: string, by: { readonly adapter?: string; readonly signal: AbortSignal }): Promise<Judged> {
  const window = Math.min(1024, model.information.contextLength);
  const { nllPerToken, scored } = await model.perplexity(text, { window, ...by });
  const nats = nllPerToken * scored;
  const words = text.split(/\s+/).filter((word) => word !== "").length;
  const bytes = Buffer.byteLength(text);
  return {
    values: {
      word_perplexity: { value: nats, weight: words },
      byte_perplexity: { value: nats, weight: bytes },
      bits_per_byte: { value: nats / Math.LN2, weight: bytes },
    },
    choice: scored,
  };
}

function summarised(task: EvaluationTask, questions: readonly Question[], judged: readonly Judged[], shots: number): TaskResult {
  const groups: Record<string, { samples: number; value: number }> = {};
  for (const group of [...new Set(questions.map((question) => question.group))].sort()) {
    const own = judged.filter((_, i) => questions[i].group === group);
    const metric = metricsOf(own, task)[task.metric];
    if (group !== undefined && metric !== undefined) groups[group] = { samples: own.length, value: metric.value };
  }
  return {
    samples: judged.length,
    fewShot: shots,
    metric: task.metric,
    better: task.better ?? "higher",
    metrics: metricsOf(judged, task),
    ...(Object.keys(groups).length > 1 ? { groups } : {}),
  };
}
