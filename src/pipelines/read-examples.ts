// Labelled texts out of files of any kind that the data room opens. Knows no models.
import { InkstoneError, refuseUnknown, type Words } from "../core/index.ts";
import { type DataRow, openRows, type TableFormOptions, type TextForm } from "../data/index.ts";
import { fileLabel } from "../formats/index.ts";
import type { TextExample } from "./text-example.ts";

/** Where the text and the label of a row are. */
export interface ReadExamplesOptions extends TableFormOptions {
  /** Default "text". */
  readonly text?: string;
  /** Default "label". */
  readonly label?: string;
  /** Leave broken rows out and count them; without it the first is an error. */
  readonly skipBad?: boolean;
  /** What rows are called in errors; default the last part of the path. */
  readonly file?: string;
  readonly signal?: AbortSignal;
}

/** Examples, with what was left out. */
export interface ReadExamples {
  readonly examples: readonly TextExample[];
  /** Messages of the rows that were left out. */
  readonly skipped: readonly string[];
  /** How the file was read where that was not the usual way: its encoding, its delimiter. */
  readonly form: TextForm;
}

/**
 * Labelled texts of a file: CSV, TSV, JSONL, JSON, Parquet, packed or not, UTF-8 or what `encoding` says. Labels are texts: 1 and "1" are the same. Each knows its line.
 *
 * Errors: `E_DATA_COLUMN` for a field that no row has, `E_DATA_EMPTY`, `E_DATA_ROW` (with file and line) for a row without text or label and for one whose text or label is a
 * list, an object or a number that cannot be told exactly; and those of `openRows`.
 *
 * @example
 * await writeFile("reviews.csv", "review,stars\ngood,5\nbad,1\n");
 * const { examples } = await readExamples("reviews.csv", { text: "review", label: "stars" });
 * examples; // [{ text: "good", label: "5", line: 2 }, { text: "bad", label: "1", line: 3 }]
 */
export async function readExamples(path: string, options: ReadExamplesOptions = {}): Promise<ReadExamples> {
  refuseUnknown<ReadExamplesOptions>("readExamples", options, {
    header: true,
    quotes: true,
    delimiter: true,
    encoding: true,
    text: true,
    label: true,
    skipBad: true,
    file: true,
    signal: true,
  });
  const { text = "text", label = "label", skipBad = false, file = fileLabel(path), signal, header, encoding, delimiter, quotes } = options;
  const examples: TextExample[] = [];
  const skipped: string[] = [];
  let firstBad: InkstoneError | undefined;
  const onBadRow = (error: InkstoneError): void => {
    if (!skipBad) throw error;
    firstBad ??= error;
    skipped.push(error.message);
  };
  let form: TextForm = {};
  const onForm = (found: TextForm): void => {
    form = found;
  };
  const seen = new Set<string>();
  const there = new Set<string>(); // whatever columns the rows have, in the file's order where it tells one
  const onColumns = (columns: readonly string[]): void => {
    for (const column of columns.slice(0, SHOWN_COLUMNS)) there.add(column);
  };
  // The first row that lacks a column: whether others have it is known later.
  let lacking: { readonly column: string; readonly line: number } | undefined;
  let looked = 0;
  const refuseAbsent = (column: string): never => {
    throw new InkstoneError("E_DATA_COLUMN", { file, column, found: [...there].join(", ") });
  };
  const rows = openRows(path, { file, signal, header, encoding, delimiter, quotes, onForm, onColumns, ...(skipBad ? { onBadRow } : {}) });
  for await (const { value, line } of rows) {
    const found = { text: cellOf(value, text), label: cellOf(value, label) };
    if (there.size < SHOWN_COLUMNS) onColumns(Object.keys(value));
    for (const column of [text, label]) {
      if (Object.hasOwn(value, column)) seen.add(column);
      else if (!seen.has(column) && !skipBad) lacking ??= { column, line };
    }
    if (lacking && seen.has(lacking.column)) throw absentAt(file, lacking.line, lacking.column);
    if (lacking && ++looked === LOOKED) refuseAbsent(lacking.column);
    if (lacking) continue;
    const [column, fault] = faultOf(found.text) ? [text, faultOf(found.text)] : [label, faultOf(found.label)];
    if (fault === undefined) examples.push({ text: found.text as string, label: found.label as string, line });
    else onBadRow(new InkstoneError("E_DATA_ROW", { file, line, column: 1, why: { en: `"${column}" ${fault.en}`, zh: `“${column}”${fault.zh}` } }));
  }
  if (lacking) refuseAbsent(lacking.column);
  const absent = [text, label].find((column) => !seen.has(column));
  if (absent !== undefined && (seen.size > 0 || (there.size > 0 && !there.has(absent)))) refuseAbsent(absent);
  if (examples.length === 0 && firstBad !== undefined) throw firstBad;
  if (examples.length === 0) throw new InkstoneError("E_DATA_EMPTY", { what: [file] });
  return { examples, skipped, form };
}

/** Columns that are told of a file that lacks one. */
const SHOWN_COLUMNS = 100;
/** Rows that are looked at for a column that the first of them lacks. */
const LOOKED = 1000;

const absentAt = (file: string, line: number, column: string): InkstoneError =>
  new InkstoneError("E_DATA_ROW", { file, line, column: 1, why: { en: `"${column}" is not there`, zh: `缺少“${column}”` } });

const cellOf = (row: DataRow, column: string): string | Words => textOf(Object.hasOwn(row, column) ? row[column] : undefined);
const faultOf = (cell: string | Words): Words | undefined =>
  typeof cell !== "string" ? cell : cell === "" ? { en: "is empty", zh: "为空" } : undefined;

/**
 * A value as the text that it stands for, trimmed; or what it is where it stands for none.
 *
 * @example
 * [textOf(" ink "), textOf(5), textOf(null), textOf(["a"]).en]; // ["ink", "5", "", "is a list, not a text"]
 */
export function textOf(value: unknown): string | Words {
  if (typeof value === "string") return value.trim();
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      return { en: "is a number beyond 2^53, whose last digits are lost: write it in quotes", zh: "超出 2^53，末位数字会丢失：请加引号" };
    return String(value);
  }
  if (ArrayBuffer.isView(value)) return { en: "is bytes, not a text", zh: "是字节而非文本" };
  if (Array.isArray(value)) return { en: "is a list, not a text", zh: "是列表而非文本" };
  return { en: "is an object, not a text", zh: "是对象而非文本" };
}
