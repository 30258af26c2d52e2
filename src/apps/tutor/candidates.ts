// What can be asked about in a sentence: numbers, names, terms, with their places. Rules and a dictionary of Chinese words; no model.
import type { Language } from "../../core/index.ts";
import { ChineseSegmenter, sentenceSpans, snowballStem, stopwords } from "../../text/index.ts";
import { claimsOf } from "../answers/index.ts";

/** What a key is. */
export type KeyKind = "year" | "number" | "name" | "term";

/** Something that can be left out of a sentence and asked for. */
export interface KeyCandidate {
  readonly kind: KeyKind;
  readonly text: string;
  /** Characters of the source. */
  readonly start: number;
  readonly end: number;
}

/** A sentence of a source and what can be asked of it. */
export interface AskedSentence {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly keys: readonly KeyCandidate[];
}

const han = /\p{Script=Han}/u;
const small = new Set(stopwords("en", "full"));

/** The language of a source: Chinese where a tenth of its letters are. */
export function sourceLanguage(text: string): Language {
  const chinese = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  return chinese * 10 > (text.match(/\p{L}/gu)?.length ?? 0) ? "zh" : "en";
}

// What Markdown puts around words is no sentence: code, tables, headings, pictures.
const layout = /^(?:#{1,6}[^\S\n].*|[^\S\n]*\|.*\||```[\s\S]*?^```.*|!\[.*|[^\S\n]*[-=*_]{3,}[^\S\n]*)$/gm;

/** Sentences of a source that stand for themselves, each with its keys. */
export async function askedSentences(text: string, language: Language): Promise<AskedSentence[]> {
  const plain = text.replace(layout, (one) => one.replace(/[^\n]/g, " ").replace(/^ /, "\n"));
  const keysOf = language === "zh" ? await chineseKeys(plain) : englishKeys(plain);
  return sentenceSpans(plain)
    .map(({ start, end }) => clean(text, start, end))
    .filter((one) => stands(one.text, language))
    .map(({ text: sentence, start, end }) => ({ text: sentence, start, end, keys: keysOf(sentence, start) }));
}

// List marks and quotes at the ends are no part of it.
function clean(text: string, start: number, end: number): { text: string; start: number; end: number } {
  const head = /^(?:\s|[-*+>•]\s|\d{1,3}[.)]\s)*/.exec(text.slice(start, end))![0].length;
  const at = Math.min(start + head, end);
  return { text: text.slice(at, end), start: at, end };
}

