// Whether what the automaton stopped at is the word: borders, separators, how often letters are written, marks for vowels. Knows one place of a text at a time.
import { foldPair, foldTable, INVISIBLE, SEPARATOR } from "./folding.ts";
import type { Evasion, Variant } from "./variants.ts";

/** What is looked for: a word, and the form of it that was met. */
export interface Entry {
  /** As the list has it. */
  readonly word: string;
  /** In plain characters, letters as often as they are written. */
  readonly plain: string;
  /** The form of it that is looked for, and the same with runs of a letter as one. */
  readonly spelled: string;
  readonly form: string;
  readonly by: Variant["by"];
  readonly label: string;
  readonly score: number;
}

/** A word at its place. */
export interface Met {
  readonly start: number;
  readonly end: number;
  readonly evasion: Evasion;
}

interface Letter {
  readonly plain: string;
  readonly at: number;
  readonly raw: string;
  /** What stands before it since the symbol before. */
  readonly gap: string;
}

const letterOrNumber = /[A-Za-z0-9\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff\uff21-\uff3a\uff41-\uff5a]/;
const han = /\p{Script=Han}/u;
const mask = /[*#%_.•×●-]/;

function symbolsOf(text: string, start: number, end: number): Letter[] {
  const fold = foldTable();
  const symbols: Letter[] = [];
  let gap = "";
  for (let at = start; at < end; ) {
    const code = text.codePointAt(at)!;
    const raw = String.fromCodePoint(code);
    const plain = code > 0xffff ? foldPair(code) : fold[code];
    if (plain > INVISIBLE) {
      symbols.push({ plain: String.fromCharCode(plain), at, raw, gap });
      gap = "";
    } else if (plain === SEPARATOR) gap += raw;
    at += raw.length;
  }
  return symbols;
}

// Over repetitions of the last letter; over marks between them only as often as the word has it.
function extended(text: string, end: number, { form, spelled }: Entry): number {
  const last = form.at(-1)!;
  if (!/[a-z]/.test(last)) return end;
  const fold = foldTable();
  let more = /(.)\1*$/.exec(spelled)![0].length - 1;
  let at = end;
  for (let next = end; next < text.length && next - at <= 2; next++) {
    const plain = fold[text.charCodeAt(next)];
    if (String.fromCharCode(plain) === last && letterOrNumber.test(text[next]) && (next === at || more > 0)) {
      at = next + 1;
      more--;
    } else if (plain !== INVISIBLE && (plain !== SEPARATOR || more <= 0)) break;
  }
  return at;
}

/** The word at this place, or undefined if it is something else. */
export function verify(text: string, start: number, found: number, entry: Entry): Met | undefined {
  const end = extended(text, found, entry);
  const latin = /[a-z]/.test(entry.form);
  if (latin && acrossWords(text, start, end, entry)) return undefined;
  const symbols = symbolsOf(text, start, end);
  if (latin && !bordered(text, start, end, entry)) return undefined;
  const gaps = symbols.slice(1).map(({ gap }) => gap);
  if (entry.by === "masked") return maskedWord(symbols, gaps, entry) ? { start, end, evasion: "masked" } : undefined;
  if (latin && !written(symbols, entry)) return undefined;
  if (!separated(symbols, gaps, entry, text)) return undefined;
  if (entry.by !== "spelling") return { start, end, evasion: entry.by };
  const same = text.slice(start, end).toLowerCase() === entry.word.toLowerCase();
  return { start, end, evasion: same ? "none" : "spelling" };
}

// The end of a word and the beginning of the next, by far the commonest: some letters have a space between them, most have none.
function acrossWords(text: string, start: number, end: number, { form, word, by }: Entry): boolean {
  if (by === "pinyin" || end - start <= form.length || end - start >= form.length * 2 - 1 || word.includes(" ") || !/^[a-z]+$/.test(form))
    return false;
  const space = text.indexOf(" ", start);
  return space >= 0 && space < end;
}

function bordered(text: string, start: number, end: number, { form }: Entry): boolean {
  const before = text[start - 1];
  if (/[a-z]/.test(form[0]) && before !== undefined && letterOrNumber.test(before)) return false;
  if (!/[a-z]/.test(form.at(-1)!)) return true;
  const [rest] = /^[\p{L}\p{N}]{0,4}/u.exec(text.slice(end, end + 4))!;
  return rest === "" || han.test(rest[0]) || /^(?:s|z|es)$/i.test(rest);
}

interface Run {
  readonly letter: string;
  readonly count: number;
}

function runs(plain: string): Run[] {
  return [...plain.matchAll(/([a-z])\1*|[^a-z]/g)].map(([run]) => ({ letter: run[0], count: run.length }));
}

// Each letter as often as in the word, or dragged out; and most of it in letters, not digits.
function written(symbols: readonly Letter[], { form, plain, by }: Entry): boolean {
  const wanted = runs(by === "spelling" ? plain : form);
  const got = runs(symbols.map((one) => one.plain).join(""));
  if (
    wanted.length !== got.length ||
    wanted.some(({ letter, count }, i) => got[i].letter !== letter || (got[i].count !== count && got[i].count < Math.max(3, count)))
  )
    return false;
  const digits = symbols.filter(({ raw }) => /[0-9|!]/.test(raw)).length;
  return digits * 2 <= symbols.length;
}

function separated(symbols: readonly Letter[], gaps: readonly string[], entry: Entry, text: string): boolean {
  const inside = gaps.filter((gap) => gap !== "");
  if (entry.by === "pinyin" && /^[a-z]+$/.test(entry.form)) return soundsRight(gaps, symbols, entry, text);
  if (inside.length === 0) return true;
  if (!/^[a-z]+$/.test(entry.form)) return gaps.every((gap) => [...gap].length <= 3);
  const words = entry.word.trim().split(/\s+/).length - 1;
  if (words > 0 && inside.every((gap) => /^[\s'’-]+$/.test(gap)) && inside.length === words) return breaksRight(symbols, entry);
  if (gaps.every((gap) => gap !== "" && gap.length <= 3)) return true;
  return entry.plain.length >= 4 && inside.every((gap) => gap.length <= 2 && !/\s/.test(gap)) && !inside.every((gap) => /^['’:/&]$/.test(gap));
}

// The spaces of a phrase are where the phrase has them.
function breaksRight(symbols: readonly Letter[], { word }: Entry): boolean {
  const lengths = word
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .map((one) => symbolsOf(one, 0, one.length).length);
  const places = new Set<number>();
  let at = 0;
  for (const length of lengths.slice(0, -1)) {
    at += length;
    places.add(at);
  }
  const found = symbols.flatMap(({ gap }, i) => (gap === "" ? [] : [i]));
  return found.every((place) => places.has(place)) || symbols.length !== lengths.reduce((sum, length) => sum + length, 0);
}

// Syllables may be parted, nothing else; and there is Chinese about, or it is long enough to be nothing else.
function soundsRight(gaps: readonly string[], symbols: readonly Letter[], { plain }: Entry, text: string): boolean {
  if (gaps.some((gap) => gap.length > 2)) return false;
  const inside = gaps.filter((gap) => gap !== "").length;
  if (inside > 0 && inside !== plain.length - 1 && inside !== gaps.length) return false;
  const [start, end] = [symbols[0].at, symbols.at(-1)!.at];
  const about = han.test(text.slice(Math.max(0, start - 12), end + 13));
  return about ? symbols.length >= 4 : plain.length >= 3 && symbols.length >= 8;
}

// As many marks as letters are missing.
function maskedWord(symbols: readonly Letter[], gaps: readonly string[], { plain, form }: Entry): boolean {
  const marks = gaps.join("");
  const missing = plain.length - form.length;
  if (marks.length !== missing || [...marks].some((one) => !mask.test(one)) || !/[*#%•×●]/.test(marks)) return false;
  if (form.length > 2) return symbols.length === form.length && gaps.findIndex((gap) => gap !== "") + 1 === firstMissing(plain, form);
  return symbols.length === 2;
}

function firstMissing(plain: string, form: string): number {
  let at = 0;
  while (at < form.length && plain[at] === form[at]) at++;
  return at;
}
