// CSV and TSV as records of cells. Quotes, lines within quotes, rows that do not fit, and going on after them. Knows nothing of what the cells mean.
import { dataLimits, InkstoneError, type Phrase } from "../../core/index.ts";
import { LineReader } from "./lines.ts";
import { type PlacedRow, type RowOptions, type RowReader, type RowSettings, rowSettings } from "./row.ts";

/** Options of `CsvReader`. */
export interface CsvOptions extends RowOptions {
  /** One character between cells, "," by default; or "auto": what a first line "sep=;" says, else the one of , ; tab and | that the first record has most of. */
  readonly delimiter?: string;
  /** Told what "auto" found, where it is no comma. */
  readonly onDelimiter?: (delimiter: string) => void;
  /** Whether "…" quotes cells: yes by default, but not between tabs (IANA text/tab-separated-values has no quotes). */
  readonly quotes?: boolean;
  /** Most cells of a row (`max_columns`), 16,384 by default. */
  readonly maxColumns?: number;
}

const QUOTE = '"';

/**
 * Records of a CSV file. Cells are texts, exactly as they are; "…" holds delimiters, line breaks and doubled quotes; a quote inside an unquoted cell is a
 * character like others (as in Python and pandas). Every record has as many cells as the first one; empty lines are passed over.
 *
 * Errors (thrown, or handed to `onBadRow` and the record left out; reading goes on with the next line): E_DATA_ROW with line, column and row number
 * (records from 1, the header among them) for a quote that never closes, text behind a closing quote, too few, too many and far too many cells;
 * and those of `LineReader`. Source: RFC 4180.
 *
 * @example
 * const cells = [...new CsvReader().push(Buffer.from('text,label\n"ink, black",1\n'))].map(({ value }) => value);
 * cells; // [["text", "label"], ["ink, black", "1"]]
 */
export class CsvReader implements RowReader<string[]> {
  readonly #reader: LineReader;
  readonly #settings: RowSettings;
  #delimiter: string;
  /** Whether the first line is still to say what stands between cells. */
  #undecided: boolean;
  readonly #onDelimiter: ((delimiter: string) => void) | undefined;
  readonly #quotes: boolean;
  readonly #maxColumns: number;
  #width: number | undefined;
  #row = 1;
  // The record that is being read: its lines as they are, its cells so far, and the parts of a quoted cell that is still open.
  #lines: PlacedRow<string>[] = [];
  #size = 0;
  #cells: string[] = [];
  #parts: string[] | undefined;
  #quoteAt: Place = { line: 0, column: 0 };
  // Characters that were read, and that were read again after a quote that never closed: the second never outgrows the first, so the whole stays linear.
  #read = 0;
  #again = 0;

