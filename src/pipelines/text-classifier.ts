// TextClassifier: text in, label out, saved as one object: features, model, confidence and the card that says how it was made.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Label } from "../classical/index.ts";
import { aFlag, aSignal, aText, InkstoneError, listed, oneOf, Pieces, type Rules, readOptions, whole } from "../core/index.ts";
import { writeFileDurably } from "../formats/index.ts";
import { type Classification, type Classifier, type ClassifyOptions, EmbeddingModel, type TextEmbedder } from "../generate/index.ts";
import { confidences } from "./confidence.ts";
import { headFile, keepFolder, type TunedFacts, tunedFacts, wordsFile } from "./encoders/folder.ts";
import { markedText } from "./marked-text.ts";
import { jsonPieces, type ModelCard, readSavedFile, readTextClassifier, type SavedTextClassifier } from "./saved-classifier.ts";
import { type LearnedFeatures, languageOfTexts, learnFeatures, type TextLanguage } from "./text-features.ts";
import {
  makeTextModel,
  needsVectors,
  readTextModel,
  type TextClassWeight,
  type TextModelName,
  textModelNames,
  weighingModelNames,
} from "./text-models.ts";
import {
  EncoderScorer,
  JoinedScorer,
  joinedRows,
  type TextScorer,
  VectorScorer,
  vectorRows,
  WordScorer,
  type WordsBeside,
  WordsBesideScorer,
} from "./text-scorer.ts";

/** How a classifier is made. */
export interface TextClassifierOptions {
  /** Default "linear-svm". "embeddings": a linear model on vectors of an embedding model; "joined": one on counted words and such vectors together. */
  readonly model?: TextModelName;
  /** Default: found from the texts at `fit`. */
  readonly language?: TextLanguage;
  /** The embedding model of "embeddings" and "joined". Default: minilm, for Chinese bge-small-zh. */
  readonly embeddings?: string;
  /** Sees texts as posts: links, names, prices, telephone numbers and shouting as marks (`markedText`). Default false. */
  readonly marks?: boolean;
  /** "balanced": each class counts as much as the others, however few its examples are; of linear-svm, embeddings and joined. Default: each example does. */
  readonly classWeight?: TextClassWeight;
  /** Default 0. */
  readonly seed?: number;
}

const rules: Rules<TextClassifierOptions> = {
  model: oneOf(textModelNames),
  language: oneOf(["en", "zh"]),
  embeddings: aText,
  marks: aFlag,
  classWeight: oneOf(["balanced"]),
  seed: whole(0),
};

const classifyRules: Rules<ClassifyOptions> = {
  because: whole(0, 1000),
  by: oneOf(["leaving-out", "gradient-x-input", "integrated-gradients"]),
  signal: aSignal,
};

/** How long calls are ended. */
export interface ClassifierCallOptions {
  readonly signal?: AbortSignal;
}

/** How learning is ended, and with what. */
export interface ClassifierFitOptions extends ClassifierCallOptions {
  /** Makes the vectors of "embeddings" and "joined". It stays its giver's to close. Default: the model that `embeddings` names, opened here. */
  readonly embedder?: TextEmbedder;
}

/** Vectors that were made already, and by what. */
export interface MadeVectors {
  readonly reference: string;
  readonly opened: TextEmbedder;
  readonly vectors: readonly Float32Array[];
  /** Whether `opened` stays its giver's to close. Default false: it is the classifier's from then on. */
  readonly isLent?: boolean;
}

interface Fitted {
  readonly scorer: TextScorer;
  readonly language: TextLanguage;
  /** Of a tuned encoder: its folder. */
  readonly folder?: { readonly path: string; readonly facts: TunedFacts };
}

/** The embedding model that a language has. */
export const usualEmbeddings: Readonly<Record<TextLanguage, string>> = { en: "minilm", zh: "bge-small-zh" };

type Unset = "language" | "embeddings" | "classWeight";

/**
 * Classifies texts: by TF-IDF features, by vectors, or by both, and a linear model; or by a tuned encoder (`TextClassifier.load` of its folder).
 *
 * @example
 * const classifier = await new TextClassifier().fit(["good book", "very good", "bad book", "very bad"], ["+", "+", "-", "-"]);
 * await classifier.predict(["good", "bad"]); // ["+", "-"]
 */
export class TextClassifier implements Classifier {
  readonly #options: Required<Omit<TextClassifierOptions, Unset>> & Pick<TextClassifierOptions, Unset>;
  #fitted: Fitted | undefined;
  /** Divides scores before they become confidence; 1 until it is fitted on unseen examples. */
  temperature = 1;
  /** Is added to the scores, a value a class: makes up for classes of unlike size. None until it is fitted on unseen examples. */
  offsets: readonly number[] | undefined;
  card: ModelCard = {};

