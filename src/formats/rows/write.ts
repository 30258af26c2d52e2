// Rows as text: JSON Lines and CSV. Knows no files.
import { InkstoneError } from "../../core/index.ts";

/**
 * A value as one line of JSON, with its end.
 *
 * Errors: E_OPTION for what JSON cannot hold (undefined, functions, bigints, circles).
 *
 * @example
 * jsonLine({ text: "墨" }); // '{"text":"墨"}\n'
 */
export function jsonLine(value: unknown): string {
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return `${text}\n`;
  } catch (cause) {
    throw notJson(value, cause);
  }
  throw notJson(value);
}

const notJson = (value: unknown, cause?: unknown) =>
  new InkstoneError("E_OPTION", { option: "value", value: typeof value, allowed: { en: "what JSON can hold", zh: "JSON 可表示的值" } }, { cause });

/** How cells are written. */
export interface CsvWriteOptions {
  /** "," by default. */
  readonly delimiter?: string;
  /**
   * What becomes of cells that a spreadsheet would take for a formula (they begin with = + - @, a tab or a carriage return, and are no plain numbers):
   * "quote" (default) puts them into quotes and reads back as it was; "text" also puts an apostrophe before them, so that spreadsheets show and never run them.
   */
  readonly formulas?: "quote" | "text";
}

const special = /["\r\n\t]/;
const formula = /^[=+\-@\t\r]/;
const plainNumber = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * Cells as one record of CSV, with its end (CRLF-free: "\n"). What holds a delimiter, a quote or a line break is quoted.
 *
 * Errors: none. Sources: RFC 4180; OWASP, "CSV injection".
 *
 * @example
 * csvLine(["ink, black", '"x"', "=1+1", "-5"]); // '"ink, black","""x""","=1+1",-5\n'
 * csvLine(["=1+1"], { formulas: "text" }); // '"\'=1+1"\n'
 */
export function csvLine(cells: readonly unknown[], { delimiter = ",", formulas = "quote" }: CsvWriteOptions = {}): string {
  const written = cells.map((cell) => {
    const text = cell === null || cell === undefined ? "" : String(cell);
    const dangerous = formula.test(text) && !plainNumber.test(text);
    if (dangerous) return quoted(formulas === "text" ? `'${text}` : text);
    // A byte order mark at the start of a file would be taken for one.
    return special.test(text) || text.includes(delimiter) || text.startsWith("\ufeff") ? quoted(text) : text;
  });
  // One empty cell would be an empty line, which is no record.
  return `${written.length === 1 && written[0] === "" ? '""' : written.join(delimiter)}\n`;
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
