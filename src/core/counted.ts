// A count with its word in English: one row, two rows. Knows no other grammar; Chinese needs none.

/**
 * `1 row`, `2 rows`, `0 entries`. `shown`: the count as it is to be read. Default: digits in groups of three.
 *
 * @example
 * [counted(1, "row"), counted(2, "near duplicate"), counted(0, "entry"), counted(1200, "row")]; // ["1 row", "2 near duplicates", "0 entries", "1,200 rows"]
 */
export function counted(count: number, one: string, shown: string = count.toLocaleString("en-US")): string {
  return `${shown} ${count === 1 ? one : manyOf(one)}`;
}

function manyOf(one: string): string {
  if (/[^aeiou]y$/.test(one)) return `${one.slice(0, -1)}ies`;
  return /(?:[sxz]|[cs]h)$/.test(one) ? `${one}es` : `${one}s`;
}
