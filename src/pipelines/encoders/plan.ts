// What each task makes of its rows: examples, labels, and what is to be learned. Knows no files and no loop.
import { InkstoneError } from "../../core/index.ts";
import { classWeights } from "../../data/index.ts";
import type { Pooling, TrainableEncoder, TunedHead } from "../../models/index.ts";
import {
  classObjective,
  maskedObjective,
  nearObjective,
  type Objective,
  scoredObjective,
  spanObjective,
  type TuneData,
  type Tuned,
  type TuneOptions,
  tagObjective,
  tuneEncoder,
  vectorsOf,
} from "../../train/index.ts";
import { classExamples, labelsIn, maskedExamples, nearExamples, scoredExamples, spanExamples, type TextCoder, tagExamples } from "./examples.ts";
import { type FewShot, tuneOnFew } from "./few-shot.ts";
import { withHardNegatives } from "./hard-negatives.ts";
import type { LabelledRow, RowsOfTask, TaggedRow, TwoTexts } from "./rows.ts";
import type { EncoderTask } from "./tasks.ts";

/** What is to be done. */
export interface Plan {
  readonly head: TunedHead;
  /** Scores of a row. */
  readonly outputs: number;
  /** Examples to learn from, and to look at. */
  readonly counts: { readonly train: number; readonly validation: number };
  readonly labels: readonly string[];
  readonly many: boolean;
  /** Some of the texts: to tell their language. */
  readonly texts: readonly string[];
  /** Errors: those of `tuneEncoder`. */
  tune(model: TrainableEncoder, options: TuneOptions): Promise<{ readonly tuned: Tuned<unknown>; readonly few?: FewShot }>;
  /** What is tuned together with others: undefined where `tune` does more than that. */
  readonly together?: { readonly objective: Objective<unknown>; readonly data: TuneData<unknown> };
}

interface Said {
  readonly labels?: readonly string[];
  readonly many?: boolean;
  readonly texts: readonly string[];
  /** What is done where nothing is said. */
  readonly usual?: TuneOptions;
}

function planned<Example>(
  objective: Objective<Example>,
  { train, validation = [] }: TuneData<Example>,
  { labels = [], many = false, texts, usual = {} }: Said,
): Plan {
  const { head, outputs } = objective;
  const counts = { train: train.length, validation: validation.length };
  const tune: Plan["tune"] = async (model, options) => ({
    tuned: await tuneEncoder(model, objective, { train, validation }, { ...usual, ...options }),
  });
  const together = { objective: objective as Objective<unknown>, data: { train, validation } };
  return { head, outputs, counts, labels, many, texts, tune, together };
}

interface Rows<Row> {
  readonly train: readonly Row[];
  readonly validation: readonly Row[];
}

