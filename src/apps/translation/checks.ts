// Whether a translation keeps what it must: numbers by value, tags, placeholders, addresses, code, terms of a glossary; and how likely it is none at all. Knows no models.
import type { Phrase } from "../../core/index.ts";
import type { Glossary } from "./glossary.ts";

/** What is wrong with a translation. */
export interface TranslationProblem {
  readonly kind: "empty" | "number" | "placeholder" | "name" | "glossary" | "length" | "script" | "repetition";
  readonly text: string;
}

/** What a sentence has that no translation may change: tags, placeholders, links, mails, code, words with digits or capitals inside. */
const kept =
  /<\/?[A-Za-z][^<>\n]{0,200}>|\{\{[^{}\n]{1,80}\}\}|\$\{[^{}\n]{1,80}\}|%\([A-Za-z_]\w*\)[sdif]|%(?:\d+\$)?[-+#0]{0,3}(?:\d+)?(?:\.\d+)?[sdifuxXc@](?![A-Za-z])|\{[A-Za-z_][\w.:-]{0,60}\}|\{\d{1,3}\}|`[^`\n]{1,200}`|https?:\/\/[^\s<>()\]，。；、]*[^\s<>()\]，。；、.,;:!?]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|:[a-z_]+:(?=\s|$)/g;

/** Things of a sentence that stay as they are, in their order, with their places. */
export function keptTokens(text: string): { readonly text: string; readonly start: number; readonly end: number }[] {
  return Array.from(text.matchAll(kept), ({ 0: one, index }) => ({ text: one, start: index, end: index + one.length }));
}

const magnitudes: Readonly<Record<string, number>> = {
  hundred: 1e2,
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
  k: 1e3,
  m: 1e6,
  bn: 1e9,
  百: 1e2,
  千: 1e3,
  万: 1e4,
  十万: 1e5,
  百万: 1e6,
  千万: 1e7,
  亿: 1e8,
  十亿: 1e9,
  百亿: 1e10,
  千亿: 1e11,
  万亿: 1e12,
  兆: 1e12,
};
const number =
  /(\d[\d,，]*(?:\.\d+)?)(?:\s?(hundred|thousand|million|billion|trillion|bn\b|k\b)|\s?(万亿|千亿|百亿|十亿|亿|千万|百万|十万|万|千|百|兆))?/gi;
const months = "january february march april may june july august september october november december".split(" ");
const chineseDigits = "零一二三四五六七八九";

interface NumberFound {
  readonly text: string;
  /** Values that it may be written as: with and without its magnitude. */
  readonly values: readonly number[];
}

function numbersOf(text: string): NumberFound[] {
  let plain = text.normalize("NFKC");
  for (const { text: token } of keptTokens(plain)) plain = plain.replace(token, " ".repeat(token.length));
  return Array.from(plain.matchAll(number), ({ 0: whole, 1: digits, 2: english, 3: chinese }) => {
    const value = Number(digits.replace(/[,，]/g, ""));
    const size = magnitudes[(english ?? chinese ?? "").toLowerCase()] ?? 1;
    // Portuguese, German, French and others write 12,50 for 12.50; no thousands end after one or two digits.
    const read = /^\d+,\d{1,2}$/.test(digits) ? [value, Number(digits.replace(",", "."))] : [value];
    return { text: whole.trim(), values: size === 1 ? read : [...read.map((one) => one * size), ...read] };
  });
}

// Numbers that are written as words: months, Chinese numerals, small English ones.
function worded(text: string): Set<number> {
  const found = new Set<number>();
  const plain = text.toLowerCase();
  for (const [i, month] of months.entries()) if (plain.includes(month.slice(0, 3))) found.add(i + 1);
  const small = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");
  for (const [i, word] of small.entries()) if (new RegExp(`\\b${word}`).test(plain)) found.add(i);
  for (const run of text.match(/[零〇一二两三四五六七八九十百千万]+/g) ?? []) for (const value of chineseValues(run)) found.add(value);
  return found;
}

function chineseValues(run: string): number[] {
  if (/^[零〇一二三四五六七八九]+$/.test(run)) return [Number(Array.from(run, (one) => (one === "〇" ? 0 : chineseDigits.indexOf(one))).join(""))];
  let [all, part, digit] = [0, 0, 0];
  for (const one of run.replace(/两/g, "二").replace(/〇/g, "零")) {
    const at = chineseDigits.indexOf(one);
    if (at >= 0) digit = at;
    else if (one === "万") [all, part, digit] = [(all + part + digit) * 1e4, 0, 0];
    else [part, digit] = [part + (digit || 1) * { 十: 10, 百: 100, 千: 1000 }[one as "十"], 0];
  }
  return [all + part + digit];
}

const close = (a: number, b: number): boolean => a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

/** Numbers of the source that the translation does not have, by value: 3 million is 300万, March is 3月, a number that is used up is not there twice. */
export function lostNumbers(source: string, translation: string): string[] {
  const there = numbersOf(translation);
  const words = worded(translation);
  const used = new Set<number>();
  return numbersOf(source)
    .filter(({ values }) => {
      const at = there.findIndex((other, i) => !used.has(i) && values.some((value) => other.values.some((one) => close(one, value))));
      if (at >= 0) used.add(at);
      return at < 0 && !values.some((value) => words.has(value));
    })
    .map(({ text }) => text);
}

/** Numbers that the translation has and the source has not. */
export function newNumbers(source: string, translation: string): string[] {
  const words = worded(source);
  const there = numbersOf(source);
  return numbersOf(translation)
    .filter(({ values }) => !values.some((value) => words.has(value) || there.some((other) => other.values.some((one) => close(one, value)))))
    .map(({ text }) => text);
}

const scripts: Readonly<Record<string, RegExp>> = {
  zh: /\p{Script=Han}/u,
  ja: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u,
  ru: /\p{Script=Cyrillic}/u,
  ar: /\p{Script=Arabic}/u,
  ko: /\p{Script=Hangul}/u,
};

/** Letters of a text outside what is kept as it is. */
const wordsOf = (text: string): string =>
  keptTokens(text)
    .reduce((left, { text: token }) => left.replace(token, " "), text)
    .replace(/[^\p{L}]+/gu, " ")
    .trim();

/**
 * What is wrong with a translation of a sentence; nothing where it holds.
 *
 * @example
 * checkTranslation("Pay {price} before March 5.", "请在3月5日前付款。", { to: "zh" }).map(({ kind, text }) => [kind, text]); // [["placeholder", "{price}"]]
 * checkTranslation("It cost 3 million yuan.", "它花费了300万元。", { to: "zh" }); // []
 */
export function checkTranslation(
  source: string,
  translation: string,
  {
    to = "",
    glossary,
    terms = glossary?.termsIn(source) ?? [],
  }: { readonly to?: string; readonly glossary?: Glossary; readonly terms?: readonly { readonly source: string; readonly target: string }[] } = {},
): TranslationProblem[] {
  if (translation.trim() === "") return source.trim() === "" ? [] : [{ kind: "empty", text: "" }];
  const problems: TranslationProblem[] = [];
  const left = keptTokens(translation).map(({ text }) => text);
  for (const { text } of keptTokens(source)) {
    const at = left.indexOf(text);
    if (at < 0) problems.push({ kind: "placeholder", text });
    else left.splice(at, 1);
  }
  for (const text of left) problems.push({ kind: "placeholder", text });
  for (const text of [...lostNumbers(source, translation), ...newNumbers(source, translation)]) problems.push({ kind: "number", text });
  for (const text of source.match(/\b(?:[A-Z]{2,}\d*|[A-Za-z]*\d+[A-Za-z]+[\w-]*|[a-z]+[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*)\b/g) ?? [])
    if (
      !translation.toLowerCase().includes(text.toLowerCase()) &&
      !terms.some((term) => term.source.includes(text)) &&
      !/^\d+(?:st|nd|rd|th|s|k|m|km|kg|am|pm)$/i.test(text)
    )
      problems.push({ kind: "name", text });
  for (const term of terms)
    if (!translation.toLowerCase().includes(term.target.toLowerCase())) problems.push({ kind: "glossary", text: `${term.source} = ${term.target}` });
  problems.push(...shapeProblems(source, translation, to));
  return problems;
}

function shapeProblems(source: string, translation: string, to: string): TranslationProblem[] {
  const problems: TranslationProblem[] = [];
  const [from, into] = [wordsOf(source), wordsOf(translation)];
  const script = scripts[to.split("-")[0]];
  if (script !== undefined && from.length > 12 && !script.test(into)) problems.push({ kind: "script", text: translation.slice(0, 40) });
  if (to.startsWith("en") && from.length > 4 && /\p{Script=Han}/u.test(into))
    problems.push({ kind: "script", text: into.match(/\p{Script=Han}+/u)![0].slice(0, 40) });
  const weight = (text: string): number => text.replace(/\s/g, "").length + 2 * (text.match(/\p{Script=Han}/gu)?.length ?? 0);
  const ratio = (weight(into) + 6) / (weight(from) + 6);
  if (ratio > 3 || ratio < 0.25) problems.push({ kind: "length", text: ratio.toFixed(2) });
  const again = /(.{2,40}?)\1{3,}/u.exec(translation);
  if (again !== null && !/(.{2,40}?)\1{3,}/u.test(source)) problems.push({ kind: "repetition", text: again[1] });
  return problems;
}

const shares: Readonly<Record<TranslationProblem["kind"], number>> = {
  empty: 0,
  number: 0.3,
  placeholder: 0.3,
  name: 0.8,
  glossary: 0.5,
  length: 0.5,
  script: 0.2,
  repetition: 0.2,
};

/**
 * From 0 to 1: what the checks, the likeness of the lengths and names that are not found as they were leave of a sentence. Not calibrated on people's judgements.
 *
 * @example
 * confidenceOf("Good day.", "", [{ kind: "empty", text: "" }]); // 0
 */
export function confidenceOf(source: string, translation: string, problems: readonly TranslationProblem[]): number {
  const weight = (text: string): number => text.replace(/\s/g, "").length + 2 * (text.match(/\p{Script=Han}/gu)?.length ?? 0);
  const [a, b] = [weight(wordsOf(source)) + 4, weight(wordsOf(translation)) + 4];
  const even = Math.min(a, b) / Math.max(a, b);
  const names = source.match(/(?<=[a-z,;] )\p{Lu}\p{Ll}+/gu) ?? [];
  const lost = names.filter((name) => !translation.includes(name)).length;
  const base = 0.75 + 0.25 * even - 0.05 * Math.min(3, lost);
  return Math.round(problems.reduce((left, { kind }) => left * shares[kind], base) * 100) / 100;
}

/** What a problem is called. */
export const problemNames: Readonly<Record<TranslationProblem["kind"], Phrase>> = {
  empty: { en: "no translation", zh: "无译文" },
  number: { en: "a number changed", zh: "数字有出入" },
  placeholder: { en: "a tag, placeholder or link changed", zh: "标签、占位符或链接有改动" },
  name: { en: "a name is missing", zh: "缺少名称" },
  glossary: { en: "a term of the glossary is missing", zh: "未使用术语表中的译法" },
  length: { en: "too long or too short", zh: "译文过长或过短" },
  script: { en: "not in the language asked for", zh: "不是目标语言" },
  repetition: { en: "it repeats itself", zh: "译文重复" },
};
