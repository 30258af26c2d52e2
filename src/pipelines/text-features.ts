// What a text classifier looks at: words and characters in English, characters in Chinese. Knows no model.
import { InkstoneError, type SparseMatrix } from "../core/index.ts";
import { TfidfVectorizer, type Vectoriser, VectorizerUnion } from "../text/index.ts";

/** Languages that features are made for. */
export type TextLanguage = "en" | "zh";

const [MET, LETTER, HAN] = [1, 2, 4];

/** What each character of 16 bits is, once it was met; 0 before. */
const known = new Uint8Array(1 << 16);

function kindOf(code: number): number {
  if (code < known.length && known[code] !== 0) return known[code];
  const character = String.fromCodePoint(code);
  const kind = MET + (/\p{L}/u.test(character) ? LETTER : 0) + (/\p{Script=Han}/u.test(character) ? HAN : 0);
  if (code < known.length) known[code] = kind;
  return kind;
}

/**
 * "zh" where at least a fifth of the letters are Chinese characters, else "en".
 *
 * @example
 * languageOfTexts(["质量很好", "ok"]); // "zh"
 */
export function languageOfTexts(texts: Iterable<string>): TextLanguage {
  let [han, letters] = [0, 0];
  for (const text of texts) {
    if (typeof text !== "string") continue; // refused, with its row, by whoever counts it
    for (let at = 0; at < text.length; at++) {
      const code = text.codePointAt(at) as number;
      if (code >= known.length) at++;
      const kind = kindOf(code);
      if (kind & HAN) han++;
      if (kind & LETTER) letters++;
    }
  }
  return han > 0 && han >= letters / 5 ? "zh" : "en";
}

/**
 * TF-IDF of words (1 to 2) and characters (2 to 5); in Chinese of characters (1 to 3). Not fitted yet. `most`: how many features to keep, the most frequent; all by default.
 */
export function textFeatures(language: TextLanguage, most?: number): Vectoriser {
  const common = (share: number) => ({ sublinearTf: true, ...(most === undefined ? {} : { maxFeatures: Math.max(1, Math.floor(most * share)) }) });
  if (language === "zh") return new TfidfVectorizer({ analyzer: "char", ngramRange: [1, 3], ...common(1) });
  return new VectorizerUnion({
    words: new TfidfVectorizer({ ngramRange: [1, 2], ...common(0.4) }),
    characters: new TfidfVectorizer({ analyzer: "char", ngramRange: [2, 5], ...common(0.6) }),
  });
}

/** Features that were learned, and the rows of the texts that they were learned from. */
export interface LearnedFeatures {
  readonly vectoriser: Vectoriser;
  readonly matrix: SparseMatrix;
  /** Most features that were to be kept, where that was fewer than there are. */
  readonly most?: number;
}

/** Weights (features · problems) that a classifier may have: they fit into one string of a saved file and some hundred MiB of memory. */
const MOST_WEIGHTS = 40_000_000;
/** Their names are kept, too. */
const MOST_FEATURES = 2_000_000;

/**
 * Learns the features of texts. Where they have no words (symbols, single letters) characters alone are looked at. `classes`: how many labels there are; of more features than
 * can be weighed for so many, the most frequent are kept.
 *
 * Errors: `E_FIT_EMPTY`, `E_TEXT_VALUE`, `E_VOCABULARY` for texts that are all empty; the signal's reason.
 */
export async function learnFeatures(
  language: TextLanguage,
  texts: readonly string[],
  { classes, signal, mostWeights = MOST_WEIGHTS }: { readonly classes: number; readonly signal?: AbortSignal; readonly mostWeights?: number },
): Promise<LearnedFeatures> {
  const most = Math.max(1, Math.min(MOST_FEATURES, Math.floor(mostWeights / Math.max(1, classes === 2 ? 1 : classes))));
  const all = await fitted(textFeatures(language), texts, signal);
  if (all.matrix.columns <= most) return all;
  return { ...(await fitted(textFeatures(language, most), texts, signal)), most };
}

async function fitted(vectoriser: Vectoriser, texts: readonly string[], signal?: AbortSignal): Promise<LearnedFeatures> {
  try {
    return { vectoriser, matrix: await vectoriser.fitTransformAsync(texts, { signal }) };
  } catch (error) {
    if (!(error instanceof InkstoneError) || error.code !== "E_VOCABULARY" || !(vectoriser instanceof VectorizerUnion)) throw error;
    const characters = new TfidfVectorizer({ analyzer: "char", ngramRange: [1, 5], sublinearTf: true });
    return { vectoriser: characters, matrix: await characters.fitTransformAsync(texts, { signal }) };
  }
}
