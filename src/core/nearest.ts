// The nearest of some names to a mistyped one. Knows nothing of what is named.

/**
 * The candidate with the least Damerau-Levenshtein distance (optimal string alignment); ties go to the earlier one. A candidate that starts with the name is nearest of all.
 * Source: Damerau 1964, doi:10.1145/363958.363994.
 *
 * @example
 * nearest("smolm2", ["smollm2:135m", "minilm"]); // "smollm2:135m"
 */
export function nearest(name: string, candidates: readonly string[]): string {
  const wanted = name.toLowerCase().slice(0, 64);
  let best = "";
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    const apart = other.startsWith(wanted) ? 0 : Math.min(distance(wanted, other), distance(wanted, other.split(":")[0]) + 0.5);
    if (apart < least) [best, least] = [candidate, apart];
  }
  return best;
}

/**
 * Edits (insert, delete, replace, swap neighbours) that lead from one text to another.
 *
 * @example
 * distance("stpo", "stop"); // 1
 */
export function distance(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + same);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, above] = [above, row];
  }
  return above[to.length];
}
