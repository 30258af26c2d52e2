// Texts as Python's scripts see them: its white space, its characters (code points), its counting of what occurs.

// What str.split() and str.strip() take for white space; JavaScript's \s has U+FEFF instead of U+001C … U+001F and U+0085.
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const spaces = new RegExp(`[${SPACE}]+`, "u");
const leading = new RegExp(`^[${SPACE}]+`, "u");
const allSpaces = new RegExp(`[${SPACE}]+`, "gu");
const isSpace = new RegExp(`[${SPACE}]`, "u");

/** Words between white space. */
export function splitWords(text: string): string[] {
  return text.split(spaces).filter((word) => word !== "");
}

/** The text without white space at its end. From the end, unit by unit: a pattern would try every run of spaces. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace.test(text[end - 1])) end--;
  return text.slice(0, end);
}

/** The text without white space at both ends. */
export function trim(text: string): string {
  return trimEnd(text.replace(leading, ""));
}

/** The text without any white space. */
export function withoutSpaces(text: string): string {
  return text.replace(allSpaces, "");
}

/** How often each thing occurs. */
export function tally(things: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return counts;
}

/** How many things two tallies share, each as often as the rarer side has it. */
export function shared(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const [thing, count] of a) total += Math.min(count, b.get(thing) ?? 0);
  return total;
}

/** Runs of n parts, joined. */
export function ngrams(parts: readonly string[], n: number, joint: string): string[] {
  return Array.from({ length: Math.max(0, parts.length - n + 1) }, (_, i) => parts.slice(i, i + n).join(joint));
}
