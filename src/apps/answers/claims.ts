// What can be looked up in a text: numbers, dates, names, quotations; and whether sources have them. Knows no models.
import { englishNumber } from "./number-words.ts";

/** What kind of thing is said. */
export type ClaimKind = "number" | "name" | "quotation";

/** Something that is said, characters `start` to `end` of the text. */
export interface Claim {
  readonly kind: ClaimKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const quotations = /[“「『"]([^”」』"\n]{2,300})[”」』"]/gu;
const numbers = /(?<!(?!\p{Script=Han})[\p{L}\p{N}_]|\d[.,，])[-−+]?\d(?:[\d,，]*\d)?(?:\.\d+)?(?:\s?(?:%|％|‰))?/gu;
const chineseNumbers = /[零〇一二三四五六七八九十百千万亿两]{2,}(?=[年月日个元米公里人次倍岁名%])/gu;
// Words with a capital that do not begin a sentence, and runs of them; one that begins a sentence only when more follow or when it is no common word.
const names =
  /(?<!(?!\p{Script=Han})[\p{L}\p{N}_])\p{Lu}[\p{L}\p{M}\d'’-]*(?:[ \t]+(?:(?:of|the|de|la|van|von|du|da|and|&)[ \t]+)?\p{Lu}[\p{L}\p{M}\d'’-]*)*/gu;
const beginnings = /(?:^|[.!?。！？:：;；\n]["'”’)\]]*\s*|["“「『(（])$/u;

/**
 * The numbers, names and quotations of a text, in order. Names are Latin ones by their capitals, Chinese ones where they stand in book or quotation marks.
 *
 * @example
 * claimsOf('In 1912 Marie Curie said "nothing is to be feared".').map(({ kind, text }) => [kind, text]);
 * // [["number", "1912"], ["name", "Marie Curie"], ["quotation", "nothing is to be feared"]]
 */
export function claimsOf(text: string): Claim[] {
  const found: Claim[] = [];
  const add = (kind: ClaimKind, what: string, start: number): void => {
    found.push({ kind, text: what, start, end: start + what.length });
  };
  for (const match of text.matchAll(quotations)) add("quotation", match[1], match.index + 1);
  for (const match of text.matchAll(/《([^》\n]{1,80})》/gu)) add("name", match[1], match.index + 1);
  for (const match of text.matchAll(numbers)) add("number", match[0].trim(), match.index);
  for (const match of text.matchAll(chineseNumbers)) add("number", match[0], match.index);
  for (const match of text.matchAll(names)) {
    const [first, ...rest] = match[0].split(/[ \t]+/);
    const begins = beginnings.test(text.slice(Math.max(0, match.index - 12), match.index));
    if (!begins || /\p{Lu}.*\p{Lu}/u.test(first)) add("name", match[0], match.index);
    else if (rest.length > 0) add("name", rest.join(" "), match.index + match[0].length - rest.join(" ").length);
  }
  return found.sort((one, other) => one.start - other.start);
}

// Case, width, spaces, commas in numbers and kinds of quotes do not count.
const plainly = (text: string): string =>
  ` ${text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/(?<=\d)[,，](?=\d{3})/g, "")
    .replace(/[−–]/g, "-")
    .replace(/[’‘]/g, "'")
    .replace(/[“”「」『』]/g, '"')
    .replace(/\s+/g, " ")} `;

/**
 * Sources made ready for many look-ups.
 *
 * @example
 * new Sources(["The bridge is 1,200 m long."]).has({ kind: "number", text: "1200", start: 0, end: 4 }); // true
 */
export class Sources {
  readonly #texts: readonly string[];
  readonly #numbers: ReadonlySet<string>;

  constructor(texts: readonly string[]) {
    this.#texts = texts.map(plainly);
    this.#numbers = new Set(this.#texts.flatMap((text) => [...text.matchAll(/\d+(?:\.\d+)?/g)].map(([number]) => trimmedNumber(number))));
  }

  /**
   * Whether a source has what is claimed: a number as a number (1,200 is 1200, "three" is 3), a name with each of its words, a quotation word for word.
   *
   * @example
   * new Sources(["It cost 1,200 yuan."]).has({ kind: "number", text: "1200", start: 0, end: 4 }); // true
   */
  has({ kind, text }: Claim): boolean {
    const wanted = plainly(text).trim();
    if (kind === "number") return this.#hasNumber(wanted);
    if (kind === "quotation") return this.#texts.some((source) => source.includes(wanted));
    if (this.#texts.some((source) => hasWord(source, wanted))) return true;
    const words = wanted.split(/[\s-]+/).filter((word) => word !== "");
    return this.#texts.some((source) => words.every((word) => hasWord(source, word.replace(/'s$/, ""))));
  }

  #hasNumber(wanted: string): boolean {
    const digits = /\d+(?:\.\d+)?/.exec(wanted)?.[0];
    if (digits === undefined) return this.#texts.some((source) => source.includes(wanted));
    if (this.#numbers.has(trimmedNumber(digits))) return true;
    const words = englishNumber(Number(digits));
    return words !== undefined && this.#texts.some((source) => hasWord(source, words));
  }
}

const trimmedNumber = (digits: string): string => String(Number(digits));

const joins = /(?!\p{Script=Han})[\p{L}\p{N}]/u;

function hasWord(source: string, word: string): boolean {
  for (let at = source.indexOf(word); at >= 0; at = source.indexOf(word, at + 1)) {
    const [before, behind] = [source[at - 1] ?? " ", source[at + word.length] ?? " "];
    if (/\p{Script=Han}/u.test(word) || (!joins.test(before) && (!joins.test(behind) || behind === "s"))) return true;
  }
  return false;
}
