// Search for better fields of a recipe: grid, random, successive halving; every trial is a run, and what was tried is kept. Knows no terminal.
import { join } from "node:path";
import { InkstoneError, uniform } from "../../core/index.ts";
import { readTextFile, writeFileDurably } from "../../formats/index.ts";
import { changedRecipe, tomlRecipe } from "../recipe/read.ts";
import type { Recipe } from "../recipe/types.ts";
import { RunFolder } from "./run-folder.ts";
import { trainRun } from "./train-run.ts";

/** Values of one field that are tried: a list, or a range, even in its logarithm where `log` says so. */
export type SearchField =
  | { readonly field: string; readonly values: readonly unknown[] }
  | { readonly field: string; readonly from: number; readonly to: number; readonly log?: boolean; readonly whole?: boolean };

/** How a search goes. */
export interface SearchOptions {
  /** The folder of the search; its trials are runs in it. */
  readonly output: string;
  readonly space: readonly SearchField[];
  /** "grid": every combination of lists; "random"; "halving": as random, but the better third of the trials gets three times the steps, again and again. Default "random". */
  readonly method?: "grid" | "random" | "halving";
  /** Trials of random and halving. Default 9. */
  readonly trials?: number;
  /** Halving: steps of the first round. Default: a ninth of the recipe's. */
  readonly firstSteps?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** Told of every trial when it is over. */
  readonly onTrial?: (trial: TunedTrial, progress: { readonly done: number; readonly total: number }) => void;
}

/** A trial. */
export interface TunedTrial {
  readonly trial: number;
  readonly values: Readonly<Record<string, unknown>>;
  readonly steps: number;
  /** Best validation loss; undefined where the training failed. */
  readonly loss: number | undefined;
  readonly seconds: number;
  readonly error?: string;
}

/** What a search found. */
export interface TuneResult {
  readonly path: string;
  readonly trials: readonly TunedTrial[];
  readonly best: TunedTrial;
  /** Share of the losses' variance (of ranks) that each field explains by itself: the square of Spearman's correlation, or of the ratio for names. */
  readonly importance: Readonly<Record<string, number>>;
}

