// Chinese words: jieba's precise mode by its native binding, and Node's own ICU where that cannot be loaded. Knows words and tags, not sentences.
// Source of the method: Sun Junyi, jieba 0.42 (MIT): the likeliest path through the dictionary, and a hidden Markov model for what is not in it.
import { InkstoneError, refuseUnknown } from "../../core/index.ts";
import { adjoining, type Span, sliced } from "./spans.ts";
import { checkedWords, type Frequencies, frequenciesOf, parseUserDictionary, suggestedFrequency, type UserWord } from "./user-dictionary.ts";

/** How a segmenter is made. */
export interface ChineseOptions {
  /** Own words, as objects or in jieba's format (`WORD [FREQUENCY] [TAG]` a line). */
  readonly userDictionary?: string | readonly UserWord[];
  /** "jieba" (default where its binding loads) or "icu": no dictionary of one's own, no tags, other words (人工智能 becomes 人工 and 智能). */
  readonly engine?: "jieba" | "icu";
}

/** A word with its part of speech in jieba's tags ("n", "v", "nr" …; "x" for what is no word). */
export interface TaggedSpan extends Span {
  readonly tag: string;
}

/** What is used of the binding. */
interface Binding {
  cut(text: string, hmm: boolean): string[];
  cutForSearch(text: string, hmm: boolean): string[];
  tag(text: string, hmm: boolean): Word[];
  loadDict(dictionary: Uint8Array): void;
}

// Texts go to the binding in pieces, so that a cut does not hold up the event loop for long and its memory stays bounded.
const pieceLength = 65_536;
// ICU's time grows with the square of a run of characters without a break.
const icuLength = 2048;

const byOpen = Symbol("open");

/**
 * Cuts Chinese text into words. Latin words, numbers and all other characters come out too: the pieces side by side are the whole text.
 *
 * @example
 * const segmenter = await ChineseSegmenter.open();
 * segmenter.cut("我来到北京清华大学"); // ["我", "来到", "北京", "清华大学"]
 */
export class ChineseSegmenter {
  readonly engine: "jieba" | "icu";
  readonly #jieba: Binding | undefined;
  readonly #icu: Intl.Segmenter | undefined;

  /** Words of one's own that look like a misread number: they stay whole. */
  readonly #own: ReadonlySet<string>;

  private constructor(jieba: Binding | undefined, own: readonly UserWord[], opened: symbol) {
    // "private" is the compiler's word only: plain JavaScript would be given one without its dictionary.
    if (opened !== byOpen)
      throw new InkstoneError("E_OPTION", {
        option: "new ChineseSegmenter()",
        value: undefined,
        allowed: { en: "await ChineseSegmenter.open()", zh: "await ChineseSegmenter.open()" },
      });
    this.#own = new Set(own.flatMap(({ word }) => (joined.test(word) ? [word] : [])));
    this.engine = jieba === undefined ? "icu" : "jieba";
    this.#jieba = jieba;
    this.#icu = jieba === undefined ? new Intl.Segmenter("zh", { granularity: "word" }) : undefined;
  }

  /**
   * Loads the dictionary (some 0.2 s; with the default dictionary it is loaded once and shared).
   *
   * Errors: E_DICTIONARY for a user dictionary; E_OPTION when it is given to ICU; what loading the binding throws when "jieba" is asked for by name.
   */
  static async open(options: ChineseOptions = {}): Promise<ChineseSegmenter> {
    refuseUnknown<ChineseOptions>("open", options, { userDictionary: true, engine: true });
    const { userDictionary, engine } = options;
    const words = typeof userDictionary === "string" ? parseUserDictionary(userDictionary) : checkedWords(userDictionary ?? []);
    const jieba = engine === "icu" ? undefined : await (words.length > 0 ? freshBinding(words) : sharedBinding()).catch(unless(engine === "jieba"));
    if (jieba === undefined && words.length > 0)
      throw new InkstoneError("E_OPTION", {
        option: "userDictionary",
        value: words.length,
        allowed: { en: "only with jieba, whose binding cannot be loaded here", zh: "仅限 jieba，而此处无法加载其组件" },
      });
    return new ChineseSegmenter(jieba, words, byOpen);
  }

