// The tokenizer of Tercom as sacrebleu has it: lower case, and on request split or removed punctuation, Chinese characters apart.
import { splitWords } from "./plain.ts";

/** Options of the words that TER compares. */
export interface TerWords {
  readonly caseSensitive?: boolean;
  /** Split off punctuation; with `asian`, Chinese characters too. */
  readonly normalized?: boolean;
  /** Remove punctuation; with `asian`, full-width marks too. */
  readonly noPunctuation?: boolean;
  readonly asian?: boolean;
}

type Step = readonly [pattern: RegExp, replacement: string];
const apply = (text: string, steps: readonly Step[]): string =>
  steps.reduce((line, [pattern, replacement]) => line.replace(pattern, replacement), text);

const joining: readonly Step[] = [
  [/\n-/gu, ""],
  [/\n/gu, " "],
  [/&quot;/gu, '"'],
  [/&amp;/gu, "&"],
  [/&lt;/gu, "<"],
  [/&gt;/gu, ">"],
];
const western: readonly Step[] = [
  [/([{-~[-` -&(-+:-@/])/gu, " $1 "],
  [/'s /gu, " 's "],
  [/'s$/gu, " 's"],
  [/([^0-9])([.,])/gu, "$1 $2 "],
  [/([.,])([^0-9])/gu, " $1 $2"],
  [/([0-9])(-)/gu, "$1 $2 "],
];
const asianMarks = /[\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb]/gu;
const fullWidthMarks = /[\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09]/gu;
// The ranges are sacrebleu's, U+3F22 (for U+32FF) among them; its rules for kana ask for them at the very beginning, where a space stands, and never apply.
const characters: readonly Step[] = [
  [/[\u4e00-\u9fff\u3400-\u4dbf]/gu, " $& "],
  [/[\u31c0-\u31ef\u2e80-\u2eff]/gu, " $& "],
  [/[\u3300-\u33ff\uf900-\ufaff\ufe30-\ufe4f]/gu, " $& "],
  [/[\u3200-\u3f22]/gu, " $& "],
  [asianMarks, " $& "],
  [fullWidthMarks, " $& "],
];

/** The words of a text, as TER compares them. */
export function terWords(text: string, { caseSensitive = false, normalized = false, noPunctuation = false, asian = false }: TerWords): string[] {
  let line = caseSensitive ? text : text.toLowerCase();
  if (normalized) line = apply(` ${apply(line, joining)} `, western);
  if (normalized && asian) line = apply(line, characters);
  if (noPunctuation) line = line.replace(/[.,?:;!"()]/gu, "");
  if (noPunctuation && asian) line = line.replace(asianMarks, "").replace(fullWidthMarks, "");
  return splitWords(line);
}
