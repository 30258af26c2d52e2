// Vectors joined to what else looks at texts: near duplicates by meaning, annotated texts with vectors, topics of vectors. Knows no model's insides.
import { KMeans } from "../classical/index.ts";
import { aSignal, InkstoneError, type Rules, readOptions, whole } from "../core/index.ts";
import type { NearDuplicateBatches } from "../data/index.ts";
import { placedWords, type TextEmbedder } from "../generate/index.ts";
import { Doc, stopwords } from "../text/index.ts";
import { vectorRows } from "./text-scorer.ts";

/** Texts that are remembered: with 384 values 77 MB. */
const CAPACITY = 50_000;

/** Vectors of length 1, the last `capacity` of them. */
class Remembered {
  #values = new Float32Array(0);
  #width = 0;
  #size = 0;

  /** The place of the nearest one at or above `least`, the earliest of equals; -1: none. Then keeps this one. */
  meet(vector: Float32Array, least: number): number {
    if (this.#width === 0) this.#width = vector.length;
    const width = this.#width;
    const kept = Math.min(this.#size, CAPACITY);
    let [best, at] = [least, -1];
    for (let row = 0; row < kept; row++) {
      let sum = 0;
      for (let i = 0, from = row * width; i < width; i++) sum += this.#values[from + i] * vector[i];
      if (sum > best || (sum === best && at < 0)) [best, at] = [sum, row];
    }
    const place = this.#size % CAPACITY;
    if ((place + 1) * width > this.#values.length) {
      const grown = new Float32Array(Math.min(CAPACITY, Math.max(256, 2 * (place + 1))) * width);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values.set(vector, place * width);
    this.#size++;
    return at;
  }

  /** Where the last one lies. */
  get last(): number {
    return (this.#size - 1) % CAPACITY;
  }
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? vector : vector.map((value) => value / length);
}

/**
 * A finder of texts whose vector has a cosine of at least `threshold` (default 0.9) with that of an earlier one, for `checkData`.
 *
 * Errors: `E_OPTION` for a threshold outside (0, 1].
 *
 * @example
 * const model = { information: { name: "tiny" }, embed: async (texts) => ({ vectors: texts.map((text) => Float32Array.of(text.includes("car") || text.includes("auto") ? 1 : 0, 1)), tokens: 1 }), close: async () => undefined };
 * const finder = meaningFinder(model, 0.99);
 * await finder.meetAll(["a red car", "a red auto", "a tree"], [5, 6, 7]); // [undefined, 5, undefined]
 */
export function meaningFinder(model: TextEmbedder, threshold: number = 0.9): NearDuplicateBatches {
  if (!(threshold > 0 && threshold <= 1))
    throw new InkstoneError("E_OPTION", { option: "threshold", value: threshold, allowed: ["0 < threshold <= 1"] });
  const remembered = new Remembered();
  const numbers = new Float64Array(CAPACITY);
  return {
    async meetAll(texts, given, signal) {
      const { vectors } = await model.embed(texts, { signal });
      const found: (number | undefined)[] = [];
      for (const [i, vector] of vectors.entries()) {
        const at = remembered.meet(unit(vector), threshold);
        found.push(at < 0 ? undefined : numbers[at]);
        numbers[remembered.last] = given[i];
        if (i % 16 === 15) await new Promise((resolve) => setImmediate(resolve));
      }
      return found;
    },
  };
}

/** How annotated texts get vectors. */
export interface DocVectorOptions {
  /** Also a vector for every word (of its lemma alone). Default false. */
  readonly words?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Annotated texts with vectors: `doc.vector`, with `words` also `token.vector`; from then on `doc.similarity` is of meaning.
 *
 * @example
 * const nlp = await loadNlp({ language: "zh" });
 * const model = { information: { name: "tiny" }, embed: async (texts) => ({ vectors: texts.map((text) => Float32Array.of(text.length, 1)), tokens: 1 }), close: async () => undefined };
 * const [doc] = await withVectors([nlp("磨墨。")], model);
 * doc.vector; // [3, 1]
 */
export async function withVectors(docs: readonly Doc[], model: TextEmbedder, { words = false, signal }: DocVectorOptions = {}): Promise<Doc[]> {
  const lemmas = words ? [...new Set(docs.flatMap(({ tokens }) => tokens.filter(({ isPunct }) => !isPunct).map(({ lemma }) => lemma)))] : [];
  const { vectors } = await model.embed([...docs.map(({ text }) => text), ...lemmas], { signal });
  const known = new Map(lemmas.map((lemma, i) => [lemma, vectors[docs.length + i]]));
  return docs.map(({ text, language, tokens, entities }, i) => {
    const own = words
      ? tokens.map((token) => (known.has(token.lemma) && !token.isPunct ? { ...token, vector: known.get(token.lemma) as Float32Array } : token))
      : tokens;
    return new Doc(text, language, { tokens: own, entities }, vectors[i]);
  });
}

/** A group of texts of like meaning. */
export interface MeaningTopic {
  readonly size: number;
  /** What sets its words apart from the other groups', most telling first. */
  readonly words: readonly string[];
  /** Its texts by number, the most central first. */
  readonly members: readonly number[];
}

/** How groups are found. */
export interface MeaningTopicsOptions {
  /** How many. Default 8, at most the texts. */
  readonly topics?: number;
  /** Words that are named for each. Default 8. */
  readonly words?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

const topicRules: Rules<MeaningTopicsOptions> = { topics: whole(1), words: whole(0), seed: whole(0), signal: aSignal };

/**
 * Groups texts by their vectors (k-means) and names each group by its words: count in the group · ln(1 + mean words of a group / count in all).
 *
 * Errors: those of `KMeans`. Source: Grootendorst 2022, arXiv:2203.05794, section 3.3 (class-based TF-IDF).
 *
 * @example
 * const texts = ["black ink", "ink and stone", "a fast car", "the car stops"];
 * const topics = await meaningTopics(texts, [Float32Array.of(1, 0), Float32Array.of(0.9, 0), Float32Array.of(0, 1), Float32Array.of(0, 0.9)], { topics: 2, words: 1 });
 * topics.map(({ words }) => words[0]).sort(); // ["car", "ink"]
 */
export async function meaningTopics(
  texts: readonly string[],
  vectors: readonly Float32Array[],
  options: MeaningTopicsOptions = {},
): Promise<MeaningTopic[]> {
  const { topics = 8, words: most = 8, seed = 0, signal } = readOptions("meaningTopics", options, topicRules);
  const units = vectors.map(unit);
  const model = await new KMeans({ nClusters: Math.min(topics, texts.length), seed }).fit(vectorRows(units), { signal });
  const count = Math.min(topics, texts.length);
  const own = Array.from({ length: count }, () => new Map<string, number>());
  const all = new Map<string, number>();
  for (const [i, text] of texts.entries())
    for (const { text: word } of placedWords(text.toLowerCase())) {
      if (!/[\p{L}\p{N}]/u.test(word) || stopwords("en").has(word) || stopwords("zh").has(word)) continue;
      const counts = own[model.labels[i]];
      counts.set(word, (counts.get(word) ?? 0) + 1);
      all.set(word, (all.get(word) ?? 0) + 1);
    }
  const mean = [...all.values()].reduce((sum, each) => sum + each, 0) / count;
  return own
    .map((counts, topic) => {
      const centre = model.centre(topic);
      const near = (i: number) => centre.reduce((sum, value, at) => sum + value * units[i][at], 0);
      const members = [...texts.keys()].filter((i) => model.labels[i] === topic).sort((a, b) => near(b) - near(a) || a - b);
      const weighed = [...counts].map(([word, times]) => [word, times * Math.log(1 + mean / (all.get(word) ?? 1))] as const);
      weighed.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
      return { size: members.length, words: weighed.slice(0, most).map(([word]) => word), members };
    })
    .sort((a, b) => b.size - a.size || a.members[0] - b.members[0]);
}
