// BERT's normalisation, character by character: controls out, white space as blanks, accents off, lower case. Knows no vocabulary.
import type { CharacterMap } from "../../native/index.ts";
import { stringTable } from "./string-table.ts";

/** What is done; Chinese characters standing alone is a flag of the service. */
export interface BertFoldOptions {
  readonly lowercase: boolean;
  readonly stripAccents: boolean;
  readonly clean: boolean;
  readonly chineseApart: boolean;
}

const blank = /[\t\n\r\p{White_Space}]/u;
// What is not assigned stays, as in the table of the `tokenizers` library; private characters go.
const control = /[\p{Cc}\p{Cf}\p{Co}]/u;
const accent = /\p{Mn}/gu;
// Everything that any of the steps can change.
const candidates = /[\p{C}\p{Z}\p{M}\p{Lu}\p{Lt}\p{Changes_When_Lowercased}\ufffd]/u;
const hangul = { first: 0xac00, last: 0xd7a3 };

function folded(character: string, { lowercase, stripAccents, clean }: BertFoldOptions): string {
  let now = character;
  if (clean) {
    if (blank.test(now)) now = " ";
    else if (now === "\0" || now === "\ufffd" || control.test(now)) return "";
  }
  if (stripAccents) now = now.normalize("NFD").replace(accent, "");
  return lowercase ? now.toLowerCase() : now;
}

const made = new Map<string, { readonly map: CharacterMap; readonly apply: (text: string) => string }>();

function make(options: BertFoldOptions): { map: CharacterMap; apply: (text: string) => string } {
  const codes: number[] = [];
  const texts: string[] = [];
  for (let code = 0; code < 0x110000; code++) {
    if (code === 0xd800) code = 0xe000;
    // No letter of these blocks has a case or an accent.
    if ((code > 0x3400 && code < 0xa000) || (code > 0x20000 && code < 0x2f800) || (code > 0x2fa20 && code < 0xe0000)) continue;
    const character = String.fromCodePoint(code);
    const isHangul = code >= hangul.first && code <= hangul.last;
    if (!isHangul && !candidates.test(character) && character.normalize("NFD") === character) continue;
    const text = folded(character, options);
    if (text === character) continue;
    codes.push(code);
    texts.push(text);
  }
  const table = new Map(codes.map((code, i) => [code, texts[i]]));
  const apply = (text: string) => Array.from(text, (character) => table.get(character.codePointAt(0) as number) ?? character).join("");
  return { map: { codes: Uint32Array.from(codes), texts: stringTable(texts) }, apply };
}

/** The map, and the same as a function. Made once for each set of options. */
export function bertFold(options: BertFoldOptions): { readonly map: CharacterMap; readonly apply: (text: string) => string } {
  const key = JSON.stringify([options.lowercase, options.stripAccents, options.clean]);
  const known = made.get(key) ?? make(options);
  made.set(key, known);
  return known;
}
