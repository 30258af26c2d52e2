// What a customer means and feels: intent, whether it is one of the project's at all, slots, emotion. Trained from examples, saved as plain data. Knows no dialogue.
import { lazily } from "../../core/index.ts";
import type { Label } from "../../data/index.ts";
import { EmbeddingModel, type TextEmbedder } from "../../generate/index.ts";
import { fitTemperature, type SavedTextClassifier, TextClassifier, trainTextClassifier } from "../../pipelines/index.ts";
import { SearchTerms } from "../knowledge/index.ts";
import type { Felt } from "./emotion.ts";
import type { IntentExample, MarkedEntity } from "./examples.ts";
import { type SavedTagger, SlotTagger } from "./tagger.ts";
import type { SupportProject } from "./types.ts";

/** What a text means. */
export interface Understood {
  readonly intent: string;
  /** From 0 to 1, calibrated on examples that the classifier had not seen. */
  readonly confidence: number;
  /** How much it is like the examples at all: higher is more. */
  readonly likeness: number;
  /** Whether the likeness is that of a text of one of the intents. */
  readonly inScope: boolean;
  /** In scope, and more like its intent than like anything else. */
  readonly sure: boolean;
  readonly entities: readonly MarkedEntity[];
}

const folds = 4;
// A text of an intent that is taken for a stranger weighs twice as much as a stranger who is taken for one of us.
const weightOfOurs = 2;
const leastThreshold = -1e9;
// Of the terms of a text, this share must be known: a stranger shares small words only.
const leastKnown = 0.5;
/** Intents that are none: what they name is out of scope. */
export const scopeNames: RegExp = /^(?:out_of_scope|nlu_fallback|oos)(?:$|[/_])/;

/** An understanding as plain data. */
export interface SavedUnderstanding {
  readonly formatVersion: 2;
  readonly classifier: SavedTextClassifier;
  readonly tagger: SavedTagger;
  readonly threshold: number;
  /** Terms of the examples. */
  readonly vocabulary: readonly string[];
  /** Of the project's examples of emotions; null without them. */
  readonly feelings: SavedTextClassifier | null;
}

/** What makes vectors of sentences for an understanding. */
export interface UnderstandingVectors {
  /** By which it is asked for again. */
  readonly reference: string;
  readonly embedder: TextEmbedder;
}

/** How to train an understanding. */
export interface UnderstandingTraining {
  /** Looked at beside the words. Default: words alone. */
  readonly vectors?: UnderstandingVectors;
  readonly signal?: AbortSignal;
}

/** What an understanding learns from. */
export type UnderstandingSource = Pick<SupportProject, "examples" | "synonyms" | "lookups" | "patterns"> & Partial<Pick<SupportProject, "emotions">>;

/**
 * Understands texts after examples of intents.
 *
 * @example
 * const examples = ["hello", "hi there", "good day"].map((text) => ({ intent: "greet", text, entities: [] }));
 * const more = ["goodbye", "bye now", "see you"].map((text) => ({ intent: "leave", text, entities: [] }));
 * const mind = await Understanding.train({ examples: [...examples, ...more], synonyms: {}, lookups: {}, patterns: {} });
 * (await mind.understand("bye bye")).intent; // "leave"
 */
export class Understanding {
  readonly #parts: Learned;

  private constructor(parts: Learned) {
    this.#parts = parts;
  }