interface Plan {
  readonly trial: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Tries fields of a recipe and writes into the folder: a run a trial (`trial-0` …), trials.jsonl, table.md, best.toml. A search that was stopped goes on: trials that are over are not made again,
 * one that was under way goes on from its checkpoint.
 *
 * Errors: `E_RECIPE` for fields and values that the recipe refuses; `E_TRAINING_LOSS` only where every trial failed; those of `trainRun`. `signal` ends it; the run under way is saved.
 *
 * @example
 * await writeFile("tune.txt", "the ink is on the stone\n".repeat(40));
 * const recipe = recipeOf({ data: { files: "tune.txt" }, model: { depth: 1, width: 8, heads: 1, contextLength: 8 }, batch: { rows: 2 }, budget: { steps: 4 } });
 * const found = await tune(recipe, { output: "search", space: [{ field: "optimizer.learningRate", values: [0.001, 0.01] }], method: "grid" });
 * found.trials.length; // 2
 */
export async function tune(recipe: Recipe, options: SearchOptions): Promise<TuneResult> {
  const { output, method = "random" } = options;
  const plans = plansOf(recipe, options);
  const rounds = roundsOf(recipe, options, plans.length);
  const known = await readTrials(output);
  const total = rounds.reduce((sum, { keep }) => sum + keep, 0);
  const trials: TunedTrial[] = [];
  let done = 0;
  let left = plans;
  for (const [round, { steps, keep }] of rounds.entries()) {
    if (round > 0)
      left = bestOf(trials.filter((one) => one.steps === rounds[round - 1].steps))
        .slice(0, keep)
        .map(({ trial }) => plans[trial]);
    for (const plan of left) {
      const found = known.get(`${plan.trial} ${steps}`) ?? (await tried(recipe, plan, { steps, every: rounds[0].steps }, options));
      trials.push(found);
      if (!known.has(`${plan.trial} ${steps}`)) await writeTrials(output, [...trials]);
      options.onTrial?.(found, { done: ++done, total });
    }
  }
  const [best] = bestOf(trials);
  if (best?.loss === undefined) throw new InkstoneError("E_TRAINING_LOSS", { loss: "NaN", epoch: 1, step: 1 });
  const importance = importanceOf(trials, options.space);
  const changes = Object.entries(best.values).map(([field, value]) => `${field}=${JSON.stringify(value)}`);
  await writeFileDurably(join(output, "best.toml"), tomlRecipe(changedRecipe(recipe, changes)));
  await writeFileDurably(join(output, "table.md"), tableOf(trials, options.space, importance, method));
  return { path: output, trials, best, importance };
}

function plansOf(recipe: Recipe, { space, method = "random", trials = 9, seed = 0 }: SearchOptions): Plan[] {
  const refuse = (field: string, en: string, zh: string): never => {
    throw new InkstoneError("E_RECIPE", { file: recipe.name, field, why: { en, zh } });
  };
  if (space.length === 0) refuse("space", "it names no field to be tried", "没有指定要尝试的字段");
  for (const one of space) {
    if ("values" in one ? one.values.length === 0 : !(one.from < one.to) || (one.log && one.from <= 0))
      refuse(one.field, "it has no values", "没有可取的值");
    if (method === "grid" && !("values" in one)) refuse(one.field, "a grid wants lists of values", "网格搜索需要取值列表");
  }
  const drawn = (trial: number): Plan => ({
    trial,
    values: Object.fromEntries(space.map((one, i) => [one.field, drawnValue(one, uniform(seed, trial, 0xfffffff8, i))])),
  });
  const plans =
    method === "grid" ? gridOf(space).map((values, trial) => ({ trial, values })) : Array.from({ length: trials }, (_, trial) => drawn(trial));
  // What the recipe refuses is refused before the first trial.
  for (const { values } of plans) changedRecipe(recipe, changesOfValues(values));
  return plans;
}

function drawnValue(one: SearchField, at: number): unknown {
  if ("values" in one) return one.values[Math.floor(at * one.values.length)];
  const { from, to, log, whole } = one;
  const value = log ? Math.exp(Math.log(from) + at * (Math.log(to) - Math.log(from))) : from + at * (to - from);
  return whole ? Math.round(value) : Number(value.toPrecision(4));
}

function gridOf(space: readonly SearchField[]): Record<string, unknown>[] {
  return space.reduce<Record<string, unknown>[]>(
    (rows, one) => ("values" in one ? rows.flatMap((row) => one.values.map((value) => ({ ...row, [one.field]: value }))) : rows),
    [{}],
  );
}

const changesOfValues = (values: Readonly<Record<string, unknown>>) =>
  Object.entries(values).map(([field, value]) => `${field}=${JSON.stringify(value)}`);

// Rounds of halving: a third is left each time, with three times the steps.
function roundsOf(recipe: Recipe, { method, firstSteps }: SearchOptions, trials: number): { steps: number; keep: number }[] {
  const { steps } = recipe.budget;
  if (method !== "halving") return [{ steps, keep: trials }];
  const rounds: { steps: number; keep: number }[] = [];
  for (let now = Math.max(1, firstSteps ?? Math.ceil(steps / 9)), keep = trials; ; now *= 3, keep = Math.max(1, Math.ceil(keep / 3))) {
    rounds.push({ steps: Math.min(now, steps), keep });
    if (now >= steps) return rounds;
  }
}

async function tried(
  recipe: Recipe,
  { trial, values }: Plan,
  { steps, every }: { readonly steps: number; readonly every: number },
  { output, signal }: SearchOptions,
): Promise<TunedTrial> {
  const changed = changedRecipe(recipe, [...changesOfValues(values), `name=${JSON.stringify(`trial-${trial}`)}`, `budget.steps=${steps}`]);
  // The same in every round: epochs are counted in it.
  const one = { ...changed, evaluation: { ...changed.evaluation, every: Math.min(changed.evaluation.every, every), sample: 0 } };
  const path = join(output, `trial-${trial}`);
  try {
    const { best, seconds } = await trainRun(one, { output: path, resume: true, signal });
    return { trial, values, steps, loss: best?.loss, seconds };
  } catch (error) {
    if (!(error instanceof InkstoneError) || error.code !== "E_TRAINING_LOSS") throw error;
    const log = await new RunFolder(path).log();
    return { trial, values, steps, loss: undefined, seconds: log.at(-1)?.seconds ?? 0, error: error.message };
  }
}

const bestOf = (trials: readonly TunedTrial[]): TunedTrial[] =>
  [...trials].sort((a, b) => (a.loss ?? Number.POSITIVE_INFINITY) - (b.loss ?? Number.POSITIVE_INFINITY) || b.steps - a.steps || a.trial - b.trial);

async function readTrials(output: string): Promise<Map<string, TunedTrial>> {
  const text = await readTextFile(join(output, "trials.jsonl"), 1 << 26).catch(() => "");
  const rows = text.split("\n").filter((line) => line !== "");
  return new Map(rows.map((line) => JSON.parse(line) as TunedTrial).map((one) => [`${one.trial} ${one.steps}`, one]));
}

async function writeTrials(output: string, trials: readonly TunedTrial[]): Promise<void> {
  await writeFileDurably(join(output, "trials.jsonl"), trials.map((one) => `${JSON.stringify(one)}\n`).join(""));
}

// Ranks of numbers by Spearman; of names the share of the ranks' variance between them.
function importanceOf(trials: readonly TunedTrial[], space: readonly SearchField[]): Record<string, number> {
  const ended = trials.filter((one) => one.loss !== undefined && one.steps === Math.max(...trials.map(({ steps }) => steps)));
  const losses = ranks(ended.map(({ loss }) => loss as number));
  return Object.fromEntries(
    space.map(({ field }) => {
      const values = ended.map((one) => one.values[field]);
      return [
        field,
        values.every((value) => typeof value === "number") ? correlation(ranks(values as number[]), losses) ** 2 : between(values, losses),
      ];
    }),
  );
}

function ranks(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2);
}

