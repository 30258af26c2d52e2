// Linear support vector machine: scikit-learn's LinearSVC in its dual form. The descent itself is the "linear-svm" service.
import { setImmediate as nextTurn } from "node:timers/promises";
import { refuseUnknown, type SparseMatrix } from "../core/index.ts";
import { type Executor, linearSvmMethods, packLinearSvm } from "../native/index.ts";
import { checkedNumber, checkedSeed, checkMatrix, classesOf, classWeights } from "./checks.ts";
import { readLinear } from "./linear.ts";
import { LinearModel } from "./linear-model.ts";
import { throwIfCancelled, withService } from "./long.ts";
import type { ClassWeight, FitOptions, Label } from "./types.ts";

/** Names and defaults are scikit-learn's. */
export interface LinearSVCOptions {
  /** Price of errors against the length of w. Default 1. */
  readonly C?: number;
  /** Stops where the projected gradients lie this close together. Default 1e-4. */
  readonly tol?: number;
  /** Most rounds over the rows. Default 1000. */
  readonly maxIter?: number;
  /** Default none. As in LIBLINEAR, a weight counts for the rows of its class where that class is told from the rest. */
  readonly classWeight?: ClassWeight;
  /** Default true. */
  readonly fitIntercept?: boolean;
  /** Value of the column that carries the intercept, which is kept short like the others. Default 1. */
  readonly interceptScaling?: number;
  /** Of the order in which rows are visited. Default 0. */
  readonly seed?: number;
  readonly executor?: Executor;
}

/**
 * Linear classifier: minimises ½ |w|² + C Σ max(0, 1 − y (w · x + b))², one class against the rest, by dual coordinate descent with shrinking.
 * The optimum is that of scikit-learn's LinearSVC. The same seed gives the same bits for any number of threads.
 *
 * Shapes: n rows and n labels; scores n · classes. Defaults: `LinearSVCOptions`. Errors: those of `Classifier`, `E_OPTION`.
 * Source: Hsieh et al. 2008, "A dual coordinate descent method for large-scale linear SVM"; Fan et al. 2008 (LIBLINEAR).
 *
 * @example
 * const words = new TfidfVectorizer();
 * const x = words.fitTransform(["good good", "very good", "bad", "very bad"]);
 * const model = await new LinearSVC().fit(x, ["+", "+", "-", "-"]);
 * model.predict(words.transform(["good book", "bad book"])); // ["+", "-"]
 * const [[first]] = model.contributions(words.transform(["good book"]), "+");
 * words.featureNames()[first.column]; // "good"
 */
export class LinearSVC extends LinearModel<LinearSVCOptions> {
  protected override readonly type: string = "LinearSVC";

  constructor(options: LinearSVCOptions = {}) {
    refuseUnknown<LinearSVCOptions>("LinearSVC", options, {
      C: true,
      tol: true,
      maxIter: true,
      classWeight: true,
      fitIntercept: true,
      interceptScaling: true,
      seed: true,
      executor: true,
    });
    super(options);
    checkedNumber("C", options.C ?? 1, { above: true });
    checkedNumber("tol", options.tol ?? 1e-4, { above: true });
    checkedNumber("maxIter", options.maxIter ?? 1000, { least: 1, most: 1e9, whole: true });
    checkedNumber("interceptScaling", options.interceptScaling ?? 1, { above: true });
    checkedSeed(options.seed);
  }

  async fit(x: SparseMatrix, y: readonly Label[], options: FitOptions = {}): Promise<this> {
    refuseUnknown<FitOptions>("fit", options, { signal: true, onProgress: true });
    throwIfCancelled(options.signal);
    checkMatrix(x, { fitting: true });
    await nextTurn(); // looking at each value took its time
    const found = classesOf(y, x.rows);
    const { C = 1, tol = 1e-4, maxIter = 1000, classWeight, fitIntercept = true, interceptScaling = 1, seed = 0, executor } = this.options;
    const weights = classWeights(classWeight, found);
    const isBinary = found.classes.length === 2;
    const problems = isBinary ? 1 : found.classes.length;
    const configuration = packLinearSvm({
      x,
      labels: found.numbers,
      firstLabel: isBinary ? 1 : 0,
      positiveCosts: isBinary ? Float64Array.of(C * weights[1]) : weights.map((weight) => C * weight),
      negativeCosts: isBinary ? Float64Array.of(C * weights[0]) : new Float64Array(problems).fill(C),
      bias: fitIntercept ? interceptScaling : 0,
      tolerance: tol,
      mostRounds: maxIter,
      seed,
    });
    const output = await withService("linear-svm", configuration, executor, (call) =>
      call(linearSvmMethods.solve, new Uint8Array(0), 8 * problems * (x.columns + 2), options),
    );
    const numbers = new Float64Array(output.buffer, output.byteOffset, output.byteLength / 8);
    const end = problems * x.columns;
    this.weights = {
      classes: found.classes,
      columns: x.columns,
      coefficients: numbers.subarray(0, end),
      intercepts: numbers.slice(end, end + problems),
    };
    return this;
  }

  /** Reads what `toJSON` gave. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown, { executor }: Pick<LinearSVCOptions, "executor"> = {}): LinearSVC {
    const { options, weights } = readLinear(saved, "LinearSVC");
    const made = new LinearSVC({ ...options, executor });
    made.weights = weights;
    return made;
  }
}
