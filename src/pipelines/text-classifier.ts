// TextClassifier: text in, label out, saved as one object: features, model, confidence and the card that says how it was made.
import type { Label } from "../classical/index.ts";
import { aSignal, InkstoneError, oneOf, Pieces, type Rules, readOptions, rowBlocks, type SparseMatrix, whole } from "../core/index.ts";
import { writeFileDurably } from "../formats/index.ts";
import type { Classification, Classifier, ClassifyOptions } from "../generate/index.ts";
import type { Vectoriser } from "../text/index.ts";
import { confidences } from "./confidence.ts";
import { decidingWords } from "./deciding-words.ts";
import { jsonPieces, type ModelCard, readSavedFile, readTextClassifier, type SavedTextClassifier } from "./saved-classifier.ts";
import { type LearnedFeatures, languageOfTexts, learnFeatures, type TextLanguage } from "./text-features.ts";
import { makeTextModel, type SavableClassifier, type TextModelName, textModelNames } from "./text-models.ts";

/** How a classifier is made. */
export interface TextClassifierOptions {
  /** Default "linear-svm". */
  readonly model?: TextModelName;
  /** Default: found from the texts at `fit`. */
  readonly language?: TextLanguage;
  /** Default 0. */
  readonly seed?: number;
}

const rules: Rules<TextClassifierOptions> = { model: oneOf(textModelNames), language: oneOf(["en", "zh"]), seed: whole(0) };

const classifyRules: Rules<ClassifyOptions> = { because: whole(0, 1000), signal: aSignal };

/** How long calls are ended. */
export interface ClassifierCallOptions {
  readonly signal?: AbortSignal;
}

interface Fitted {
  readonly vectoriser: Vectoriser;
  readonly model: SavableClassifier;
  readonly language: TextLanguage;
}

/**
 * Classifies texts by TF-IDF features and a linear model.
 *
 * @example
 * const classifier = await new TextClassifier().fit(["good book", "very good", "bad book", "very bad"], ["+", "+", "-", "-"]);
 * await classifier.predict(["good", "bad"]); // ["+", "-"]
 */
export class TextClassifier implements Classifier {
  readonly #options: Required<Omit<TextClassifierOptions, "language">> & Pick<TextClassifierOptions, "language">;
  #fitted: Fitted | undefined;
  /** Divides scores before they become confidence; 1 until it is fitted on unseen examples. */
  temperature = 1;
  card: ModelCard = {};

  /** Errors: `E_OPTION` for a model or language that there is not; `E_OPTION_UNKNOWN` with the nearest name. */
  constructor(options: TextClassifierOptions = {}) {
    const { model = "linear-svm", language, seed = 0 } = readOptions("TextClassifier", options, rules);
    this.#options = { model, language, seed };
  }

  get modelName(): TextModelName {
    return this.#options.model;
  }

  /** Errors: `E_NOT_FITTED`. */
  get language(): TextLanguage {
    return this.#ready().language;
  }

  /** Errors: `E_NOT_FITTED`. */
  get classes(): readonly Label[] {
    return this.#ready().model.classes;
  }

  /** Learns from texts and their labels, off the event loop or in short pieces. Errors: those of the vectoriser and of the model; the signal's reason. */
  async fit(texts: readonly string[], labels: readonly Label[], { signal }: ClassifierCallOptions = {}): Promise<this> {
    const language = this.#options.language ?? languageOfTexts(texts);
    const features = await learnFeatures(language, texts, { classes: new Set(labels).size, signal });
    return this.fitFeatures(features, labels, language, { signal });
  }

