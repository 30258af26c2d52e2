// The Snowball stemmer for English ("Porter 2") as NLTK's SnowballStemmer("english") has it. A stem need not be a word.
// Sources: M. F. Porter 2001, "Snowball: a language for stemming algorithms", english; the published behaviour of NLTK's EnglishStemmer, which is the older revision.

const special: ReadonlyMap<string, string> = new Map(
  (
    "skis>ski skies>sky dying>die lying>lie tying>tie idly>idl gently>gentl ugly>ugli early>earli only>onli singly>singl sky>sky news>news howe>howe atlas>atlas " +
    "cosmos>cosmos bias>bias andes>andes inning>inning innings>inning outing>outing outings>outing canning>canning cannings>canning herring>herring herrings>herring " +
    "earring>earring earrings>earring proceed>proceed proceeds>proceed proceeded>proceed proceeding>proceed exceed>exceed exceeds>exceed exceeded>exceed exceeding>exceed " +
    "succeed>succeed succeeds>succeed succeeded>succeed succeeding>succeed"
  )
    .split(" ")
    .map((rule) => rule.split(">") as [string, string]),
);

const vowel = /[aeiouy]/;

/** A word with its two regions, which shrink and grow with its end. */
class Stemming {
  word: string;
  r1: string;
  r2: string;

  constructor(word: string) {
    this.word = word;
    const prefix = /^(?:gener|commun|arsen)/.exec(word)?.[0];
    this.r1 = prefix === undefined ? region(word) : word.slice(prefix.length);
    this.r2 = region(this.r1);
  }

  ends(suffix: string): boolean {
    return this.word.endsWith(suffix);
  }

  cut(count: number): void {
    this.word = less(this.word, count);
    this.r1 = less(this.r1, count);
    this.r2 = less(this.r2, count);
  }

  /** Another ending; a region that was shorter than the old one becomes `short`. */
  swap(suffix: string, ending: string, short = ""): void {
    this.word = less(this.word, suffix.length) + ending;
    this.r1 = this.r1.length >= suffix.length ? less(this.r1, suffix.length) + ending : "";
    this.r2 = this.r2.length >= suffix.length ? less(this.r2, suffix.length) + ending : short;
  }

  /** Another last letter, in the regions that have one. */
  last(letter: string): void {
    this.word = less(this.word, 1) + letter;
    if (this.r1 !== "") this.r1 = less(this.r1, 1) + letter;
    if (this.r2 !== "") this.r2 = less(this.r2, 1) + letter;
  }
}

const less = (text: string, count: number): string => text.slice(0, Math.max(0, text.length - count));

// What follows the first consonant after a vowel.
function region(word: string): string {
  for (let i = 1; i < word.length; i++) if (!vowel.test(word[i]) && vowel.test(word[i - 1])) return word.slice(i + 1);
  return "";
}

function possessive(s: Stemming): void {
  const suffix = ["'s'", "'s", "'"].find((one) => s.ends(one));
  if (suffix !== undefined) s.cut(suffix.length);
}

function plural(s: Stemming): void {
  const suffix = ["sses", "ied", "ies", "us", "ss", "s"].find((one) => s.ends(one));
  if (suffix === "sses") s.cut(2);
  else if (suffix === "ied" || suffix === "ies") s.cut(s.word.length > 4 ? 2 : 1);
  else if (suffix === "s" && vowel.test(s.word.slice(0, -2))) s.cut(1);
}

function past(s: Stemming): void {
  const suffix = ["eedly", "ingly", "edly", "eed", "ing", "ed"].find((one) => s.ends(one));
  if (suffix === undefined) return;
  if (suffix.startsWith("eed")) {
    if (s.r1.endsWith(suffix)) s.swap(suffix, "ee");
    return;
  }
  if (!vowel.test(less(s.word, suffix.length))) return;
  s.cut(suffix.length);
  mend(s);
}

const shortWord = /^(?:[\s\S]*[^aeiouy][aeiouy][^aeiouywxY]|[aeiouy][^aeiouy])$/u;

