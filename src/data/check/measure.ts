// Lengths of a text and the scripts it is written in, in one walk over its characters. Knows no files.

/** Scripts that are told apart. */
const scripts = ["Latin", "Han", "Kana", "Hangul", "Cyrillic", "Arabic", "Greek", "Hebrew", "Thai", "Devanagari", "other"] as const;

/** One of them. */
export type Script = (typeof scripts)[number];

/** What is known of a text. */
export interface TextMeasure {
  /** Code points. */
  readonly characters: number;
  /** Runs of letters and digits; of Han and Kana every character. */
  readonly words: number;
  /** The script of most of its letters: Han with Kana is Kana. "none" without letters. */
  readonly script: Script | "none";
}

// First and last code points, and the script. Sorted; what is between is judged as a letter or not by Unicode.
const ranges: readonly (readonly [number, number, Script])[] = [
  [0x41, 0x5a, "Latin"],
  [0x61, 0x7a, "Latin"],
  [0xaa, 0x24f, "Latin"],
  [0x370, 0x3ff, "Greek"],
  [0x400, 0x52f, "Cyrillic"],
  [0x590, 0x5ff, "Hebrew"],
  [0x600, 0x77f, "Arabic"],
  [0x900, 0x97f, "Devanagari"],
  [0xe00, 0xe7f, "Thai"],
  [0x1100, 0x11ff, "Hangul"],
  [0x1e00, 0x1eff, "Latin"],
  [0x3005, 0x3007, "Han"],
  [0x3041, 0x30ff, "Kana"],
  [0x3400, 0x4dbf, "Han"],
  [0x4e00, 0x9fff, "Han"],
  [0xac00, 0xd7a3, "Hangul"],
  [0xf900, 0xfaff, "Han"],
  [0x20000, 0x323af, "Han"],
];

const letter = /[\p{L}\p{M}]/u;
const digit = /\p{N}/u;
const OTHER = scripts.indexOf("other");
const [HAN, KANA] = [scripts.indexOf("Han"), scripts.indexOf("Kana")];
const NUMBER = -2;
const NONE = -1;

// What a code point is: the number of its script, a digit, or nothing of a word. Most are found in the table of the first 64K.
const small = new Int8Array(0x10000).fill(-3);

function kindOf(point: number): number {
  if (point < 0x10000 && small[point] !== -3) return small[point];
  const kind = classify(point);
  if (point < 0x10000) small[point] = kind;
  return kind;
}

function classify(point: number): number {
  const character = String.fromCodePoint(point);
  if (digit.test(character)) return NUMBER;
  if (!letter.test(character)) return NONE;
  const range = ranges.find(([first, last]) => point >= first && point <= last);
  return range === undefined ? OTHER : scripts.indexOf(range[2]);
}

/**
 * Lengths and script of a text.
 *
 * @example
 * measureText("Ink 2 墨水"); // { characters: 8, words: 4, script: "Latin" }
 */
export function measureText(text: string): TextMeasure {
  const letters = new Int32Array(scripts.length);
  let [characters, words, inWord] = [0, 0, false];
  for (let at = 0; at < text.length; at++, characters++) {
    const point = text.codePointAt(at) ?? 0;
    if (point > 0xffff) at++;
    const kind = kindOf(point);
    if (kind >= 0) letters[kind]++;
    if (kind === NONE) inWord = false;
    else if (kind === HAN || kind === KANA) {
      words++;
      inWord = false;
    } else if (!inWord) {
      words++;
      inWord = true;
    }
  }
  return { characters, words, script: mainScript(letters) };
}

function mainScript(letters: Int32Array): Script | "none" {
  // Japanese is written in both, and is told by its Kana.
  if (letters[KANA] > 0 && letters[KANA] * 10 >= letters[HAN]) {
    letters[KANA] += letters[HAN];
    letters[HAN] = 0;
  }
  let most = 0;
  for (let i = 1; i < letters.length; i++) if (letters[i] > letters[most]) most = i;
  return letters[most] === 0 ? "none" : scripts[most];
}

/** Smallest, largest, mean and quantiles of many whole numbers in little memory: exact below 1024, to 1 % above. */
export class Spread {
  readonly #buckets = new Float64Array(4096);
  #count = 0;
  #sum = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = 0;

  add(value: number): void {
    this.#count++;
    this.#sum += value;
    this.#least = Math.min(this.#least, value);
    this.#most = Math.max(this.#most, value);
    this.#buckets[value < 1024 ? value : Math.min(4095, 1024 + Math.floor(Math.log(value / 1024) * 100))]++;
  }

  /** The facts; all 0 without numbers. */
  facts(): { min: number; median: number; mean: number; p95: number; max: number } {
    if (this.#count === 0) return { min: 0, median: 0, mean: 0, p95: 0, max: 0 };
    return { min: this.#least, median: this.#quantile(0.5), mean: this.#sum / this.#count, p95: this.#quantile(0.95), max: this.#most };
  }

  #quantile(share: number): number {
    let left = Math.ceil(share * this.#count);
    const bucket = this.#buckets.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    return Math.min(this.#most, bucket < 1024 ? bucket : Math.round(1024 * Math.exp((bucket - 1024) / 100)));
  }
}
