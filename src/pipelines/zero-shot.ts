// Classes without training: by vectors of what labels mean, or by how likely a language model finds a label behind a text; with examples where there are some. Knows no terminal.
import { Bm25, type Label } from "../classical/index.ts";
import { aList, aSignal, aText, checkOption, InkstoneError, oneOf, type Rules, readOptions, whole } from "../core/index.ts";
import {
  type Classification,
  type Classifier,
  type ClassifyOptions,
  EmbeddingModel,
  isEncoder,
  LanguageModel,
  placedWords,
  type ScoringGenerator,
  type TextEmbedder,
} from "../generate/index.ts";
import { confidences } from "./confidence.ts";
import { decidingWords } from "./deciding-words.ts";
import type { TextExample } from "./text-example.ts";
import { languageOfTexts, type TextLanguage } from "./text-features.ts";

/** How classes are told apart without training. */
export interface ZeroShotOptions {
  /** At least two. */
  readonly labels: readonly string[];
  /** What labels mean, in words; by label. Default: the label itself. */
  readonly descriptions?: Readonly<Record<string, string>>;
  /** Labelled texts: nearest ones stand in the prompt, or draw the vector of their label towards theirs. Default: none. */
  readonly examples?: readonly TextExample[];
  /** Most examples in a prompt. Default 4. */
  readonly shots?: number;
  /** Of prompts and descriptions. Default: found from the labels. */
  readonly language?: TextLanguage;
  /** A sentence with {label}: what is embedded for a label. */
  readonly template?: string;
  readonly signal?: AbortSignal;
}

const rules: Rules<ZeroShotOptions> = {
  labels: aList,
  descriptions: { allowed: { en: "texts by label", zh: "按标签给出的文本" }, holds: (value) => typeof value === "object" && value !== null },
  examples: aList,
  shots: whole(0, 64),
  language: oneOf(["en", "zh"]),
  template: aText,
  signal: aSignal,
};

const classifyRules: Rules<ClassifyOptions> = { because: whole(0, 1000), by: oneOf(["leaving-out"]), signal: aSignal };

interface Asked extends ZeroShotOptions {
  readonly language: TextLanguage;
}

/** Gives a row of scores a text, a value a label. */
interface Scorer {
  scores(texts: readonly string[], signal?: AbortSignal): Promise<number[][]>;
  close(): Promise<void>;
}

/**
 * Labels for texts from a model that was not trained for them. An encoder compares vectors of texts and of what labels mean; a language model says how much likelier a label is behind
 * the text than behind none (calibrated). A `Classifier` as any other: a trained one takes its place without another change.
 *
 * Sources: Zhao et al. 2021, arXiv:2102.09690 (content-free calibration); Liu et al. 2022, arXiv:2101.06804 (nearest examples).
 *
 * @example
 * const classifier = await ZeroShotClassifier.open("minilm", { labels: ["sport", "cooking"] });
 * (await classifier.classify("She scored twice in the second half of the match.")).label; // "sport"
 * await classifier.close();
 */
export class ZeroShotClassifier implements Classifier {
  readonly classes: readonly Label[];
  readonly #scorer: Scorer;

  private constructor(labels: readonly string[], scorer: Scorer) {
    this.classes = labels;
    this.#scorer = scorer;
  }

  /** Opens a model for labels: an encoder or a language model, by name or path. Errors: `E_OPTION`; those of opening the model; the signal's reason. */
  static async open(reference: string, options: ZeroShotOptions): Promise<ZeroShotClassifier> {
    const asked = checked(options);
    const opening = asked.signal === undefined ? {} : { signal: asked.signal };
    if (await isEncoder(reference)) return ZeroShotClassifier.byVectors(await EmbeddingModel.open(reference, opening), asked);
    return ZeroShotClassifier.byLikelihood(await LanguageModel.open(reference, opening), asked);
  }

  /** By vectors of an embedding model that is open; closed with this. */
  static async byVectors(model: TextEmbedder, options: ZeroShotOptions): Promise<ZeroShotClassifier> {
    const asked = checked(options);
    try {
      return new ZeroShotClassifier(asked.labels, await VectorLabels.of(model, asked));
    } catch (error) {
      await model.close();
      throw error;
    }
  }

  /** By likelihoods of a language model that is open; closed with this. */
  static async byLikelihood(model: ScoringGenerator, options: ZeroShotOptions): Promise<ZeroShotClassifier> {
    const asked = checked(options);
    return new ZeroShotClassifier(asked.labels, new PromptLabels(model, asked));
  }

  async classify(text: string, options: ClassifyOptions = {}): Promise<Classification> {
    const [answer] = await this.classifyAll([text], options);
    return answer;
  }

