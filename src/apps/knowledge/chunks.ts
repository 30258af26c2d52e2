// Cuts a text into pieces that can be found and cited: along headings, tables, paragraphs and sentences, never across a page. Knows no files.
import { sentenceSpans } from "../../text/index.ts";

/** How a page is laid out: blank lines part paragraphs; each line is one; Markdown's marks; a row of a table, never cut together with others. */
export type PageLayout = "plain" | "lines" | "markdown" | "row";

/** A page, or a whole text that has none. */
export interface Page {
  readonly page: number | undefined;
  readonly text: string;
  readonly layout: PageLayout;
  /** What stands above it: headings, or names of columns. */
  readonly heading: string;
}

/** A piece: characters `start` to `end` of its page (UTF-16). */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly heading: string;
}

/** The usual length of a piece, in letters; a Chinese character counts as two and a half. */
export const usualLength = 1000;

// A stretch that should stay whole: a paragraph, a table, code, a heading.
interface Block {
  readonly start: number;
  readonly end: number;
  readonly kind: "heading" | "table" | "code" | "text";
  readonly level: number;
}

const hanLetter = /[\u3400-\u9fff\uf900-\ufaff]/g;
const lengthOf = (text: string): number => text.length + 1.5 * (text.match(hanLetter)?.length ?? 0);

/**
 * The pieces of a page: a heading begins one, paragraphs under one heading share a piece up to `length`, longer ones are cut between sentences (rows of a table between
 * rows). Nothing but white space is left out, and each piece is an exact slice.
 *
 * @example
 * const text = "# Ink\n\nBlack.\n\n# Stone\n\nGrey.";
 * cutPage({ page: undefined, text, layout: "markdown", heading: "" }).map(({ heading, start, end }) => [heading, text.slice(start, end)]);
 * // [["Ink", "# Ink\n\nBlack."], ["Stone", "# Stone\n\nGrey."]]
 */
export function cutPage({ text, layout, heading }: Page, length: number = usualLength): Piece[] {
  const pieces: Piece[] = [];
  const path: string[] = [];
  let open: { start: number; end: number; size: number; bare: boolean } | undefined;
  const flush = (): void => {
    if (open !== undefined) pieces.push({ start: open.start, end: open.end, heading: [heading, ...path].filter((one) => one !== "").join(" > ") });
    open = undefined;
  };
  for (const block of blocksOf(text, layout)) {
    if (block.kind === "heading") {
      if (open?.bare !== true) flush();
      path.length = Math.min(path.length, block.level - 1);
      path.push(headingWords(text.slice(block.start, block.end)));
    }
    for (const atom of atomsOf(text, block, length)) {
      const size = lengthOf(text.slice(atom.start, atom.end));
      if (open !== undefined && !open.bare && open.size + size > length) flush();
      if (open === undefined) open = { ...atom, size, bare: block.kind === "heading" };
      else open = { start: open.start, end: atom.end, size: open.size + size, bare: open.bare && block.kind === "heading" };
    }
  }
  flush();
  return pieces;
}

const headingWords = (line: string): string => line.replace(/^#{1,6}\s+|\s+#*\s*$/g, "").replace(/[*_`]/g, "");

// Lines grouped into blocks.
function* blocksOf(text: string, layout: PageLayout): Generator<Block> {
  if (layout === "row") {
    const trimmed = text.trim();
    if (trimmed !== "") yield { start: text.indexOf(trimmed), end: text.indexOf(trimmed) + trimmed.length, kind: "text", level: 0 };
    return;
  }
  let open: Block | undefined;
  let fence: string | undefined;
  for (const line of linesOf(text)) {
    const words = text.slice(line.start, line.end);
    const mark = layout === "markdown" ? /^ {0,3}(```+|~~~+)/.exec(words)?.[1] : undefined;
    const fenced = fence !== undefined;
    if (mark !== undefined && (fence === undefined || (mark[0] === fence[0] && mark.length >= fence.length)))
      fence = fence === undefined ? mark : undefined;
    const kind = fenced || mark !== undefined ? "code" : kindOf(words, layout);
    if (open !== undefined && (kind === undefined || kind !== open.kind || kind === "heading" || (layout === "lines" && kind === "text"))) {
      yield open;
      open = undefined;
    }
    if (kind === undefined) continue;
    const level = kind === "heading" ? (/^#+/.exec(words)?.[0].length ?? 1) : 0;
    open = { start: open?.start ?? line.start, end: line.end, kind, level };
  }
  if (open !== undefined) yield open;
}

function kindOf(line: string, layout: PageLayout): Block["kind"] | undefined {
  if (line.trim() === "") return undefined;
  if (layout === "markdown" && /^#{1,6}\s+\S/.test(line)) return "heading";
  return /^\s*\|.*\|\s*$/.test(line) ? "table" : "text";
}

// Lines without the white space around them; empty ones have start = end.
function* linesOf(text: string): Generator<{ start: number; end: number }> {
  for (let from = 0; from <= text.length; ) {
    const at = text.indexOf("\n", from);
    const to = at < 0 ? text.length : at;
    yield trimmed(text, from, to);
    from = to + 1;
  }
}

function trimmed(text: string, from: number, to: number): { start: number; end: number } {
  let [start, end] = [from, to];
  while (start < end && /\s/.test(text[start])) start++;
  while (end > start && /\s/.test(text[end - 1])) end--;
  return { start, end };
}

// What a block is cut into at most: the whole where it fits, else sentences or rows, else as much as fits.
function* atomsOf(text: string, block: Block, length: number): Generator<{ start: number; end: number }> {
  if (lengthOf(text.slice(block.start, block.end)) <= length) {
    yield block;
    return;
  }
  const inside = text.slice(block.start, block.end);
  const parts = block.kind === "text" ? sentenceSpans(inside) : [...linesOf(inside)].filter(({ start, end }) => end > start);
  for (const { start, end } of parts) {
    if (lengthOf(inside.slice(start, end)) <= length) yield { start: block.start + start, end: block.start + end };
    else yield* hardCuts(text, block.start + start, block.start + end, length);
  }
}

// A sentence without an end: between lines or words where there are any, else anywhere but inside a character.
function* hardCuts(text: string, from: number, to: number, length: number): Generator<{ start: number; end: number }> {
  for (let start = from; start < to; ) {
    let end = start;
    for (let size = 0; end < to && size < length; end++) size += /[\u3400-\u9fff\uf900-\ufaff]/.test(text[end]) ? 2.5 : 1;
    if (end < to) {
      const near = text.slice(start, end);
      const at = Math.max(near.lastIndexOf("\n"), near.lastIndexOf(" "), near.lastIndexOf("，") + 1, near.lastIndexOf("；") + 1);
      if (at > near.length / 2) end = start + at;
      else if (/[\ud800-\udbff]/.test(text[end - 1])) end--;
    }
    const piece = trimmed(text, start, end);
    if (piece.end > piece.start) yield piece;
    start = end;
  }
}
