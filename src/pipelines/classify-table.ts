// A table of texts in, the same table with labels out: every column kept, in order. Knows no learning.
import { InkstoneError } from "../core/index.ts";
import {
  columnsOf,
  type DataRow,
  guessTextColumn,
  openRows,
  type TableFormOptions,
  type TextForm,
  type WrittenKind,
  writtenKind,
} from "../data/index.ts";
import { csvLine, fileLabel, jsonLine, type PlacedRow, writeFileDurably } from "../formats/index.ts";
import type { Classifier } from "../generate/index.ts";
import { textOf } from "./read-examples.ts";

/** How a table is classified. */
export interface ClassifyTableOptions extends TableFormOptions {
  /** The column with the text; by default the one that looks like it. */
  readonly text?: string;
  /** Leave broken rows out and count them; without it the first is an error. */
  readonly skipBad?: boolean;
  readonly signal?: AbortSignal;
  /** Rows that were answered so far. */
  readonly onProgress?: (done: number) => void;
}

/** What was done. */
export interface ClassifiedTable {
  readonly rows: number;
  /** Rows without a text: they are in the output without an answer. */
  readonly empty: number;
  /** Messages of the broken rows that were left out. */
  readonly skipped: readonly string[];
  /** The column that was read, and the columns that were added: `label` and `confidence`, or `predicted_label` … where the table has such a column. */
  readonly text: string;
  readonly added: readonly [label: string, confidence: string];
  readonly form: TextForm;
}

/** Rows that are answered at once; rows that are looked at before the first is. */
const BATCH = 512;

/**
 * Classifies every row of a table and writes the table with two more columns, as CSV, TSV or JSON Lines, as the ending of `output` says. The rest of a row is what it was.
 *
 * Errors: `E_DATA_COLUMN`, `E_DATA_EMPTY`, `E_DATA_KIND` for an output of another kind, `E_DATA_ROW` for a text that is a list or an object, those of `openRows` and of
 * durable writes; the signal's reason.
 *
 * @example
 * const classifier = await new TextClassifier().fit(["good", "very good", "bad", "very bad"], ["+", "+", "-", "-"]);
 * await writeFile("in.csv", "id,text\n7,so good\n8,so bad\n");
 * await classifyTable(classifier, "in.csv", "out.csv");
 * (await openDataset("out.csv").toArray()).map(({ id, label }) => id + label); // ["7+", "8-"]
 */
export async function classifyTable(
  classifier: Classifier,
  input: string,
  output: string,
  options: ClassifyTableOptions = {},
): Promise<ClassifiedTable> {
  const work = new TableWork(classifier, input, output, options);
  await writeFileDurably(output, work.pieces());
  return work.done();
}

class TableWork {
  readonly #classifier: Classifier;
  readonly #input: string;
  readonly #options: ClassifyTableOptions;
  readonly #kind: WrittenKind;
  readonly #skipped: string[] = [];
  #form: TextForm = {};
  #columns: readonly string[] = [];
  #order: readonly string[] = [];
  #text = "";
  #added: readonly [string, string] = ["label", "confidence"];
  #rows = 0;
  #empty = 0;

  constructor(classifier: Classifier, input: string, output: string, options: ClassifyTableOptions) {
    this.#classifier = classifier;
    this.#input = input;
    this.#kind = writtenKind(output);
    this.#options = options;
  }

