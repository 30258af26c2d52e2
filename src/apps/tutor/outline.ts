// A lesson plan of a source: its sections, by headings or by where its words change; of each the sentence that says most, its terms, aims. Knows no learners.
import { summarize, textRankKeywords } from "../../classical/index.ts";
import { aSignal, type Language, oneOf, type Rules, readOptions } from "../../core/index.ts";
import { ChineseSegmenter, sentenceSpans, stopwords, TfidfVectorizer, wordSpans } from "../../text/index.ts";
import { SearchTerms } from "../knowledge/index.ts";
import { sourceLanguage } from "./candidates.ts";
import type { TutorSource } from "./types.ts";

/** A place of a source. */
export interface OutlinePlace {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A section of an outline. */
export interface OutlineSection {
  readonly title: string;
  /** 1 for the highest headings. */
  readonly level: number;
  readonly start: number;
  readonly end: number;
  /** Sentences of the section that say most, in its order; exact slices. */
  readonly points: readonly OutlinePlace[];
  readonly terms: readonly string[];
  /** What one should be able to do after it. */
  readonly objectives: readonly string[];
}

/** An outline. */
export interface TutorOutline {
  readonly title: string;
  readonly language: Language;
  readonly sections: readonly OutlineSection[];
}

/** How an outline is made. */
export interface OutlineOptions {
  readonly language?: Language;
  readonly signal?: AbortSignal;
}

const rules: Rules<OutlineOptions> = { language: oneOf(["en", "zh"]), signal: aSignal };

interface Part {
  readonly title: string;
  readonly level: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The outline of a source. Sections are its Markdown headings; a source without any is cut where its words change (TextTiling). Nothing is added that the source does not say but the
 * verbs of the aims.
 *
 * Errors: E_OPTION, E_OPTION_UNKNOWN; the signal's reason. Source of the cuts: Hearst 1997.
 *
 * @example
 * const { sections } = await tutorOutline({ text: "# Ink\n\nInk is a liquid that colours paper. Ink dries fast.\n\n# Stone\n\nA stone grinds ink." });
 * sections.map(({ title }) => title); // ["Ink", "Stone"]
 */
export async function tutorOutline({ text, document = "" }: TutorSource, options: OutlineOptions = {}): Promise<TutorOutline> {
  const { language = sourceLanguage(text), signal } = readOptions("tutorOutline", options, rules);
  const terms = await SearchTerms.open();
  const headed = partsByHeadings(text);
  const parts = headed.length > 0 ? headed : partsByWords(text, terms);
  const keywords = await keywordsOf(language);
  const sections: OutlineSection[] = [];
  for (const part of parts) {
    signal?.throwIfAborted();
    await new Promise((next) => setImmediate(next));
    const points = pointsOf(text, part, terms);
    const found = keywords(text.slice(part.start, part.end).replace(/^#{1,6}\s.*$/gm, ""));
    sections.push({
      ...part,
      title: part.title || found.slice(0, 2).join(language === "zh" ? "与" : " and ") || (points[0]?.text.slice(0, 40) ?? ""),
      points,
      terms: found,
      objectives: aims(found, language),
    });
  }
  const [first] = sections;
  const one = first !== undefined && first.level === 1 && sections.filter(({ level }) => level === 1).length === 1;
  return { title: one ? first.title : document.replace(/^.*\//, "").replace(/\.\w+$/, "") || (first?.title ?? ""), language, sections };
}

function partsByHeadings(text: string): Part[] {
  const heads = [...text.matchAll(/^(#{1,6})[ \t]+(.+?)[ \t]*#*$|^(第[一二三四五六七八九十百\d]+[章节课].{0,40})$/gm)];
  return heads.map(({ 1: marks, 2: title, 3: chapter, index }, i) => ({
    title: (title ?? chapter).replace(/[*_`]/g, "").trim(),
    level: marks?.length ?? (/[章]/.test(chapter) ? 1 : 2),
    start: index,
    end: heads[i + 1]?.index ?? text.length,
  }));
}

// Between paragraphs whose words are least alike; a section has at least 600 letters (Chinese: 250).
function partsByWords(text: string, terms: SearchTerms): Part[] {
  const blocks = [...text.matchAll(/[^\n](?:[\s\S]*?)(?=\n[^\S\n]*\n|$(?![\s\S]))/g)].map(({ 0: block, index }) => ({
    start: index,
    end: index + block.length,
    words: new Set(terms.of(block).filter((term) => !/^\d+$/.test(term))),
  }));
  const least = /\p{Script=Han}/u.test(text.slice(0, 200)) ? 250 : 600;
  const parts: Part[] = [];
  let [start, seen] = [0, new Set<string>()];
  for (const [i, block] of blocks.entries()) {
    const shared = [...block.words].filter((word) => seen.has(word)).length / (block.words.size || 1);
    if (block.start - start >= least && text.length - block.start >= least / 2 && shared < 0.3) {
      parts.push({ title: "", level: 1, start, end: block.start });
      [start, seen] = [block.start, new Set()];
    }
    for (const word of block.words) seen.add(word);
    if (i === blocks.length - 1) parts.push({ title: "", level: 1, start, end: text.length });
  }
  return parts;
}

function pointsOf(text: string, { start, end }: Part, terms: SearchTerms): OutlinePlace[] {
  const inside = text.slice(start, end).replace(/^(?:#{1,6}\s.*|\s*\|.*\|)$/gm, (one) =>
    " "
      .repeat(one.length - 1)
      .concat("\n")
      .slice(0, one.length),
  );
  const sentences = sentenceSpans(inside, { lines: true })
    .filter(({ text: one }) => one.length >= 12 && /\p{L}{2}/u.test(one))
    .slice(0, 400);
  if (sentences.length === 0) return [];
  const joined = sentences.map(({ text: one }) => terms.of(one).join(" ") || "-");
  const vectoriser = new TfidfVectorizer({ analyzer: (one: string) => one.split(" ") });
  return summarize(joined, { most: Math.min(3, sentences.length), vectoriser }).map(({ index }) => {
    const { start: from, end: to } = sentences[index];
    return { text: text.slice(start + from, start + to), start: start + from, end: start + to };
  });
}

async function keywordsOf(language: Language): Promise<(text: string) => string[]> {
  const stop = new Set(stopwords(language, "full"));
  const segmenter = await ChineseSegmenter.open();
  if (language === "zh")
    return (text) => {
      const words = segmenter.tag(text);
      const kept = words.filter(({ text: word, tag }) => word.length >= 2 && /^(?:n|v[dn]|l|i)/.test(tag) && !stop.has(word));
      const names = new Set(kept.map(({ text: word }) => word));
      // All words are looked at: only those that really follow each other become a phrase.
      return textRankKeywords(
        words.map(({ text: word }) => word),
        { most: 6, window: 5, separator: "", keep: (word) => names.has(word) },
      )
        .map(({ text: one }) => one)
        .slice(0, 6);
    };
  return (text) => {
    const words = wordSpans(text).map(({ text: word }) => word.toLowerCase());
    const keep = (word: string): boolean => /^[a-z][a-z-]{2,}$/.test(word) && !stop.has(word) && !/(?:ly|ing|ed)$/.test(word);
    return textRankKeywords(words, { most: 6, keep })
      .map(({ text: one }) => one)
      .slice(0, 6);
  };
}

function aims(terms: readonly string[], language: Language): string[] {
  const [first, second, third] = terms;
  if (first === undefined) return [];
  return language === "zh"
    ? [
        `说出${first}的含义`,
        ...(second === undefined ? [] : [`解释${first}与${second}的关系`]),
        ...(third === undefined ? [] : [`结合实例运用${third}`]),
      ]
    : [
        `Say what "${first}" means`,
        ...(second === undefined ? [] : [`Explain how "${first}" and "${second}" belong together`]),
        ...(third === undefined ? [] : [`Use "${third}" in an example of your own`]),
      ];
}