  /** Learns intents, their boundary, slots and, from examples of at least two of them, emotions. Errors: those of `TextClassifier.fit` and `CrfTagger.fit`; the signal's reason. */
  static async train(project: UnderstandingSource, { vectors, signal }: UnderstandingTraining = {}): Promise<Understanding> {
    const { examples, emotions = [] } = project;
    const remembering = vectors && { ...vectors, embedder: remembered(vectors.embedder, mostInTraining) };
    const learn = learnerOf(remembering, signal);
    const unseen = await answersToUnseen(examples, learn);
    const classifier = await learn(examples);
    classifier.temperature = temperatureOf(unseen, classifier);
    const ours = unseen.filter(({ right }) => !scopeNames.test(right)).map(({ scores }) => most(scores));
    const threshold = boundaryOf(ours, await scoresOfStrangers(examples, learn));
    const terms = await SearchTerms.open();
    const vocabulary = new Set(examples.flatMap(({ text }) => terms.of(text)));
    const tagger = await SlotTagger.train(project, { signal });
    return new Understanding({ classifier, tagger, threshold, terms, vocabulary, feelings: await feelingsOf(emotions, remembering, signal) });
  }

  /** What a text means. Errors: the signal's reason. */
  async understand(text: string, { signal }: { signal?: AbortSignal } = {}): Promise<Understood> {
    const { classifier, tagger, threshold } = this.#parts;
    const [scores] = await classifier.scores([text], { signal });
    const likeness = most(scores);
    const best = scores.indexOf(likeness);
    const intent = String(classifier.classes[best]);
    const entities = tagger.find(text, intent);
    const inScope = likeness >= threshold && !scopeNames.test(intent) && /[\p{L}\p{N}]/u.test(text) && this.#knows(text, entities);
    return { intent, confidence: shareOf(scores, best, classifier.temperature), likeness, inScope, sure: inScope && likeness >= 0, entities };
  }

  /** What is felt in a text, by the project's own examples; undefined where it has none. Errors: the signal's reason. */
  async feel(text: string, { signal }: { signal?: AbortSignal } = {}): Promise<Felt | undefined> {
    const { feelings } = this.#parts;
    if (feelings === undefined || !/[\p{L}\p{N}]/u.test(text)) return undefined;
    const { label, confidence } = await feelings.classify(text, signal === undefined ? {} : { signal });
    return { emotion: String(label), strength: label === "neutral" ? 0 : confidence };
  }

  /** The intents that it knows. */
  get intents(): readonly string[] {
    return this.#parts.classifier.classes.map(String);
  }

  /** Whether it learned of texts that show no emotion. */
  get knowsNeutral(): boolean {
    const { feelings } = this.#parts;
    return feelings === undefined || feelings.classes.includes("neutral");
  }

  // Whether enough of what a text says was ever said in the examples, or is a slot.
  #knows(text: string, entities: readonly MarkedEntity[]): boolean {
    const { terms: cutter, vocabulary } = this.#parts;
    const rest = entities.reduce((left, { start, end }) => left.slice(0, start) + " ".repeat(end - start) + left.slice(end), text);
    const terms = cutter.of(rest);
    return terms.length === 0 || terms.filter((term) => vocabulary.has(term)).length / terms.length >= leastKnown;
  }

  /** Opens the embedding model, where there is one: the first text waits for nothing then. Errors: those of `EmbeddingModel.open`. */
  async warm(): Promise<void> {
    await this.#parts.embedder?.embed(["a"]);
  }

  /** Ends the thread of an embedding model that it opened itself. */
  async close(): Promise<void> {
    await this.#parts.embedder?.close();
  }

  /** Everything as plain data. */
  toJSON(): SavedUnderstanding {
    const { classifier, tagger, threshold, vocabulary, feelings } = this.#parts;
    const learned = { classifier: classifier.toJSON(), tagger: tagger.toJSON(), feelings: feelings?.toJSON() ?? null };
    return { formatVersion: 2, ...learned, threshold, vocabulary: [...vocabulary] };
  }

  /** The reverse of `toJSON`; the embedding model is opened when it is first needed. Errors: those of the classifier's and the tagger's. */
  static async fromJSON(saved: SavedUnderstanding): Promise<Understanding> {
    const reference = saved.classifier.options.embeddings;
    const opened = reference === undefined ? {} : { embedder: remembered(openedLater(reference), mostInTalks) };
    const read = (one: SavedTextClassifier): TextClassifier => TextClassifier.fromJSON(one, "support.json", opened);
    const feelings = saved.feelings === null ? undefined : read(saved.feelings);
    const learned = { classifier: read(saved.classifier), tagger: SlotTagger.fromJSON(saved.tagger), feelings };
    const terms = await SearchTerms.open();
    return new Understanding({ ...learned, ...opened, threshold: saved.threshold, terms, vocabulary: new Set(saved.vocabulary) });
  }
}

