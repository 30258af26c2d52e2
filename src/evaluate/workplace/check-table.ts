// Looks through a table before anything learns from it: its columns, which of them are probably text and label, and the data room's check. Knows no HTTP.
import { InkstoneError } from "../../core/index.ts";
import { cellText, checkData, columnsOf, type DataRow, guessLabelColumn, guessTextColumn, openRows } from "../../data/index.ts";
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
  const { rows, order } = await firstRows(file);
  const columns = columnsOf(rows, order);
  const asText = text ?? guessTextColumn(rows, columns);
  const asLabel = label ?? guessLabelColumn(rows, columns, asText);
  const report = await checkData([file], { text: asText, label: asLabel, skipBad: true });
  const sample = rows.slice(0, SAMPLED).map((row) => Object.fromEntries(columns.map((column) => [column, cellText(row[column]).slice(0, CELL)])));
  return { columns, text: asText, label: asLabel ?? null, sample, report };
}

async function firstRows(file: string): Promise<{ readonly rows: DataRow[]; readonly order: readonly string[] }> {
  const rows: DataRow[] = [];
  let order: readonly string[] = [];
  const onColumns = (columns: readonly string[]): void => {
    order = columns;
  };
  let firstBad: InkstoneError | undefined;
  const onBadRow = (error: InkstoneError): void => {
    firstBad ??= error;
  };
  for await (const { value } of openRows(file, { onBadRow, onColumns })) if (rows.push(value) === LOOKED_AT) break;
  if (rows.length === 0) throw firstBad ?? new InkstoneError("E_DATA_EMPTY", { what: [fileLabel(file)] });
  return { rows, order };
}
