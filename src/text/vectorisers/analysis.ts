// Checks how texts are to be cut, and brings them to the "ngrams" service in batches. Knows no weights.
import { InkstoneError, type Phrase, refuseOption } from "../../core/index.ts";
import type { NgramConfiguration } from "../../native/index.ts";
import { DEFAULT_PATTERN, shortestOf, tokensByPattern } from "./pattern.ts";
import type { NgramOptions } from "./types.ts";

/** Characters of a batch. */
const BATCH = 1 << 20;

/** How texts are cut, checked. */
export interface Analysis {
  readonly kind: NgramConfiguration["kind"];
  readonly range: readonly [number, number];
  readonly shortest: number;
  readonly stopWords: readonly string[];
  /** A text as the service takes it: a text, or its tokens. */
  readonly prepare: (text: string) => string | readonly string[];
}

const twoSizes = { en: "two whole numbers from 1 to 100, the first not above the second", zh: "两个 1 到 100 的整数，前者不大于后者" };

function misfit(option: string, value: unknown, allowed: Phrase): InkstoneError {
  return new InkstoneError("E_OPTION", { option, value, allowed });
}

/** Checks the options. Errors: `E_OPTION`. */
export function analysisOf(options: NgramOptions): Analysis {
  const { analyzer = "word", ngramRange = [1, 1], lowercase = true, stopWords } = options;
  if (!Array.isArray(ngramRange)) throw misfit("ngramRange", ngramRange, twoSizes);
  const [least, most] = ngramRange as readonly [number, number];
  if (!(ngramRange.length === 2 && Number.isInteger(least) && Number.isInteger(most) && least >= 1 && least <= most && most <= 100)) {
    throw misfit("ngramRange", ngramRange, twoSizes);
  }
  if (typeof analyzer === "function") return { kind: "tokens", range: [1, 1], shortest: 1, stopWords: [], prepare: analyzer };
  if (!["word", "char", "char_wb"].includes(analyzer))
    throw misfit("analyzer", analyzer, { en: '"word", "char", "char_wb" or a function', zh: "“word”“char”“char_wb”或函数" });
  const lower = lowercase ? (text: string) => text.toLowerCase() : (text: string) => text;
  if (analyzer !== "word") {
    if (stopWords)
      throw misfit("stopWords", stopWords, { en: 'none with the analyzers "char" and "char_wb"', zh: "使用“char”或“char_wb”时不可设置" });
    return { kind: analyzer, range: [least, most], shortest: 1, stopWords: [], prepare: lower };
  }
  if (stopWords && !(Array.isArray(stopWords) && stopWords.every((word) => typeof word === "string")))
    throw misfit("stopWords", stopWords, { en: 'a list of words, such as [...stopwords("en")]', zh: '词的列表，例如 [...stopwords("en")]' });
  return words(options, [least, most], lower);
}

function words(options: NgramOptions, range: readonly [number, number], lower: (text: string) => string): Analysis {
  const { tokenPattern = DEFAULT_PATTERN, tokenizer, stopWords } = options;
  const cut = tokenizer ?? tokensByPattern(tokenPattern);
  const tokens = (text: string): readonly string[] => cut(lower(text));
  // Cut as the texts are: as it stands, "don't" would never be met.
  const base = { range, stopWords: [...new Set((stopWords ?? []).flatMap(tokens))] };
  const shortest = shortestOf(tokenPattern);
  if (tokenizer === undefined && shortest !== undefined) return { ...base, kind: "word", shortest, prepare: lower };
  return { ...base, kind: "tokens", shortest: 1, prepare: tokens };
}

/**
 * Texts in batches as the service takes them. A lone text that iterates by characters is refused: it would count letters as texts.
 *
 * Errors: `E_OPTION` for what is no list, `E_TEXT_VALUE` naming the row that is no text.
 */
export function* batches(texts: Iterable<string>, prepare: Analysis["prepare"], most: number = BATCH): Generator<string[] | (readonly string[])[]> {
  if (typeof texts === "string" || typeof texts?.[Symbol.iterator] !== "function")
    refuseOption("texts", texts, { en: "a list of texts; of one text, a list of it: [text]", zh: "文本列表；仅一条文本时请写作 [text]" });
  let batch: (string | readonly string[])[] = [];
  let size = 0;
  let row = 0;
  for (const text of texts) {
    if (typeof text !== "string") throw new InkstoneError("E_TEXT_VALUE", { row, got: text === null ? "null" : typeof text });
    batch.push(prepare(text));
    size += text.length;
    row++;
    if (size >= most) {
      yield batch as string[];
      batch = [];
      size = 0;
    }
  }
  if (batch.length > 0) yield batch as string[];
}