  /** Errors: `E_OPTION` for a model or language that there is not; `E_OPTION_UNKNOWN` with the nearest name. */
  constructor(options: TextClassifierOptions = {}) {
    const { model = "linear-svm", language, embeddings, marks = false, classWeight, seed = 0 } = readOptions("TextClassifier", options, rules);
    if (classWeight !== undefined && !weighingModelNames.includes(model))
      throw new InkstoneError("E_OPTION", {
        option: "classWeight",
        value: classWeight,
        allowed: { en: `none for ${model}`, zh: `${model} 不支持此选项` },
      });
    this.#options = { model, language, embeddings, marks, classWeight, seed };
  }

  /** What it is made of: a model by name, or "tuned". */
  get modelName(): TextModelName | "tuned" {
    return this.#fitted?.folder === undefined ? this.#options.model : "tuned";
  }

  /** Errors: `E_NOT_FITTED`. */
  get language(): TextLanguage {
    return this.#ready().language;
  }

  /** Errors: `E_NOT_FITTED`. */
  get classes(): readonly Label[] {
    return this.#ready().scorer.classes;
  }

  /** Learns from texts and their labels, off the event loop or in short pieces. Errors: those of the vectoriser, of the embedding model and of the model; the signal's reason. */
  async fit(texts: readonly string[], labels: readonly Label[], { signal, embedder }: ClassifierFitOptions = {}): Promise<this> {
    const language = this.#options.language ?? languageOfTexts(texts);
    const { model, embeddings: reference = usualEmbeddings[language] } = this.#options;
    const seen = this.#seen(texts);
    if (!needsVectors(model)) {
      const features = await learnFeatures(language, seen, { classes: new Set(labels).size, signal });
      return this.fitFeatures(features, labels, language, { signal });
    }
    const calls = signal === undefined ? {} : { signal };
    const opened = embedder ?? (await EmbeddingModel.open(reference, calls));
    try {
      const { vectors } = await opened.embed(seen, calls);
      return await this.fitVectors({ reference, opened, vectors, isLent: embedder !== undefined }, labels, language, { signal, texts: seen });
    } catch (error) {
      if (embedder === undefined) await opened.close();
      throw error;
    }
  }

  /** `fit` on vectors that were made already. `texts`: of the same rows, for "joined"; marked already where there are `marks`. */
  async fitVectors(
    { reference, opened, vectors, isLent = false }: MadeVectors,
    labels: readonly Label[],
    language: TextLanguage,
    { signal, texts = [] }: ClassifierCallOptions & { readonly texts?: readonly string[] } = {},
  ): Promise<this> {
    const { model: name, seed, classWeight } = this.#options;
    const model = makeTextModel(name, seed, classWeight);
    if (name === "joined") {
      const { vectoriser, matrix } = await learnFeatures(language, texts, { classes: new Set(labels).size, signal });
      const rows = joinedRows(matrix, vectors);
      await model.fit(rows, labels, { signal });
      model.narrow();
      this.#fitted = { scorer: new JoinedScorer({ vectoriser, model, columns: rows.columns }, reference, opened, isLent), language };
      return this;
    }
    await model.fit(vectorRows(vectors), labels, { signal });
    model.narrow();
    this.#fitted = { scorer: new VectorScorer(reference, model, opened, isLent), language };
    return this;
  }

  /** One of the same kind that has learned nothing. Errors: `E_OPTION` for a tuned encoder: tuning it anew takes its rows and its settings. */
  anew(seed: number = this.#options.seed): TextClassifier {
    const { folder, language } = this.#ready();
    const { model, marks, embeddings, classWeight } = this.#options;
    const more = { ...(embeddings === undefined ? {} : { embeddings }), ...(classWeight === undefined ? {} : { classWeight }) };
    if (folder === undefined) return new TextClassifier({ model, language, seed, marks, ...more });
    throw new InkstoneError("E_OPTION", { option: "model", value: "tuned", allowed: listed(textModelNames) });
  }

