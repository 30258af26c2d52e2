// Hashed n-grams: scikit-learn's HashingVectorizer. Learns nothing, keeps no names.
import { InkstoneError, Pieces, refuseUnknown, rowBlocks, type SparseMatrix } from "../../core/index.ts";
import { analysisOf } from "./analysis.ts";
import { Counter } from "./counter.ts";
import { plainOptions, readSaved, savedOptions } from "./saved.ts";
import type { HashingOptions, LongOptions, SavedVectoriser, Unsaved, Vectoriser } from "./types.ts";
import { checkedNorm, normalizeInPlace } from "./weights.ts";

const MOST_FEATURES = 2 ** 31 - 1;

/**
 * Counts n-grams by their hash: column = |MurmurHash3| modulo the columns, signed by the hash; then rows of length 1. Equal to scikit-learn's HashingVectorizer.
 * Needs no fitting and no memory for names: texts of any amount can be hashed batch by batch.
 *
 * Shapes: n texts -> n rows of `nFeatures` columns. Defaults: `HashingOptions`. Errors: `E_OPTION`, `E_TEXT_VALUE`; `featureNames` gives none.
 * Source: Weinberger et al. 2009, arXiv:0902.2206.
 *
 * @example
 * new HashingVectorizer({ nFeatures: 16 }).transform(["red red wine"]).values; // [-0.4472, -0.8944]
 */
export class HashingVectorizer implements Vectoriser {
  readonly #options: HashingOptions;
  readonly #columns: number;
  readonly #norm: "l1" | "l2" | null;
  readonly #counter: Counter;

  constructor(options: HashingOptions = {}) {
    refuseUnknown<HashingOptions>("HashingVectorizer", options, {
      analyzer: true,
      ngramRange: true,
      lowercase: true,
      tokenPattern: true,
      tokenizer: true,
      stopWords: true,
      executor: true,
      nFeatures: true,
      alternateSign: true,
      norm: true,
      binary: true,
    });
    const { nFeatures = 2 ** 20 } = options;
    if (!(Number.isInteger(nFeatures) && nFeatures >= 1 && nFeatures <= MOST_FEATURES)) {
      throw new InkstoneError("E_OPTION", {
        option: "nFeatures",
        value: nFeatures,
        allowed: { en: `1 to ${MOST_FEATURES}`, zh: `1 到 ${MOST_FEATURES}` },
      });
    }
    this.#options = options;
    this.#columns = nFeatures;
    this.#norm = checkedNorm(options.norm);
    this.#counter = this.#newCounter();
  }

  #newCounter(): Counter {
    const { alternateSign = true, binary = false, executor } = this.#options;
    return new Counter(analysisOf(this.#options), { binary, hashed: this.#columns, alternateSign }, executor);
  }

  /** Does nothing: there is nothing to learn. */
  fit(_texts: Iterable<string>): this {
    return this;
  }

  fitTransform(texts: Iterable<string>): SparseMatrix {
    return this.transform(texts);
  }

  transform(texts: Iterable<string>): SparseMatrix {
    this.#counter.hash(texts);
    return normalizeInPlace(this.#counter.take(this.#columns), this.#norm);
  }

  fitTransformAsync(texts: Iterable<string>, options: LongOptions = {}): Promise<SparseMatrix> {
    return this.transformAsync(texts, options);
  }

  async transformAsync(texts: Iterable<string>, { signal }: LongOptions = {}): Promise<SparseMatrix> {
    const counter = this.#newCounter(); // of its own: a service holds the rows of one call
    await counter.hashAsync(texts, signal);
    const matrix = await counter.takeAsync(this.#columns);
    const pieces = new Pieces(signal);
    for (const block of rowBlocks(matrix)) await pieces.pass(normalizeInPlace(block, this.#norm).values.length);
    return matrix;
  }

  /** None: a column stands for every feature of its hash. */
  featureNames(): readonly string[] {
    return [];
  }

  toJSON(): SavedVectoriser {
    return { formatVersion: 1, type: "HashingVectorizer", options: plainOptions(this.#options) };
  }

  /** Reads what `toJSON` gave. Functions are to be given again. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown, functions: Unsaved = {}): HashingVectorizer {
    const fields = readSaved(saved, "HashingVectorizer");
    return new HashingVectorizer(savedOptions(fields, functions, "HashingVectorizer") as HashingOptions);
  }
}
