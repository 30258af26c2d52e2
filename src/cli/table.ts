// A table for a terminal, its columns aligned by what they take on the screen: a Chinese character takes two. Knows no content.
import { displayWidth } from "./terminal.ts";

/** Rows as lines, two spaces between columns, nothing after the last. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column] ?? ""))));
  const padded = (cell: string, column: number) => cell + " ".repeat(widths[column] - displayWidth(cell));
  return rows.map((row) => `${row.map(padded).join("  ").trimEnd()}\n`).join("");
}