/** What of the options a plan depends on. */
export interface PlanOptions {
  readonly method?: "full" | "setfit" | undefined;
  readonly many?: boolean | undefined;
  readonly classWeights?: "balanced" | undefined;
  readonly hardNegatives?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Means {
  readonly coder: TextCoder;
  readonly pooling: Pooling;
  readonly options: PlanOptions;
}

const SAMPLE = 1000;
const sample = <Row>(rows: readonly Row[], text: (row: Row) => string) => rows.slice(0, SAMPLE).map(text);

/** The plan of a task. Errors: `E_FIT_ONE_CLASS`, `E_FIT_LABEL`, `E_TRAINING_ROW`, `E_TOKENIZER_KIND` for hidden words without [MASK]. */
export function planOf(task: EncoderTask, rows: Rows<RowsOfTask[EncoderTask]>, means: Means): Promise<Plan> {
  const planners: { readonly [T in EncoderTask]: (rows: Rows<RowsOfTask[T]>, means: Means) => Promise<Plan> } = {
    classify: labelled,
    pair: labelled,
    tag: tagged,
    qa: questions,
    similarity: alike,
    words: hidden,
  };
  return (planners[task] as (rows: Rows<RowsOfTask[EncoderTask]>, means: Means) => Promise<Plan>)(rows, means);
}

// No head of its own: a linear model is fitted behind the vectors.
function few(rows: Rows<LabelledRow>, { coder, pooling }: Means): Plan {
  const labels = labelsIn(rows.train, false);
  const counts = { train: rows.train.length, validation: rows.validation.length };
  const tune: Plan["tune"] = async (model, options) => {
    const few = await tuneOnFew(model, rows, { coder, pooling, options });
    return { tuned: few.tuned, few };
  };
  return { head: "none", outputs: 0, counts, labels, many: false, texts: sample(rows.train, ({ text }) => text), tune };
}

async function labelled({ train, validation }: Rows<LabelledRow>, means: Means): Promise<Plan> {
  const { coder, options } = means;
  if (options.method === "setfit") return few({ train, validation }, means);
  const { many = train.some((row) => row.labels.length !== 1), classWeights: weighting, signal } = options;
  const labels = labelsIn(train, many);
  const weightOf = weighting === undefined || many ? undefined : classWeights(train.map((row) => row.labels[0]));
  const objective = classObjective({
    classes: labels.length,
    many,
    ...(weightOf === undefined ? {} : { weights: labels.map((label) => weightOf.get(label) ?? 1) }),
  });
  const data = { train: await classExamples(train, labels, coder, signal), validation: await classExamples(validation, labels, coder, signal) };
  return planned(objective, data, { labels, many, texts: sample(train, ({ text }) => text) });
}

async function tagged({ train, validation }: Rows<TaggedRow>, { coder, options: { signal } }: Means): Promise<Plan> {
  const labels = labelsIn(
    train.map(({ tags }) => ({ labels: tags })),
    false,
  );
  const data = { train: await tagExamples(train, labels, coder, signal), validation: await tagExamples(validation, labels, coder, signal) };
  return planned(tagObjective(labels), data, {
    labels,
    texts: sample(train, ({ words }) => words.map(({ text }) => text).join(" ")),
    usual: { epochs: 5 },
  });
}

async function questions({ train, validation }: Rows<RowsOfTask["qa"]>, { coder, options: { signal } }: Means): Promise<Plan> {
  const data = { train: await spanExamples(train, coder, signal), validation: await spanExamples(validation, coder, signal) };
  return planned(spanObjective(), data, { texts: sample(train, ({ context }) => context) });
}

async function alike({ train, validation }: Rows<TwoTexts>, { coder, pooling, options: { signal, hardNegatives } }: Means): Promise<Plan> {
  const said = { texts: sample(train, ({ first }) => first) };
  if (train[0].score !== undefined) {
    const data = { train: await scoredExamples(train, coder, signal), validation: await scoredExamples(validation, coder, signal) };
    return planned(scoredObjective({ pooling }), data, said);
  }
  const objective = nearObjective({ pooling });
  const held = validation.length === 0 ? [] : await nearExamples(validation, coder, signal);
  if (hardNegatives === undefined || train[0].far.length > 0)
    return planned(objective, { train: await nearExamples(train, coder, signal), validation: held }, said);
  // They are mined by the model that is tuned: its plan is made when it is there.
  const first = planned(objective, { train: [], validation: held }, said);
  const tune: Plan["tune"] = async (model, options) => {
    const encode = async (texts: readonly string[]) => vectorsOf(model, await coder.inputs(texts, undefined, signal), { pooling, signal });
    const rows = await withHardNegatives(train, { encode, count: hardNegatives, signal });
    return planned(objective, { train: await nearExamples(rows, coder, signal), validation: held }, said).tune(model, options);
  };
  const { together: _, ...rest } = first;
  return { ...rest, counts: { train: train.length, validation: held.length }, tune };
}

async function hidden({ train, validation }: Rows<{ readonly text: string }>, { coder, options: { signal } }: Means): Promise<Plan> {
  const { tokenizer } = coder;
  const mask = tokenizer.idOf("[MASK]") ?? tokenizer.idOf("<mask>");
  if (mask === undefined) throw new InkstoneError("E_TOKENIZER_KIND", { what: "mask token", got: "none", supported: "[MASK], <mask>" });
  const special = new Set([...tokenizer.specialIds, ...tokenizer.forModel([]).ids]);
  const data = { train: await maskedExamples(train, coder, signal), validation: await maskedExamples(validation, coder, signal) };
  return planned(maskedObjective({ mask, vocabulary: tokenizer.vocabularySize, special }), data, { texts: sample(train, ({ text }) => text) });
}
