// TextClassifier: text in, label out, saved as one object: features, model, confidence and the card that says how it was made.
import { readFile } from "node:fs/promises";
import type { Label } from "../classical/index.ts";
import { InkstoneError } from "../core/index.ts";
import { writeFileDurably } from "../formats/index.ts";
import { type Vectoriser, vectoriserFromJSON } from "../text/index.ts";
import { confidences } from "./confidence.ts";
import { type DecidingWord, decidingWords } from "./deciding-words.ts";
import { languageOfTexts, type TextLanguage, textFeatures } from "./text-features.ts";
import { makeTextModel, readTextModel, type SavableClassifier, type TextModelName, textModelNames } from "./text-models.ts";

/** How a classifier is made. */
export interface TextClassifierOptions {
  /** Default "linear-svm". */
  readonly model?: TextModelName;
  /** Default: found from the texts at `fit`. */
  readonly language?: TextLanguage;
  /** Default 0. */
  readonly seed?: number;
}

/** An answer. */
export interface Classification {
  readonly label: Label;
  /** How sure: the share of its class, calibrated where the classifier was tried on unseen examples. */
  readonly confidence: number;
  /** All classes, likeliest first. */
  readonly classes: readonly { readonly label: Label; readonly confidence: number }[];
  /** What decided, largest effect first; only where it was asked for. */
  readonly because?: readonly DecidingWord[];
}

/** How a classifier came to be: plain facts for whoever uses it. */
export type ModelCard = Readonly<Record<string, unknown>>;

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
 * classifier.predict(["good", "bad"]); // ["+", "-"]
 */
export class TextClassifier {
  readonly #options: Required<Omit<TextClassifierOptions, "language">> & Pick<TextClassifierOptions, "language">;
  #fitted: Fitted | undefined;
  /** Divides scores before they become confidence; 1 until it is fitted on unseen examples. */
  temperature = 1;
  card: ModelCard = {};

