// TF-IDF of n-grams: scikit-learn's TfidfVectorizer. Counting is CountVectorizer's.
import { InkstoneError, refuseUnknown, type SparseMatrix } from "../../core/index.ts";
import { CountVectorizer, countNames } from "./count-vectorizer.ts";
import { plainOptions, readSaved, savedOptions } from "./saved.ts";
import type { LongOptions, SavedVectoriser, TfidfOptions, Unsaved, Vectoriser } from "./types.ts";
import { checkedNorm, inverseFrequencies, type Weighting, weighInPieces, weighInPlace } from "./weights.ts";

/**
 * Term frequency times inverse document frequency: value = tf · (ln((1 + n) / (1 + df)) + 1), then rows of length 1. Equal to scikit-learn's TfidfVectorizer.
 *
 * Shapes: n texts -> n rows of as many columns as features. Defaults: `TfidfOptions`. Errors: those of CountVectorizer.
 * Source: Sparck Jones 1972; smoothing as in scikit-learn's user guide, section 6.2.3.4.
 *
 * @example
 * const tfidf = new TfidfVectorizer();
 * tfidf.fitTransform(["red wine", "white wine"]).values; // [0.8148, 0.5797, 0.8148, 0.5797]
 * tfidf.featureNames(); // ["red", "white", "wine"]
 */
export class TfidfVectorizer implements Vectoriser {
  readonly #options: TfidfOptions;
  readonly #weighting: Weighting;
  #counts: CountVectorizer;
  #idf: Float64Array | undefined;

  constructor(options: TfidfOptions = {}) {
    const weighing = { norm: true, useIdf: true, smoothIdf: true, sublinearTf: true } as const;
    refuseUnknown<TfidfOptions>("TfidfVectorizer", options, { ...countNames, ...weighing });
    const { norm, useIdf = true, smoothIdf = true, sublinearTf = false, ...counting } = options;
    this.#options = options;
    this.#weighting = { norm: checkedNorm(norm), useIdf, smoothIdf, sublinearTf };
    this.#counts = new CountVectorizer(counting);
  }

  /** Inverse document frequency of each column. Errors: `E_NOT_FITTED`. */
  get idf(): Float64Array {
    if (this.#idf === undefined) throw new InkstoneError("E_NOT_FITTED", { what: "TfidfVectorizer" });
    return this.#idf;
  }

  fit(texts: Iterable<string>): this {
    this.#weigh(texts);
    return this;
  }

  fitTransform(texts: Iterable<string>): SparseMatrix {
    return weighInPlace(this.#weigh(texts), this.#weighting, this.#idf);
  }

  transform(texts: Iterable<string>): SparseMatrix {
    if (this.#weighting.useIdf && this.#idf === undefined) throw new InkstoneError("E_NOT_FITTED", { what: "TfidfVectorizer" });
    return weighInPlace(this.#counts.transform(texts), this.#weighting, this.#idf);
  }

  async fitTransformAsync(texts: Iterable<string>, { signal }: LongOptions = {}): Promise<SparseMatrix> {
    const counts = await this.#counts.fitTransformAsync(texts, { signal });
    if (counts.rows === 0) throw new InkstoneError("E_FIT_EMPTY", { what: { en: "there is no text", zh: "没有文本" } });
    if (this.#weighting.useIdf) this.#idf = inverseFrequencies(counts, this.#weighting.smoothIdf);
    return weighInPieces(counts, this.#weighting, this.#idf, signal);
  }

  async transformAsync(texts: Iterable<string>, { signal }: LongOptions = {}): Promise<SparseMatrix> {
    if (this.#weighting.useIdf && this.#idf === undefined) throw new InkstoneError("E_NOT_FITTED", { what: "TfidfVectorizer" });
    return weighInPieces(await this.#counts.transformAsync(texts, { signal }), this.#weighting, this.#idf, signal);
  }

  featureNames(): readonly string[] {
    return this.#counts.featureNames();
  }

  toJSON(): SavedVectoriser {
    const { vocabulary } = this.#counts.toJSON();
    return { formatVersion: 1, type: "TfidfVectorizer", options: plainOptions(this.#options), vocabulary, idf: this.#idf ? [...this.#idf] : null };
  }

  /** Reads what `toJSON` gave. Functions are to be given again. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown, functions: Unsaved = {}): TfidfVectorizer {
    const fields = readSaved(saved, "TfidfVectorizer");
    const made = new TfidfVectorizer(savedOptions(fields, functions, "TfidfVectorizer") as TfidfOptions);
    const { norm: _, useIdf, smoothIdf, sublinearTf, ...counting } = (fields.options ?? {}) as TfidfOptions;
    made.#counts = CountVectorizer.fromJSON({ ...fields, options: counting, type: "CountVectorizer" }, functions);
    const { idf } = fields;
    if (idf == null && (made.#counts.isFitted ? !made.#weighting.useIdf : true)) return made;
    const isGood = Array.isArray(idf) && idf.every((value) => Number.isFinite(value)) && idf.length === made.featureNames().length;
    if (!isGood)
      throw new InkstoneError("E_SAVED_MODEL", { what: "TfidfVectorizer", why: { en: "idf is not one number a name", zh: "idf 与名称数量不符" } });
    made.#idf = Float64Array.from(idf as number[]);
    return made;
  }

  #weigh(texts: Iterable<string>): SparseMatrix {
    const counts = this.#counts.fitTransform(texts);
    if (counts.rows === 0) throw new InkstoneError("E_FIT_EMPTY", { what: { en: "there is no text", zh: "没有文本" } });
    if (this.#weighting.useIdf) this.#idf = inverseFrequencies(counts, this.#weighting.smoothIdf);
    return counts;
  }
}