  /** `fit` on features that were learned already: trials of several models share them. */
  async fitFeatures(
    { vectoriser, matrix }: LearnedFeatures,
    labels: readonly Label[],
    language: TextLanguage,
    { signal }: ClassifierCallOptions = {},
  ): Promise<this> {
    const model = makeTextModel(this.#options.model, this.#options.seed, this.#options.classWeight);
    await model.fit(matrix, labels, { signal });
    model.narrow();
    this.#fitted = { scorer: new WordScorer(vectoriser, model), language };
    return this;
  }

  /** The likeliest label of each text. Errors: `E_NOT_FITTED`, `E_TEXT_VALUE`; the signal's reason. */
  async predict(texts: readonly string[], options: ClassifierCallOptions = {}): Promise<Label[]> {
    return labelsOf(await this.scores(texts, options), this.classes);
  }

  /** A row a text, a value a class. Errors: as `predict`. */
  async scores(texts: readonly string[], { signal }: ClassifierCallOptions = {}): Promise<readonly Float64Array[]> {
    return this.#moved((await this.#ready().scorer.scores(this.#seen(texts), signal)).rows);
  }

  /** The label of a text with its confidence; with `because` also the words that decided, at most so many. Errors: as `predict`. */
  async classify(text: string, options: ClassifyOptions = {}): Promise<Classification> {
    const [answer] = await this.classifyAll([text], options);
    return answer;
  }

  /** `classify` of many texts, off the event loop or in short pieces. Errors: as `predict`. */
  async classifyAll(texts: readonly string[], options: ClassifyOptions = {}): Promise<Classification[]> {
    const { because = 0, by, signal } = readOptions("classify", options, classifyRules);
    const { scorer } = this.#ready();
    const { rows: plain, known } = await scorer.scores(this.#seen(texts), signal);
    const rows = this.#moved(plain);
    const answers: Classification[] = [];
    const pieces = new Pieces(signal, 1 << 12);
    for (const [i, row] of rows.entries()) {
      answers.push(this.#answer(row, known?.[i] ?? true));
      await pieces.pass(row.length);
    }
    if (because === 0) return answers;
    const explained: Classification[] = [];
    const seen = (parts: readonly string[]): readonly string[] => this.#seen(parts);
    for (const [i, answer] of answers.entries())
      explained.push({ ...answer, because: await scorer.because(texts[i], this.classes.indexOf(answer.label), { most: because, by, seen, signal }) });
    return explained;
  }

  /**
   * Lets counted words answer with a tuned encoder: their scores, so many times, are added to its own; 0 leaves them out.
   *
   * Errors: `E_NOT_FITTED`; `E_OPTION` for what is no tuned encoder with a head; `E_PIPELINE` for words that know other labels.
   */
  withWords(words: WordsBeside, weight: number): this {
    const { scorer, folder, ...rest } = this.#ready();
    const encoder = scorer instanceof WordsBesideScorer ? scorer.encoder : scorer;
    if (!(encoder instanceof EncoderScorer) || folder === undefined)
      throw new InkstoneError("E_OPTION", {
        option: "words",
        value: this.modelName,
        allowed: { en: "beside a tuned encoder", zh: "仅可与微调的编码器并用" },
      });
    this.#fitted = { ...rest, scorer: weight === 0 ? encoder : new WordsBesideScorer(encoder, words, weight, folder.path), folder };
    return this;
  }

  /** Ends the thread of a network, where there is one. */
  async close(): Promise<void> {
    await this.#fitted?.scorer.close();
  }

  #seen(texts: readonly string[]): readonly string[] {
    return this.#options.marks ? texts.map(markedText) : texts;
  }

  #moved(rows: readonly Float64Array[]): readonly Float64Array[] {
    const { offsets } = this;
    return offsets === undefined ? rows : rows.map((row) => row.map((score, i) => score + offsets[i]));
  }

  #answer(scores: Float64Array, isKnown: boolean): Classification {
    const { many = false } = this.#ready().scorer;
    const likely = many ? Array.from(scores, (score) => 1 / (1 + Math.exp(-score))) : confidences(scores, this.temperature);
    const shares = isKnown ? likely : Array.from(scores, () => 1 / scores.length);
    const classes = this.classes.map((label, i) => ({ label, confidence: shares[i], i }));
    classes.sort((a, b) => scores[b.i] - scores[a.i] || a.i - b.i);
    const [{ label, confidence }] = classes;
    return { label, confidence, classes: classes.map(({ label, confidence }) => ({ label, confidence })), ...(isKnown ? {} : { unknown: true }) };
  }

