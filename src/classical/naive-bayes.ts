// Naive Bayes for counts: scikit-learn's MultinomialNB, ComplementNB and BernoulliNB. They differ in how counts become weights.
import { InkstoneError, refuseUnknown, type SparseMatrix, softmax } from "../core/index.ts";
import { checkedNumber, checkMatrix, classesOf, classIndex } from "./checks.ts";
import { explain, fitted, highest, type LinearWeights } from "./linear.ts";
import { coefficientField, packNumbers, readModel, unpackCoefficients, unpackNumbers } from "./saved.ts";
import { Turns } from "./turns.ts";
import type { Contribution, ExplainingClassifier, FitOptions, Label, ProbabilisticClassifier, SavedModel } from "./types.ts";

/** Names and defaults are scikit-learn's. */
export interface NaiveBayesOptions {
  /** Added to every count. Default 1. */
  readonly alpha?: number;
  /** Classes are as frequent as in the rows (default), or all alike. */
  readonly fitPrior?: boolean;
}

/** ComplementNB's. */
export interface ComplementNBOptions extends NaiveBayesOptions {
  /** Weights of a class sum to 1. Default false. */
  readonly norm?: boolean;
}

/** BernoulliNB's. */
export interface BernoulliNBOptions extends NaiveBayesOptions {
  /** Values above this occur. Default 0; not below. */
  readonly binarize?: number;
}

/** Sums of a class: what weights are made of. `features` has for each column a value a class. */
export interface ClassSums {
  readonly features: Float64Array;
  /** Rows of each class. */
  readonly rows: Float64Array;
  readonly columns: number;
  readonly alpha: number;
  /** ln of each class's share. */
  readonly priors: Float64Array;
  readonly turns: Turns;
}

/** Weights by column and class, and what each class starts from. */
export interface BayesWeights {
  readonly coefficients: Float64Array;
  readonly intercepts: Float64Array;
}

/** What the three have in common. Not for use by itself. */
abstract class NaiveBayes<O extends NaiveBayesOptions> implements ExplainingClassifier, ProbabilisticClassifier {
  protected readonly options: O;
  #weights: LinearWeights | undefined;

  constructor(options: O) {
    checkedNumber("alpha", options.alpha ?? 1, { least: 1e-10 });
    this.options = options;
  }

  protected abstract readonly type: string;
  /** What a value counts for. */
  protected abstract countOf(value: number): number;
  protected abstract weigh(sums: ClassSums): Promise<BayesWeights>;

  get classes(): readonly Label[] {
    return this.#fitted().classes;
  }

  async fit(x: SparseMatrix, y: readonly Label[], { signal }: FitOptions = {}): Promise<this> {
    const turns = new Turns(signal);
    checkMatrix(x, { fitting: true, least: 0 });
    const { classes, numbers, counts } = classesOf(y, x.rows);
    const features = new Float64Array(x.columns * classes.length);
    for (let row = 0; row < x.rows; row++) {
      for (let at = x.starts[row]; at < x.starts[row + 1]; at++)
        features[x.indices[at] * classes.length + numbers[row]] += this.countOf(x.values[at]);
      await turns.pass(x.starts[row + 1] - x.starts[row]);
    }
    const { alpha = 1, fitPrior = true } = this.options;
    const priors = counts.map((count) => (fitPrior ? Math.log(count) - Math.log(x.rows) : -Math.log(classes.length)));
    this.#weights = { classes, columns: x.columns, ...(await this.weigh({ features, rows: counts, columns: x.columns, alpha, priors, turns })) };
    return this;
  }

  scores(x: SparseMatrix): Float64Array[] {
    const { columns, classes, coefficients, intercepts } = this.#fitted();
    checkMatrix(x, { columns, least: 0 });
    return Array.from({ length: x.rows }, (_, row) => {
      const sums = intercepts.slice();
      for (let at = x.starts[row]; at < x.starts[row + 1]; at++) {
        const [from, value] = [x.indices[at] * classes.length, this.countOf(x.values[at])];
        for (let i = 0; i < sums.length; i++) sums[i] += coefficients[from + i] * value;
      }
      return sums;
    });
  }

  probabilities(x: SparseMatrix): Float64Array[] {
    return this.scores(x).map((row) => softmax(row));
  }

  predict(x: SparseMatrix): Label[] {
    return highest(this.scores(x), this.classes);
  }

