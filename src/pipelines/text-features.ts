// What a text classifier looks at: words and characters in English, characters in Chinese. Knows no model.
import { TfidfVectorizer, type Vectoriser, VectorizerUnion } from "../text/index.ts";

/** Languages that features are made for. */
export type TextLanguage = "en" | "zh";

const chinese = /\p{Script=Han}/gu;

/**
 * "zh" where at least a fifth of the letters are Chinese characters, else "en".
 *
 * @example
 * languageOfTexts(["质量很好", "ok"]); // "zh"
 */
export function languageOfTexts(texts: Iterable<string>): TextLanguage {
  let [han, letters] = [0, 0];
  for (const text of texts) {
    han += text.match(chinese)?.length ?? 0;
    letters += text.match(/\p{L}/gu)?.length ?? 0;
  }
  return han > 0 && han >= letters / 5 ? "zh" : "en";
}

/** TF-IDF of words (1 to 2) and characters (2 to 5); in Chinese of characters (1 to 3). Not fitted yet. */
export function textFeatures(language: TextLanguage): Vectoriser {
  const sublinearTf = true;
  if (language === "zh") return new TfidfVectorizer({ analyzer: "char", ngramRange: [1, 3], sublinearTf });
  return new VectorizerUnion({
    words: new TfidfVectorizer({ ngramRange: [1, 2], sublinearTf }),
    characters: new TfidfVectorizer({ analyzer: "char", ngramRange: [2, 5], sublinearTf }),
  });
}