  /** The words of a text: `words.join("")` is the text (a lone surrogate comes out as U+FFFD). */
  cut(text: string): string[] {
    const jieba = this.#jieba;
    if (jieba === undefined) return pieces(text, icuLength).flatMap((piece) => Array.from(this.#icu!.segment(piece), ({ segment }) => segment));
    return text.length <= pieceLength
      ? this.#mended(text, jieba.cut(text, true))
      : pieces(text, pieceLength).flatMap((piece) => this.#mended(piece, jieba.cut(piece, true)));
  }

  /** The words with their places; `text` is the slice of the source. */
  spans(text: string): Span[] {
    const spans = adjoining(this.cut(text));
    return /\p{Cs}/u.test(text) ? spans.map(({ start, end }) => sliced(text, start, end)) : spans;
  }

  /** jieba's search mode: before a long word come the shorter ones that it holds. With ICU the same as `cut`. */
  cutForSearch(text: string): string[] {
    const jieba = this.#jieba;
    return jieba === undefined ? this.cut(text) : pieces(text, pieceLength).flatMap((piece) => this.#mended(piece, jieba.cutForSearch(piece, true)));
  }

  /** Words with places and tags; ICU has no tags and gives "x". */
  tag(text: string): TaggedSpan[] {
    const jieba = this.#jieba;
    if (jieba === undefined) return this.spans(text).map((span) => ({ ...span, tag: "x" }));
    const tagged = pieces(text, pieceLength).flatMap((piece) => tagByJieba(jieba, piece, this.#own));
    return adjoining(tagged.map(({ word }) => word)).map(({ start, end }, i) => ({ ...sliced(text, start, end), tag: tagged[i].tag }));
  }

  #mended(text: string, words: string[]): string[] {
    const same = (word: string): string => word;
    return misread.test(text) ? mended(words, this.#own, same, same) : words;
  }
}

// Cut behind a mark that no word spans, if there is one near; else in the middle, never inside a surrogate pair.
function pieces(text: string, length: number): string[] {
  const found: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + length);
    if (end < text.length) {
      const near = Math.max(start, end - 1024);
      while (end > near && !breaks.includes(text[end - 1])) end--;
      if (end === near) end = Math.min(text.length, start + length);
      if (/[\ud800-\udbff]/.test(text[end - 1])) end--;
    }
    found.push(text.slice(start, end));
    start = end;
  }
  return found;
}

const breaks = " \n\t。，！？；：、（）“”,!?;:()";

interface Word {
  readonly word: string;
  readonly tag: string;
}

// The binding's pattern for numbers takes any character for the decimal point ("2-3" as one word, "GPT-4" and "o"), where jieba's takes only a full stop. Where that can have
// happened the words are joined again and cut by jieba's pattern.
const misread = /[a-zA-Z0-9][+#&_%-]\d/;
const joined = /^[a-zA-Z0-9]+[+#&_%-]\d+%?$/;
const inWords = /^[a-zA-Z0-9+#&._%-]+$/;
const latinWords = /[a-zA-Z0-9]+(?:\.\d+)?%?|[+#&._%-]+?(?=[a-zA-Z0-9]|$)/g;

function mended<T>(items: readonly T[], own: ReadonlySet<string>, wordOf: (item: T) => string, make: (word: string) => T): T[] {
  const result: T[] = [];
  for (let i = 0; i < items.length; i++) {
    if (!joined.test(wordOf(items[i])) || own.has(wordOf(items[i]))) {
      result.push(items[i]);
      continue;
    }
    let run = wordOf(items[i]);
    while (i + 1 < items.length && inWords.test(wordOf(items[i + 1])) && !own.has(wordOf(items[i + 1]))) run += wordOf(items[++i]);
    for (const [word] of run.matchAll(latinWords)) result.push(make(word));
  }
  return result;
}

const latinTag = (word: string): string => (/^[\d.]+%?$/.test(word) ? "m" : /^[a-zA-Z0-9]/.test(word) ? "eng" : "x");

function tagByJieba(jieba: Binding, text: string, own: ReadonlySet<string>): Word[] {
  const words = jieba.tag(text, true);
  return misread.test(text)
    ? mended(
        words,
        own,
        ({ word }) => word,
        (word) => ({ word, tag: latinTag(word) }),
      )
    : words;
}

const unless =
  (asked: boolean) =>
  (error: unknown): undefined => {
    if (asked || error instanceof InkstoneError) throw error;
    return undefined;
  };

let shared: Promise<Binding> | undefined;

function sharedBinding(): Promise<Binding> {
  shared ??= freshBinding([]);
  return shared;
}

let frequencies: Frequencies | undefined;

async function freshBinding(words: readonly UserWord[]): Promise<Binding> {
  const [{ Jieba }, { dict }] = await Promise.all([import("@node-rs/jieba"), import("@node-rs/jieba/dict.js")]);
  const jieba: Binding = Jieba.withDict(dict);
  for (const { word, frequency, tag } of words) {
    if (frequency === undefined) frequencies ??= frequenciesOf(dict);
    const count = frequency ?? suggestedFrequency(word, jieba.cut(word, false), frequencies!);
    jieba.loadDict(Buffer.from(`${word} ${count}${tag === undefined ? "" : ` ${tag}`}\n`));
  }
  return jieba;
}
