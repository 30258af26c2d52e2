// Foreign texts made fit for people to look at: cut short, nothing invisible. Knows no content.

/**
 * A text of at most `most` characters (as `length` counts them): a longer one is cut, and ends with an ellipsis. Half a character never stays.
 *
 * @example
 * shortened("ink stone", 5); // "ink …"
 * shortened("墨😀😀", 3); // "墨…"
 */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = most - 1;
  return `${text.slice(0, /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? end - 1 : end)}…`;
}

/**
 * A text with its control characters, line separators and marks of direction written as escapes: it stays on its line, and moves nothing on a terminal.
 *
 * @example
 * plainly("a\nb"); // "a\\u000ab"
 */
export function plainly(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
