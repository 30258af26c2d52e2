// What stands behind a text classifier: counted words with a linear model, vectors with one, or a tuned encoder. Each gives a row of scores a text. Knows no confidence.
import type { Label } from "../classical/index.ts";
import { Pieces, refuseOption, rowBlocks, type SparseMatrix } from "../core/index.ts";
import { type BecauseMethod, type DecidingWord, EmbeddingModel, HeadedEncoder } from "../generate/index.ts";
import type { Vectoriser } from "../text/index.ts";
import { decidingWords } from "./deciding-words.ts";
import type { SavableClassifier } from "./text-models.ts";

/** Scores of texts. */
export interface ScoredTexts {
  /** A row a text, a value a class. */
  readonly rows: readonly Float64Array[];
  /** Whether anything in a text is known; absent: always. */
  readonly known?: readonly boolean[];
}

/** How deciding words are asked for. */
export interface BecauseOptions {
  readonly most: number;
  readonly by: BecauseMethod | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Gives scores to texts. */
export interface TextScorer {
  readonly classes: readonly Label[];
  /** Classes are independent: a text may have any number of them. */
  readonly many?: boolean;
  scores(texts: readonly string[], signal?: AbortSignal): Promise<ScoredTexts>;
  /** The words that decided for class `right`, at most so many. Errors: `E_OPTION` for a method of gradients where there are none. */
  because(text: string, right: number, how: BecauseOptions): Promise<DecidingWord[]>;
  close(): Promise<void>;
}

/** Scores of a matrix's rows with turns for the event loop. Errors: those of the model; the signal's reason. */
export async function scoresOf(model: SavableClassifier, matrix: SparseMatrix, signal?: AbortSignal): Promise<Float64Array[]> {
  const rows: Float64Array[] = [];
  const classes = model.classes.length;
  const pieces = new Pieces(signal);
  for (const block of rowBlocks(matrix, Math.ceil((1 << 20) / classes))) {
    for (const row of model.scores(block)) rows.push(row);
    await pieces.pass((block.values.length + 1) * classes);
  }
  return rows;
}

// What is left out is asked for together.
function becauseOf(scorer: TextScorer, text: string, right: number, { most, by = "leaving-out", signal }: BecauseOptions): Promise<DecidingWord[]> {
  if (by !== "leaving-out")
    refuseOption("by", by, { en: "leaving-out: only tuned encoders have gradients", zh: "leaving-out：仅微调的编码器有梯度" });
  return decidingWords(text, async (texts) => (await scorer.scores(texts, signal)).rows, right, most);
}

/** Counted words or characters and a linear model. */
export class WordScorer implements TextScorer {
  readonly vectoriser: Vectoriser;
  readonly model: SavableClassifier;

  constructor(vectoriser: Vectoriser, model: SavableClassifier) {
    this.vectoriser = vectoriser;
    this.model = model;
  }

  get classes(): readonly Label[] {
    return this.model.classes;
  }

  async scores(texts: readonly string[], signal?: AbortSignal): Promise<ScoredTexts> {
    const matrix = await this.vectoriser.transformAsync(texts, { signal });
    return { rows: await scoresOf(this.model, matrix, signal), known: texts.map((_, i) => matrix.starts[i + 1] > matrix.starts[i]) };
  }

  because(text: string, right: number, how: BecauseOptions): Promise<DecidingWord[]> {
    return becauseOf(this, text, right, how);
  }

  /** Nothing is held beyond memory. */
  async close(): Promise<void> {}
}

/**
 * Vectors as a matrix whose every value is stored: what classical models learn from.
 *
 * @example
 * const model = await new KMeans({ nClusters: 2 }).fit(vectorRows([Float32Array.of(1, 0), Float32Array.of(0.9, 0), Float32Array.of(0, 1)]));
 * model.labels[0] === model.labels[1]; // true
 */
export function vectorRows(vectors: readonly ArrayLike<number>[]): SparseMatrix {
  const columns = vectors[0]?.length ?? 0;
  const values = new Float64Array(vectors.length * columns);
  for (const [i, vector] of vectors.entries()) values.set(Array.from(vector), i * columns);
  const indices = Int32Array.from({ length: values.length }, (_, i) => i % columns);
  return { rows: vectors.length, columns, starts: Int32Array.from({ length: vectors.length + 1 }, (_, i) => i * columns), indices, values };
}

/** Vectors of an embedding model and a linear model. The embedding model is opened when it is first needed. */
export class VectorScorer implements TextScorer {
  readonly reference: string;
  readonly model: SavableClassifier;
  #opening: Promise<EmbeddingModel> | undefined;

  constructor(reference: string, model: SavableClassifier, opened?: EmbeddingModel) {
    this.reference = reference;
    this.model = model;
    this.#opening = opened && Promise.resolve(opened);
  }

  get classes(): readonly Label[] {
    return this.model.classes;
  }

  async scores(texts: readonly string[], signal?: AbortSignal): Promise<ScoredTexts> {
    this.#opening ??= EmbeddingModel.open(this.reference);
    const { vectors } = await (await this.#opening).embed(texts, signal === undefined ? {} : { signal });
    return { rows: await scoresOf(this.model, vectorRows(vectors), signal) };
  }

  because(text: string, right: number, how: BecauseOptions): Promise<DecidingWord[]> {
    return becauseOf(this, text, right, how);
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close();
  }
}

/** A tuned encoder with its head. */
export class EncoderScorer implements TextScorer {
  readonly classes: readonly Label[];
  readonly many: boolean;
  readonly #encoder: HeadedEncoder;

  constructor(encoder: HeadedEncoder, classes: readonly Label[], many: boolean) {
    this.#encoder = encoder;
    this.classes = classes;
    this.many = many;
  }

  /** Opens the folder of one. Errors: those of `HeadedEncoder.open`. */
  static async open(folder: string, classes: readonly Label[], many: boolean): Promise<EncoderScorer> {
    return new EncoderScorer(await HeadedEncoder.open(folder, "classes"), classes, many);
  }

  async scores(texts: readonly string[], signal?: AbortSignal): Promise<ScoredTexts> {
    const rows = await this.#encoder.scores(texts, undefined, signal === undefined ? {} : { signal });
    return { rows: rows.map((row) => Float64Array.from(row)) };
  }

  async because(text: string, right: number, how: BecauseOptions): Promise<DecidingWord[]> {
    const { most, by = "integrated-gradients", signal } = how;
    if (by === "leaving-out") return becauseOf(this, text, right, how);
    const words = await this.#encoder.attribute(text, right, by, signal === undefined ? {} : { signal });
    return words
      .filter(({ text: word, weight }) => weight !== 0 && /[\p{L}\p{N}]/u.test(word))
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.start - b.start)
      .slice(0, most);
  }

  close(): Promise<void> {
    return this.#encoder.close();
  }
}
