// An annotated text: words with lemma and part of speech, sentences, entities, noun phrases. Holds what an annotator found; knows no annotator.
import { sentenceSpans } from "../segment/sentences.ts";
import { type Span, sliced } from "../segment/spans.ts";
import { chunksOf } from "./noun-chunks.ts";

/** Parts of speech of Universal Dependencies. */
export type PartOfSpeech =
  | "ADJ"
  | "ADP"
  | "ADV"
  | "AUX"
  | "CCONJ"
  | "DET"
  | "INTJ"
  | "NOUN"
  | "NUM"
  | "PART"
  | "PRON"
  | "PROPN"
  | "PUNCT"
  | "SCONJ"
  | "SYM"
  | "VERB"
  | "X";

/** A word, number, mark or emoji. */
export interface Token extends Span {
  /** Dictionary form, lower case; in Chinese the word itself. */
  readonly lemma: string;
  readonly pos: PartOfSpeech;
  /** The annotator's own tag: jieba's in Chinese, `pos` in English. */
  readonly tag: string;
  /** In the small list of stop words of its language. */
  readonly isStop: boolean;
  /** Of punctuation marks only. */
  readonly isPunct: boolean;
  /** Where vectors of words were asked for (`withVectors`). */
  readonly vector?: Float32Array;
}

/** A named thing, a time, an amount. */
export interface Entity extends Span {
  /** English (wink): DATE, TIME, DURATION, MONEY, PERCENT, CARDINAL, ORDINAL, EMAIL, URL, HASHTAG, MENTION, EMOJI, EMOTICON. Chinese (jieba): PERSON, LOCATION, ORGANIZATION, DATE, CARDINAL. */
  readonly label: string;
}

/** What an annotator finds; tokens and entities in the order of the text. */
export interface Annotation {
  readonly tokens: readonly Token[];
  readonly entities: readonly Entity[];
}

/**
 * An annotated text. Places are UTF-16 indices: `doc.text.slice(token.start, token.end) === token.text`. Tokens do not overlap, and between them is only white space.
 *
 * @example
 * const nlp = await loadNlp({ language: "zh" });
 * const doc = nlp("我爱北京。他也爱。");
 * doc.tokens.map(({ text, pos }) => `${text}/${pos}`).join(" "); // "我/PRON 爱/VERB 北京/PROPN 。/PUNCT 他/PRON 也/ADV 爱/VERB 。/PUNCT"
 * doc.sentences.map(({ text }) => text); // ["我爱北京。", "他也爱。"]
 * doc.entities.map(({ text, label }) => [text, label]); // [["北京", "LOCATION"]]
 */
export class Doc {
  readonly text: string;
  readonly language: "en" | "zh";
  readonly tokens: readonly Token[];
  readonly entities: readonly Entity[];
  /** Where vectors were asked for (`withVectors`). */
  readonly vector: Float32Array | undefined;
  #sentences: readonly Span[] | undefined;
  #chunks: readonly Span[] | undefined;
  #weights: ReadonlyMap<string, number> | undefined;

  constructor(text: string, language: "en" | "zh", { tokens, entities }: Annotation, vector?: Float32Array) {
    this.text = text;
    this.language = language;
    this.tokens = tokens;
    this.entities = entities;
    this.vector = vector;
  }

  /** By the rules of `sentenceSpans`. */
  get sentences(): readonly Span[] {
    this.#sentences ??= sentenceSpans(this.text);
    return this.#sentences;
  }

  /** Noun phrases without nesting: an optional determiner or number, then adjectives, nouns and names, ending in a noun or name. By tags only, not by a parser. */
  get nounChunks(): readonly Span[] {
    this.#chunks ??= chunksOf(this.tokens).map(([first, last]) => sliced(this.text, first.start, last.end));
    return this.#chunks;
  }

  /**
   * How alike two texts are. Where both have vectors, the cosine of these: of meaning. Else that of their counts of lemmas, without stop words and punctuation; 0 when one of
   * them has none: then "car" and "automobile" have nothing in common.
   */
  similarity(other: Doc): number {
    if (this.vector !== undefined && other.vector?.length === this.vector.length) return cosineOf(this.vector, other.vector);
    const [a, b] = [this.#bag(), other.#bag()];
    let product = 0;
    for (const [lemma, count] of a) product += count * (b.get(lemma) ?? 0);
    const length = (bag: ReadonlyMap<string, number>): number => Math.sqrt([...bag.values()].reduce((sum, count) => sum + count * count, 0));
    return product === 0 ? 0 : Math.min(1, product / (length(a) * length(b)));
  }

  toJSON(): object {
    const { text, language, tokens, entities, sentences, nounChunks } = this;
    return { text, language, tokens, sentences, entities, nounChunks };
  }

  #bag(): ReadonlyMap<string, number> {
    if (this.#weights !== undefined) return this.#weights;
    const bag = new Map<string, number>();
    for (const { lemma, isStop, isPunct } of this.tokens) if (!isStop && !isPunct) bag.set(lemma, (bag.get(lemma) ?? 0) + 1);
    this.#weights = bag;
    return bag;
  }
}

function cosineOf(a: Float32Array, b: Float32Array): number {
  let [product, left, right] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i];
    left += a[i] * a[i];
    right += b[i] * b[i];
  }
  return left === 0 || right === 0 ? 0 : product / Math.sqrt(left * right);
}
