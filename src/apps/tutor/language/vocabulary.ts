// Words of a text that a reader of a level may not know: where they stand, their forms, what stands beside them, a gap to fill. By lists and counts; no dictionary of meanings.
import type { Language } from "../../../core/index.ts";
import { ChineseSegmenter, sentenceSpans, snowballStem, stopwords, wordSpans } from "../../../text/index.ts";
import type { ReadingLevel } from "./simplify.ts";
import { basicChinese, basicEnglish, simplerChinese, simplerEnglish } from "./words.ts";

/** A word to learn. */
export interface VocabularyWord {
  readonly word: string;
  readonly level: ReadingLevel;
  /** As the text writes it. */
  readonly forms: readonly string[];
  readonly count: number;
  /** Sentences that have it, at most three, with their places. */
  readonly contexts: readonly { readonly sentence: string; readonly start: number; readonly end: number }[];
  /** Words that stand beside it most. */
  readonly beside: readonly string[];
  /** A simpler word, where the list has one. */
  readonly simpler?: string;
  /** Its first sentence with a gap. */
  readonly gap: string;
}

/**
 * The words of a text above a level, the most frequent first; at most `most`.
 *
 * @example
 * const [first] = await vocabularyOf("Chlorophyll catches light. The chlorophyll is green.", { level: "A" });
 * [first.word, first.count, first.gap]; // ["chlorophyll", 2, "____ catches light."]
 */
export async function vocabularyOf(
  text: string,
  {
    level = "B",
    most = 20,
    language = /\p{Script=Han}/u.test(text) ? "zh" : "en",
  }: { readonly level?: ReadingLevel; readonly most?: number; readonly language?: Language } = {},
): Promise<VocabularyWord[]> {
  const words = await wordsOf(text, language);
  const sentences = sentenceSpans(text);
  const groups = new Map<string, { start: number; end: number; text: string; index: number }[]>();
  for (const [index, one] of words.entries()) {
    const own = levelOf(one.text, language);
    if (own === undefined || order[own] <= order[level]) continue;
    const key = language === "zh" ? one.text : snowballStem(one.text.toLowerCase());
    groups.set(key, [...(groups.get(key) ?? []), { ...one, index }]);
  }
  return [...groups.values()]
    .sort((a, b) => b.length - a.length || a[0].start - b[0].start)
    .slice(0, most)
    .map((found): VocabularyWord => {
      const [first] = found;
      const forms = [...new Set(found.map((one) => one.text.toLowerCase()))];
      const word = [...forms].sort((a, b) => a.length - b.length)[0];
      const places = [
        ...new Map(
          found.flatMap((one) => sentences.filter(({ start, end }) => start <= one.start && one.end <= end).map((place) => [place.start, place])),
        ).values(),
      ];
      const beside = found
        .flatMap(({ index }) => [words[index - 1]?.text, words[index + 1]?.text])
        .filter((one): one is string => one !== undefined && levelOf(one, language) !== undefined);
      const easier = (language === "zh" ? simplerChinese : simplerEnglish)[word];
      const [place] = places;
      const gap = place === undefined ? "____" : `${text.slice(place.start, first.start)}____${text.slice(first.end, place.end)}`;
      return {
        word,
        level: levelOf(first.text, language)!,
        forms,
        count: found.length,
        contexts: places.slice(0, 3).map(({ text: sentence, start, end }) => ({ sentence, start, end })),
        beside: [...new Set(beside.map((one) => one.toLowerCase()))].slice(0, 5),
        ...(easier === undefined ? {} : { simpler: easier }),
        gap,
      };
    });
}

const order: Readonly<Record<ReadingLevel | "basic", number>> = { basic: 0, A: 1, B: 2, C: 3 };
const small = { en: new Set(stopwords("en", "full")), zh: new Set(stopwords("zh", "full")) };
const stems = new Set(basicEnglish.map((word) => snowballStem(word)));
const basic = new Set(basicChinese);

async function wordsOf(text: string, language: Language): Promise<{ start: number; end: number; text: string }[]> {
  if (language === "en") return wordSpans(text).filter(({ text: word }) => /^[A-Za-z][a-z'-]+$/.test(word));
  const segmenter = await ChineseSegmenter.open();
  return segmenter.tag(text).filter(({ text: word, tag }) => /^\p{Script=Han}{2,}$/u.test(word) && !/^(?:nr|ns|nt|m|x)/.test(tag));
}

// By the list of basic words, then by length and ending: A is A2 and below, B is B1 and B2, C the rest. Undefined: too small to be learned.
function levelOf(word: string, language: Language): ReadingLevel | undefined {
  const plain = word.toLowerCase();
  if (small[language].has(plain)) return undefined;
  if (language === "zh") return basic.has(word) ? "A" : simplerChinese[word] !== undefined || word.length >= 4 ? "C" : "B";
  if (plain.length < 3) return undefined;
  if (stems.has(snowballStem(plain))) return "A";
  if (simplerEnglish[plain] !== undefined || plain.length >= 10 || /(?:tion|sion|ity|ism|ology|phyll|osis|aceous|itude|escence|ivity)s?$/.test(plain))
    return "C";
  return "B";
}
