// A table whose texts are cleaned: one column changes, all others stay, rows whose text is dropped go. Knows no cleaning.
import { InkstoneError } from "../core/index.ts";
import { csvLine, fileLabel, type TextForm } from "../formats/index.ts";
import { columnsOf, guessTextColumn } from "./columns.ts";
import { type DataKind, type DataRow, openRows, type TableFormOptions } from "./open.ts";

/** How a table is cleaned. */
export interface CleanTableOptions extends TableFormOptions {
  /** "csv" or "tsv", of the input and of the output; default by their endings. */
  readonly kind?: DataKind;
  readonly outputKind?: "csv" | "tsv";
  /** The column with the text; by default the one that looks like it. */
  readonly column?: string;
  readonly onBadRow?: (error: InkstoneError) => void;
  readonly signal?: AbortSignal;
  /** Told after every piece of the input: bytes read, and all of them. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly onForm?: (form: TextForm) => void;
}

/** Rows that tell the columns; rows that are written at once. */
const BATCH = 256;

/**
 * The pieces of a CSV or TSV file as it is when the texts of one column are cleaned. `one` gives a text cleaned, or undefined where its row is to go.
 *
 * Errors: E_DATA_COLUMN for a column that is not there, those of `openRows`; the signal's reason.
 *
 * @example
 * await writeFile("rows.csv", "id,text\n1,INK\n2,\n");
 * const pieces = [];
 * const shout = (text) => (text === "" ? undefined : text.toLowerCase());
 * for await (const piece of cleanedTable("rows.csv", shout)) pieces.push(Buffer.from(piece).toString());
 * pieces.join(""); // "id,text\n1,ink\n"
 */
export async function* cleanedTable(
  path: string,
  one: (text: string) => string | undefined,
  { column, outputKind, ...options }: CleanTableOptions = {},
): AsyncGenerator<Uint8Array> {
  const delimiter = (outputKind ?? (/\.(tsv|tab)(\.(gz|zip))?$/i.test(path) ? "tsv" : "csv")) === "tsv" ? "\t" : ",";
  let columns: readonly string[] | undefined;
  let order: readonly string[] = [];
  const onColumns = (found: readonly string[]): void => {
    order = found;
  };
  let name = "";
  let batch: DataRow[] = [];
  const written = (): Uint8Array => {
    let head = "";
    if (columns === undefined) {
      columns = columnsOf(batch, order);
      if (column !== undefined && !columns.includes(column))
        throw new InkstoneError("E_DATA_COLUMN", { file: fileLabel(path), column, found: columns.join(", ") });
      name = column ?? guessTextColumn(batch, columns);
      if (options.header !== false) head = csvLine(columns, { delimiter });
    }
    const all = columns;
    const lines = batch.map((row) => {
      const text = one(String(row[name] ?? ""));
      return text === undefined
        ? ""
        : csvLine(
            all.map((each) => (each === name ? text : row[each])),
            { delimiter },
          );
    });
    batch = [];
    return Buffer.from(head + lines.join(""));
  };
  for await (const { value } of openRows(path, { ...options, onColumns })) if (batch.push(value) === BATCH) yield written();
  if (batch.length > 0) yield written();
}