// Intent and emotion share one model.
function openedLater(reference: string): TextEmbedder {
  const model = lazily(() => EmbeddingModel.open(reference));
  return {
    information: { name: reference },
    embed: async (texts, options) => (await model.get()).embed(texts, options),
    close: () => model.close(),
  };
}

interface Learned {
  readonly classifier: TextClassifier;
  readonly tagger: SlotTagger;
  readonly threshold: number;
  readonly terms: SearchTerms;
  readonly vocabulary: ReadonlySet<string>;
  readonly feelings: TextClassifier | undefined;
  /** Its own; none where vectors were made by one that was lent. */
  readonly embedder?: TextEmbedder;
}

/** Learns a classifier of intents. */
type Learner = (examples: readonly IntentExample[]) => Promise<TextClassifier>;

const learnerOf =
  (vectors: UnderstandingVectors | undefined, signal?: AbortSignal): Learner =>
  (examples) =>
    vectors === undefined
      ? new TextClassifier({ model: "linear-svm" }).fit(textsOf(examples), intentsOf(examples), { signal })
      : new TextClassifier({ model: "joined", embeddings: vectors.reference }).fit(textsOf(examples), intentsOf(examples), {
          signal,
          embedder: vectors.embedder,
        });

const leastFeelings = 4;

async function feelingsOf(
  emotions: SupportProject["emotions"],
  vectors: UnderstandingVectors | undefined,
  signal?: AbortSignal,
): Promise<TextClassifier | undefined> {
  if (new Set(emotions.map(({ label }) => label)).size < 2 || emotions.length < leastFeelings) return undefined;
  const model =
    vectors === undefined
      ? { model: "linear-svm" as const }
      : { model: "joined" as const, embeddings: vectors.reference, embedder: vectors.embedder };
  return (await trainTextClassifier(emotions, { ...model, ...(signal === undefined ? {} : { signal }) })).classifier;
}

const textsOf = (examples: readonly IntentExample[]): string[] => examples.map(({ text }) => text);
const intentsOf = (examples: readonly IntentExample[]): string[] => examples.map(({ intent }) => intent);
const most = (scores: ArrayLike<number>): number => Array.from(scores).reduce((best, one) => Math.max(best, one), Number.NEGATIVE_INFINITY);

function shareOf(scores: ArrayLike<number>, index: number, temperature: number): number {
  const best = most(scores);
  return (
    Math.exp((scores[index] - best) / temperature) /
    Array.from(scores, (score) => Math.exp((score - best) / temperature)).reduce((sum, one) => sum + one, 0)
  );
}

interface UnseenAnswer {
  readonly right: string;
  readonly scores: Float64Array;
  /** Of the columns of the scores. */
  readonly classes: readonly Label[];
}

// The same texts are asked for in every fold of training, and for intent and emotion in a talk: what was made once is kept, so many of them.
const [mostInTraining, mostInTalks] = [100_000, 16];

function remembered(embedder: TextEmbedder, mostRemembered: number): TextEmbedder {
  const known = new Map<string, Float32Array>();
  return {
    information: embedder.information,
    async embed(texts, options) {
      const missing = [...new Set(texts)].filter((text) => !known.has(text));
      if (known.size + missing.length > mostRemembered) known.clear();
      const asked = known.size === 0 ? [...new Set(texts)] : missing;
      const { vectors, tokens } = asked.length === 0 ? { vectors: [], tokens: 0 } : await embedder.embed(asked, options);
      const made = new Map(asked.map((text, i) => [text, vectors[i]]));
      if (made.size <= mostRemembered) for (const [text, vector] of made) known.set(text, vector);
      return { vectors: texts.map((text) => made.get(text) ?? known.get(text)!), tokens };
    },
    close: () => embedder.close(),
  };
}