  constructor({ delimiter = ",", quotes = delimiter !== "\t", maxColumns = dataLimits.columns, onDelimiter, ...options }: CsvOptions = {}) {
    this.#undecided = delimiter === "auto";
    this.#onDelimiter = onDelimiter;
    if (!this.#undecided && (delimiter.length !== 1 || /["\r\n]/.test(delimiter)))
      throw new InkstoneError("E_OPTION", { option: "delimiter", value: delimiter, allowed: { en: "one character", zh: "一个字符" } });
    this.#reader = new LineReader({ ...options, keepReturn: true });
    this.#settings = rowSettings(options);
    this.#delimiter = this.#undecided ? "," : delimiter;
    this.#quotes = quotes;
    this.#maxColumns = maxColumns;
  }

  *push(piece: Uint8Array): Generator<PlacedRow<string[]>> {
    for (const line of this.#reader.push(piece)) yield* this.#take(line);
  }

  *end(): Generator<PlacedRow<string[]>> {
    for (const line of this.#reader.end()) yield* this.#take(line);
    while (this.#parts !== undefined) yield* this.#drain(this.#abandon(this.#quoteAt, neverCloses));
  }

  *#take(line: PlacedRow<string>): Generator<PlacedRow<string[]>> {
    this.#read += line.value.length;
    if (this.#undecided && this.#decide(line.value)) return;
    yield* this.#drain([line]);
  }

  // What stands between cells, from the first line that is not empty. True when the line said only that.
  #decide(line: string): boolean {
    const text = line.replace(/\r$/, "");
    if (text === "") return false;
    this.#undecided = false;
    const said = /^sep=(.)$/.exec(text)?.[1];
    const bare = this.#quotes ? text.replace(/"(?:[^"]|"")*"?/g, "") : text;
    const counts = [",", ";", "\t", "|"].map((each) => [each, bare.split(each).length] as const);
    const most = counts.reduce((a, b) => (b[1] > a[1] ? b : a));
    this.#delimiter = said !== undefined && said !== '"' ? said : bare.includes(",") ? "," : most[0];
    if (this.#delimiter !== ",") this.#onDelimiter?.(this.#delimiter);
    return said !== undefined;
  }

  // Lines, the next one last; the lines that a broken record had swallowed come before the others.
  *#drain(waiting: Waiting[]): Generator<PlacedRow<string[]>> {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (this.#parts === undefined && (next.value === "" || next.value === "\r")) continue;
      this.#lines.push(next);
      this.#size += next.value.length;
      const fault = this.#scan(next);
      if (fault !== undefined) for (const again of this.#abandon({ line: next.line, column: fault }, behindQuote)) waiting.push(again);
      else if (this.#parts === undefined) {
        const cells = this.#finish(next);
        if (cells !== undefined) yield cells;
      } else if (next.alone === true || this.#size > this.#settings.maxLineBytes)
        for (const again of this.#abandon(this.#quoteAt, neverCloses)) waiting.push(again);
    }
  }

  // Reads the cells of a line into the record. Gives the column of what is wrong.
  #scan({ value: text, line }: PlacedRow<string>): number | undefined {
    const stop = text.endsWith("\r") ? text.length - 1 : text.length;
    if (this.#parts === undefined && !(this.#quotes && text.includes(QUOTE))) {
      this.#cells = text.slice(0, stop).split(this.#delimiter, this.#maxColumns + 1);
      return undefined;
    }
    for (let at = 0; at <= stop && this.#cells.length <= this.#maxColumns; at++) {
      if (this.#parts === undefined && text[at] !== QUOTE) {
        const next = text.indexOf(this.#delimiter, at);
        const end = next < 0 ? stop : next;
        this.#cells.push(text.slice(at, end));
        at = end;
        continue;
      }
      if (this.#parts === undefined) this.#quoteAt = { line, column: ++at };
      const end = closingQuote(text, at);
      const parts: string[] = this.#parts ?? [];
      parts.push(text.slice(at, end < 0 ? text.length : end));
      this.#parts = end < 0 ? parts : undefined;
      if (end < 0) return undefined;
      this.#cells.push(parts.join("\n").replaceAll('""', QUOTE));
      at = end + 1;
      if (at < stop && text[at] !== this.#delimiter) return at + 1;
    }
    return undefined;
  }

  // Tells of a broken record, and gives the lines after its first one, last line first, to be read for themselves. Where that has been done too often, each of them is a
  // record alone: none swallows others any more, so that every line is read three times at most.
  #abandon({ line, column }: Place, why: Words): Waiting[] {
    const [first, ...rest] = this.#lines;
    this.#size -= first.value.length;
    const affordable = this.#again + this.#size <= this.#read;
    if (affordable) this.#again += this.#size;
    this.#forget();
    this.#refuse({ line, column }, why);
    return affordable ? rest.reverse() : rest.reverse().map((each) => ({ ...each, alone: true }));
  }

  #forget(): void {
    this.#lines = [];
    this.#size = 0;
    this.#cells = [];
    this.#parts = undefined;
  }

  // The record, when it has the right number of cells.
  #finish(last: PlacedRow<string>): PlacedRow<string[]> | undefined {
    const [cells, { line }] = [this.#cells, this.#lines[0]];
    this.#forget();
    if (this.#width === undefined && cells.length <= this.#maxColumns) this.#width = cells.length;
    const width = this.#width ?? this.#maxColumns;
    if (cells.length === width) {
      this.#row++;
      return { value: cells, line };
    }
    // Where the surplus begins, as far as that can be told from the cells; where the line ends otherwise.
    const told = cells.length > width && last.line === line && !last.value.includes(QUOTE);
    const column = told ? cells.slice(0, width).reduce((sum, cell) => sum + cell.length + 1, 1) : last.value.length + 1;
    const many = { en: `more than max_columns = ${this.#maxColumns} cells`, zh: `单元格数超过 max_columns = ${this.#maxColumns}` };
    const wrong = { en: `${cells.length} cells where ${width} were expected`, zh: `有 ${cells.length} 个单元格，应为 ${width} 个` };
    this.#refuse({ line: last.line, column }, cells.length > this.#maxColumns ? many : wrong);
    return undefined;
  }

  #refuse(place: Place, why: Words): void {
    const told: Phrase = { en: `row ${this.#row}: ${why.en}`, zh: `第 ${this.#row} 条记录：${why.zh}` };
    this.#row++;
    this.#settings.refuse(new InkstoneError("E_DATA_ROW", { file: this.#settings.file, ...place, why: told }));
  }
}

/** A line that is to be read; `alone`: a quote that does not close on it never closes. */
interface Waiting extends PlacedRow<string> {
  readonly alone?: boolean;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

interface Words {
  readonly en: string;
  readonly zh: string;
}

const behindQuote: Words = { en: "text behind a closing quote", zh: "右引号之后还有内容" };
const neverCloses: Words = { en: "a quote that never closes", zh: "引号未闭合" };

// The first quote from `from` on that is not one of a pair, -1 when there is none.
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf(QUOTE, from); at >= 0; at = text.indexOf(QUOTE, at + 2)) if (text[at + 1] !== QUOTE) return at;
  return -1;
}
