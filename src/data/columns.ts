// Which columns of a table are probably the text and the label. Knows no learning.
import type { DataRow } from "./open.ts";

/**
 * What is read in a cell: objects as JSON, nothing as nothing.
 *
 * @example
 * [cellText(5), cellText(null), cellText({ a: 1 })]; // ["5", "", '{"a":1}']
 */
export function cellText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? (JSON.stringify(value) ?? "") : String(value);
}

/**
 * The columns of some rows, in the order in which they appear.
 *
 * @example
 * columnsOf([{ a: 1 }, { b: 2, a: 3 }]); // ["a", "b"]
 * columnsOf([{ text: "ink", 2023: "1" }], ["text", "2023"]); // ["text", "2023"]
 */
export function columnsOf(rows: readonly DataRow[], first: readonly string[] = []): string[] {
  return [...new Set([...first, ...rows.flatMap((row) => Object.keys(row))])];
}

/**
 * The column with the text: by its name, else the one with most to read.
 *
 * @example
 * guessTextColumn([{ id: "1", 评论: "很好" }], ["id", "评论"]); // "评论"
 */
export function guessTextColumn(rows: readonly DataRow[], columns: readonly string[]): string {
  const read = (column: string): number => rows.reduce((sum, row) => sum + cellText(row[column]).length, 0);
  const byName = named(columns, /^(text|sentence|review|reviews|content|comment|message|utterance|query|文本|正文|内容|评论|评价|留言|句子|消息)$/i);
  return byName ?? columns.reduce((most, each) => (read(each) > read(most) ? each : most));
}

/**
 * The column with the label: by its name, else the one with the fewest different values, but two.
 *
 * @example
 * guessLabelColumn([{ text: "a", kind: "x" }, { text: "b", kind: "y" }], ["text", "kind"], "text"); // "kind"
 */
export function guessLabelColumn(rows: readonly DataRow[], columns: readonly string[], text: string): string | undefined {
  const others = columns.filter((column) => column !== text);
  const kinds = (column: string): number => new Set(rows.map((row) => cellText(row[column]))).size;
  const fewest = others.filter((column) => kinds(column) > 1).sort((a, b) => kinds(a) - kinds(b));
  return named(others, /^(label|class|category|intent|sentiment|标签|类别|分类|情感|意图)$/i) ?? fewest[0] ?? others[0];
}

const named = (columns: readonly string[], name: RegExp): string | undefined => columns.find((column) => name.test(column.trim()));