  /** Weights are told from the mean of the other classes' weights: all classes have some for every feature. */
  contributions(x: SparseMatrix, label: Label, { most }: { readonly most?: number } = {}): Contribution[][] {
    const { classes, columns, coefficients } = this.#fitted();
    checkMatrix(x, { columns, least: 0 });
    const index = classIndex(classes, label);
    const weightOf = (column: number) => {
      let others = 0;
      for (let i = 0; i < classes.length; i++) if (i !== index) others += coefficients[column * classes.length + i];
      return coefficients[column * classes.length + index] - others / (classes.length - 1);
    };
    return explain({ ...x, values: x.values.map((value) => this.countOf(value)) }, weightOf, most);
  }

  /** Keeps coefficients of 32 bits from now on, as `LinearSVC.narrow`. Errors: `E_NOT_FITTED`. */
  narrow(): void {
    const weights = this.#fitted();
    this.#weights = { ...weights, coefficients: Float32Array.from(weights.coefficients) };
  }

  toJSON(): SavedModel {
    const { classes, columns, coefficients, intercepts } = this.#fitted();
    const numbers = { ...coefficientField(coefficients), intercepts: packNumbers(intercepts) };
    return { formatVersion: 1, type: this.type, options: this.options, classes, columns, ...numbers };
  }

  protected read(saved: unknown): this {
    const model = readModel(saved, this.type);
    const [classes, columns] = [model.labels("classes"), model.count("columns")];
    const coefficients = unpackCoefficients(model, columns * classes.length);
    this.#weights = { classes, columns, coefficients, intercepts: unpackNumbers(model, "intercepts", classes.length) };
    return this;
  }

  #fitted(): LinearWeights {
    return fitted(this.#weights, this.type);
  }
}

function savedOptions(saved: unknown, type: string): object {
  return readModel(saved, type).options();
}

// Sums over the columns, a value a class.
async function totals(features: Float64Array, classes: number, turns: Turns): Promise<Float64Array> {
  const sums = new Float64Array(classes);
  for (let from = 0; from < features.length; from += BLOCK) {
    const end = Math.min(features.length, from + BLOCK);
    for (let i = from; i < end; i++) sums[i % classes] += features[i];
    await turns.pass(end - from);
  }
  return sums;
}

const BLOCK = 1 << 16;

// A number for each number, with turns for the event loop: logarithms of millions take seconds.
async function mapped(numbers: Float64Array, turns: Turns, of: (value: number, i: number) => number): Promise<Float64Array> {
  const found = new Float64Array(numbers.length);
  for (let from = 0; from < numbers.length; from += BLOCK) {
    const end = Math.min(numbers.length, from + BLOCK);
    for (let i = from; i < end; i++) found[i] = of(numbers[i], i);
    await turns.pass(8 * (end - from));
  }
  return found;
}

/**
 * Multinomial naive Bayes: score = ln P(class) + Σ count · ln ((N_cj + α) / (N_c + α · columns)). Equal to scikit-learn's MultinomialNB.
 *
 * Shapes: n rows and n labels; scores n · classes. Defaults: `NaiveBayesOptions`. Errors: those of `Classifier`; `E_FIT_VALUE` for values below 0.
 * Source: Manning, Raghavan & Schütze 2008, chapter 13.
 *
 * @example
 * const words = new CountVectorizer();
 * const x = words.fitTransform(["good good", "very good", "bad", "very bad"]);
 * const model = await new MultinomialNB().fit(x, ["+", "+", "-", "-"]);
 * model.probabilities(words.transform(["good"])); // [[0.7742, 0.2258]]
 */
export class MultinomialNB extends NaiveBayes<NaiveBayesOptions> {
  protected override readonly type: string = "MultinomialNB";

  constructor(options: NaiveBayesOptions = {}) {
    refuseUnknown<NaiveBayesOptions>("MultinomialNB", options, { alpha: true, fitPrior: true });
    super(options);
  }

  protected override countOf(value: number): number {
    return value;
  }

  protected override async weigh({ features, rows, columns, alpha, priors, turns }: ClassSums): Promise<BayesWeights> {
    const classes = rows.length;
    const sums = (await totals(features, classes, turns)).map((sum) => Math.log(sum + alpha * columns));
    return { coefficients: await mapped(features, turns, (count, i) => Math.log(count + alpha) - sums[i % classes]), intercepts: priors };
  }

