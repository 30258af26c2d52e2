// Pieces of a text with their places. Offsets are UTF-16 indices, as JavaScript slices.

/** A piece of a text: `text === source.slice(start, end)`. */
export interface Span {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** White space as Python's `str.split()` and `\s` see it, for use inside a character class with the flag `u`. */
export const pythonSpace = "\\t-\\r\\x1c-\\x1f \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** Word characters as Python's `\w` sees them, for use inside a character class with the flag `u`. */
export const pythonWord = "\\p{L}\\p{N}_";

/** The span between two places. */
export const sliced = (source: string, start: number, end: number): Span => ({ text: source.slice(start, end), start, end });

/** The spans of pieces that lie side by side and are all of the source. */
export function adjoining(pieces: readonly string[]): Span[] {
  const spans = new Array<Span>(pieces.length);
  let start = 0;
  for (let i = 0; i < pieces.length; i++) {
    const text = pieces[i];
    const end = start + text.length;
    spans[i] = { text, start, end };
    start = end;
  }
  return spans;
}

/** A span of a source, without the white space at its two ends; undefined when nothing is left. */
export function trimmed(source: string, start: number, end: number): Span | undefined {
  const piece = source.slice(start, end);
  const from = start + (piece.length - piece.trimStart().length);
  const to = end - (piece.length - piece.trimEnd().length);
  return from < to ? sliced(source, from, to) : undefined;
}
