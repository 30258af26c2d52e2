// Rows out of a file of any known kind, by its ending or by name. One row is an object; a document's rows have a field "text".
import { InkstoneError, type OptionNames, refuseUnknown } from "../core/index.ts";
import {
  dataPieces,
  fileLabel,
  JsonElementReader,
  JsonLineReader,
  LineReader,
  type PieceOptions,
  type PlacedRow,
  type RowOptions,
  type RowReader,
  readParquet,
  readRows,
  type TableOptions,
  TableReader,
  type TextForm,
  utf8Pieces,
} from "../formats/index.ts";
import { Dataset } from "./dataset.ts";
import { readDocx } from "./examples/docx.ts";
import { readHtml } from "./examples/html.ts";
import { readMarkdown } from "./examples/markdown.ts";
import { readPdf } from "./examples/pdf.ts";
import { readWikipedia } from "./examples/wikipedia.ts";

/** A row of data: its fields by name. */
export type DataRow = Readonly<Record<string, unknown>>;

const kinds = {
  text: [".txt", ".text", ".tokens"],
  jsonl: [".jsonl", ".ndjson"],
  json: [".json"],
  csv: [".csv"],
  tsv: [".tsv", ".tab"],
  parquet: [".parquet"],
  html: [".html", ".htm"],
  markdown: [".md", ".markdown"],
  pdf: [".pdf"],
  docx: [".docx"],
  wikipedia: [".xml"],
} as const;

/** The kinds of files that are known. */
export type DataKind = keyof typeof kinds;

/** How a file of text is read that is not plainly UTF-8 with its usual cells. */
export interface TableFormOptions {
  /** CSV and TSV: whether the first record names the columns (default); otherwise they are called "1", "2" … */
  readonly header?: boolean;
  /** CSV and TSV: whether "…" quotes cells; yes for CSV, no for TSV by default. */
  readonly quotes?: boolean;
  /** CSV and TSV: what stands between cells. Default: a tab for TSV; for CSV what the first line tells ("sep=;", or the one of , ; tab | that is in it). */
  readonly delimiter?: string;
  /** A label of the Encoding Standard. Default: UTF-8, or UTF-16, GB18030, Big5 where the bytes tell (see `utf8Pieces`). */
  readonly encoding?: string;
}

/** How a file is opened. */
export interface OpenOptions extends PieceOptions, Omit<RowOptions, "file">, TableFormOptions {
  /** Told once how the file is read where that is not the usual way; before the first row. */
  readonly onForm?: (form: TextForm) => void;
  /** CSV and TSV: told once what the columns are called, in the order of the file; before the first row. */
  readonly onColumns?: (columns: readonly string[]) => void;
  /** What it is; by its ending when it is left out. */
  readonly kind?: DataKind;
  /** Name in messages; the last part of the path by default. */
  readonly file?: string;
}

/**
 * The kind of a file by its ending; of a packed one (.gz, .zip) by the ending before.
 *
 * Errors: E_DATA_KIND for an ending that is not known.
 *
 * @example
 * dataKind("train.csv.gz"); // "csv"
 */
export function dataKind(path: string): DataKind {
  const name = fileLabel(path)
    .toLowerCase()
    .replace(/\.(gz|zip)$/, "");
  for (const [kind, endings] of Object.entries(kinds)) if (endings.some((ending) => name.endsWith(ending))) return kind as DataKind;
  throw new InkstoneError("E_DATA_KIND", { file: fileLabel(path), supported: Object.values(kinds).flat().join(", ") });
}

const openNames: OptionNames<OpenOptions> = {
  pieceBytes: true,
  signal: true,
  onProgress: true,
  unpack: true,
  member: true,
  onBadRow: true,
  maxLineBytes: true,
  header: true,
  quotes: true,
  delimiter: true,
  encoding: true,
  onForm: true,
  onColumns: true,
  kind: true,
  file: true,
};