  /** Reads what `toJSON` gave. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown): MultinomialNB {
    return new MultinomialNB(savedOptions(saved, "MultinomialNB")).read(saved);
  }
}

/**
 * Complement naive Bayes: weights of a class from all rows that are not of it; for classes of different sizes. Equal to scikit-learn's ComplementNB.
 *
 * Shapes, errors: those of MultinomialNB. Defaults: `ComplementNBOptions`. Source: Rennie et al. 2003.
 *
 * @example
 * const words = new CountVectorizer();
 * const x = words.fitTransform(["good good", "very good", "bad", "very bad"]);
 * (await new ComplementNB().fit(x, ["+", "+", "-", "-"])).predict(words.transform(["very good"])); // ["+"]
 */
export class ComplementNB extends NaiveBayes<ComplementNBOptions> {
  protected override readonly type: string = "ComplementNB";

  constructor(options: ComplementNBOptions = {}) {
    refuseUnknown<ComplementNBOptions>("ComplementNB", options, { alpha: true, fitPrior: true, norm: true });
    super(options);
  }

  protected override countOf(value: number): number {
    return value;
  }

  protected override async weigh({ features, rows, alpha, turns }: ClassSums): Promise<BayesWeights> {
    const classes = rows.length;
    const complements = new Float64Array(features.length);
    for (let from = 0; from < features.length; from += classes) {
      let all = alpha;
      for (let i = 0; i < classes; i++) all += features[from + i];
      for (let i = 0; i < classes; i++) complements[from + i] = all - features[from + i];
      await turns.pass(2 * classes);
    }
    const sums = await totals(complements, classes, turns);
    const logged = await mapped(complements, turns, (count, i) => Math.log(count / sums[i % classes]));
    const logSums = await totals(logged, classes, turns);
    const coefficients = await mapped(logged, turns, (value, i) => (this.options.norm ? value / logSums[i % classes] : -value));
    return { coefficients, intercepts: new Float64Array(classes) };
  }

  /** Reads what `toJSON` gave. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown): ComplementNB {
    return new ComplementNB(savedOptions(saved, "ComplementNB")).read(saved);
  }
}

/**
 * Bernoulli naive Bayes: whether a feature occurs, and what speaks that it does not. Equal to scikit-learn's BernoulliNB.
 *
 * Shapes, errors: those of MultinomialNB. Defaults: `BernoulliNBOptions`. Source: Manning, Raghavan & Schütze 2008, section 13.3.
 *
 * @example
 * const words = new CountVectorizer();
 * const x = words.fitTransform(["good good", "very good", "bad", "very bad"]);
 * (await new BernoulliNB().fit(x, ["+", "+", "-", "-"])).predict(words.transform(["good", "bad bad"])); // ["+", "-"]
 */
export class BernoulliNB extends NaiveBayes<BernoulliNBOptions> {
  protected override readonly type: string = "BernoulliNB";

  constructor(options: BernoulliNBOptions = {}) {
    refuseUnknown<BernoulliNBOptions>("BernoulliNB", options, { alpha: true, fitPrior: true, binarize: true });
    super(options);
    const { binarize = 0 } = options;
    if (!(binarize >= 0))
      throw new InkstoneError("E_OPTION", { option: "binarize", value: binarize, allowed: { en: "a number from 0 on", zh: "不小于 0 的数" } });
  }

  protected override countOf(value: number): number {
    return value > (this.options.binarize ?? 0) ? 1 : 0;
  }

  protected override async weigh({ features, rows, alpha, priors, turns }: ClassSums): Promise<BayesWeights> {
    const classes = rows.length;
    const absent = new Float64Array(features.length);
    const coefficients = await mapped(features, turns, (count, i) => {
      const here = Math.log(count + alpha) - Math.log(rows[i % classes] + 2 * alpha);
      absent[i] = Math.log(1 - Math.exp(here));
      return here - absent[i];
    });
    const sums = await totals(absent, classes, turns);
    return { coefficients, intercepts: priors.map((prior, i) => prior + sums[i]) };
  }

  /** Reads what `toJSON` gave. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown): BernoulliNB {
    return new BernoulliNB(savedOptions(saved, "BernoulliNB")).read(saved);
  }
}