function mend(s: Stemming): void {
  if (/(?:at|bl|iz)$/.test(s.word)) {
    s.word += "e";
    s.r1 += "e";
    if (s.word.length > 5 || s.r1.length >= 3) s.r2 += "e";
  } else if (/(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(s.word)) s.cut(1);
  else if (s.r1 === "" && shortWord.test(s.word)) s.word += "e";
}

function finalY(s: Stemming): void {
  if (s.word.length > 2 && /[yY]$/.test(s.word) && !vowel.test(s.word.at(-2)!)) s.last("i");
}

// What a suffix becomes, in the order in which suffixes are tried. `-n`: so many letters less; `=e`: the last letter becomes e; `x/y`: x, and y for a short region.
const secondRules = rules(
  "ization ize,ational ate/e,fulness -4,ousness ous,iveness ive/e,tional -2,biliti ble,lessli -2,entli -2,ation ate/e,alism al,aliti al,ousli ous,iviti ive/e,fulli -2,enci =e,anci =e,abli =e,izer ize,ator ate/e,alli al,bli ble,ogi -1,li -2",
);
const thirdRules = rules("ational ate,tional -2,alize -3,icate ic,iciti ic,ative -5,ical ic,ness -4,ful -3");
// What has to stand before two of them.
const before: Readonly<Record<string, RegExp>> = { ogi: /logi$/, li: /[cdeghkmnrt]li$/ };

function rules(text: string): readonly (readonly [string, string])[] {
  return text.split(",").map((rule) => rule.split(" ") as [string, string]);
}

function change(s: Stemming, suffix: string, to: string): void {
  if (to.startsWith("-")) s.cut(Number(to.slice(1)));
  else if (to === "=e") s.last("e");
  else s.swap(suffix, ...(to.split("/") as [string, string?]));
}

function second(s: Stemming): void {
  const found = secondRules.find(([suffix]) => s.ends(suffix));
  if (found === undefined || !s.r1.endsWith(found[0])) return;
  const [suffix, to] = found;
  if (before[suffix]?.test(s.word) !== false) change(s, suffix, to);
}

function third(s: Stemming): void {
  const found = thirdRules.find(([suffix]) => s.ends(suffix));
  if (found !== undefined && s.r1.endsWith(found[0]) && (found[0] !== "ative" || s.r2.endsWith("ative"))) change(s, ...found);
}

const fourthSuffixes = "ement ance ence able ible ment ant ent ism ate iti ous ive ize ion al er ic".split(" ");

function fourth(s: Stemming): void {
  const suffix = fourthSuffixes.find((one) => s.ends(one));
  if (suffix !== undefined && s.r2.endsWith(suffix) && (suffix !== "ion" || /[st]ion$/.test(s.word))) s.cut(suffix.length);
}

function fifth(s: Stemming): void {
  const { word } = s;
  if (s.r2.endsWith("l") && word.at(-2) === "l") s.word = less(word, 1);
  else if (s.r2.endsWith("e")) s.word = less(word, 1);
  else if (s.r1.endsWith("e") && word.length >= 4 && (/[aeiouywxY].$/s.test(word) || !vowel.test(word.at(-3)!) || vowel.test(word.at(-4)!)))
    s.word = less(word, 1);
}

/**
 * The stem of an English word, as NLTK's `SnowballStemmer("english").stem(word)`. Lower case; words of one or two letters stay.
 *
 * @example
 * ["generously", "running", "skies", "cried"].map(snowballStem); // ["generous", "run", "sky", "cri"]
 */
export function snowballStem(word: string): string {
  const lower = word.toLowerCase();
  if ([...lower].length <= 2) return lower;
  const known = special.get(lower);
  if (known !== undefined) return known;
  const plain = lower
    .replace(/[\u2018\u2019\u201b]/g, "'")
    .replace(/^'/, "")
    .replace(/^y/, "Y");
  const s = new Stemming(plain.replace(/([aeiouy])y/g, "$1Y"));
  for (const step of [possessive, plural, past, finalY, second, third, fourth, fifth]) step(s);
  return s.word.replaceAll("Y", "y");
}
