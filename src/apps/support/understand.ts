// What a customer means: intent, whether it is one of the project's at all, slots. Trained from examples, saved as plain data. Knows no dialogue.
import { type SavedTextClassifier, TextClassifier } from "../../pipelines/index.ts";
import { SearchTerms } from "../knowledge/index.ts";
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
const scopeNames = /^(?:out_of_scope|nlu_fallback|oos)(?:$|[/_])/;

/** An understanding as plain data. */
export interface SavedUnderstanding {
  readonly formatVersion: 1;
  readonly classifier: SavedTextClassifier;
  readonly tagger: SavedTagger;
  readonly threshold: number;
  /** Terms of the examples. */
  readonly vocabulary: readonly string[];
}

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
  readonly #classifier: TextClassifier;
  readonly #tagger: SlotTagger;
  readonly #threshold: number;
  readonly #terms: SearchTerms;
  readonly #vocabulary: ReadonlySet<string>;

  private constructor({ classifier, tagger, threshold, terms, vocabulary }: Learned) {
    this.#terms = terms;
    this.#vocabulary = vocabulary;
    this.#classifier = classifier;
    this.#tagger = tagger;
    this.#threshold = threshold;
  }

  /** Learns intents, their boundary and slots. Errors: those of `TextClassifier.fit` and `CrfTagger.fit`; the signal's reason. */
  static async train(
    project: Pick<SupportProject, "examples" | "synonyms" | "lookups" | "patterns">,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Understanding> {
    const { examples } = project;
    const unseen = await answersToUnseen(examples, signal);
    const classifier = await new TextClassifier({ model: "linear-svm" }).fit(textsOf(examples), intentsOf(examples), { signal });
    classifier.temperature = bestTemperature(unseen);
    const ours = unseen.filter(({ right }) => !scopeNames.test(right)).map(({ scores }) => most(scores));
    const threshold = boundaryOf(ours, await scoresOfStrangers(examples, signal));
    const terms = await SearchTerms.open();
    const vocabulary = new Set(examples.flatMap(({ text }) => terms.of(text)));
    return new Understanding({ classifier, tagger: await SlotTagger.train(project, { signal }), threshold, terms, vocabulary });
  }

  /** What a text means. Errors: the signal's reason. */
  async understand(text: string, { signal }: { signal?: AbortSignal } = {}): Promise<Understood> {
    const [scores] = await this.#classifier.scores([text], { signal });
    const likeness = most(scores);
    const best = scores.indexOf(likeness);
    const intent = String(this.#classifier.classes[best]);
    const entities = this.#tagger.find(text, intent);
    const inScope = likeness >= this.#threshold && !scopeNames.test(intent) && /[\p{L}\p{N}]/u.test(text) && this.#knows(text, entities);
    return { intent, confidence: shareOf(scores, best, this.#classifier.temperature), likeness, inScope, sure: inScope && likeness >= 0, entities };
  }

  // Whether enough of what a text says was ever said in the examples, or is a slot.
  #knows(text: string, entities: readonly MarkedEntity[]): boolean {
    const rest = entities.reduce((left, { start, end }) => left.slice(0, start) + " ".repeat(end - start) + left.slice(end), text);
    const terms = this.#terms.of(rest);
    return terms.length === 0 || terms.filter((term) => this.#vocabulary.has(term)).length / terms.length >= leastKnown;
  }

  /** Everything as plain data. */
  toJSON(): SavedUnderstanding {
    return {
      formatVersion: 1,
      classifier: this.#classifier.toJSON(),
      tagger: this.#tagger.toJSON(),
      threshold: this.#threshold,
      vocabulary: [...this.#vocabulary],
    };
  }

  /** The reverse of `toJSON`. Errors: those of the classifier's and the tagger's. */
  static async fromJSON({ classifier, tagger, threshold, vocabulary }: SavedUnderstanding): Promise<Understanding> {
    const parts = { classifier: TextClassifier.fromJSON(classifier), tagger: SlotTagger.fromJSON(tagger), threshold };
    return new Understanding({ ...parts, terms: await SearchTerms.open(), vocabulary: new Set(vocabulary) });
  }
}

interface Learned {
  readonly classifier: TextClassifier;
  readonly tagger: SlotTagger;
  readonly threshold: number;
  readonly terms: SearchTerms;
  readonly vocabulary: ReadonlySet<string>;
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
  /** The column of the right intent; -1 where the trial did not know it. */
  readonly index: number;
}

// What a classifier says to examples that it has not seen.
async function answersToUnseen(examples: readonly IntentExample[], signal?: AbortSignal): Promise<UnseenAnswer[]> {
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
    const trial = await new TextClassifier({ model: "linear-svm" }).fit(textsOf(seen), intentsOf(seen), { signal });
    const rows = await trial.scores(textsOf(held), { signal });
    for (const [i, scores] of rows.entries()) found.push({ right: held[i].intent, scores, index: trial.classes.indexOf(held[i].intent) });
  }
  return found;
}

// The best scores of texts whose intents the classifier has never seen: a quarter of the intents at a time.
async function scoresOfStrangers(examples: readonly IntentExample[], signal?: AbortSignal): Promise<number[]> {
  const intents = [...new Set(intentsOf(examples))].filter((intent) => !scopeNames.test(intent));
  const strangers = await scoresOfDeclared(examples, signal);
  for (let group = 0; group < folds; group++) {
    const hidden = new Set(intents.filter((_, i) => i % folds === group));
    const [seen, held] = [examples.filter(({ intent }) => !hidden.has(intent)), examples.filter(({ intent }) => hidden.has(intent))];
    if (held.length === 0 || new Set(intentsOf(seen)).size < 2) continue;
    const trial = await new TextClassifier({ model: "linear-svm" }).fit(textsOf(seen), intentsOf(seen), { signal });
    strangers.push(...(await trial.scores(textsOf(held), { signal })).map(most));
  }
  return strangers;
}

// Those of texts that the project itself calls out of scope, for a classifier of the other intents.
async function scoresOfDeclared(examples: readonly IntentExample[], signal?: AbortSignal): Promise<number[]> {
  const [inside, outside] = [examples.filter(({ intent }) => !scopeNames.test(intent)), examples.filter(({ intent }) => scopeNames.test(intent))];
  if (outside.length === 0 || new Set(intentsOf(inside)).size < 2) return [];
  const trial = await new TextClassifier({ model: "linear-svm" }).fit(textsOf(inside), intentsOf(inside), { signal });
  return (await trial.scores(textsOf(outside), { signal })).map(most);
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

// The temperature under which the right intents are likeliest, of a row of them.
function bestTemperature(unseen: readonly UnseenAnswer[]): number {
  const known = unseen.filter(({ index }) => index >= 0);
  const loss = (temperature: number): number =>
    known.reduce((sum, { scores, index }) => sum - Math.log(shareOf(scores, index, temperature) + 1e-9), 0);
  const tried = [0.05, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1].map((temperature) => ({ temperature, loss: loss(temperature) }));
  return known.length === 0 ? 0.25 : tried.reduce((best, one) => (one.loss < best.loss ? one : best)).temperature;
}
