// CSV records as rows by column name. Knows nothing of what the columns mean.
import { InkstoneError } from "../../core/index.ts";
import { type CsvOptions, CsvReader } from "./csv.ts";
import type { PlacedRow, RowReader } from "./row.ts";

/** Options of `TableReader`. */
export interface TableOptions extends CsvOptions {
  /** Whether the first record names the columns (default); otherwise they are named "1", "2", "3" … */
  readonly header?: boolean;
  /** Told once what the columns are called, in the order of the file; before the first row. A row as an object has columns that are called by numbers first. */
  readonly onColumns?: (columns: readonly string[]) => void;
}

/** A row of a table: its cells by column name. */
export type TableRow = Record<string, string>;

/**
 * Rows of a CSV or TSV file by column name. A column without a name is called by its number, from 1.
 *
 * Errors: those of `CsvReader`; a header that is broken, or names a column twice (E_DATA_ROW), is thrown even when broken rows are left out:
 * every row after it would be wrong.
 *
 * @example
 * [...new TableReader().push(Buffer.from("text,label\nink,1\n"))]; // [{ value: { text: "ink", label: "1" }, line: 2 }]
 * [...new TableReader({ header: false, delimiter: "\t" }).push(Buffer.from("ink\t1\n"))]; // [{ value: { "1": "ink", "2": "1" }, line: 1 }]
 */
export class TableReader implements RowReader<TableRow> {
  readonly #csv: CsvReader;
  readonly #file: string;
  readonly #header: boolean;
  readonly #onColumns: TableOptions["onColumns"];
  #columns: readonly string[] | undefined;

  constructor({ header = true, onBadRow, onColumns, ...options }: TableOptions = {}) {
    this.#header = header;
    this.#onColumns = onColumns;
    this.#file = options.file ?? "data";
    const handOver = (error: InkstoneError): void => {
      if (header && this.#columns === undefined) throw error;
      onBadRow?.(error);
    };
    this.#csv = new CsvReader(onBadRow === undefined ? options : { ...options, onBadRow: handOver });
  }

  /** Names of the columns, once the first record has been read. */
  get columns(): readonly string[] | undefined {
    return this.#columns;
  }

  *push(piece: Uint8Array): Generator<PlacedRow<TableRow>> {
    yield* this.#rows(this.#csv.push(piece));
  }

  *end(): Generator<PlacedRow<TableRow>> {
    yield* this.#rows(this.#csv.end());
  }

  *#rows(records: Iterable<PlacedRow<string[]>>): Generator<PlacedRow<TableRow>> {
    for (const { value: cells, line } of records) {
      if (this.#columns === undefined) {
        this.#columns = cells.map((cell, i) => (this.#header && cell !== "" ? cell : String(i + 1)));
        if (this.#header) this.#distinct(this.#columns, line);
        this.#onColumns?.(this.#columns);
        if (this.#header) continue;
      }
      const columns = this.#columns;
      // Own properties whatever the column is called, "__proto__" too.
      yield { value: Object.fromEntries(cells.map((cell, i) => [columns[i], cell])), line };
    }
  }

  #distinct(columns: readonly string[], line: number): void {
    const twice = columns.find((name, i) => columns.indexOf(name) !== i);
    if (twice === undefined) return;
    const why = { en: `the header names the column "${twice}" twice`, zh: `表头中“${twice}”列重复` };
    throw new InkstoneError("E_DATA_ROW", { file: this.#file, line, column: 1, why });
  }
}
