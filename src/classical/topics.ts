// Topics: non-negative matrix factorisation of word counts or TF-IDF, and how topics come and go over time. Runs in short pieces on the event loop.
import { InkstoneError, refuseUnknown, type SparseMatrix, uniform } from "../core/index.ts";
import { checkedNumber, checkedSeed, checkMatrix } from "./checks.ts";
import { fitted } from "./linear.ts";
import { packNumbers, readModel, unpackNumbers } from "./saved.ts";
import { Turns } from "./turns.ts";
import type { FitOptions, SavedModel } from "./types.ts";

/** How topics are found. */
export interface TopicsOptions {
  /** Topics. Default 10. */
  readonly nTopics?: number;
  /** Most rounds. Default 200. */
  readonly maxIter?: number;
  /** Stops where a round lowers the error by less than this share. Default 1e-4. */
  readonly tol?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** Topics of one stretch of time. */
export interface TopicPeriod {
  readonly period: string | number;
  /** Texts in it. */
  readonly texts: number;
  /** Texts of which a topic is the strongest, a value a topic. */
  readonly counts: readonly number[];
  /** Mean share of each topic. */
  readonly shares: readonly number[];
}

const TINY = 1e-12;

interface Factors {
  readonly columns: number;
  readonly topics: number;
  /** For each column a value a topic. */
  readonly words: Float64Array;
}

/**
 * Topics as sums of words: x ≈ W H with nothing below 0, by multiplicative updates that lower |x − W H|² in every round.
 *
 * Shapes: n rows; shares n · topics, each row sums to 1 (0 for a row without known words). Defaults: `TopicsOptions`.
 * Errors: `E_FIT_EMPTY`, `E_FIT_VALUE` (values below 0), `E_FIT_WIDTH`, `E_NOT_FITTED`, `E_CANCELLED`, `E_OPTION`. Source: Lee & Seung 2001.
 *
 * @example
 * const words = new CountVectorizer();
 * const x = words.fitTransform(["cat dog cat", "dog cat", "bond stock", "stock bond bond"]);
 * const model = await new Topics({ nTopics: 2 }).fit(x);
 * model.topWords(words.featureNames(), 2).map((topic) => topic.map(({ text }) => text).sort().join(" ")).sort(); // ["bond stock", "cat dog"]
 */
export class Topics {
  readonly #options: TopicsOptions;
  #factors: Factors | undefined;
  #errors: number[] = [];

  constructor(options: TopicsOptions = {}) {
    refuseUnknown<TopicsOptions>("Topics", options, { nTopics: true, maxIter: true, tol: true, seed: true });
    checkedNumber("nTopics", options.nTopics ?? 10, { least: 1, most: 1000, whole: true });
    checkedNumber("maxIter", options.maxIter ?? 200, { least: 1, whole: true });
    checkedNumber("tol", options.tol ?? 1e-4);
    checkedSeed(options.seed);
    this.#options = options;
  }

  /** |x − W H|² after each round of the fit. */
  get errors(): readonly number[] {
    return this.#errors;
  }

  async fit(x: SparseMatrix, { signal, onProgress }: FitOptions = {}): Promise<this> {
    const turns = new Turns(signal);
    checkMatrix(x, { fitting: true, least: 0 });
    const { nTopics: topics = 10, maxIter = 200, tol = 1e-4, seed = 0 } = this.#options;
    const total = x.values.reduce((sum, value) => sum + value, 0);
    const scale = Math.sqrt(total / (x.rows * x.columns) / topics) || 1;
    const drawn = (count: number, operation: number) =>
      Float64Array.from({ length: count }, (_, i) => scale * (0.1 + uniform(seed, 0, operation, i)));
    const [texts, words] = [drawn(x.rows * topics, 0), drawn(x.columns * topics, 1)];
    const errors: number[] = [];
    for (let round = 1; round <= maxIter; round++) {
      await updateWords(x, texts, words, topics, turns);
      await updateTexts(x, texts, words, topics, turns);
      errors.push(errorOf(x, texts, words, topics));
      onProgress?.({ done: round });
      const [before, now] = errors.slice(-2);
      if (now !== undefined && before - now <= tol * before) break;
    }
    this.#factors = { columns: x.columns, topics, words };
    this.#errors = errors;
    return this;
  }

  /** How much each row is about each topic. */
  async shares(x: SparseMatrix, { signal }: FitOptions = {}): Promise<Float64Array[]> {
    const { columns, topics, words } = this.#fitted();
    checkMatrix(x, { columns, least: 0 });
    const turns = new Turns(signal);
    const texts = new Float64Array(x.rows * topics).fill(1);
    for (let round = 0; round < 50; round++) await updateTexts(x, texts, words, topics, turns);
    return Array.from({ length: x.rows }, (_, row) => {
      const own = texts.subarray(row * topics, (row + 1) * topics);
      const sum = own.reduce((total, value) => total + value, 0);
      const isKnown = x.starts[row + 1] > x.starts[row] && sum > TINY;
      return own.map((value) => (isKnown ? value / sum : 0));
    });
  }

