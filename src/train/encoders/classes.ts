// One label a text or a pair, or several: cross-entropy with weights of classes, or a yes or no for each label.

import { accuracy, f1 } from "../../metrics/index.ts";
import type { EncoderInput } from "../../models/index.ts";
import { embedding, multiply, softCrossEntropy, softplus, subtract, sum, type Tensor } from "../../tensor/index.ts";
import { valuesColumn } from "../loop/index.ts";
import { countColumn, type Judge, type Objective, rowsColumn } from "./objective.ts";

/** A text (or two, as one input) and its labels by number. */
export interface ClassExample {
  readonly input: EncoderInput;
  /** One number; several, or none, where a text may have many labels. */
  readonly labels: readonly number[];
}

/** What is told apart. */
export interface ClassSettings {
  readonly classes: number;
  /** A weight a class. Default: 1 each. */
  readonly weights?: readonly number[];
  /** A text may have any number of labels. Default false. */
  readonly many?: boolean;
  /** Share of a target that goes to all classes alike. Default 0. */
  readonly smoothing?: number;
}

/**
 * Tells classes apart by the first row of a text.
 *
 * @example
 * classObjective({ classes: 3 }).outputs; // 3
 */
export function classObjective({ classes, weights, many = false, smoothing = 0 }: ClassSettings): Objective<ClassExample> {
  const weightOf = ({ labels }: ClassExample) => (many || weights === undefined ? 1 : weights[labels[0]]);
  return {
    head: "classes",
    outputs: classes,
    texts: ({ input }) => [input],
    columns(examples, { places }) {
      const targets = new Float32Array(examples.length * classes);
      for (const [i, example] of examples.entries()) for (const label of example.labels) targets[i * classes + label] = weightOf(example);
      const count = many ? examples.length * classes : examples.reduce((all, example) => all + weightOf(example), 0);
      return [
        rowsColumn(
          "first",
          places.map(({ first }) => first),
        ),
        valuesColumn("targets", targets, [examples.length, classes]),
        countColumn(count),
      ];
    },
    loss(states, head, [first, targets, count]) {
      const scores = head.forward(embedding(states, first));
      return { total: many ? binary(scores, targets) : single(scores, targets, smoothing), count, scores };
    },
    judge: () => (many ? new ManyJudge(classes) : new ClassJudge(classes)),
  };
}

// Targets carry the weight of their row.
const single = (scores: Tensor, targets: Tensor, labelSmoothing: number): Tensor =>
  sum(softCrossEntropy(scores, targets, { reduction: "none", labelSmoothing }));

// -y ln σ(z) - (1 - y) ln(1 - σ(z)) = softplus(z) - y z
const binary = (scores: Tensor, targets: Tensor): Tensor => sum(subtract(softplus(scores), multiply(scores, targets)));

/**
 * Keeps the scores of what was looked at: confidence is fitted on them.
 *
 * @example
 * new ClassJudge(3).rows.length; // 0
 */
export class ClassJudge implements Judge<ClassExample> {
  readonly #classes: number;
  /** A row an example, a value a class. */
  readonly rows: Float64Array[] = [];
  /** The label of each by number. */
  readonly truth: number[] = [];
  readonly #said: number[] = [];

  constructor(classes: number) {
    this.#classes = classes;
  }

  take(examples: readonly ClassExample[], scores: Float32Array): void {
    for (const [i, { labels }] of examples.entries()) {
      const row = scores.subarray(i * this.#classes, (i + 1) * this.#classes);
      this.rows.push(Float64Array.from(row));
      this.truth.push(labels[0]);
      this.#said.push(row.reduce((best, value, at) => (value > row[best] ? at : best), 0));
    }
  }

  metrics(): Record<string, number> {
    return { accuracy: accuracy(this.truth, this.#said), macroF1: f1(this.truth, this.#said, { average: "macro" }) };
  }
}

// A label is said where its score is above 0.
class ManyJudge implements Judge<ClassExample> {
  readonly #classes: number;
  #exact = 0;
  #rows = 0;
  readonly #counts = { both: 0, said: 0, there: 0 };

  constructor(classes: number) {
    this.#classes = classes;
  }

  take(examples: readonly ClassExample[], scores: Float32Array): void {
    for (const [i, { labels }] of examples.entries()) {
      let wrong = 0;
      for (let at = 0; at < this.#classes; at++) {
        const [said, there] = [scores[i * this.#classes + at] > 0, labels.includes(at)];
        this.#counts.both += said && there ? 1 : 0;
        this.#counts.said += said ? 1 : 0;
        this.#counts.there += there ? 1 : 0;
        wrong += said === there ? 0 : 1;
      }
      this.#rows++;
      this.#exact += wrong === 0 ? 1 : 0;
    }
  }

  metrics(): Record<string, number> {
    const { both, said, there } = this.#counts;
    return { microF1: said + there === 0 ? 1 : (2 * both) / (said + there), exact: this.#exact / (this.#rows || 1) };
  }
}