  /** `fit` on features that were learned already: trials of several models share them. */
  async fitFeatures(
    { vectoriser, matrix }: LearnedFeatures,
    labels: readonly Label[],
    language: TextLanguage,
    { signal }: ClassifierCallOptions = {},
  ): Promise<this> {
    const model = makeTextModel(this.#options.model, this.#options.seed);
    await model.fit(matrix, labels, { signal });
    model.narrow();
    this.#fitted = { vectoriser, model, language };
    return this;
  }

  /** The likeliest label of each text. Errors: `E_NOT_FITTED`, `E_TEXT_VALUE`; the signal's reason. */
  async predict(texts: readonly string[], options: ClassifierCallOptions = {}): Promise<Label[]> {
    return labelsOf(await this.scores(texts, options), this.classes);
  }

  /** A row a text, a value a class. Errors: as `predict`. */
  async scores(texts: readonly string[], { signal }: ClassifierCallOptions = {}): Promise<Float64Array[]> {
    return scoresOf(this.#ready().model, await this.#ready().vectoriser.transformAsync(texts, { signal }), signal);
  }

  /** The label of a text with its confidence; with `because` also the words that decided, at most so many. Errors: as `predict`. */
  async classify(text: string, options: ClassifyOptions = {}): Promise<Classification> {
    const [answer] = await this.classifyAll([text], options);
    return answer;
  }

  /** `classify` of many texts, off the event loop or in short pieces. Errors: as `predict`. */
  async classifyAll(texts: readonly string[], options: ClassifyOptions = {}): Promise<Classification[]> {
    const { because = 0, signal } = readOptions("classify", options, classifyRules);
    const { vectoriser, model } = this.#ready();
    const matrix = await vectoriser.transformAsync(texts, { signal });
    const rows = await scoresOf(model, matrix, signal);
    const answers = rows.map((row, i) => this.#answer(row, matrix.starts[i + 1] > matrix.starts[i]));
    if (because === 0) return answers;
    const scores = (some: readonly string[]) => this.scores(some, { signal });
    const explained: Classification[] = [];
    for (const [i, answer] of answers.entries())
      explained.push({ ...answer, because: await decidingWords(texts[i], scores, this.classes.indexOf(answer.label), because) });
    return explained;
  }

  /** Nothing is held beyond memory. */
  async close(): Promise<void> {}

  #answer(scores: Float64Array, isKnown: boolean): Classification {
    const shares = isKnown ? confidences(scores, this.temperature) : Array.from(scores, () => 1 / scores.length);
    const classes = this.classes.map((label, i) => ({ label, confidence: shares[i], i }));
    classes.sort((a, b) => scores[b.i] - scores[a.i] || a.i - b.i);
    const [{ label, confidence }] = classes;
    return { label, confidence, classes: classes.map(({ label, confidence }) => ({ label, confidence })), ...(isKnown ? {} : { unknown: true }) };
  }

  /** Everything as plain data. Errors: `E_NOT_FITTED`. */
  toJSON(): SavedTextClassifier {
    const { vectoriser, model, language } = this.#ready();
    const { model: name, seed } = this.#options;
    return {
      formatVersion: 2,
      type: "text-classifier",
      options: { model: name, seed, language },
      temperature: this.temperature,
      card: this.card,
      vectoriser: vectoriser.toJSON(),
      model: model.toJSON(),
    };
  }

  /** Reads what `toJSON` gave. `from`: the name that errors show. Errors: `E_PIPELINE`, `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown, from = "classifier"): TextClassifier {
    const { options, temperature, card, ...fitted } = readTextClassifier(saved, from);
    const classifier = new TextClassifier(options);
    classifier.#fitted = { ...fitted, language: options.language };
    classifier.temperature = temperature;
    classifier.card = card;
    return classifier;
  }

  /** Writes it as one file, piece by piece, whole or not at all. Errors: `E_NOT_FITTED`, those of durable writes. */
  async save(path: string): Promise<void> {
    await writeFileDurably(path, jsonPieces(this.toJSON()));
  }

  /** Opens a saved classifier. Errors: `E_FORMAT_NO_FILE` and what else speaks against a file, `E_PIPELINE`, `E_SAVED_MODEL`. */
  static async load(path: string): Promise<TextClassifier> {
    return TextClassifier.fromJSON(await readSavedFile(path), path);
  }

  #ready(): Fitted {
    if (this.#fitted === undefined) throw new InkstoneError("E_NOT_FITTED", { what: "TextClassifier" });
    return this.#fitted;
  }
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

/** The label of the highest score of each row; of equals, the first. */
export function labelsOf(scores: readonly Float64Array[], classes: readonly Label[]): Label[] {
  return scores.map((row) => classes[row.reduce((best, score, i) => (score > row[best] ? i : best), 0)]);
}
