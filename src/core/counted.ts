// How many of something, in English: one is not several. Knows no other language: Chinese has no plural.

/**
 * A count and its word, with an s behind it unless it is one. The first word of several takes the s: "row without an answer", "rows without an answer".
 *
 * @example
 * [counted(1, "duplicate"), counted(1200, "row"), counted(2, "row without an answer")]; // ["1 duplicate", "1,200 rows", "2 rows without an answer"]
 */
export function counted(count: number, what: string): string {
  const [first, ...more] = what.split(" ");
  return [count.toLocaleString("en-US"), count === 1 ? first : `${first}s`, ...more].join(" ");
}