  done(): ClassifiedTable {
    return { rows: this.#rows, empty: this.#empty, skipped: this.#skipped, text: this.#text, added: this.#added, form: this.#form };
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    let batch: PlacedRow<DataRow>[] = [];
    for await (const row of this.#open()) {
      if (batch.push(row) < BATCH) continue;
      yield await this.#answered(batch);
      batch = [];
    }
    if (batch.length > 0) yield await this.#answered(batch);
    if (this.#rows === 0) throw new InkstoneError("E_DATA_EMPTY", { what: [fileLabel(this.#input)] });
  }

  #open(): AsyncIterable<PlacedRow<DataRow>> {
    const { skipBad, signal, header, quotes, delimiter, encoding } = this.#options;
    const onForm = (form: TextForm): void => {
      this.#form = form;
    };
    const onColumns = (columns: readonly string[]): void => {
      this.#order = columns;
    };
    const onBadRow = (error: InkstoneError): void => void this.#skipped.push(error.message);
    return openRows(this.#input, { signal, header, quotes, delimiter, encoding, onForm, onColumns, ...(skipBad ? { onBadRow } : {}) });
  }

  // The first rows tell the columns, and which of them is the text.
  #begin(rows: readonly PlacedRow<DataRow>[]): string {
    const values = rows.map(({ value }) => value);
    this.#columns = columnsOf(values, this.#order);
    const { text } = this.#options;
    if (text !== undefined && !this.#columns.includes(text))
      throw new InkstoneError("E_DATA_COLUMN", { file: fileLabel(this.#input), column: text, found: this.#columns.join(", ") });
    this.#text = text ?? guessTextColumn(values, this.#columns);
    const free = (name: string): string => (this.#columns.includes(name) ? free(`predicted_${name}`) : name);
    this.#added = [free("label"), free("confidence")];
    // A table without names gets none; its rows are as wide as they were and two more.
    if (this.#kind === "jsonl" || this.#options.header === false) return "";
    return csvLine([...this.#columns, ...this.#added], { delimiter: this.#kind === "tsv" ? "\t" : "," });
  }

  async #answered(rows: readonly PlacedRow<DataRow>[]): Promise<Uint8Array> {
    const head = this.#rows === 0 ? this.#begin(rows) : "";
    const texts = rows.map(({ value, line }) => this.#textOf(value, line));
    const good = rows.map((_, i) => i).filter((i) => texts[i] !== undefined);
    const asked = good.filter((i) => texts[i] !== "");
    const answers = await this.#classifier.classifyAll(
      asked.map((i) => texts[i] ?? ""),
      { signal: this.#options.signal },
    );
    const answerOf = new Map(asked.map((row, i) => [row, answers[i]]));
    this.#rows += good.length;
    this.#empty += good.length - asked.length;
    this.#options.onProgress?.(this.#rows);
    return Buffer.from(head + good.map((i) => this.#line(rows[i], answerOf.get(i))).join(""));
  }

  #textOf(row: DataRow, line: number): string | undefined {
    const text = textOf(Object.hasOwn(row, this.#text) ? row[this.#text] : undefined);
    if (typeof text === "string") return text;
    const why = { en: `"${this.#text}" ${text.en}`, zh: `“${this.#text}”${text.zh}` };
    return this.#refuse(new InkstoneError("E_DATA_ROW", { file: fileLabel(this.#input), line, column: 1, why }));
  }

  #refuse(error: InkstoneError): undefined {
    if (!this.#options.skipBad) throw error;
    this.#skipped.push(error.message);
  }

  #line({ value, line }: PlacedRow<DataRow>, answer: { label: string | number; confidence: number } | undefined): string {
    const [label, confidence] = this.#added;
    const rounded = answer && Number(answer.confidence.toFixed(4));
    if (this.#kind === "jsonl") return jsonLine({ ...value, [label]: answer?.label ?? null, [confidence]: rounded ?? null });
    const strange = Object.keys(value).find((column) => !this.#columns.includes(column));
    if (strange !== undefined) {
      const why = {
        en: `a field "${strange}" that the first ${BATCH} rows do not have: write .jsonl`,
        zh: `前 ${BATCH} 行没有字段“${strange}”：请写为 .jsonl`,
      };
      throw new InkstoneError("E_DATA_ROW", { file: fileLabel(this.#input), line, column: 1, why });
    }
    const cells = this.#columns.map((column) => cellOf(value[column]));
    const delimiter = this.#kind === "tsv" ? "\t" : ",";
    return csvLine([...cells, answer?.label ?? "", rounded ?? ""], { delimiter });
  }
}

const cellOf = (value: unknown): unknown => (typeof value === "object" && value !== null ? JSON.stringify(value) : value);