// What a classifier says to examples that it has not seen.
async function answersToUnseen(examples: readonly IntentExample[], learn: Learner): Promise<UnseenAnswer[]> {
  const byIntent = new Map<string, number>();
  const foldOf = examples.map(({ intent }) => {
    const n = byIntent.get(intent) ?? 0;
    byIntent.set(intent, n + 1);
    return n % folds;
  });
  const found: UnseenAnswer[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const [seen, held] = [examples.filter((_, i) => foldOf[i] !== fold), examples.filter((_, i) => foldOf[i] === fold)];
    if (held.length === 0 || new Set(intentsOf(seen)).size < 2) continue;
    const trial = await learn(seen);
    const rows = await trial.scores(textsOf(held));
    for (const [i, scores] of rows.entries()) found.push({ right: held[i].intent, scores, classes: trial.classes });
  }
  return found;
}

// The best scores of texts whose intents the classifier has never seen: a quarter of the intents at a time.
async function scoresOfStrangers(examples: readonly IntentExample[], learn: Learner): Promise<number[]> {
  const intents = [...new Set(intentsOf(examples))].filter((intent) => !scopeNames.test(intent));
  const strangers = await scoresOfDeclared(examples, learn);
  for (let group = 0; group < folds; group++) {
    const hidden = new Set(intents.filter((_, i) => i % folds === group));
    const [seen, held] = [examples.filter(({ intent }) => !hidden.has(intent)), examples.filter(({ intent }) => hidden.has(intent))];
    if (held.length === 0 || new Set(intentsOf(seen)).size < 2) continue;
    const trial = await learn(seen);
    strangers.push(...(await trial.scores(textsOf(held))).map(most));
  }
  return strangers;
}

// Those of texts that the project itself calls out of scope, for a classifier of the other intents.
async function scoresOfDeclared(examples: readonly IntentExample[], learn: Learner): Promise<number[]> {
  const [inside, outside] = [examples.filter(({ intent }) => !scopeNames.test(intent)), examples.filter(({ intent }) => scopeNames.test(intent))];
  if (outside.length === 0 || new Set(intentsOf(inside)).size < 2) return [];
  const trial = await learn(inside);
  return (await trial.scores(textsOf(outside))).map(most);
}

// Where the fewest are taken wrongly, shares of each kind weighed.
function boundaryOf(ours: readonly number[], strangers: readonly number[]): number {
  if (ours.length < 4 || strangers.length < 4) return leastThreshold;
  const all = [...ours.map((score) => ({ score, own: true })), ...strangers.map((score) => ({ score, own: false }))].sort(
    (one, other) => one.score - other.score,
  );
  let [lost, kept, best, boundary] = [0, 1, 1, leastThreshold];
  for (const { score, own } of all) {
    if (own) lost += weightOfOurs / ours.length;
    else kept -= 1 / strangers.length;
    if (lost + kept < best) [best, boundary] = [lost + kept, score + 1e-9];
  }
  return boundary;
}

// An intent that a trial did not know has no score in it.
function temperatureOf(unseen: readonly UnseenAnswer[], { classes }: TextClassifier): number {
  const columns = new Map([...new Set(unseen.map((one) => one.classes))].map((known) => [known, classes.map((label) => known.indexOf(label))]));
  const rows = unseen.map(({ scores, classes: known }) => columns.get(known)!.map((column) => scores[column] ?? Number.NEGATIVE_INFINITY));
  return fitTemperature(
    rows,
    unseen.map(({ right }) => right),
    classes,
  );
}
