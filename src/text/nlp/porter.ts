// Porter's stemmer with the extensions that NLTK's PorterStemmer has by default. English only; a stem need not be a word.
// Sources: M. F. Porter 1980, "An algorithm for suffix stripping"; the published description of NLTK's NLTK_EXTENSIONS mode.

type Condition = (stem: string) => boolean;
type Rule = readonly [suffix: string, replacement: string, condition: Condition];

const irregular: ReadonlyMap<string, string> = new Map(
  Object.entries({
    sky: "sky skies",
    die: "dying",
    lie: "lying",
    tie: "tying",
    news: "news",
    inning: "innings inning",
    outing: "outings outing",
    canning: "cannings canning",
    howe: "howe",
    proceed: "proceed",
    exceed: "exceed",
    succeed: "succeed",
  }).flatMap(([stem, words]) => words.split(" ").map((word) => [word, stem] as const)),
);

/** For each letter "c" (consonant) or "v" (vowel); y is a consonant at the beginning and after a vowel. */
function shape(word: string): string {
  let shaped = "";
  for (let i = 0; i < word.length; i++) {
    const vowel = "aeiou".includes(word[i]) || (word[i] === "y" && shaped[i - 1] === "c");
    shaped += vowel ? "v" : "c";
  }
  return shaped;
}

/** m of the paper: how many times vowels are followed by consonants. */
const measure = (stem: string): number => shape(stem).split("vc").length - 1;
const some: Condition = (stem) => measure(stem) > 0;
const several: Condition = (stem) => measure(stem) > 1;
const always: Condition = () => true;
const hasVowel: Condition = (stem) => shape(stem).includes("v");
const endsDouble: Condition = (word) => word.length >= 2 && word.at(-1) === word.at(-2) && shape(word).endsWith("c");

// *o of the paper: consonant, vowel, consonant that is not w, x or y; NLTK adds words of vowel and consonant alone.
function endsShort(word: string): boolean {
  const shaped = shape(word);
  return shaped === "vc" || (shaped.endsWith("cvc") && !"wxy".includes(word.at(-1)!));
}

const cut = (word: string, suffix: string): string => word.slice(0, word.length - suffix.length);

// The first rule whose suffix fits decides, whether its condition holds or not.
function firstOf(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement, condition] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = cut(word, suffix);
    return condition(stem) ? stem + replacement : word;
  }
  return word;
}

const table = (rules: string, condition: Condition): Rule[] =>
  rules.split(" ").map((rule) => {
    const [suffix, replacement] = rule.split(">");
    return [suffix, replacement, condition];
  });

const plurals = table("sses>ss ies>i ss>ss s>", always);
const doubled = table(
  "ational>ate tional>tion enci>ence anci>ance izer>ize bli>ble alli>al entli>ent eli>e ousli>ous ization>ize ation>ate ator>ate alism>al iveness>ive fulness>ful ousness>ous aliti>al iviti>ive biliti>ble fulli>ful",
  some,
);
// The l of -logi belongs to the stem.
const secondRules: readonly Rule[] = [...doubled, ["logi", "log", (stem) => some(`${stem}l`)]];
const thirdRules = table("icate>ic ative> alize>al iciti>ic ical>ic ful> ness>", some);
const fourthRules: readonly Rule[] = [
  ...table("al> ance> ence> er> ic> able> ible> ant> ement> ment> ent>", several),
  ["ion", "", (stem) => several(stem) && /[st]$/.test(stem)],
  ...table("ou> ism> ate> iti> ous> ive> ize>", several),
];

const withoutPlural = (word: string): string => (word.length === 4 && word.endsWith("ies") ? word.slice(0, -1) : firstOf(word, plurals));

function withoutPast(word: string): string {
  if (word.endsWith("ied")) return cut(word, word.length === 4 ? "d" : "ed");
  if (word.endsWith("eed")) return some(cut(word, "eed")) ? word.slice(0, -1) : word;
  const suffix = ["ed", "ing"].find((one) => word.endsWith(one) && hasVowel(cut(word, one)));
  return suffix === undefined ? word : mended(cut(word, suffix));
}

function mended(stem: string): string {
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsDouble(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

const withoutY = (word: string): string => firstOf(word, [["y", "i", (stem) => stem.length > 1 && shape(stem).endsWith("c")]]);

// -alli goes first, and what it leaves goes through the step again.
const second = (word: string): string => (word.endsWith("alli") && some(cut(word, "alli")) ? second(word.slice(0, -2)) : firstOf(word, secondRules));

function withoutE(word: string): string {
  if (!word.endsWith("e")) return word;
  const stem = word.slice(0, -1);
  return several(stem) || (measure(stem) === 1 && !endsShort(stem)) ? stem : word;
}

const withoutL = (word: string): string => (word.endsWith("ll") && several(word.slice(0, -1)) ? word.slice(0, -1) : word);

/**
 * The stem of an English word, as NLTK's `PorterStemmer().stem(word)`. Lower case; words of one or two letters stay.
 *
 * @example
 * ["relational", "flies", "dying", "happily"].map(porterStem); // ["relat", "fli", "die", "happili"]
 */
export function porterStem(word: string): string {
  const lower = word.toLowerCase();
  const known = irregular.get(lower);
  if (known !== undefined) return known;
  if ([...word].length <= 2) return lower;
  const base = withoutY(withoutPast(withoutPlural(lower)));
  return withoutL(withoutE(firstOf(firstOf(second(base), thirdRules), fourthRules)));
}
