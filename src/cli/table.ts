// A table for a terminal, its columns aligned by what they take on the screen: a Chinese character takes two. Knows no content.
import { displayWidth } from "./terminal.ts";

/** Rows as lines, two spaces between columns, nothing after the last. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => rows.reduce((most, row) => Math.max(most, displayWidth(row[column] ?? "")), 0));
  const padded = (cell: string, column: number) => cell + " ".repeat(widths[column] - displayWidth(cell));
  return rows.map((row) => `${row.map(padded).join("  ").trimEnd()}\n`).join("");
}

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