  async classifyAll(texts: readonly string[], options: ClassifyOptions = {}): Promise<Classification[]> {
    const { because = 0, signal } = readOptions("classify", options, classifyRules);
    const rows = await this.#scorer.scores(texts, signal);
    const answers: Classification[] = [];
    for (const [i, row] of rows.entries()) {
      const shares = confidences(row, 1);
      const order = [...row.keys()].sort((a, b) => row[b] - row[a] || a - b);
      const classes = order.map((at) => ({ label: this.classes[at], confidence: shares[at] }));
      const decided = because === 0 ? {} : { because: await decidingWords(texts[i], (some) => this.#scorer.scores(some, signal), order[0], because) };
      answers.push({ ...classes[0], classes, ...decided });
    }
    return answers;
  }

  close(): Promise<void> {
    return this.#scorer.close();
  }
}

function checked(options: ZeroShotOptions): Asked {
  const asked = readOptions("zeroShot", options, rules);
  const { labels, descriptions = {}, examples = [] } = asked;
  const isGood =
    labels.length >= 2 && labels.every((label) => typeof label === "string" && label.trim() !== "") && new Set(labels).size === labels.length;
  if (!isGood)
    throw new InkstoneError("E_OPTION", {
      option: "labels",
      value: labels,
      allowed: { en: "at least two different labels", zh: "至少两个不同的标签" },
    });
  const known = (label: string) => checkOption("label", label, oneOf(labels));
  for (const label of Object.keys(descriptions)) known(label);
  for (const { label } of examples) known(String(label));
  return { ...asked, language: asked.language ?? languageOfTexts([...labels, ...Object.values(descriptions)]) };
}

/** Cosines are divided by this: differences between them are small. */
const SPREAD = 0.05;
/** How much the words of a label count beside its examples. */
const OWN = 1;

// The vector of a label: of what it means, drawn towards its examples.
class VectorLabels implements Scorer {
  readonly #model: TextEmbedder;
  readonly #labels: readonly Float32Array[];

  private constructor(model: TextEmbedder, labels: readonly Float32Array[]) {
    this.#model = model;
    this.#labels = labels;
  }

  static async of(model: TextEmbedder, { labels, descriptions = {}, examples = [], language, template, signal }: Asked): Promise<VectorLabels> {
    const sentence = template ?? (language === "zh" ? "这段文字是关于{label}的。" : "This text is about {label}.");
    const meant = labels.map((label) => sentence.replaceAll("{label}", descriptions[label] ?? label));
    const { vectors } = await model.embed([...meant, ...examples.map(({ text }) => text)], { signal });
    const sums = labels.map((_, i) => unitOf(vectors[i]).map((value) => value * OWN));
    for (const [i, { label }] of examples.entries()) {
      const sum = sums[labels.indexOf(String(label))];
      for (const [at, value] of unitOf(vectors[labels.length + i]).entries()) sum[at] += value;
    }
    return new VectorLabels(model, sums.map(unitOf));
  }

  async scores(texts: readonly string[], signal?: AbortSignal): Promise<number[][]> {
    const { vectors } = await this.#model.embed(texts, { signal });
    return vectors.map((vector) => {
      const own = unitOf(vector);
      return this.#labels.map((label) => label.reduce((sum, value, at) => sum + value * own[at], 0) / SPREAD);
    });
  }

  close(): Promise<void> {
    return this.#model.close();
  }
}

function unitOf(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** A text that says nothing: what labels are likely behind it is the model's leaning. */
const EMPTY = { en: "N/A", zh: "无" } as const;

// The label that the text makes likelier than no text does.
class PromptLabels implements Scorer {
  readonly #model: ScoringGenerator;
  readonly #asked: Asked;
  readonly #index = new Bm25();
  readonly #examples: readonly TextExample[];

  constructor(model: ScoringGenerator, asked: Asked) {
    this.#model = model;
    this.#asked = asked;
    this.#examples = asked.examples ?? [];
    for (const { text } of this.#examples) this.#index.add(termsOf(text));
  }

  async scores(texts: readonly string[], signal?: AbortSignal): Promise<number[][]> {
    const { labels, language } = this.#asked;
    const prompts = texts.map((text) => {
      const shots = this.#shots(text);
      return [this.#prompt(text, shots), this.#prompt(EMPTY[language], shots)] as const;
    });
    // Without examples all texts share one leaning.
    const different = [...new Set(prompts.flat())];
    const items = different.flatMap((context) => labels.map((label) => ({ context, continuation: language === "zh" ? label : ` ${label}` })));
    const scored = await this.#model.score(items, { signal });
    const rowOf = new Map(different.map((prompt, i) => [prompt, labels.map((_, at) => scored[i * labels.length + at].logProbability)]));
    return prompts.map(([own, empty]) => {
      const leaning = rowOf.get(empty) as number[];
      return (rowOf.get(own) as number[]).map((value, at) => value - leaning[at]);
    });
  }

  // The nearest by their words, the nearest first.
  #shots(text: string): TextExample[] {
    const { shots = 4 } = this.#asked;
    if (shots === 0 || this.#examples.length === 0) return [];
    const near = this.#index.search(termsOf(text), shots).map(({ id }) => id);
    const others = this.#examples.keys();
    for (const id of others) {
      if (near.length >= Math.min(shots, this.#examples.length)) break;
      if (!near.includes(id)) near.push(id);
    }
    return near.map((id) => this.#examples[id]);
  }

  #prompt(text: string, shots: readonly TextExample[]): string {
    const { labels, descriptions = {}, language } = this.#asked;
    const zh = language === "zh";
    const named = labels.map((label) => (descriptions[label] === undefined ? label : `${label} (${descriptions[label]})`));
    const task = zh ? `将文本归入以下类别之一：${named.join("、")}。` : `Classify the text as one of: ${named.join(", ")}.`;
    const [asked, answered] = zh ? ["文本：", "类别："] : ["Text: ", "Label:"];
    const shot = ({ text: own, label }: TextExample) => `${asked}${own}\n${answered}${zh ? "" : " "}${label}\n\n`;
    return `${task}\n\n${shots.map(shot).join("")}${asked}${text}\n${answered}`;
  }

  close(): Promise<void> {
    return this.#model.close();
  }
}

const termsOf = (text: string): string[] => placedWords(text.toLowerCase()).map(({ text: word }) => word);
