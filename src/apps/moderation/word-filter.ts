// WordFilter: sensitive words in English and Chinese and the ways around a list, in one walk over a text. Knows no labels' meaning and no actions.
import { aFlag, aList, aName, InkstoneError, type Rules, readOptions, share } from "../../core/index.ts";
import { ChineseSegmenter } from "../../text/index.ts";
import { type Automaton, buildAutomaton } from "./automaton.ts";
import { BREAK, foldPair, foldTable, foldWord, INVISIBLE, SEPARATOR, soundOf } from "./folding.ts";
import { collapsed, type Evasion, variantsOf } from "./variants.ts";
import { type Entry, type Met, verify } from "./verify.ts";

/** A word of a list. */
export interface FilterWord {
  readonly word: string;
  readonly label: string;
  /** How bad, [0, 1]. Default 0.9. */
  readonly score?: number;
}

/** How a filter is made. */
export interface WordFilterOptions {
  readonly words: readonly FilterWord[];
  /** Texts that are never taken for a word: names of places, of products. */
  readonly allow?: readonly string[];
  /** Look for evasions, too. Default true. */
  readonly evasions?: boolean;
}

/** A word in a text: `start` to `end` in UTF-16 units. */
export interface WordHit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly word: string;
  readonly label: string;
  readonly score: number;
  readonly evasion: Evasion;
}

/** Most symbols of a word; longer ones are refused. */
export const longestWord = 60;

const rules: Rules<WordFilterOptions> = { words: aList, allow: aList, evasions: aFlag };
const wordRules: Rules<FilterWord> = { word: aName, label: aName, score: share };
const han = /^\p{Script=Han}+$/u;

interface Machine {
  readonly automaton: Automaton;
  /** Symbol of each plain unit; 0 none. */
  readonly symbols: Uint16Array;
  readonly letters: Uint8Array;
  readonly entries: readonly Entry[];
  /** 1 where an entry begins with a letter, 2 where it ends with one. */
  readonly borders: Uint8Array;
}

// Units of Latin words: a word that begins or ends beside one is part of another.
const inWords = Uint8Array.from({ length: 65_536 }, (_, unit) => (/[A-Za-z0-9\u00c0-\u024f]/.test(String.fromCharCode(unit)) ? 1 : 0));
const bordersOf = (entries: readonly Entry[]): Uint8Array =>
  Uint8Array.from(entries, ({ form }) => (/^[a-z]/.test(form) ? 1 : 0) + (/[a-z]$/.test(form) ? 2 : 0));

interface Parts {
  readonly spelled: Machine;
  readonly spoken: Machine | undefined;
  readonly allowed: readonly string[];
  readonly segmenter: ChineseSegmenter;
  /** Emoji, which have no letters to fold. */
  readonly literal: readonly Required<FilterWord>[];
}

/**
 * Finds words of a list: as they are written, and in full width, other cases, accents, look-alike letters, digits for letters, repeated and spelled-out letters,
 * invisible characters, traditional and split characters, pinyin and homophones.
 *
 * @example
 * const filter = await WordFilter.open({ words: [{ word: "赌博", label: "illegal" }, { word: "casino", label: "spam" }] });
 * filter.find("网上赌*博，C@s1no").map(({ text, evasion }) => [text, evasion]); // [["赌*博", "spelling"], ["C@s1no", "spelling"]]
 */
export class WordFilter {
  readonly #spelled: Machine;
  readonly #spoken: Machine | undefined;
  readonly #allowed: readonly string[];
  readonly #segmenter: ChineseSegmenter;
  readonly #literal: readonly Required<FilterWord>[];

  private constructor({ spelled, spoken, allowed, segmenter, literal }: Parts) {
    this.#spelled = spelled;
    this.#spoken = spoken;
    this.#allowed = allowed;
    this.#segmenter = segmenter;
    this.#literal = literal;
  }

