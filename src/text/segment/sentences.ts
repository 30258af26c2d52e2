// Sentences of English and Chinese by rules: marks that end one, the quotes and brackets that belong to it, abbreviations, initials, numbers, empty lines.
import { refuseUnknown } from "../../core/index.ts";
// Not NLTK's Punkt, which is trained without supervision (Kiss & Strunk 2006) and needs its model; the rules are after its list of what misleads.
import { beforeNames, beforeNumbers, beginners, elsewhere } from "./abbreviations.ts";
import { type Span, sliced, trimmed } from "./spans.ts";

/** How a text is cut. */
export interface SentenceOptions {
  /** Whether a single line break ends a sentence (default false: only an empty line does). */
  readonly lines?: boolean;
}

// A run of end marks with what closes behind it, or an empty line. Bounded repetitions keep the search linear.
const ends = /(?<chinese>[。！？｡]+[。！？｡!?…]*|…{2,})|(?<western>[.!?…]+)|(?<blank>\n[^\S\n]{0,1000}\n)|(?<line>\n)/gu;
const closing = /["'»”’」』）)\]}】》]/;
// A quote or bracket that stands alone behind a space belongs to the sentence before it.
const onlyClosing = /^["'»”’」』）)\]}】》]{1,3}$/;
const opening = /["'«“‘「『（([{【《¿¡-]/;

/**
 * The sentences of an English, Chinese or mixed text, with their places; white space between them belongs to none, everything else to exactly one.
 *
 * Time grows linearly with the text. No errors.
 *
 * @example
 * sentenceSpans("Dr. Li came. 他来了！“真的？”她问。").map(({ text }) => text); // ["Dr. Li came.", "他来了！", "“真的？”她问。"]
 */
export function sentenceSpans(text: string, options: SentenceOptions = {}): Span[] {
  refuseUnknown<SentenceOptions>("sentenceSpans", options, { lines: true });
  const { lines = false } = options;
  const spans: Span[] = [];
  let start = 0;
  const close = (end: number): void => {
    const span = trimmed(text, start, end);
    const before = spans.at(-1);
    if (span !== undefined && before !== undefined && onlyClosing.test(span.text)) spans[spans.length - 1] = sliced(text, before.start, span.end);
    else if (span !== undefined) spans.push(span);
    start = end;
  };
  for (const match of text.matchAll(ends)) {
    if (match.index < start) continue;
    const marks = match[0];
    const { chinese, blank, line } = match.groups!;
    if (blank !== undefined || (line !== undefined && (lines || isBetweenItems(text, start, match.index)))) close(match.index + marks.length);
    else if (line === undefined) {
      const end = behindClosing(text, match.index + marks.length);
      const ended = chinese === undefined ? isWesternEnd(text, start, match.index, marks, end) : !goesOn(text, match.index + marks.length, end);
      if (ended) close(end);
    }
  }
  close(text.length);
  return spans;
}

/**
 * The sentences of a text, as `sentenceSpans` without the places. NLTK's name.
 *
 * @example
 * sentTokenize("It cost $3.50 at 5 p.m. in the U.S. market. Really? Yes."); // ["It cost $3.50 at 5 p.m. in the U.S. market.", "Really?", "Yes."]
 */
export function sentTokenize(text: string, options?: SentenceOptions): string[] {
  return sentenceSpans(text, options).map((span) => span.text);
}

// A line break before a numbered item, behind another one or behind a colon.
function isBetweenItems(text: string, start: number, at: number): boolean {
  return (
    numbered.test(text.slice(at + 1, at + 40)) &&
    (numbered.test(text.slice(start, start + 40)) || /[:：]\s{0,8}$/.test(text.slice(Math.max(start, at - 9), at)))
  );
}

const numbered = /^\s{0,16}(?:\d{1,3}|[ivxlc]{1,5})\.\s/;

// Past the quotes and brackets that close right behind an end mark. An apostrophe that opens a word is not one of them.
function behindClosing(text: string, from: number): number {
  let end = from;
  while (end < text.length && closing.test(text[end]) && end - from < 8) end++;
  return end;
}

// “真的？”她问: a quote inside a sentence that goes on.
function goesOn(text: string, marksEnd: number, end: number): boolean {
  return end > marksEnd && /^[\p{Script=Han}，、；：,;]/u.test(text.slice(end, end + 2));
}

function isWesternEnd(text: string, start: number, at: number, marks: string, end: number): boolean {
  const following = text.slice(end, end + 64);
  if (following.trim() === "") return true;
  if (/^\p{Script=Han}/u.test(following)) return end === at + marks.length && /\p{Script=Han}$/u.test(text.slice(start, at)) && marks !== "…";
  if (!/^\s/u.test(following)) return false;
  const next = following.trimStart();
  if (/^[a-z]/.test(next) && (marks === "." || marks.startsWith("..") || marks === "…" || end > at + marks.length)) return false;
  if (marks === ".") return isFullStop(text.slice(Math.max(start, at - 48), at), next);
  return !(marks.startsWith("..") || marks === "…") || startsSentence(next);
}

// Whether one full stop behind `before` ends a sentence when `next` follows.
function isFullStop(before: string, next: string): boolean {
  const word = /[\p{L}\p{N}.'’-]*$/u.exec(before)?.[0] ?? "";
  const lower = word.toLowerCase().replace(/^['’.-]+/, "");
  if (beforeNames.has(lower) || (beforeNumbers.has(lower) && /^[\p{N}(]/u.test(next))) return false;
  if (elsewhere.has(lower) || /^(?:\p{L}\.)+\p{L}$/u.test(word)) return startsSentence(next) && beginners.has(firstWord(next));
  if (/^\p{Lu}$/u.test(word)) return word === "I" ? startsSentence(next) : beginners.has(firstWord(next)); // an initial: "J. Smith"
  const lead = before.slice(before.lastIndexOf("\n") + 1, before.length - word.length);
  if (/^(?:\d{1,3}|[ivxlc]{1,5})$/.test(word) && (lead.trim() === "" || /[:：]\s+$|：$/.test(lead))) return false; // a numbered line, "Steps: 1. Grind the ink."
  return startsSentence(next) || !/^\p{Ll}/u.test(next);
}

const startsSentence = (next: string): boolean => {
  let at = 0;
  while (at < 4 && opening.test(next[at] ?? "")) at++;
  return /^[\p{Lu}\p{Lt}\p{Lo}\p{N}\p{Extended_Pictographic}@#$]/u.test(next.slice(at, at + 2));
};

const firstWord = (next: string): string => (/[\p{L}'’]+/u.exec(next.slice(0, 40))?.[0] ?? "").toLowerCase().replaceAll("’", "'");
