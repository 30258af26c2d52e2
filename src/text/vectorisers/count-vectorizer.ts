// Counts of n-grams: scikit-learn's CountVectorizer. Knows no weights.
import { InkstoneError, type OptionNames, type Phrase, refuseUnknown, type SparseMatrix } from "../../core/index.ts";
import { type Analysis, analysisOf } from "./analysis.ts";
import { Counter } from "./counter.ts";
import { plainOptions, readSaved, savedOptions } from "./saved.ts";
import type { CountOptions, LongOptions, SavedVectoriser, Unsaved, Vectoriser } from "./types.ts";

/** Pruning, checked. */
interface Limits {
  readonly fewest: (texts: number) => number;
  readonly most: (texts: number) => number;
  readonly features: number;
}

function limitsOf({ minDf = 1, maxDf = 1, maxFeatures }: CountOptions): Limits {
  const misfit = (option: string, value: unknown, allowed: Phrase) => new InkstoneError("E_OPTION", { option, value, allowed });
  const good = (value: number, whole: boolean) => typeof value === "number" && value >= 0 && (!whole || Number.isInteger(value));
  if (!good(minDf, minDf >= 1)) throw misfit("minDf", minDf, { en: "a share below 1, or a number of texts", zh: "小于 1 的比例，或文本数" });
  if (!good(maxDf, maxDf > 1)) throw misfit("maxDf", maxDf, { en: "a share up to 1, or a number of texts", zh: "不大于 1 的比例，或文本数" });
  if (maxFeatures != null && !(Number.isInteger(maxFeatures) && maxFeatures >= 1))
    throw misfit("maxFeatures", maxFeatures, { en: "a whole number from 1 on", zh: "不小于 1 的整数" });
  return {
    fewest: (texts) => (minDf < 1 ? minDf * texts : minDf),
    most: (texts) => (maxDf <= 1 ? maxDf * texts : maxDf),
    features: maxFeatures ?? Number.POSITIVE_INFINITY,
  };
}

/** Names of the options of counting; those of what weighs counts stand beside them. */
export const countNames: OptionNames<CountOptions> = {
  analyzer: true,
  ngramRange: true,
  lowercase: true,
  tokenPattern: true,
  tokenizer: true,
  stopWords: true,
  executor: true,
  minDf: true,
  maxDf: true,
  maxFeatures: true,
  vocabulary: true,
  binary: true,
};

/**
 * Counts n-grams of words or characters. Columns are sorted by code points. Equal to scikit-learn's CountVectorizer (order of columns included).
 *
 * Shapes: n texts -> n rows of as many columns as features. Defaults: `CountOptions`. Errors: `E_OPTION`, `E_VOCABULARY` (no feature is left), `E_TEXT_VALUE`, `E_NOT_FITTED`.
 *
 * @example
 * const counts = new CountVectorizer();
 * const matrix = counts.fitTransform(["red red wine", "white wine"]);
 * counts.featureNames(); // ["red", "white", "wine"]
 * matrix.values; // [2, 1, 1, 1]
 */
export class CountVectorizer implements Vectoriser {
  readonly #options: CountOptions;
  readonly #analysis: Analysis;
  readonly #limits: Limits;
  #counter: Counter | undefined;
  #names: readonly string[] | undefined;
  /** Calls of `transformAsync` that are under way. */
  #counting = 0;

  constructor(options: CountOptions = {}) {
    refuseUnknown<CountOptions>("CountVectorizer", options, countNames);
    this.#options = options;
    this.#analysis = analysisOf(options);
    this.#limits = limitsOf(options);
    if (options.vocabulary) this.#adopt(options.vocabulary);
  }