  /** Builds the filter. Errors: E_OPTION, E_OPTION_UNKNOWN, E_WORD_LIST for a word without a letter or of more than 60. */
  static async open(options: WordFilterOptions): Promise<WordFilter> {
    const { words, allow = [], evasions = true } = readOptions("WordFilter.open", options, rules);
    const entries: Entry[] = [];
    const seen = new Set<string>();
    const literal: Required<FilterWord>[] = [];
    for (const [i, given] of words.entries()) {
      const { word, label, score = 0.9 } = readOptions("word", given, wordRules);
      const plain = foldWord(word);
      if (plain === "" && /^\p{Extended_Pictographic}/u.test(word)) literal.push({ word, label, score });
      else if (plain === "" || plain.length > longestWord) throw new InkstoneError("E_WORD_LIST", { word, number: i + 1, limit: longestWord });
      for (const { form, by } of variantsOf(word)) {
        const name = `${label} ${form} ${by}`;
        if (seen.has(name) || (!evasions && by !== "spelling")) continue;
        seen.add(name);
        entries.push({ word, plain, spelled: form, form: collapsed(form), by, label, score });
      }
    }
    const spoken = evasions ? entries.filter(({ plain, by }) => by === "spelling" && han.test(plain) && plain.length >= 2) : [];
    return new WordFilter({
      spelled: spelledMachine(entries),
      spoken: spoken.length > 0 ? spokenMachine(spoken) : undefined,
      allowed: allow.map((text) => text.toLowerCase()),
      segmenter: await ChineseSegmenter.open(),
      literal,
    });
  }

  /** Words of a text in the order of their places; of those that lie in another with the same label, the longest. */
  find(text: string): WordHit[] {
    const hits: WordHit[] = [];
    const add = (entry: Entry, { start, end, evasion }: Met): void => {
      const { word, label, score } = entry;
      const sure = evasion === "none" ? score : evasion === "homophone" || evasion === "pinyin" ? score * 0.8 : score * 0.95;
      hits.push({ start, end, text: text.slice(start, end), word, label, score: sure, evasion });
    };
    walk(text, this.#spelled, (entry, start, end) => {
      const met = verify(text, start, end, entry);
      if (met !== undefined && this.#whole(text, met, entry)) add(entry, met);
    });
    if (this.#spoken !== undefined && /\p{Script=Han}/u.test(text))
      walk(text, this.#spoken, (entry, start, end) => {
        if (this.#sounds(text, start, end, entry)) add(entry, { start, end, evasion: "homophone" });
      });
    for (const { word, label, score } of this.#literal)
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length))
        hits.push({ start: at, end: at + word.length, text: word, word, label, score, evasion: "none" });
    return this.#kept(text, hits);
  }

  // Two Chinese characters may be the end of one word and the beginning of the next.
  #whole(text: string, { start, end, evasion }: Met, entry: Entry): boolean {
    return evasion !== "none" || !han.test(entry.plain) || entry.plain.length !== 2 || !this.#crossed(text, start, end);
  }

  #crossed(text: string, start: number, end: number): boolean {
    const from = Math.max(0, start - 8);
    let at = from;
    for (const word of this.#segmenter.cut(text.slice(from, end + 8))) {
      const next = at + word.length;
      if (at < end && next > start && (at < start || next > end) && word.length > 1 && !(at <= start && next >= end)) return true;
      at = next;
    }
    return false;
  }

  // Sounds like the word, shares a character with it, and is no other word.
  #sounds(text: string, start: number, end: number, { plain }: Entry): boolean {
    const got = foldWord(text.slice(start, end));
    if (got.length !== plain.length || got === plain) return false;
    const same = [...plain].filter((one, i) => got[i] === one).length;
    if (same === 0 || same * 2 < plain.length) return false;
    const from = Math.max(0, start - 8);
    let at = from;
    for (const { text: word, tag } of this.#segmenter.tag(text.slice(from, end + 8))) {
      const next = at + word.length;
      if (at < end && next > start && word.length > 1 && tag !== "x") return false;
      at = next;
    }
    return true;
  }

  #kept(text: string, hits: readonly WordHit[]): WordHit[] {
    const order = [...hits].sort((a, b) => a.start - b.start || b.end - a.end || b.score - a.score);
    const kept: WordHit[] = [];
    const ends = new Map<string, number>();
    for (const hit of order) {
      if (hit.end <= (ends.get(hit.label) ?? -1) || this.#isAllowed(text, hit)) continue;
      ends.set(hit.label, hit.end);
      kept.push(hit);
    }
    return kept;
  }

  #isAllowed(text: string, { start, end }: WordHit): boolean {
    if (this.#allowed.length === 0) return false;
    const about = text.slice(Math.max(0, start - 60), end + 60).toLowerCase();
    const offset = start - Math.max(0, start - 60);
    return this.#allowed.some((allowed) => {
      for (let at = about.indexOf(allowed); at >= 0; at = about.indexOf(allowed, at + 1))
        if (at <= offset && at + allowed.length >= offset + end - start) return true;
      return false;
    });
  }
}

