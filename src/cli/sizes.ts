// Bytes as people read them. Knows no content.

/**
 * Bytes in units of a thousand, three digits.
 *
 * @example
 * sizeOf(98_362_432); // "98.4 MB"
 */
export function sizeOf(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** at;
  return `${at === 0 ? value : value.toPrecision(3)} ${units[at]}`;
}