  /** The words of each topic that weigh most, heaviest first. */
  topWords(names: readonly string[], most: number = 10): { text: string; weight: number }[][] {
    const { columns, topics, words } = this.#fitted();
    if (names.length !== columns) throw new InkstoneError("E_FIT_WIDTH", { expected: columns, got: names.length });
    return Array.from({ length: topics }, (_, topic) => {
      const weightOf = (column: number) => words[column * topics + topic];
      const order = Array.from({ length: columns }, (_, column) => column).sort((a, b) => weightOf(b) - weightOf(a) || a - b);
      return order.slice(0, most).map((column) => ({ text: names[column], weight: weightOf(column) }));
    });
  }

  /** Topics over time: rows by their period (a year, a month as text, …), periods rising. Errors: `E_FIT_LABELS`. */
  async overTime(x: SparseMatrix, periods: readonly (string | number)[], options: FitOptions = {}): Promise<TopicPeriod[]> {
    if (periods.length !== x.rows) throw new InkstoneError("E_FIT_LABELS", { rows: x.rows, labels: periods.length });
    const shares = await this.shares(x, options);
    const order = [...new Set(periods)].sort((a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1));
    return order.map((period) => {
      const own = shares.filter((_, row) => periods[row] === period);
      const counts = new Array<number>(this.#fitted().topics).fill(0);
      for (const row of own) if (row.some((share) => share > 0)) counts[row.indexOf(Math.max(...row))]++;
      const means = counts.map((_, topic) => own.reduce((sum, row) => sum + row[topic], 0) / own.length);
      return { period, texts: own.length, counts, shares: means };
    });
  }

  toJSON(): SavedModel {
    const { columns, topics, words } = this.#fitted();
    return { formatVersion: 1, type: "Topics", options: this.#options, columns, topics, words: packNumbers(words) };
  }

  /** Reads what `toJSON` gave. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown): Topics {
    const model = readModel(saved, "Topics");
    const made = new Topics(model.options());
    const [columns, topics] = [model.count("columns"), model.count("topics")];
    made.#factors = { columns, topics, words: unpackNumbers(model, "words", columns * topics) };
    return made;
  }

  #fitted(): Factors {
    return fitted(this.#factors, "Topics");
  }
}

/** Products of the columns of a tall factor with each other. */
function gram(factor: Float64Array, topics: number): Float64Array {
  const products = new Float64Array(topics * topics);
  for (let from = 0; from < factor.length; from += topics) {
    for (let i = 0; i < topics; i++) for (let j = 0; j < topics; j++) products[i * topics + j] += factor[from + i] * factor[from + j];
  }
  return products;
}

// factor ← factor · wanted / (factor · products), element by element.
function multiply(factor: Float64Array, wanted: Float64Array, products: Float64Array, topics: number): void {
  const row = new Float64Array(topics);
  for (let from = 0; from < factor.length; from += topics) {
    row.set(factor.subarray(from, from + topics));
    for (let i = 0; i < topics; i++) {
      let sum = TINY;
      for (let j = 0; j < topics; j++) sum += row[j] * products[j * topics + i];
      factor[from + i] = (row[i] * wanted[from + i]) / sum;
    }
  }
}

async function updateWords(x: SparseMatrix, texts: Float64Array, words: Float64Array, topics: number, turns: Turns): Promise<void> {
  const wanted = new Float64Array(words.length);
  for (let row = 0; row < x.rows; row++) {
    for (let at = x.starts[row]; at < x.starts[row + 1]; at++) {
      for (let i = 0; i < topics; i++) wanted[x.indices[at] * topics + i] += texts[row * topics + i] * x.values[at];
    }
    await turns.pass(topics * (x.starts[row + 1] - x.starts[row]));
  }
  multiply(words, wanted, gram(texts, topics), topics);
  await turns.pass(2 * topics * (words.length + texts.length));
}

async function updateTexts(x: SparseMatrix, texts: Float64Array, words: Float64Array, topics: number, turns: Turns): Promise<void> {
  const wanted = new Float64Array(texts.length);
  for (let row = 0; row < x.rows; row++) {
    for (let at = x.starts[row]; at < x.starts[row + 1]; at++) {
      for (let i = 0; i < topics; i++) wanted[row * topics + i] += words[x.indices[at] * topics + i] * x.values[at];
    }
    await turns.pass(topics * (x.starts[row + 1] - x.starts[row]));
  }
  multiply(texts, wanted, gram(words, topics), topics);
  await turns.pass(2 * topics * (words.length + texts.length));
}

// |x|² − 2 Σ x · (W H) + Σ (WᵀW)(HHᵀ): no dense product.
function errorOf(x: SparseMatrix, texts: Float64Array, words: Float64Array, topics: number): number {
  let sum = 0;
  for (let row = 0; row < x.rows; row++) {
    for (let at = x.starts[row]; at < x.starts[row + 1]; at++) {
      let product = 0;
      for (let i = 0; i < topics; i++) product += texts[row * topics + i] * words[x.indices[at] * topics + i];
      sum += x.values[at] * (x.values[at] - 2 * product);
    }
  }
  const [a, b] = [gram(texts, topics), gram(words, topics)];
  return Math.max(
    0,
    a.reduce((total, value, i) => total + value * b[i], sum),
  );
}