// A sentence that leans on another one makes no question: "It was built then."
function stands(sentence: string, language: Language): boolean {
  if (/[?？]["”’]?$/.test(sentence) || /\n\s*\n|[*_`|]{2}|https?:/.test(sentence)) return false;
  if (language === "zh")
    return (
      sentence.length >= 10 &&
      sentence.length <= 120 &&
      /[。！；.]["”’]?$/.test(sentence) &&
      !/^(?:它|他|她|这|那|此|其|并|而|但|因此|所以|然而|同时|然后|尽管|虽然|不过|另外|此外)/.test(sentence)
    );
  const words = sentence.split(/\s+/).length;
  return (
    words >= 6 &&
    words <= 45 &&
    /^["“‘(]?[\p{Lu}\d]/u.test(sentence) &&
    /[.!]["”’)]?$/.test(sentence) &&
    !/^(?:It|This|That|These|Those|They|He|She|Such|His|Her|Their|Its|But|However|Thus|Therefore|So|And|Then|Here|There)\b/.test(sentence)
  );
}

type KeysOf = (sentence: string, start: number) => KeyCandidate[];

const isYear = /^(?:1[0-9]|20)\d{2}$/;
const unit =
  /^(?:\s?(?:%|‰|°[CF]?|percent\b|km\b|m\b|kg\b|cm\b|mm\b|million\b|billion\b|trillion\b|thousand\b)|(?:万|亿|千米|公里|米|千克|公斤|度|倍|岁|年|人|个|次|种|℃))/;

function claimedKeys(sentence: string, start: number): KeyCandidate[] {
  return claimsOf(sentence).flatMap(({ kind, text, start: from, end }): KeyCandidate[] => {
    if (kind === "quotation" || (kind === "number" && text.replace(/\D/g, "").length === 0 && !han.test(text))) return [];
    // An "s" of a decade and the end of a span of years are no numbers of their own.
    if (kind === "number" && (/^s\b/.test(sentence.slice(end)) || /\d[–—-]$/.test(sentence.slice(0, from)))) return [];
    const more = kind === "number" && !isYear.test(text) ? (unit.exec(sentence.slice(end))?.[0] ?? "") : "";
    const written = `${text.replace(/['’]s$/, "")}${more}`;
    // The first word of a sentence has a capital anyway: before a name it is a part of it, unless it is a small word.
    const first = kind === "name" ? /^\p{Lu}[\p{L}’'-]+ $/u.exec(sentence.slice(0, from))?.[0] : undefined;
    if (first !== undefined && !small.has(first.trim().toLowerCase()))
      return [{ kind: "name", text: first + written, start, end: start + first.length + written.length }];
    if (kind === "name" && (written.length < 3 || /^(?:I|The|A|An)$/.test(written))) return [];
    return [
      {
        kind: kind === "name" ? "name" : isYear.test(text) ? "year" : "number",
        text: written,
        start: start + from,
        end: start + from + written.length,
      },
    ];
  });
}

const notTerms =
  /(?:ly|ing|ed)$|^(?:able|different|various|several|other|others|same|certain|large|small|great|good|main|major|many|most|such|new|old|first|second|third|last|next|early|late|long|short|high|low|important|common|example|examples|way|ways|thing|things|part|parts|kind|kinds|type|types|time|times|lot|number|amount|fact|case|year|years|day|days|people|form|forms|use|end|term|name|result|results|group|groups)$/;

// The head of what stands behind a small word ("of the red blood cells," -> "red blood cells"), where a mark or a small word ends it.
function englishKeys(text: string): KeysOf {
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/[a-z]{3,}/g)) counts.set(snowballStem(word), (counts.get(snowballStem(word)) ?? 0) + 1);
  const phrase =
    /\b(?:the|a|an|of|by|with|from|into|called|as|its|their|for|and|is|are|in|on|to|between|through)\s+((?:[a-z][a-z-]{2,}\s+){0,2}[a-z][a-z-]{3,})(?=[,.;:)!]|\s+(?:is|are|was|were|of|and|or|in|on|to|that|which|by|from|with|for|as|at|can|has|have|had|into|when|where|while|because|between|through)\b)/g;
  return (sentence, start) => {
    const claimed = claimedKeys(sentence, start);
    const terms = [...sentence.matchAll(phrase)].flatMap(({ 1: found, 0: whole, index }): KeyCandidate[] => {
      const words = found.split(/\s+/);
      while (words.length > 1 && (small.has(words[0]) || notTerms.test(words[0]))) words.shift();
      const head = words.at(-1)!;
      if (
        words.some((word) => small.has(word)) ||
        notTerms.test(head) ||
        (words.length === 1 && (counts.get(snowballStem(head)) ?? 0) < 2 && head.length < 6)
      )
        return [];
      const term = words.join(" ");
      if (!found.endsWith(term)) return [];
      const end = start + index + whole.length;
      return [{ kind: "term", text: term, start: end - term.length, end }];
    });
    return apart([...claimed, ...terms]);
  };
}

const chineseNouns = /^(?:n|nz|nt|ns|nr|nrt|vn|l|i)$/;
const plainNouns =
  /^(?:时候|时间|地方|东西|方面|情况|问题|方式|部分|过程|内容|作用|特点|原因|结果|人们|人类|国家|世界|我们|他们|主要|重要|方法|现象|关系|条件|意义|影响|一般|可以|进行|能够|成为|具有|之间|其中|以及|通过|由于)$/;

async function chineseKeys(text: string): Promise<KeysOf> {
  const segmenter = await ChineseSegmenter.open();
  const counts = new Map<string, number>();
  for (const word of segmenter.cut(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return (sentence, start) => {
    const claimed = claimedKeys(sentence, start);
    const terms = segmenter.tag(sentence).flatMap(({ text: word, tag, start: from, end }): KeyCandidate[] => {
      if (word.length < 2 || !han.test(word) || !chineseNouns.test(tag) || plainNouns.test(word)) return [];
      const named = tag === "ns" || tag === "nr" || tag === "nt" || tag === "nrt";
      return [{ kind: named ? "name" : "term", text: word, start: start + from, end: start + end }];
    });
    return apart([...claimed, ...terms]);
  };
}

// None inside another; none that the sentence says twice: what is left out must not stand beside its gap.
function apart(keys: readonly KeyCandidate[]): KeyCandidate[] {
  const kept: KeyCandidate[] = [];
  for (const key of [...keys].sort((a, b) => a.start - b.start || b.end - a.end)) if (kept.every(({ end }) => end <= key.start)) kept.push(key);
  return kept.filter(({ text }) => kept.filter((other) => other.text.toLowerCase() === text.toLowerCase()).length === 1);
}