/**
 * The rows of a file with the lines on which they begin, as it is read. Lines of a text are `{ text }`; a JSON file is a list of objects or objects one after
 * another; documents give `{ text }` with title, headings or page.
 *
 * Errors: E_DATA_KIND, E_DATA_ROW for a JSON row that is no object, and those of the reader of its kind.
 *
 * @example
 * await writeFile("poems.txt", "ink\nstone\n");
 * const rows = [];
 * for await (const row of openRows("poems.txt")) rows.push(row);
 * rows[1]; // { value: { text: "stone" }, line: 2 }
 */
export async function* openRows(path: string, options: OpenOptions = {}): AsyncGenerator<PlacedRow<DataRow>> {
  refuseUnknown<OpenOptions>("openRows", options, openNames);
  const { kind = dataKind(path), file = fileLabel(path) } = options;
  const form: { encoding?: string; delimiter?: string } = {};
  const tell = (found: TextForm): void => options.onForm?.(Object.assign(form, found));
  const pieces = () => utf8Pieces(dataPieces(path, options), { file, encoding: options.encoding, onEncoding: (encoding) => tell({ encoding }) });
  const read = <Value>(reader: RowReader<Value>): AsyncGenerator<PlacedRow<Value>> => readRows(pieces(), reader);
  const rowOptions = { file, onBadRow: options.onBadRow, maxLineBytes: options.maxLineBytes };
  switch (kind) {
    case "text":
      for await (const { value: text, line } of read(new LineReader(rowOptions))) if (text !== "") yield { value: { text }, line };
      return;
    case "jsonl":
      yield* objects(read(new JsonLineReader(rowOptions)), rowOptions);
      return;
    case "json":
      yield* objects(read(new JsonElementReader(rowOptions)), rowOptions);
      return;
    case "csv":
    case "tsv":
      yield* read(
        new TableReader({
          ...rowOptions,
          ...tableOptions(kind, options),
          onDelimiter: (delimiter) => tell({ delimiter }),
          onColumns: options.onColumns,
        }),
      );
      return;
    case "parquet":
      yield* readParquet(path, { signal: options.signal });
      return;
    default:
      yield* documents(path, kind, options);
  }
}

function tableOptions(kind: "csv" | "tsv", { header, quotes, delimiter }: TableFormOptions): TableOptions {
  return { header, quotes, delimiter: delimiter ?? (kind === "csv" ? "auto" : "\t") };
}

async function* objects(
  rows: AsyncIterable<PlacedRow<unknown>>,
  { file, onBadRow }: RowOptions & { file: string },
): AsyncGenerator<PlacedRow<DataRow>> {
  for await (const { value, line } of rows) {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      yield { value: value as DataRow, line };
      continue;
    }
    const error = new InkstoneError("E_DATA_ROW", { file, line, column: 1, why: { en: "this row is no object", zh: "此行不是对象" } });
    if (onBadRow === undefined) throw error;
    onBadRow(error);
  }
}

async function* documents(
  path: string,
  kind: "html" | "markdown" | "pdf" | "docx" | "wikipedia",
  options: OpenOptions,
): AsyncGenerator<PlacedRow<DataRow>> {
  const { signal } = options;
  if (kind === "html") yield { value: { ...(await readHtml(path, { signal })) }, line: 1 };
  else if (kind === "docx") yield { value: { text: await readDocx(path, { signal }) }, line: 1 };
  else if (kind === "markdown") for (const { line, ...value } of await readMarkdown(path, { signal })) yield { value, line };
  else if (kind === "pdf") for await (const page of readPdf(path, { signal })) yield { value: { ...page }, line: page.page };
  else {
    let line = 1;
    for await (const page of readWikipedia(path, options)) yield { value: { ...page }, line: line++ };
  }
}

/**
 * A file as a data set: nothing is read before it is walked.
 *
 * Errors of a walk: those of `openRows`.
 *
 * @example
 * await writeFile("rows.csv", "text,label\nink,1\n");
 * await openDataset("rows.csv").toArray(); // [{ text: "ink", label: "1" }]
 */
export function openDataset(path: string, options: OpenOptions = {}): Dataset<DataRow> {
  refuseUnknown<OpenOptions>("openDataset", options, openNames);
  return Dataset.from(async function* () {
    for await (const { value } of openRows(path, options)) yield value;
  });
}
