// Which writing a text is in, counted by the scripts of its letters. A script is not a language: Latin letters are English, French and more.

/** Scripts that are told apart. */
export type Script = "Latin" | "Han" | "Kana" | "Hangul" | "Cyrillic" | "Arabic" | "Hebrew" | "Greek" | "Devanagari" | "Thai" | "other";

const patterns: readonly (readonly [Script, RegExp])[] = [
  ["Latin", /\p{Script=Latin}/u],
  ["Han", /\p{Script=Han}/u],
  ["Kana", /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ["Hangul", /\p{Script=Hangul}/u],
  ["Cyrillic", /\p{Script=Cyrillic}/u],
  ["Arabic", /\p{Script=Arabic}/u],
  ["Hebrew", /\p{Script=Hebrew}/u],
  ["Greek", /\p{Script=Greek}/u],
  ["Devanagari", /\p{Script=Devanagari}/u],
  ["Thai", /\p{Script=Thai}/u],
];

/** Letters looked at, from the beginning of a text: more would not change the answer. */
const enough = 4096;

/**
 * How many letters of each script are among the first 4,096 letters of a text, only scripts that occur. No errors.
 *
 * @example
 * Object.fromEntries(scriptCounts("砚 is an inkstone")); // { Han: 1, Latin: 12 }
 */
export function scriptCounts(text: string): Map<Script, number> {
  const counts = new Map<Script, number>();
  let seen = 0;
  for (const [letter] of text.matchAll(/\p{L}/gu)) {
    const script = letter < "\u0250" ? "Latin" : (patterns.find(([, pattern]) => pattern.test(letter))?.[0] ?? "other");
    counts.set(script, (counts.get(script) ?? 0) + 1);
    if (++seen >= enough) break;
  }
  return counts;
}

/**
 * Whether a text reads as Chinese: among its words a Chinese character (about half a word) weighs as much as two and a half Latin letters, and there is no kana or hangul
 * that outweighs it.
 *
 * @example
 * ["用 TypeScript 磨墨写字", "The word 砚 means inkstone.", "これは墨です"].map(isChinese); // [true, false, false]
 */
export function isChinese(text: string): boolean {
  const counts = scriptCounts(text);
  const of = (script: Script): number => counts.get(script) ?? 0;
  const han = of("Han");
  return han > 0 && han * 2.5 >= of("Latin") && of("Kana") * 4 < han && of("Hangul") < han;
}