function spelledMachine(entries: readonly Entry[]): Machine {
  const fold = foldTable();
  const ids = new Uint16Array(65_536);
  let count = 2;
  const idOf = (unit: number): number => (ids[unit] ||= ++count);
  const automaton = buildAutomaton(entries.map(({ form }) => Array.from(form, (_, i) => idOf(form.charCodeAt(i)))));
  const symbols = new Uint16Array(65_536);
  const letters = new Uint8Array(65_536);
  for (let unit = 0; unit < 65_536; unit++) {
    const plain = fold[unit];
    symbols[unit] = plain === SEPARATOR || plain === INVISIBLE ? plain : plain === BREAK ? 0 : ids[plain];
    letters[unit] = plain >= 97 && plain <= 122 ? 1 : 0;
  }
  return { automaton, symbols, letters, entries, borders: bordersOf(entries) };
}

function spokenMachine(entries: readonly Entry[]): Machine {
  const fold = foldTable();
  const ids = new Map<string, number>();
  const idOf = (character: string): number => {
    const sound = soundOf(character) ?? character;
    const known = ids.get(sound) ?? ids.size + 3;
    ids.set(sound, known);
    return known;
  };
  const automaton = buildAutomaton(entries.map(({ plain }) => [...plain].map(idOf)));
  const symbols = new Uint16Array(65_536);
  for (let unit = 0; unit < 65_536; unit++) {
    const plain = fold[unit];
    if (plain === INVISIBLE) symbols[unit] = INVISIBLE;
    else if (plain >= 0x3400 && plain < 0xa000) symbols[unit] = ids.get(soundOf(String.fromCharCode(plain)) ?? "") ?? 0;
  }
  return { automaton, symbols, letters: new Uint8Array(65_536), entries, borders: new Uint8Array(entries.length) };
}

// The hot loop: symbols in, candidates out. Separators and invisible characters do not move the state; runs of a letter are one symbol.
function walk(
  text: string,
  { automaton: { base, check, fail, output, lists }, symbols, letters, entries, borders }: Machine,
  met: (entry: Entry, start: number, end: number) => void,
): void {
  const places = new Int32Array(64);
  let count = 0;
  let state = 1;
  let last = 0;
  let parted = false;
  for (let i = 0; i < text.length; i++) {
    let unit = text.charCodeAt(i);
    let width = 1;
    if (unit >= 0xd800 && unit < 0xdc00) {
      unit = foldPair(text.codePointAt(i)!);
      width = 2;
      i++;
    }
    const symbol = unit <= INVISIBLE && width === 2 ? unit : symbols[unit];
    if (symbol === SEPARATOR || symbol === INVISIBLE) {
      parted ||= symbol === SEPARATOR;
      continue;
    }
    if (symbol === 0) {
      state = 1;
      last = 0;
      continue;
    }
    if (symbol === last && letters[unit] === 1) {
      // "is sadism": the word begins with the later of the two.
      if (parted) places[count & 63] = i + 1 - width;
      parted = false;
      continue;
    }
    last = symbol;
    parted = false;
    places[++count & 63] = i + 1 - width;
    let next = base[state] + symbol;
    while (check[next] !== state && state !== 1) {
      state = fail[state];
      next = base[state] + symbol;
    }
    state = check[next] === state ? next : 1;
    for (let at = output[state]; at > 0 && lists[at - 1] >= 0; at++) {
      const id = lists[at - 1];
      const entry = entries[id];
      const start = places[(count - entry.form.length + 1) & 63];
      if ((borders[id] & 1) === 1 && start > 0 && inWords[text.charCodeAt(start - 1)] === 1) continue;
      // Inside a longer word: only an ending or the same letter again may follow.
      if (
        borders[id] > 1 &&
        i + 1 < text.length &&
        inWords[text.charCodeAt(i + 1)] === 1 &&
        symbols[text.charCodeAt(i + 1)] !== last &&
        !/[szeSZE]/.test(text[i + 1])
      )
        continue;
      met(entry, start, i + 1);
    }
  }
}
