// n-gram language model with interpolated modified Kneser-Ney smoothing. Words are strings; knows no cutting of texts.
import { InkstoneError, refuseUnknown } from "../core/index.ts";
import { checkedNumber } from "./checks.ts";
import { fitted } from "./linear.ts";
import { readModel } from "./saved.ts";
import { Turns } from "./turns.ts";
import type { FitOptions, SavedModel } from "./types.ts";

/** How a model is made. */
export interface KneserNeyOptions {
  /** Words of the longest n-gram. Default 3. */
  readonly order?: number;
  /** Words that occur less often count as unknown. Default 1: every word of the training data is known. */
  readonly minCount?: number;
}

const UNKNOWN = 0;
const END = 1;
const BEGIN = 2;
const FIRST = 3;

/** What follows a context. */
interface Followers {
  readonly counts: Map<number, number>;
  total: number;
  /** Followers seen once, twice, and more often. */
  readonly kinds: [number, number, number];
}

type Discounts = readonly [once: number, twice: number, more: number];
type Level = Map<string, Followers>;

interface Counts {
  readonly words: ReadonlyMap<string, number>;
  /** Contexts of 0, 1, … words. */
  readonly levels: readonly Level[];
  readonly discounts: readonly Discounts[];
}

/**
 * P(word | words before) = max(0, c − D(c)) / Σc + γ · P(word | one word less), down to 1 / vocabulary; c are counts for the longest n-grams, and for shorter ones the number of
 * different words before them; D by whether c is 1, 2 or more. Over the vocabulary, the end of the sentence and the unknown word it sums to 1 in every context.
 *
 * Defaults: `KneserNeyOptions`. Errors: `E_OPTION`, `E_FIT_EMPTY`, `E_NOT_FITTED`, `E_CANCELLED`. Source: Chen & Goodman 1999, section 3.
 *
 * @example
 * const model = await new KneserNey({ order: 2 }).fit([["the", "cat", "sat"], ["the", "cat", "ran"], ["a", "dog", "sat"]]);
 * model.probability("cat", ["the"]) > model.probability("dog", ["the"]); // true
 * model.perplexity([["the", "cat", "ran"]]) < model.perplexity([["ran", "a", "the"]]); // true
 */
export class KneserNey {
  readonly #options: KneserNeyOptions;
  #counts: Counts | undefined;

  constructor(options: KneserNeyOptions = {}) {
    refuseUnknown<KneserNeyOptions>("KneserNey", options, { order: true, minCount: true });
    checkedNumber("order", options.order ?? 3, { least: 1, most: 10, whole: true });
    checkedNumber("minCount", options.minCount ?? 1, { least: 1, whole: true });
    this.#options = options;
  }

  get order(): number {
    return this.#options.order ?? 3;
  }

