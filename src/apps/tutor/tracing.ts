// What a learner knows: the chance that the next answer on a concept is right, from all answers so far. Features and a small network; stores nothing.
import { aSignal, InkstoneError, type Rules, readOptions, whole } from "../../core/index.ts";
import { Dense } from "../../nn/index.ts";
import { Sequential } from "../../train/index.ts";

/** An answer, oldest first in a list. */
export interface LearnerAnswer {
  readonly concept: string;
  readonly right: boolean;
}

/** A tracer as plain data. */
export interface SavedTracer {
  readonly formatVersion: 1;
  /** How often answers are right at all, and on each concept (log odds). */
  readonly mean: number;
  readonly concepts: Readonly<Record<string, number>>;
  readonly center: readonly number[];
  readonly scale: readonly number[];
  /** Weights of a hidden layer (features x units), its bias, output weights, output bias; none: the rule of thumb. */
  readonly layers: readonly (readonly number[])[];
}

/** How a tracer is trained. */
export interface TracerOptions {
  /** Rounds over all answers. Default 12. */
  readonly epochs?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

const rules: Rules<TracerOptions> = { epochs: whole(1, 1000), seed: whole(0), signal: aSignal };
const units = 32;
const featureCount = 19;
const odds = (share: number): number => Math.log(share / (1 - share));
const chance = (logit: number): number => 1 / (1 + Math.exp(-logit));
const between = (value: number): number => Math.min(0.98, Math.max(0.02, value));

interface Seen {
  right: number;
  wrong: number;
  decayed: number;
  last: boolean;
  at: number;
  streak: number;
}

// All that is remembered of a learner while answers are read one by one.
class History {
  readonly #mean: number;
  readonly #concepts = new Map<string, Seen>();
  #all = { right: 0, wrong: 0, short: 0, long: 0, surprise: 0 };
  #last: LearnerAnswer | undefined;
  #count = 0;

  constructor(mean: number) {
    this.#mean = mean;
    this.#all = { ...this.#all, short: mean, long: mean };
  }

  features(concept: string, difficulty: number): number[] {
    const mean = this.#mean;
    const { right, wrong, short, long, surprise } = this.#all;
    const seen = this.#concepts.get(concept);
    const [s, f] = [seen?.right ?? 0, seen?.wrong ?? 0];
    const same = this.#last?.concept === concept;
    const last = this.#last === undefined ? 0 : this.#last.right ? 1 : -1;
    const streak = seen?.streak ?? 0;
    return [
      difficulty,
      Math.log1p(s),
      Math.log1p(f),
      odds((s + 2 * mean) / (s + f + 2)),
      Math.log1p(right),
      Math.log1p(wrong),
      odds((right + 3 * mean) / (right + wrong + 3)),
      odds(between(seen?.decayed ?? mean)),
      odds(between(short)),
      odds(between(long)),
      same ? 1 : 0,
      same ? last : 0,
      same ? 0 : last,
      seen === undefined ? 0 : seen.last ? 1 : -1,
      seen === undefined ? 1 : 0,
      seen === undefined ? 0 : Math.log1p(this.#count - seen.at),
      surprise,
      Math.min(streak, 5) / 5,
      Math.max(streak, -5) / 5,
    ];
  }

  add(answer: LearnerAnswer, difficulty: number): void {
    const { concept, right } = answer;
    const y = right ? 1 : 0;
    const seen = this.#concepts.get(concept) ?? { right: 0, wrong: 0, decayed: this.#mean, last: right, at: 0, streak: 0 };
    seen.right += y;
    seen.wrong += 1 - y;
    seen.decayed = 0.7 * seen.decayed + 0.3 * y;
    seen.last = right;
    seen.at = this.#count;
    seen.streak = right ? Math.max(seen.streak, 0) + 1 : Math.min(seen.streak, 0) - 1;
    this.#concepts.set(concept, seen);
    const all = this.#all;
    all.right += y;
    all.wrong += 1 - y;
    all.short = 0.8 * all.short + 0.2 * y;
    all.long = 0.95 * all.long + 0.05 * y;
    all.surprise = 0.9 * all.surprise + (y - chance(difficulty));
    this.#last = answer;
    this.#count++;
  }
}

// Without training: how the concept went, the learner's level, the last answer on it. Set by hand, not fitted.
const byRule = (features: readonly number[]): number =>
  0.4 * features[0] +
  0.5 * features[3] +
  0.3 * features[6] +
  0.25 * features[7] +
  0.35 * features[11] +
  0.3 * features[12] +
  0.15 * (features[1] - features[2]);

/**
 * Traces knowledge: from the answers so far to the chance that the next one is right. Without training it goes by a rule of thumb that knows no concept's difficulty; trained on a log of
 * answers, by a network of 32 units on 19 counts (LOG.md has its figure on ASSISTments 2009).
 *
 * @example
 * const tracer = new KnowledgeTracer();
 * const answers = [true, true, true].map((right) => ({ concept: "fractions", right }));
 * tracer.mastery(answers, "fractions") > tracer.mastery([], "fractions"); // true
 * tracer.mastery(answers.map((one) => ({ ...one, right: false })), "fractions") < 0.5; // true
 */
export class KnowledgeTracer {
  readonly #saved: SavedTracer;

  constructor(saved: SavedTracer = { formatVersion: 1, mean: 0.65, concepts: {}, center: [], scale: [], layers: [] }) {
    const [hidden, bias, out, end] = saved.layers;
    const sound =
      saved.layers.length === 0 ||
      (saved.center.length === featureCount &&
        saved.scale.length === featureCount &&
        hidden?.length === featureCount * bias?.length &&
        out?.length === bias.length &&
        end?.length === 1);
    if (saved.formatVersion !== 1 || !sound)
      throw new InkstoneError("E_RULES_FILE", {
        file: "tracer",
        where: "/layers",
        why: { en: "the sizes of its weights do not fit", zh: "权重的大小不符" },
      });
    this.#saved = saved;
  }