const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / Math.max(1, values.length);

function correlation(a: readonly number[], b: readonly number[]): number {
  const [left, right] = [a.map((one) => one - mean(a)), b.map((one) => one - mean(b))];
  const product = left.reduce((sum, one, i) => sum + one * right[i], 0);
  const length = Math.sqrt(left.reduce((sum, one) => sum + one * one, 0) * right.reduce((sum, one) => sum + one * one, 0));
  return length === 0 ? 0 : product / length;
}

function between(values: readonly unknown[], losses: readonly number[]): number {
  const all = losses.reduce((sum, one) => sum + (one - mean(losses)) ** 2, 0);
  const groups = new Map<string, number[]>();
  for (const [i, value] of values.entries()) groups.set(JSON.stringify(value), [...(groups.get(JSON.stringify(value)) ?? []), losses[i]]);
  const apart = [...groups.values()].reduce((sum, group) => sum + group.length * (mean(group) - mean(losses)) ** 2, 0);
  return all === 0 ? 0 : apart / all;
}

function tableOf(trials: readonly TunedTrial[], space: readonly SearchField[], importance: Readonly<Record<string, number>>, method: string): string {
  const fields = space.map(({ field }) => field);
  const head = ["trial", ...fields, "steps", "best validation loss", "seconds"];
  const rows = bestOf(trials).map(({ trial, values, steps, loss, seconds, error }) => [
    ...[trial, ...fields.map((field) => JSON.stringify(values[field]))],
    ...[steps, loss?.toFixed(4) ?? error ?? "", seconds.toFixed(0)],
  ]);
  const line = (cells: readonly unknown[]) => `| ${cells.join(" | ")} |`;
  return [
    `# Search (${method})`,
    "",
    line(head),
    line(head.map(() => "---")),
    ...rows.map(line),
    "",
    "## Importance",
    "",
    ...fields.map((field) => `- ${field}: ${importance[field].toFixed(3)}`),
    "",
  ].join("\n");
}