  fit(texts: Iterable<string>): this {
    if (this.#options.vocabulary) return this;
    this.#learn(texts)?.clear();
    return this;
  }

  fitTransform(texts: Iterable<string>): SparseMatrix {
    if (this.#options.vocabulary) return this.transform(texts);
    return this.#learn(texts).take(this.featureNames().length);
  }

  transform(texts: Iterable<string>): SparseMatrix {
    if (this.#counter === undefined) throw new InkstoneError("E_NOT_FITTED", { what: "CountVectorizer" });
    const { binary = false, executor } = this.#options;
    const counter = this.#counting === 0 ? this.#counter : new Counter(this.#analysis, { vocabulary: this.featureNames(), binary }, executor);
    counter.count(texts);
    return counter.take(this.featureNames().length);
  }

  async fitTransformAsync(texts: Iterable<string>, { signal }: LongOptions = {}): Promise<SparseMatrix> {
    if (this.#options.vocabulary) return this.transformAsync(texts, { signal });
    const counter = new Counter(this.#analysis, { binary: this.#options.binary ?? false }, this.#options.executor);
    const { fewest, most, features } = this.#wanted(await counter.learnAsync(texts, signal));
    const [before, after] = await counter.finishAsync(fewest, most, features);
    this.#refuseNone(before, after);
    this.#names = await counter.namesAsync(signal);
    this.#counter = counter;
    return counter.takeAsync(after);
  }

  async transformAsync(texts: Iterable<string>, { signal }: LongOptions = {}): Promise<SparseMatrix> {
    if (this.#counter === undefined) throw new InkstoneError("E_NOT_FITTED", { what: "CountVectorizer" });
    // A service holds the rows of one call: calls at once have one each.
    const { binary = false, executor } = this.#options;
    const counter = this.#counting === 0 ? this.#counter : new Counter(this.#analysis, { vocabulary: this.featureNames(), binary }, executor);
    this.#counting++;
    try {
      await counter.countAsync(texts, signal);
      return await counter.takeAsync(this.featureNames().length);
    } finally {
      this.#counting--;
    }
  }

  featureNames(): readonly string[] {
    if (this.#names === undefined) throw new InkstoneError("E_NOT_FITTED", { what: "CountVectorizer" });
    return this.#names;
  }

  /** Whether it has features. */
  get isFitted(): boolean {
    return this.#names !== undefined;
  }

  toJSON(): SavedVectoriser {
    return { formatVersion: 1, type: "CountVectorizer", options: plainOptions(this.#options), vocabulary: this.#names ?? null };
  }

  /** Reads what `toJSON` gave. Functions are to be given again. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown, functions: Unsaved = {}): CountVectorizer {
    const fields = readSaved(saved, "CountVectorizer");
    const made = new CountVectorizer(savedOptions(fields, functions, "CountVectorizer") as CountOptions);
    const { vocabulary } = fields;
    if (Array.isArray(vocabulary) && !made.#names) made.#adopt(vocabulary as string[]);
    return made;
  }

  #learn(texts: Iterable<string>): Counter {
    const { binary = false, executor } = this.#options;
    const counter = new Counter(this.#analysis, { binary }, executor);
    const { fewest, most, features } = this.#wanted(counter.learn(texts));
    this.#keep(counter, counter.finish(fewest, most, features));
    return counter;
  }

  #wanted(rows: number): { fewest: number; most: number; features: number } {
    if (rows === 0) throw new InkstoneError("E_FIT_EMPTY", { what: { en: "there is no text", zh: "没有文本" } });
    const [fewest, most] = [this.#limits.fewest(rows), this.#limits.most(rows)];
    if (most < fewest)
      throw new InkstoneError("E_OPTION", {
        option: "maxDf",
        value: this.#options.maxDf ?? 1,
        allowed: { en: `what keeps at least minDf, which is ${fewest} texts`, zh: `不少于 minDf（${fewest} 条文本）` },
      });
    return { fewest, most, features: this.#limits.features };
  }

  #refuseNone(before: number, after: number): void {
    if (after === 0)
      throw new InkstoneError("E_VOCABULARY", { why: before === 0 ? this.#nothing() : { en: "pruning left no feature", zh: "裁剪后没有剩余特征" } });
  }

  #keep(counter: Counter, [before, after]: readonly [number, number]): void {
    this.#refuseNone(before, after);
    this.#names = counter.names();
    this.#counter = counter;
  }

  // Why texts gave no feature at all, as far as the options tell.
  #nothing(): { en: string; zh: string } {
    const { stopWords, ngramRange, analyzer = "word", tokenPattern, tokenizer } = this.#options;
    if (stopWords && stopWords.length > 0) return { en: "the texts have no tokens but stop words", zh: "文本中除停用词外没有词元" };
    if ((ngramRange?.[0] ?? 1) > 1) return { en: `no text is as long as ${ngramRange?.[0]} tokens`, zh: `没有文本长达 ${ngramRange?.[0]} 个词元` };
    if (analyzer !== "word") return { en: "all texts are empty", zh: "所有文本均为空" };
    if (tokenPattern !== undefined || tokenizer !== undefined) return { en: "no token was found in any text", zh: "所有文本中均未找到词元" };
    return { en: "no text has a word of two or more letters or digits", zh: "没有文本含有两个及以上字母或数字的词" };
  }

  #adopt(vocabulary: readonly string[]): void {
    const isGood = vocabulary.length > 0 && vocabulary.every((name) => typeof name === "string") && new Set(vocabulary).size === vocabulary.length;
    if (!isGood) throw new InkstoneError("E_VOCABULARY", { why: { en: "it must be names, each once", zh: "词表应为互不相同的名称" } });
    this.#names = [...vocabulary];
    this.#counter = new Counter(this.#analysis, { vocabulary, binary: this.#options.binary ?? false }, this.#options.executor);
  }
}
