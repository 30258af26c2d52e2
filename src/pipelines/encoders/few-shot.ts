// Few examples a label: an encoder learns which texts belong together, then a linear model tells its vectors apart. Knows no files.
import { uniform } from "../../core/index.ts";
import { accuracy, f1 } from "../../metrics/index.ts";
import type { EncoderInput, Pooling, TrainableEncoder } from "../../models/index.ts";
import { type NearExample, nearObjective, type Tuned, type TuneOptions, tuneEncoder, vectorsOf } from "../../train/index.ts";
import { fitTemperature } from "../confidence.ts";
import { makeTextModel, type SavableClassifier } from "../text-models.ts";
import { scoresOf, vectorRows } from "../text-scorer.ts";
import { trialFolds, tryVectors } from "../trial.ts";
import { labelsIn, type TextCoder } from "./examples.ts";
import type { LabelledRow } from "./rows.ts";

/** Rows a label up to which pairs are learned from where nothing is said. */
const FEW = 16;

/** Whether rows are so few a label that pairs of them teach more than they do one by one. */
export function isFew(rows: readonly LabelledRow[]): boolean {
  const labels = new Set(rows.flatMap((row) => row.labels)).size;
  return labels > 1 && rows.every((row) => row.labels.length === 1 && row.second === undefined) && rows.length <= FEW * labels;
}

/** What few examples came to. */
export interface FewShot {
  readonly tuned: Tuned<unknown>;
  /** Tells vectors apart: its classes are the labels. */
  readonly model: SavableClassifier;
  readonly temperature: number;
}

/** Pairs that are learned from: at least one a row, at most so many in all where rows allow it. */
const PAIRS = 2000;
const MOST_ROUNDS = 20;
const PARTNER = 103;
/** A whole encoder moves little: what it knows already is most of what few examples have. */
const RATE = 5e-5;

/** Every row with others of its label, drawn anew each round; alone with itself, which dropout makes two. */
export function pairsOf(inputs: readonly EncoderInput[], labels: readonly string[], seed: number): NearExample[] {
  const members = new Map<string, number[]>();
  for (const [row, label] of labels.entries()) members.set(label, [...(members.get(label) ?? []), row]);
  const rounds = Math.max(1, Math.min(MOST_ROUNDS, Math.round(PAIRS / inputs.length)));
  return Array.from({ length: rounds * inputs.length }, (_, i) => {
    const row = i % inputs.length;
    const own = (members.get(labels[row]) ?? []).filter((other) => other !== row);
    const near = own.length === 0 ? row : own[Math.floor(uniform(seed, Math.floor(i / inputs.length), PARTNER, row) * own.length)];
    return { anchor: inputs[row], near: inputs[near], group: labels[row] };
  });
}

/**
 * Tunes a trunk on pairs of rows of a label against the others of their batch, then fits a logistic regression on its vectors.
 *
 * Errors: `E_FIT_ONE_CLASS`; those of `tuneEncoder`. Source: Tunstall et al. 2022, arXiv:2209.11055 (SetFit); the loss is that of Henderson et al. 2017, arXiv:1705.00652.
 */
export async function tuneOnFew(
  model: TrainableEncoder,
  rows: { readonly train: readonly LabelledRow[]; readonly validation: readonly LabelledRow[] },
  { coder, pooling, options }: { readonly coder: TextCoder; readonly pooling: Pooling; readonly options: TuneOptions },
): Promise<FewShot> {
  const { signal, seed = 0 } = options;
  labelsIn(rows.train, false);
  const texts = rows.train.map(({ text }) => text);
  const labels = rows.train.map((row) => row.labels[0]);
  const inputs = await coder.inputs(texts, undefined, signal);
  const pairs = pairsOf(inputs, labels, seed);
  const tuned = await tuneEncoder(model, nearObjective({ pooling }), { train: pairs }, { learningRate: RATE, epochs: 1, ...options });
  const vectors = await vectorsOf(model, inputs, { pooling, signal });
  const folds = trialFolds(texts, labels, { seed });
  const trial = folds && (await tryVectors(vectors, labels, { seed, fold: folds.fold, signal }));
  const head = makeTextModel("embeddings", seed);
  await head.fit(vectorRows(vectors), labels, { signal });
  head.narrow();
  const temperature = trial?.scores ? fitTemperature(trial.scores, labels, trial.classes) : 1;
  if (rows.validation.length === 0) return { tuned, model: head, temperature };
  const asked = await coder.inputs(
    rows.validation.map(({ text }) => text),
    undefined,
    signal,
  );
  const scores = await scoresOf(head, vectorRows(await vectorsOf(model, asked, { pooling, signal })), signal);
  const said = scores.map((row) => head.classes[row.reduce((best, score, i) => (score > row[best] ? i : best), 0)]);
  const truth = rows.validation.map((row) => row.labels[0]);
  const look = {
    epoch: 0,
    loss: 1 - accuracy(truth, said),
    metrics: { accuracy: accuracy(truth, said), macroF1: f1(truth, said, { average: "macro" }) },
  };
  return { tuned: { ...tuned, looks: [look], best: look }, model: head, temperature };
}