  /** The chance that the next answer on a concept is right, after these answers: 0 to 1. */
  mastery(answers: readonly LearnerAnswer[], concept: string): number {
    return this.#chance(this.#read(answers).features(concept, this.#difficulty(concept)));
  }

  /** The same for several concepts at once. */
  masteries(answers: readonly LearnerAnswer[], concepts: readonly string[]): number[] {
    const history = this.#read(answers);
    return concepts.map((concept) => this.#chance(history.features(concept, this.#difficulty(concept))));
  }

  /** For each answer, the chance of a right one as it was before it: what a trial compares with what came. */
  predictions(answers: readonly LearnerAnswer[]): number[] {
    const history = new History(this.#saved.mean);
    return answers.map((answer) => {
      const difficulty = this.#difficulty(answer.concept);
      const found = this.#chance(history.features(answer.concept, difficulty));
      history.add(answer, difficulty);
      return found;
    });
  }

  /** As plain data. */
  toJSON(): SavedTracer {
    return this.#saved;
  }

  #read(answers: readonly LearnerAnswer[]): History {
    const history = new History(this.#saved.mean);
    for (const answer of answers) history.add(answer, this.#difficulty(answer.concept));
    return history;
  }

  #difficulty(concept: string): number {
    return Object.hasOwn(this.#saved.concepts, concept) ? this.#saved.concepts[concept] : odds(this.#saved.mean);
  }

  #chance(features: readonly number[]): number {
    const { layers, center, scale } = this.#saved;
    if (layers.length === 0) return chance(byRule(features));
    const [hidden, bias, out, [end]] = layers;
    let logit = end;
    for (let unit = 0; unit < bias.length; unit++) {
      let sum = bias[unit];
      for (let i = 0; i < featureCount; i++) sum += ((features[i] - center[i]) / scale[i]) * hidden[i * bias.length + unit];
      logit += Math.tanh(sum) * out[unit];
    }
    return chance(logit);
  }

  /**
   * Learns from the answers of many learners, each a list, oldest first.
   *
   * Errors: E_FIT_EMPTY without answers; E_OPTION, E_OPTION_UNKNOWN; the signal's reason.
   *
   * @example
   * const log = Array.from({ length: 20 }, (_, i) => Array.from({ length: 10 }, (_, k) => ({ concept: k % 2 ? "easy" : "hard", right: k % 2 === 1 || i % 4 === 0 })));
   * const tracer = await KnowledgeTracer.train(log, { epochs: 20 });
   * tracer.mastery([], "easy") > tracer.mastery([], "hard"); // true
   */
  static async train(learners: readonly (readonly LearnerAnswer[])[], options: TracerOptions = {}): Promise<KnowledgeTracer> {
    const { epochs = 12, seed = 0, signal } = readOptions("KnowledgeTracer.train", options, rules);
    const all = learners.flat();
    if (all.length === 0) throw new InkstoneError("E_FIT_EMPTY", { what: { en: "there are no answers", zh: "没有作答记录" } });
    const mean = between(all.filter(({ right }) => right).length / all.length);
    const concepts = difficulties(all, mean);
    const rows = new Float32Array(all.length * featureCount);
    const truth = Float32Array.from(all, ({ right }) => (right ? 1 : 0));
    let at = 0;
    for (const [i, answers] of learners.entries()) {
      if (i % 100 === 99) await new Promise((next) => setImmediate(next));
      signal?.throwIfAborted();
      const history = new History(mean);
      for (const answer of answers) {
        rows.set(history.features(answer.concept, concepts[answer.concept]), at);
        history.add(answer, concepts[answer.concept]);
        at += featureCount;
      }
    }
    const { center, scale } = standardise(rows);
    const model = new Sequential([new Dense({ units, activation: "tanh", inputDim: featureCount }), new Dense({ units: 1, activation: "sigmoid" })]);
    model.compile({ optimizer: "adam", loss: "binary_crossentropy" });
    await model.fit(
      { values: rows, shape: [all.length, featureCount] },
      { values: truth, shape: [all.length, 1] },
      { epochs, batchSize: 256, seed, verbose: 0, signal },
    );
    const layers = model.getWeights().map((one) => Array.from(one));
    return new KnowledgeTracer({ formatVersion: 1, mean, concepts, center, scale, layers });
  }
}

function difficulties(all: readonly LearnerAnswer[], mean: number): Record<string, number> {
  const counts = new Map<string, [number, number]>();
  for (const { concept, right } of all) {
    const one = counts.get(concept) ?? [0, 0];
    one[0] += right ? 1 : 0;
    one[1]++;
    counts.set(concept, one);
  }
  return Object.fromEntries([...counts].map(([concept, [right, count]]) => [concept, odds((right + 5 * mean) / (count + 5))]));
}

// Columns of mean 0 and deviation 1, in place.
function standardise(rows: Float32Array): { center: number[]; scale: number[] } {
  const count = rows.length / featureCount;
  const center = Array.from({ length: featureCount }, () => 0);
  const scale = Array.from({ length: featureCount }, () => 0);
  for (let i = 0; i < rows.length; i++) center[i % featureCount] += rows[i] / count;
  for (let i = 0; i < rows.length; i++) scale[i % featureCount] += (rows[i] - center[i % featureCount]) ** 2 / count;
  for (let i = 0; i < featureCount; i++) scale[i] = Math.sqrt(scale[i]) || 1;
  for (let i = 0; i < rows.length; i++) rows[i] = (rows[i] - center[i % featureCount]) / scale[i % featureCount];
  return { center, scale };
}