  /** Everything as plain data. Errors: `E_NOT_FITTED`; `E_NOT_SAVABLE` for a tuned encoder, which is a folder. */
  toJSON(): SavedTextClassifier {
    const { scorer, language } = this.#ready();
    const { model: name, seed, marks, classWeight } = this.#options;
    const plain = { model: name, seed, language, ...(marks ? { marks } : {}), ...(classWeight === undefined ? {} : { classWeight }) };
    const offsets = this.offsets === undefined ? {} : { offsets: this.offsets };
    const shared = { formatVersion: 2, type: "text-classifier", temperature: this.temperature, ...offsets, card: this.card } as const;
    if (scorer instanceof WordScorer) return { ...shared, options: plain, vectoriser: scorer.vectoriser.toJSON(), model: scorer.model.toJSON() };
    if (scorer instanceof VectorScorer) {
      const options = { ...plain, embeddings: scorer.reference };
      return { ...shared, options, vectoriser: null, model: scorer.model.toJSON() };
    }
    if (scorer instanceof JoinedScorer) {
      const options = { ...plain, embeddings: scorer.reference };
      return { ...shared, options, vectoriser: scorer.vectoriser.toJSON(), model: scorer.model.toJSON() };
    }
    const what = { en: "a tuned encoder", zh: "微调的编码器" };
    throw new InkstoneError("E_NOT_SAVABLE", { what, why: { en: "it is a folder: save it under a name", zh: "它是文件夹：请指定名称保存" } });
  }

  /** Reads what `toJSON` gave. `from`: the name that errors show. `embedder`: makes the vectors, and stays its giver's to close. Errors: `E_PIPELINE`, `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown, from = "classifier", { embedder }: { readonly embedder?: TextEmbedder } = {}): TextClassifier {
    const { options, temperature, offsets, card, scorer } = readTextClassifier(saved, from, embedder);
    const classifier = new TextClassifier(options);
    classifier.#fitted = { scorer, language: options.language };
    classifier.temperature = temperature;
    classifier.offsets = offsets;
    classifier.card = card;
    return classifier;
  }

  /** Writes it as one file (a tuned encoder: as a folder), whole or not at all. Errors: `E_NOT_FITTED`, those of durable writes. */
  async save(path: string): Promise<void> {
    const { folder, scorer } = this.#ready();
    if (folder !== undefined) {
      const { offsets, words: _, ...facts } = { ...folder.facts, temperature: this.temperature, offsets: this.offsets, card: this.card };
      const beside = scorer instanceof WordsBesideScorer ? scorer : undefined;
      const kept = { ...facts, ...(offsets && { offsets }), ...(beside && { words: beside.weight }) };
      await keepFolder(folder.path, path, kept, beside?.words.toJSON());
      return;
    }
    await writeFileDurably(path, jsonPieces(this.toJSON()));
  }

  /**
   * Opens a saved classifier: a file, or the folder of an encoder that was tuned for it.
   *
   * Errors: `E_FORMAT_NO_FILE` and what else speaks against a file, `E_PIPELINE` (also for an encoder that was tuned for something else), `E_SAVED_MODEL`.
   */
  static async load(path: string): Promise<TextClassifier> {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() && (await tunedFacts(path)) !== undefined) return TextClassifier.#ofFolder(path);
    return TextClassifier.fromJSON(await readSavedFile(path), path);
  }

  static async #ofFolder(path: string): Promise<TextClassifier> {
    const facts = await tunedFacts(path);
    if (facts === undefined || facts.task !== "classify") {
      const task = facts?.task ?? "nothing";
      const why = { en: `it was tuned for ${task}, not to classify texts`, zh: `它的微调任务为 ${task}，不是文本分类` };
      throw new InkstoneError("E_PIPELINE", { file: path, why });
    }
    const classifier = new TextClassifier({ language: facts.language });
    const scorer =
      facts.head === "vectors"
        ? new VectorScorer(path, readTextModel(await readSavedFile(join(path, headFile))))
        : await EncoderScorer.open(path, facts.labels, facts.many);
    classifier.#fitted = { scorer, language: facts.language, folder: { path, facts } };
    classifier.temperature = facts.temperature;
    classifier.offsets = facts.offsets;
    classifier.card = facts.card;
    if (facts.words === undefined) return classifier;
    try {
      const file = join(path, wordsFile);
      return classifier.withWords(TextClassifier.fromJSON(await readSavedFile(file), file), facts.words);
    } catch (error) {
      await classifier.close();
      throw error;
    }
  }

  #ready(): Fitted {
    if (this.#fitted === undefined) throw new InkstoneError("E_NOT_FITTED", { what: "TextClassifier" });
    return this.#fitted;
  }
}

/** The label of the highest score of each row; of equals, the first. */
export function labelsOf(scores: readonly Float64Array[], classes: readonly Label[]): Label[] {
  return scores.map((row) => classes[row.reduce((best, score, i) => (score > row[best] ? i : best), 0)]);
}
