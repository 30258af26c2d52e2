// Every occurrence of a word or phrase with what stands around it, as NLTK's ConcordanceIndex. Knows tokens, not texts.
import { refuseUnknown } from "../../core/index.ts";

/** One occurrence. */
export interface ConcordanceLine {
  /** Index of its first token. */
  readonly offset: number;
  /** Tokens before and behind it. */
  readonly left: readonly string[];
  readonly right: readonly string[];
  /** The occurrence as it stands. */
  readonly query: string;
  /** Left, query and right on one line, the query in the middle. */
  readonly line: string;
}

/** How lines are made. */
export interface ConcordanceOptions {
  /** Characters of a line (default 80). */
  readonly width?: number;
  /** Most lines (default: all). */
  readonly lines?: number;
  /** Upper and lower case are the same (default true). */
  readonly ignoreCase?: boolean;
}

const marks = /^\p{M}$/u;
const visibleLength = (text: string): number => [...text].filter((character) => !marks.test(character)).length;

// The last (or first) `count` characters; combining marks stay with theirs and are not counted.
function lastOf(text: string, count: number): string {
  const characters = [...text];
  let from = characters.length;
  for (let left = count; from > 0 && left > 0; from--) if (!marks.test(characters[from - 1])) left--;
  return characters.slice(from).join("");
}

function firstOf(text: string, count: number): string {
  const characters = [...text];
  let to = 0;
  for (let left = count; to < characters.length && (left > 0 || marks.test(characters[to])); to++) if (!marks.test(characters[to])) left--;
  return characters.slice(0, to).join("");
}

/**
 * The lines in which a word (or a phrase, as a list of tokens) occurs.
 *
 * @example
 * concordance(["Grind", "the", "ink", ",", "then", "the", "brush"], "the", { width: 24 }).map(({ line }) => line); // ["    Grind the ink , the", "nk , then the brush"]
 */
export function concordance(tokens: readonly string[], query: string | readonly string[], options: ConcordanceOptions = {}): ConcordanceLine[] {
  refuseUnknown<ConcordanceOptions>("concordance", options, { width: true, lines: true, ignoreCase: true });
  const { width = 80, lines = Number.POSITIVE_INFINITY, ignoreCase = true } = options;
  const key = (token: string): string => (ignoreCase ? token.toLowerCase() : token);
  const phrase = typeof query === "string" ? [query] : query;
  const wanted = phrase.map(key);
  const half = Math.floor((width - visibleLength(phrase.join(" ")) - 2) / 2);
  const context = Math.floor(width / 4);
  const found: ConcordanceLine[] = [];
  for (let i = 0; i <= tokens.length - wanted.length && found.length < lines && wanted.length > 0; i++)
    if (wanted.every((word, j) => key(tokens[i + j]) === word)) found.push(lineAt(tokens, i, wanted.length, { half, context }));
  return found;
}

function lineAt(tokens: readonly string[], offset: number, length: number, { half, context }: { half: number; context: number }): ConcordanceLine {
  const left = tokens.slice(Math.max(0, offset - context), offset);
  const right = tokens.slice(offset + length, offset + context);
  const query = tokens.slice(offset, offset + length).join(" ");
  const before = lastOf(left.join(" "), half);
  const padding = " ".repeat(Math.max(0, half - [...before].length));
  return { offset, left, right, query, line: `${padding}${before} ${query} ${firstOf(right.join(" "), half)}` };
}