  /** Errors: `E_OPTION` for a model or language that there is not. */
  constructor({ model = "linear-svm", language, seed = 0 }: TextClassifierOptions = {}) {
    if (!textModelNames.includes(model)) throw new InkstoneError("E_OPTION", { option: "model", value: model, allowed: textModelNames.join(", ") });
    if (language !== undefined && language !== "en" && language !== "zh")
      throw new InkstoneError("E_OPTION", { option: "language", value: language, allowed: "en, zh" });
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

  /** Learns from texts and their labels. Errors: those of the vectoriser and of the model. */
  async fit(texts: readonly string[], labels: readonly Label[], options: { readonly signal?: AbortSignal } = {}): Promise<this> {
    const language = this.#options.language ?? languageOfTexts(texts);
    const vectoriser = textFeatures(language);
    const model = makeTextModel(this.#options.model, this.#options.seed);
    await model.fit(vectoriser.fitTransform(texts), labels, options);
    this.#fitted = { vectoriser, model, language };
    return this;
  }

  /** The likeliest label of each text. Errors: `E_NOT_FITTED`. */
  predict(texts: readonly string[]): Label[] {
    const { vectoriser, model } = this.#ready();
    return model.predict(vectoriser.transform(texts));
  }

  /** A row a text, a value a class. Errors: `E_NOT_FITTED`. */
  scores(texts: readonly string[]): Float64Array[] {
    const { vectoriser, model } = this.#ready();
    return model.scores(vectoriser.transform(texts));
  }

  /** The label of a text with its confidence; with `because` also the words that decided, at most so many. Errors: `E_NOT_FITTED`. */
  classify(text: string, { because = 0 }: { readonly because?: number } = {}): Classification {
    const [scores] = this.scores([text]);
    const shares = confidences(scores, this.temperature);
    const classes = this.classes.map((label, i) => ({ label, confidence: shares[i], i }));
    classes.sort((a, b) => scores[b.i] - scores[a.i] || a.i - b.i);
    const [{ label, confidence, i }] = classes;
    const words = because > 0 ? { because: decidingWords(text, (texts) => this.scores(texts), i, because) } : {};
    return { label, confidence, classes: classes.map(({ label, confidence }) => ({ label, confidence })), ...words };
  }

  /** Everything as plain data. Errors: `E_NOT_FITTED`. */
  toJSON(): SavedTextClassifier {
    const { vectoriser, model, language } = this.#ready();
    const { model: name, seed } = this.#options;
    return {
      formatVersion: 1,
      type: "text-classifier",
      options: { model: name, seed, language },
      temperature: this.temperature,
      card: this.card,
      vectoriser: vectoriser.toJSON(),
      model: model.toJSON(),
    };
  }

  /** Reads what `toJSON` gave. `from`: the name that errors show. Errors: `E_PIPELINE`, `E_SAVED_MODEL`, `E_OPTION`. */
  static fromJSON(saved: unknown, from = "pipeline"): TextClassifier {
    const found = checked(saved, from);
    const classifier = new TextClassifier(found.options);
    classifier.#fitted = { vectoriser: vectoriserFromJSON(found.vectoriser), model: readTextModel(found.model), language: found.options.language };
    classifier.temperature = found.temperature;
    classifier.card = found.card;
    return classifier;
  }

  /** Writes it as one file, whole or not at all. */
  async save(path: string): Promise<void> {
    await writeFileDurably(path, `${JSON.stringify(this)}\n`);
  }

  /** Opens a saved classifier. Errors: `E_PIPELINE`, `E_SAVED_MODEL`. */
  static async load(path: string): Promise<TextClassifier> {
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      throw new InkstoneError("E_PIPELINE", { file: path, why: { en: "it cannot be read", zh: "无法读取" } }, { cause: error });
    }
    try {
      return TextClassifier.fromJSON(JSON.parse(text), path);
    } catch (error) {
      if (error instanceof InkstoneError) throw error;
      throw new InkstoneError("E_PIPELINE", { file: path, why: { en: "it is no JSON", zh: "不是 JSON" } }, { cause: error });
    }
  }

  #ready(): Fitted {
    if (this.#fitted === undefined) throw new InkstoneError("E_NOT_FITTED", { what: "TextClassifier" });
    return this.#fitted;
  }
}

/** What is saved. */
export interface SavedTextClassifier {
  readonly formatVersion: 1;
  readonly type: "text-classifier";
  readonly options: { readonly model: TextModelName; readonly seed: number; readonly language: TextLanguage };
  readonly temperature: number;
  readonly card: ModelCard;
  readonly vectoriser: unknown;
  readonly model: unknown;
}

function checked(saved: unknown, file: string): SavedTextClassifier {
  const refuse = (en: string, zh: string) => new InkstoneError("E_PIPELINE", { file, why: { en, zh } });
  if (typeof saved !== "object" || saved === null) throw refuse("it holds no pipeline", "其中没有流水线");
  const found = saved as Partial<SavedTextClassifier>;
  if (found.type !== "text-classifier")
    throw refuse(`its type is ${JSON.stringify(found.type) ?? "missing"}`, `其类型为 ${JSON.stringify(found.type) ?? "缺失"}`);
  if (found.formatVersion !== 1)
    throw refuse(
      `its formatVersion is ${JSON.stringify(found.formatVersion) ?? "missing"}, known: 1`,
      `其 formatVersion 为 ${JSON.stringify(found.formatVersion) ?? "缺失"}，已知：1`,
    );
  const { options, temperature, card } = found;
  if (typeof options !== "object" || options === null || typeof options.seed !== "number") throw refuse("its options are broken", "其选项已损坏");
  if (typeof temperature !== "number" || !(temperature > 0) || !Number.isFinite(temperature))
    throw refuse("its temperature is broken", "其温度已损坏");
  if (typeof card !== "object" || card === null) throw refuse("its card is broken", "其说明卡已损坏");
  return found as SavedTextClassifier;
}
