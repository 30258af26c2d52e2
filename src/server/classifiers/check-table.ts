// Looks through a table before anything learns from it: its columns, which of them are probably text and label, and the data room's check. Knows no HTTP.
import { InkstoneError } from "../../core/index.ts";
import { checkData, type DataRow, openRows } from "../../data/index.ts";
import { fileLabel } from "../../formats/index.ts";
import type { CheckedTable, Tasks } from "./messages.ts";

const LOOKED_AT = 200;
const SAMPLED = 3;
const CELL = 160;

/**
 * Checks a table; broken rows are counted, not refused. Columns that are not given are guessed.
 *
 * Errors: E_DATA_EMPTY without a whole row, E_DATA_COLUMN, those of `checkData`.
 */
export async function checkTable({ file, text, label }: Tasks["check"]["takes"]): Promise<CheckedTable> {
  const rows = await firstRows(file);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const asText = text ?? guessText(rows, columns);
  const asLabel = label ?? guessLabel(rows, columns, asText);
  const report = await checkData([file], { text: asText, label: asLabel, skipBad: true });
  const sample = rows.slice(0, SAMPLED).map((row) => Object.fromEntries(columns.map((column) => [column, cell(row[column]).slice(0, CELL)])));
  return { columns, text: asText, label: asLabel ?? null, sample, report };
}

async function firstRows(file: string): Promise<DataRow[]> {
  const rows: DataRow[] = [];
  for await (const { value } of openRows(file, { onBadRow: () => undefined })) if (rows.push(value) === LOOKED_AT) break;
  if (rows.length === 0) throw new InkstoneError("E_DATA_EMPTY", { what: fileLabel(file) });
  return rows;
}

const cell = (value: unknown): string => (value === undefined || value === null ? "" : typeof value === "string" ? value : String(value));

// By its name, else the one with most to read.
function guessText(rows: readonly DataRow[], columns: readonly string[]): string {
  const read = (column: string): number => rows.reduce((sum, row) => sum + cell(row[column]).length, 0);
  return (
    named(columns, /^(text|sentence|review|content|文本|正文|内容)$/i) ?? columns.reduce((most, each) => (read(each) > read(most) ? each : most))
  );
}

// By its name, else the one with the fewest different values, but two.
function guessLabel(rows: readonly DataRow[], columns: readonly string[], text: string): string | undefined {
  const others = columns.filter((column) => column !== text);
  const kinds = (column: string): number => new Set(rows.map((row) => cell(row[column]))).size;
  const fewest = others.filter((column) => kinds(column) > 1).sort((a, b) => kinds(a) - kinds(b));
  return named(others, /^(label|class|category|标签|类别|分类)$/i) ?? fewest[0] ?? others[0];
}

const named = (columns: readonly string[], name: RegExp): string | undefined => columns.find((column) => name.test(column.trim()));
