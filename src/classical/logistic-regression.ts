// Logistic regression: scikit-learn's LogisticRegression with its default solver. Loss and gradient are the "logistic" service, the search is L-BFGS.
import { setImmediate as nextTurn } from "node:timers/promises";
import { refuseUnknown, type SparseMatrix, softmax } from "../core/index.ts";
import { type Executor, logisticMethods, packLogistic } from "../native/index.ts";
import { checkedNumber, checkMatrix, classesOf, classWeights } from "./checks.ts";
import { minimise } from "./lbfgs.ts";
import { decisions, readLinear } from "./linear.ts";
import { LinearModel } from "./linear-model.ts";
import { throwIfCancelled, withService } from "./long.ts";
import type { ClassWeight, FitOptions, Label, ProbabilisticClassifier } from "./types.ts";

/** Names and defaults are scikit-learn's. */
export interface LogisticRegressionOptions {
  /** Price of errors against the length of w. Default 1. */
  readonly C?: number;
  /** Stops where no component of the mean gradient is larger. Default 1e-4. */
  readonly tol?: number;
  /** Most steps. Default 100. */
  readonly maxIter?: number;
  /** Default none. */
  readonly classWeight?: ClassWeight;
  /** Default true. The intercept is not kept short. */
  readonly fitIntercept?: boolean;
  readonly executor?: Executor;
}

const MEMORY = 10;
const FLAT = 64 * Number.EPSILON;

/**
 * Probabilities of classes: softmax(W x + b) (of two classes, the logistic function), W and b minimising the weighted log loss + |W|² / (2 C).
 * The optimum is that of scikit-learn's LogisticRegression (lbfgs, l2).
 *
 * Shapes: n rows and n labels; scores and probabilities n · classes. Defaults: `LogisticRegressionOptions`. Errors: those of `Classifier`, `E_OPTION`.
 *
 * @example
 * const words = new CountVectorizer();
 * const x = words.fitTransform(["good good", "very good", "bad", "very bad"]);
 * const model = await new LogisticRegression().fit(x, ["+", "+", "-", "-"]);
 * model.predict(words.transform(["good book"])); // ["+"]
 * model.probabilities(words.transform(["book"])); // [[0.4182, 0.5818]]
 */
export class LogisticRegression extends LinearModel<LogisticRegressionOptions> implements ProbabilisticClassifier {
  protected override readonly type: string = "LogisticRegression";

  constructor(options: LogisticRegressionOptions = {}) {
    refuseUnknown<LogisticRegressionOptions>("LogisticRegression", options, {
      C: true,
      tol: true,
      maxIter: true,
      classWeight: true,
      fitIntercept: true,
      executor: true,
    });
    super(options);
    checkedNumber("C", options.C ?? 1, { above: true });
    checkedNumber("tol", options.tol ?? 1e-4, { above: true });
    checkedNumber("maxIter", options.maxIter ?? 100, { least: 1, most: 1e9, whole: true });
  }

  async fit(x: SparseMatrix, y: readonly Label[], options: FitOptions = {}): Promise<this> {
    refuseUnknown<FitOptions>("fit", options, { signal: true, onProgress: true });
    throwIfCancelled(options.signal);
    checkMatrix(x, { fitting: true });
    await nextTurn(); // looking at each value took its time
    const found = classesOf(y, x.rows);
    const ofClass = classWeights(this.options.classWeight, found);
    const weights = Float64Array.from(found.numbers, (number) => ofClass[number]);
    const scores = found.classes.length === 2 ? 1 : found.classes.length;
    const configuration = packLogistic({ x, labels: found.numbers, weights, scores });
    const end = x.columns * scores;
    const point = await withService("logistic", configuration, this.options.executor, async (call) => {
      const evaluate = (point: Float64Array) => call(logisticMethods.evaluate, bytesOf(point), 8 * (point.length + 1), { signal: options.signal });
      return (await this.#search(evaluate, weights, end, scores, options)).point;
    });
    this.weights = { classes: found.classes, columns: x.columns, coefficients: point.slice(0, end), intercepts: point.slice(end) };
    return this;
  }

  // The mean loss, as scikit-learn scales it: tol means the same.
  async #search(
    evaluate: (point: Float64Array) => Promise<Uint8Array>,
    weights: Float64Array,
    end: number,
    scores: number,
    { signal, onProgress }: FitOptions,
  ): Promise<{ point: Float64Array }> {
    const { C = 1, tol = 1e-4, maxIter = 100, fitIntercept = true } = this.options;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const mean = async (point: Float64Array) => {
      const output = await evaluate(point);
      const numbers = new Float64Array(output.buffer, output.byteOffset, output.byteLength / 8);
      const gradient = numbers.subarray(1);
      let squares = 0;
      for (let i = 0; i < end; i++) {
        squares += point[i] * point[i];
        gradient[i] = (gradient[i] + point[i] / C) / total;
      }
      for (let i = end; i < gradient.length; i++) gradient[i] = fitIntercept ? gradient[i] / total : 0;
      return { value: (numbers[0] + squares / (2 * C)) / total, gradient };
    };
    const onStep = onProgress && ((done: number) => onProgress({ done }));
    return minimise(mean, new Float64Array(end + scores), { memory: MEMORY, tolerance: tol, mostSteps: maxIter, flat: FLAT, signal, onStep });
  }

  probabilities(x: SparseMatrix): Float64Array[] {
    return decisions(x, this.fitted()).map((row) => (row.length === 1 ? softmax([0, row[0]]) : softmax(row)));
  }

  /** Reads what `toJSON` gave. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown, { executor }: Pick<LogisticRegressionOptions, "executor"> = {}): LogisticRegression {
    const { options, weights } = readLinear(saved, "LogisticRegression");
    const made = new LogisticRegression({ ...options, executor });
    made.weights = weights;
    return made;
  }
}

function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
