// Cuts texts into n-grams. Twin: native/services/src/ngrams/scan.rs. Knows no counts.
import { classTable, LETTER, NUMBER, SPACE } from "../tokens/classes.ts";

/** How texts are cut: see `NgramConfiguration`. */
export interface Cutting {
  readonly kind: number;
  readonly least: number;
  readonly most: number;
  readonly shortest: number;
  readonly stopWords: ReadonlySet<string>;
}

const codeOf = (character: string) => character.codePointAt(0) ?? 0;

function isSpace(character: string): boolean {
  const code = codeOf(character);
  return classTable()[code] === SPACE || (code >= 0x1c && code <= 0x1f);
}

function isWord(character: string): boolean {
  const kind = classTable()[codeOf(character)];
  return (kind & (LETTER | NUMBER)) !== 0 || character === "_";
}

/** Runs of characters of a kind, as arrays of characters. */
function runs(text: string, belongs: (character: string) => boolean): string[][] {
  const found: string[][] = [];
  let open = false;
  for (const character of text) {
    const inside = belongs(character);
    if (inside && !open) found.push([]);
    if (inside) found[found.length - 1].push(character);
    open = inside;
  }
  return found;
}

/** Every n in a row of pieces, with a separator between them. */
function windows(pieces: readonly string[], { least, most }: Cutting, separator: string): string[] {
  const found: string[] = [];
  for (let n = least; n <= Math.min(most, pieces.length); n++) {
    for (let i = 0; i + n <= pieces.length; i++) found.push(pieces.slice(i, i + n).join(separator));
  }
  return found;
}

// Runs of two and more spaces become one blank; one alone stays what it is.
function plainSpaces(text: string): string[] {
  const characters: string[] = [];
  let run = 0;
  for (const character of text) {
    run = isSpace(character) ? run + 1 : 0;
    if (run > 1) characters[characters.length - 1] = " ";
    else characters.push(character);
  }
  return characters;
}

// A word that is shorter than n counts once, whole, for the first such n.
function within(text: string, cutting: Cutting): string[] {
  const found: string[] = [];
  for (const run of runs(text, (character) => !isSpace(character))) {
    const word = [" ", ...run, " "];
    found.push(...windows(word, { ...cutting, most: Math.min(cutting.most, word.length - 1) }, ""));
    if (cutting.most >= word.length) found.push(word.join(""));
  }
  return found;
}

/** N-grams of a text. */
export function ngramsOfText(text: string, cutting: Cutting): string[] {
  if (cutting.kind === 1) return windows(plainSpaces(text), cutting, "");
  if (cutting.kind === 2) return within(text, cutting);
  const words = runs(text, isWord).filter((word) => word.length >= cutting.shortest);
  return ngramsOfTokens(
    words.map((word) => word.join("")),
    cutting,
  );
}

/** N-grams of tokens. */
export function ngramsOfTokens(tokens: readonly string[], cutting: Cutting): string[] {
  const kept = tokens.filter((token) => !cutting.stopWords.has(token));
  return windows(kept, cutting, " ");
}
