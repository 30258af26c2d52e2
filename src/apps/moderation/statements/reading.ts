// A sentence as its plain words: digits and signs for letters undone, spelled-out words joined, words that were run together cut, a letter that is missing or stands one place off mended. Knows no meaning.
import { everyday, smallWords } from "./lexicon.ts";

/** A word, and where it is in the text. */
export interface StatementWord {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

const leet: Readonly<Record<string, string>> = { "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", $: "s", "@": "a", "!": "i" };
const leastMended = 5;

/**
 * Reads words against a vocabulary.
 *
 * @example
 * const reader = new StatementReader(["women", "scum"]);
 * reader.read("W0men are s c u m").map(({ word }) => word); // ["women", "are", "scum"]
 */
export class StatementReader {
  readonly #known: ReadonlySet<string>;
  readonly #mended = new Map<string, string>();
  /** Letters of the longest word: no run of more is looked at. */
  readonly #longest: number;

  constructor(vocabulary: readonly string[]) {
    this.#known = new Set(vocabulary);
    this.#longest = vocabulary.reduce((most, { length }) => Math.max(most, length), 0);
    for (const word of vocabulary) if (word.length >= leastMended) for (const form of slips(word)) this.#mended.set(form, word);
    for (const word of [...vocabulary, ...smallWords, ...everyday]) this.#mended.delete(word);
  }

  /** The words of a sentence. */
  read(sentence: string): StatementWord[] {
    const raw = Array.from(sentence.matchAll(/[\p{L}\p{M}\d$@]+(?:['’!-][\p{L}\d]+)*/gu), ({ 0: text, index }) => ({
      word: plain(text),
      start: index,
      end: index + text.length,
    }));
    return this.#joined(raw).flatMap((one) => this.#split({ ...one, word: this.#mended.get(one.word) ?? one.word }));
  }

  // "s c u m" is one word; "I a m" is none that is known, and stays.
  #joined(words: readonly StatementWord[]): StatementWord[] {
    const found: StatementWord[] = [];
    for (let i = 0; i < words.length; i++) {
      let end = i;
      while (end < words.length && end - i < this.#longest && words[end].word.length === 1) end++;
      const run = this.#runIn(words, i, end);
      if (run === undefined) found.push(words[i]);
      else {
        found.push(run.word);
        i = run.last;
      }
    }
    return found;
  }

  #runIn(words: readonly StatementWord[], from: number, to: number): { word: StatementWord; last: number } | undefined {
    for (let end = to; end - from >= 3; end--) {
      const run = words.slice(from, end);
      const word = run.map((one) => one.word).join("");
      if (this.#known.has(word)) return { word: { word, start: run[0].start, end: run[run.length - 1].end }, last: end - 1 };
    }
    return undefined;
  }

  // "muchdisdain": parts that are all known, at least one of them of the vocabulary.
  #split(one: StatementWord): StatementWord[] {
    const { word, start, end } = one;
    if (word.length < 7 || word.length > 40 || this.#known.has(word) || !/^[a-z]+$/.test(word)) return [one];
    const parts = this.#parts(word, 4);
    return parts === undefined ? [one] : parts.map((part) => ({ word: part, start, end }));
  }

  #parts(word: string, most: number): string[] | undefined {
    for (let at = word.length - 1; at >= 1; at--) {
      const [head, tail] = [word.slice(0, at), word.slice(at)];
      if (!this.#is(head)) continue;
      if (this.#is(tail) && (this.#isWord(head) || this.#isWord(tail))) return [head, tail];
      const rest = most > 2 ? this.#parts(tail, most - 1) : undefined;
      if (rest !== undefined) return [head, ...rest];
    }
    return undefined;
  }

  #is = (word: string): boolean => smallWords.has(word) || this.#isWord(word);
  #isWord = (word: string): boolean => word.length >= 4 && this.#known.has(word);
}

// Digits and signs among letters are letters; "2019" stays what it is.
function plain(text: string): string {
  const lower = text.toLowerCase().replaceAll("’", "'");
  return /\p{L}/u.test(lower) && /[\d$@!]/.test(lower) ? lower.replace(/[013457$@!]/g, (sign) => leet[sign]) : lower;
}

// One letter left out (not the first), or two neighbours changed over.
function slips(word: string): string[] {
  const forms: string[] = [];
  for (let i = 1; i < word.length; i++) {
    forms.push(word.slice(0, i) + word.slice(i + 1));
    if (i + 1 < word.length) forms.push(word.slice(0, i) + word[i + 1] + word[i] + word.slice(i + 2));
  }
  return forms;
}
