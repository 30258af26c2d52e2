// Texts and Markdown as what is translated and what is not: stretches of words with their places; the rest stays byte for byte. Knows no models.
import { sentenceSpans } from "../../text/index.ts";

/** A stretch to translate: characters `start` to `end`. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * The sentences of a plain text, line by line; marks of lists and white space belong to none.
 *
 * @example
 * const text = "- Ink is black.\n- Paper is white. It burns.\n";
 * plainStretches(text).map(({ start, end }) => text.slice(start, end)); // ["Ink is black.", "Paper is white.", "It burns."]
 */
export function plainStretches(text: string): Stretch[] {
  return Array.from(text.matchAll(/[^\r\n]+/g), ({ 0: line, index }) => sentencesIn(line, index)).flat();
}

function sentencesIn(line: string, at: number): Stretch[] {
  const head = /^(?:\s|[-*+•>]\s|\d{1,3}[.)、]\s?)*/.exec(line)![0].length;
  return sentenceSpans(line.slice(head))
    .map(({ start, end }) => ({ start: at + head + start, end: at + head + end }))
    .filter(({ start, end }) => /\p{L}/u.test(line.slice(start - at, end - at)));
}

const fence = /^ {0,3}(```+|~~~+)/;

/**
 * The sentences of a Markdown text. Code, front matter, HTML blocks, addresses of links and pictures, marks of headings, lists, tables and quotes are no part of them; emphasis, code and
 * links inside a sentence stay in it as they are written.
 *
 * @example
 * const text = "# Ink\n\n```\ncode\n```\n\n| a | Good day. |\n| --- | --- |\n";
 * markdownStretches(text).map(({ start, end }) => text.slice(start, end)); // ["Ink", "a", "Good day."]
 */
export function markdownStretches(text: string): Stretch[] {
  const found: Stretch[] = [];
  const front = /^---\r?\n[\s\S]*?\n---\r?(?:\n|$)/.exec(text)?.[0].length ?? 0;
  let fenced: string | undefined;
  let paragraph: Stretch | undefined;
  const flush = (): void => {
    if (paragraph !== undefined) found.push(...paragraphSentences(text, paragraph));
    paragraph = undefined;
  };
  for (const { 0: line, index } of text.slice(front).matchAll(/[^\n]*(?:\n|$)/g)) {
    const start = front + index;
    const bare = line.replace(/\r?\n$/, "");
    const mark = fence.exec(bare)?.[1];
    if (fenced !== undefined || mark !== undefined) {
      flush();
      if (fenced === undefined) fenced = mark;
      else if (mark !== undefined && mark[0] === fenced[0] && mark.length >= fenced.length) fenced = undefined;
    } else if (
      bare.trim() === "" ||
      /^(?: {4}|\t)\S/.test(bare) ||
      /^\s*(?:[-*_]\s*){3,}$|^\s*={3,}\s*$|^\s*\[[^\]]+\]:\s/.test(bare) ||
      /^\s*<[^>]+>\s*$/.test(bare)
    )
      flush();
    else if (/^\s*\|/.test(bare)) {
      flush();
      found.push(...cells(bare, start));
    } else if (/^\s*(?:#{1,6}\s|[-*+]\s|\d{1,3}[.)]\s|>)/.test(bare)) {
      flush();
      const head = /^(?:\s*(?:#{1,6}\s+|[-*+]\s+(?:\[[ xX]\]\s+)?|\d{1,3}[.)]\s+|>\s?))+/.exec(bare)![0].length;
      const tail = /^\s*#/.test(bare) ? bare.replace(/\s+#+\s*$/, "").length : bare.length;
      if (/^\s*#/.test(bare)) found.push(...paragraphSentences(text, { start: start + head, end: start + Math.max(head, tail) }));
      else paragraph = { start: start + head, end: start + bare.length };
    } else paragraph = { start: paragraph?.start ?? start, end: start + bare.length };
  }
  flush();
  return found;
}

function cells(line: string, at: number): Stretch[] {
  if (/^\s*\|(?:\s*:?-+:?\s*\|?)+$/.test(line)) return [];
  return Array.from(line.matchAll(/(?:\\\||[^|])+/g), ({ 0: cell, index }) => {
    const left = cell.length - cell.trimStart().length;
    return { start: at + index + left, end: at + index + cell.trimEnd().length };
  }).filter(({ start, end }) => end > start && /\p{L}/u.test(line.slice(start - at, end - at)));
}

function paragraphSentences(text: string, { start, end }: Stretch): Stretch[] {
  return sentenceSpans(text.slice(start, end))
    .map((span) => ({ start: start + span.start, end: start + span.end }))
    .filter((span) => /\p{L}/u.test(text.slice(span.start, span.end)));
}

/**
 * The text with its stretches replaced, the rest as it was.
 *
 * @example
 * refilled("- a\n- b\n", [{ start: 2, end: 3 }, { start: 6, end: 7 }], ["x", "y"]); // "- x\n- y\n"
 */
export function refilled(text: string, stretches: readonly Stretch[], targets: readonly string[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const [i, { start, end }] of stretches.entries()) {
    // Between Chinese sentences stands no blank.
    const between = text.slice(at, start);
    parts.push(i > 0 && /^ +$/.test(between) && /[。！？”」]$/.test(targets[i - 1]) ? "" : between, targets[i]);
    at = end;
  }
  return [...parts, text.slice(at)].join("");
}
