// Precision, recall, F1 and the area under the curve of a training: counted over all items of an epoch, as Keras does, not as means of batches.
import { rocAuc } from "../../../metrics/index.ts";
import type { Metric, ObservedBatch } from "../metric.ts";
import { answerForm, largest } from "./accuracy.ts";
import { countsAt } from "./counted.ts";

// Each item as an answer: the class that was said and the right one; of yes and no, 1 and 0.
function* answers(batch: ObservedBatch): Generator<readonly [said: number, right: number]> {
  const { observed, targets, form } = batch;
  const binary = answerForm(form) === "binary";
  const classes = binary ? 1 : form.prediction[form.prediction.length - 1];
  const items = observed.length / classes;
  const counts = countsAt(batch, items);
  const ids = targets.length === items;
  const bound = form.fromLogits && form.activation === undefined ? 0 : 0.5;
  for (let i = 0; i < items; i++) {
    if (!counts(i)) continue;
    if (binary) yield [observed[i] > bound ? 1 : 0, targets[i] > 0.5 ? 1 : 0];
    else yield [largest(observed, i * classes, classes), ids ? targets[i] : largest(targets, i * classes, classes)];
  }
}

interface ClassCounts {
  hits: number;
  said: number;
  there: number;
}

const measures = {
  precision: ({ hits, said }: ClassCounts): number => (said === 0 ? 0 : hits / said),
  recall: ({ hits, there }: ClassCounts): number => (there === 0 ? 0 : hits / there),
  f1: ({ hits, said, there }: ClassCounts): number => (said + there === 0 ? 0 : (2 * hits) / (said + there)),
};

/** Of yes and no: that of yes. Of classes: the mean over the classes that were there or were said (scikit-learn's "macro"). */
export function counts(name: string, measure: keyof typeof measures): Metric {
  let found = new Map<number, ClassCounts>();
  let binary = true;
  const of = (label: number): ClassCounts => {
    const known = found.get(label) ?? { hits: 0, said: 0, there: 0 };
    found.set(label, known);
    return known;
  };
  return {
    name,
    better: "larger",
    observe: (outcome) => outcome.prediction(),
    update(batch) {
      binary = answerForm(batch.form) === "binary";
      for (const [said, right] of answers(batch)) {
        of(said).said++;
        of(right).there++;
        if (said === right) of(said).hits++;
      }
    },
    result() {
      if (binary) return measures[measure](of(1));
      const all = [...found.values()].map(measures[measure]);
      return all.length === 0 ? 0 : all.reduce((sum, one) => sum + one, 0) / all.length;
    },
    reset() {
      found = new Map();
    },
  };
}

/** The area under the ROC curve, exact, of every probability against whether it should be high: of several classes all together, as Keras pools them. NaN where only one side is there. */
export function auc(name: string): Metric {
  let truth: number[] = [];
  let scores: number[] = [];
  return {
    name,
    better: "larger",
    observe: (outcome) => outcome.prediction(),
    update(batch) {
      const { observed, targets, form } = batch;
      const classes = form.prediction[form.prediction.length - 1] ?? 1;
      const ids = targets.length * classes === observed.length && classes > 1;
      const counts = countsAt(batch, observed.length);
      for (let i = 0; i < observed.length; i++) {
        if (!counts(i)) continue;
        scores.push(observed[i]);
        truth.push((ids ? targets[Math.floor(i / classes)] === i % classes : targets[i] > 0.5) ? 1 : 0);
      }
    },
    result: () => (truth.includes(1) && truth.includes(0) ? rocAuc(truth, scores, { positive: 1 }) : Number.NaN),
    reset() {
      [truth, scores] = [[], []];
    },
  };
}