  /** Known words; "</s>" ends a sentence, "<unk>" is any other word. */
  get vocabulary(): readonly string[] {
    return ["<unk>", "</s>", ...this.#fitted().words.keys()];
  }

  /** Learns from sentences, each a list of words. */
  async fit(sentences: Iterable<readonly string[]>, options: FitOptions = {}): Promise<this> {
    refuseUnknown<FitOptions>("fit", options, { signal: true, onProgress: true });
    const { signal } = options;
    const turns = new Turns(signal);
    const all = [...sentences];
    if (all.length === 0) throw new InkstoneError("E_FIT_EMPTY", { what: { en: "there is no sentence", zh: "没有句子" } });
    const words = await frequentWords(all, this.#options.minCount ?? 1, turns);
    const longest: Level = new Map();
    for (const sentence of all) {
      const ids = padded(sentence, words, this.order);
      for (let i = this.order - 1; i < ids.length; i++) add(longest, ids.slice(i - this.order + 1, i), ids[i], 1);
      await turns.pass(OPERATIONS * this.order * ids.length);
    }
    const levels = [longest];
    while (levels.length < this.order) levels.unshift(await shorter(levels[0], turns));
    const discounts: Discounts[] = [];
    for (const level of levels) discounts.push(await discountsOf(level, turns));
    this.#counts = { words, levels, discounts };
    return this;
  }

  /** P(word | context): the last words before it, as many as there are; none at the start of a sentence (see `atStart`). "</s>" ends a sentence. */
  probability(word: string, context: readonly string[] = [], { atStart = false }: { readonly atStart?: boolean } = {}): number {
    const { words } = this.#fitted();
    const before = context.map((one) => words.get(one) ?? UNKNOWN);
    const start = atStart ? new Array<number>(this.order - 1).fill(BEGIN) : [];
    const ids = [...start, ...before];
    return this.#probability(word === "</s>" ? END : (words.get(word) ?? UNKNOWN), ids.slice(Math.max(0, ids.length - this.order + 1)));
  }

  /** ln P(sentence), its end included. */
  logProbability(sentence: readonly string[]): number {
    const ids = padded(sentence, this.#fitted().words, this.order);
    let sum = 0;
    for (let i = this.order - 1; i < ids.length; i++) sum += Math.log(this.#probability(ids[i], ids.slice(i - this.order + 1, i)));
    return sum;
  }

  /** e^(−mean ln P) over all words and ends of sentences. */
  perplexity(sentences: Iterable<readonly string[]>): number {
    let [sum, count] = [0, 0];
    for (const sentence of sentences) {
      sum += this.logProbability(sentence);
      count += sentence.length + 1;
    }
    if (count === 0) throw new InkstoneError("E_FIT_EMPTY", { what: { en: "there is no sentence", zh: "没有句子" } });
    return Math.exp(-sum / count);
  }

  toJSON(): SavedModel {
    const { words, levels, discounts } = this.#fitted();
    const plain = levels.map((level) => [...level].map(([context, { counts }]) => [context, [...counts].flat()]));
    return { formatVersion: 1, type: "KneserNey", options: this.#options, words: [...words.keys()], levels: plain, discounts };
  }

  /** Reads what `toJSON` gave. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown): KneserNey {
    const model = readModel(saved, "KneserNey");
    const made = new KneserNey(model.options());
    const names = model.strings("words");
    const [levels, discounts] = [model.field("levels"), model.field("discounts")];
    if (!Array.isArray(levels) || levels.length !== made.order) return model.refuse("levels");
    const areGood =
      Array.isArray(discounts) &&
      discounts.length === made.order &&
      discounts.every((three) => Array.isArray(three) && three.length === 3 && three.every(Number.isFinite));
    if (!areGood) return model.refuse("discounts");
    const read = (level: unknown) => readLevel(level) ?? model.refuse("levels");
    made.#counts = { words: new Map(names.map((name, i) => [name, i + FIRST])), levels: levels.map(read), discounts };
    return made;
  }

  #probability(word: number, context: readonly number[]): number {
    const { words, levels, discounts } = this.#fitted();
    let probability = 1 / (words.size + 2);
    for (let length = 0; length <= context.length; length++) {
      const followers = levels[length].get(keyOf(context.slice(context.length - length)));
      if (followers === undefined) break;
      const three = discounts[length];
      const count = followers.counts.get(word) ?? 0;
      const kept = count > 0 ? count - three[Math.min(count, 3) - 1] : 0;
      const [once, twice, more] = followers.kinds;
      const left = three[0] * once + three[1] * twice + three[2] * more;
      probability = (Math.max(0, kept) + left * probability) / followers.total;
    }
    return probability;
  }

  #fitted(): Counts {
    return fitted(this.#counts, "KneserNey");
  }
}

const keyOf = (context: readonly number[]) => context.join(" ");

/** What one n-gram costs, in simple operations: a look into tables of tables by a text. */
const OPERATIONS = 100;

async function frequentWords(sentences: readonly (readonly string[])[], fewest: number, turns: Turns): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const sentence of sentences) {
    for (const word of sentence) counts.set(word, (counts.get(word) ?? 0) + 1);
    await turns.pass(OPERATIONS * sentence.length);
  }
  const kept = [...counts].filter(([, count]) => count >= fewest);
  return new Map(kept.map(([word], i) => [word, i + FIRST]));
}

function padded(sentence: readonly string[], words: ReadonlyMap<string, number>, order: number): number[] {
  return [...new Array<number>(order - 1).fill(BEGIN), ...sentence.map((word) => words.get(word) ?? UNKNOWN), END];
}

function add(level: Level, context: readonly number[], word: number, count: number): void {
  const key = keyOf(context);
  let followers = level.get(key);
  if (followers === undefined) {
    followers = { counts: new Map(), total: 0, kinds: [0, 0, 0] };
    level.set(key, followers);
  }
  followers.counts.set(word, (followers.counts.get(word) ?? 0) + count);
  followers.total += count;
}

// Continuation counts: in how many different contexts an n-gram stands. One that begins a sentence stands in one only; its own count is kept.
async function shorter(longer: Level, turns: Turns): Promise<Level> {
  const level: Level = new Map();
  for (const [key, { counts }] of longer) {
    const context = key === "" ? [] : key.split(" ").map(Number);
    const isBegin = context[1] === BEGIN;
    for (const [word, count] of counts) add(level, context.slice(1), word, isBegin ? count : 1);
    await turns.pass(OPERATIONS * counts.size);
  }
  return level;
}

function countKinds({ counts, kinds }: Followers): void {
  for (const count of counts.values()) kinds[Math.min(count, 3) - 1]++;
}

// The kinds of counts behind each context; and the discounts, from how many n-grams there are with counts 1 to 4. Where some are missing, the values for which they are known to be small: 1/2, 1, 3/2.
async function discountsOf(level: Level, turns: Turns): Promise<Discounts> {
  const seen = [0, 0, 0, 0, 0];
  for (const followers of level.values()) {
    countKinds(followers);
    for (const count of followers.counts.values()) if (count <= 4) seen[count]++;
    await turns.pass(OPERATIONS * followers.counts.size);
  }
  const [, one, two, three, four] = seen;
  if (one === 0 || two === 0 || three === 0 || four === 0) return [0.5, 1, 1.5];
  const y = one / (one + 2 * two);
  const bounded = (value: number, most: number) => Math.min(most, Math.max(0, value));
  return [bounded(1 - (2 * y * two) / one, 1), bounded(2 - (3 * y * three) / two, 2), bounded(3 - (4 * y * four) / three, 3)];
}

function readLevel(saved: unknown): Level | undefined {
  if (!Array.isArray(saved)) return undefined;
  const level: Level = new Map();
  for (const entry of saved as unknown[]) {
    const [key, flat] = Array.isArray(entry) ? (entry as [unknown, unknown]) : [];
    if (typeof key !== "string" || !Array.isArray(flat) || flat.length % 2 !== 0) return undefined;
    if (!flat.every((value) => Number.isSafeInteger(value) && Number(value) >= 0)) return undefined;
    const followers: Followers = { counts: new Map(), total: 0, kinds: [0, 0, 0] };
    for (let i = 0; i < flat.length; i += 2) {
      followers.counts.set(Number(flat[i]), Number(flat[i + 1]));
      followers.total += Number(flat[i + 1]);
    }
    countKinds(followers);
    level.set(key, followers);
  }
  return level;
}
