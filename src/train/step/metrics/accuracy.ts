// Shares of answers that are right: by class, by yes and no, among the likeliest.
import { argMax, type Tensor, type Values } from "../../../tensor/index.ts";
import type { Metric, ObservedBatch } from "../metric.ts";
import type { Outcome, OutcomeForm } from "../outcome.ts";
import { counted, countsAt } from "./counted.ts";

/** What accuracy is a share of: answers of yes and no, or of the likeliest class against class numbers or distributions. */
export type AnswerForm = "binary" | "ids" | "one-hot";

const last = (shape: readonly number[]): number => shape[shape.length - 1] ?? 1;

/**
 * Which accuracy goes with an outcome, by its shapes and its last layer as Keras has it; several sigmoids, or targets of yes and no, are answers of yes and no each.
 */
export function answerForm({ prediction, targets, activation, kind }: OutcomeForm): AnswerForm {
  if (kind === "ids") return "ids";
  if (last(prediction) === 1 && prediction.length > 1) return "binary";
  if (targets.length < prediction.length || last(targets) === 1) return prediction.length > 1 ? "ids" : "binary";
  return kind === "binary" || activation === "sigmoid" || prediction.length < 2 ? "binary" : "one-hot";
}

const outputOf = ({ logits, prediction }: Outcome): Tensor => logits?.values ?? prediction();

/** The place of the largest of some values. */
export function largest(values: Values, start: number, length: number): number {
  let best = 0;
  for (let k = 1; k < length; k++) if (values[start + k] > values[start + best]) best = k;
  return best;
}

// `observed`: the likeliest class of each item.
function rightClasses(batch: ObservedBatch, ids: boolean): readonly [number, number] {
  const { observed, targets } = batch;
  const classes = targets.length / observed.length;
  const counts = countsAt(batch, observed.length);
  let [right, items] = [0, 0];
  for (let i = 0; i < observed.length; i++) {
    if (!counts(i)) continue;
    items++;
    if ((ids ? targets[i] : largest(targets, i * classes, classes)) === observed[i]) right++;
  }
  return [right, items];
}

// `observed`: probabilities, or logits where the last layer or the loss says so.
function rightAnswers(batch: ObservedBatch, bound: number): readonly [number, number] {
  const { observed, targets } = batch;
  const counts = countsAt(batch, observed.length);
  let [right, items] = [0, 0];
  for (let i = 0; i < observed.length; i++) {
    if (!counts(i)) continue;
    items++;
    if (observed[i] > bound === targets[i] > 0.5) right++;
  }
  return [right, items];
}

// Probabilities above one half are logits above 0.
const boundOf = ({ fromLogits, activation }: OutcomeForm): number => (fromLogits && activation === undefined ? 0 : 0.5);

/** The accuracy that goes with the outcome. */
export function accuracy(name: string): Metric {
  return counted(
    name,
    "larger",
    (outcome, form) => (answerForm(form) === "binary" ? outcome.prediction() : argMax(outputOf(outcome), { axis: -1 })),
    (batch) => {
      const form = answerForm(batch.form);
      return form === "binary" ? rightAnswers(batch, boundOf(batch.form)) : rightClasses(batch, form === "ids");
    },
  );
}

/** The likeliest class against class numbers (`ids`) or distributions. */
export function categoricalAccuracy(name: string, ids: boolean): Metric {
  return counted(
    name,
    "larger",
    (outcome) => argMax(outputOf(outcome), { axis: -1 }),
    (batch) => rightClasses(batch, ids),
  );
}

/** Probabilities above one half against yes and no. */
export function binaryAccuracy(name: string): Metric {
  return counted(
    name,
    "larger",
    (outcome) => outcome.prediction(),
    (batch) => rightAnswers(batch, boundOf(batch.form)),
  );
}

/** Whether the class is among the k likeliest. */
export function topK(name: string, k: number): Metric {
  return counted(name, "larger", outputOf, (batch) => {
    const { observed, targets, form } = batch;
    const classes = last(form.prediction);
    const items = observed.length / classes;
    const counts = countsAt(batch, items);
    const ids = targets.length === items;
    let [right, seen] = [0, 0];
    for (let i = 0; i < items; i++) {
      if (!counts(i)) continue;
      seen++;
      const id = ids ? targets[i] : largest(targets, i * classes, classes);
      let above = 0;
      for (let c = 0; c < classes; c++) if (observed[i * classes + c] > observed[i * classes + id]) above++;
      if (above < k) right++;
    }
    return [right, seen];
  });
}
