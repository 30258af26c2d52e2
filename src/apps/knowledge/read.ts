// Documents as pages of text: what a citation counts its characters in. Knows which reader reads what; keeps nothing.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type DataKind, dataKind, openRows, readDocx, readHtml, readPdf, wholeText } from "../../data/index.ts";
import { requireFile } from "../../formats/index.ts";
import type { Page } from "./chunks.ts";

/** How a document is read. */
export interface ReadOptions {
  /** What it is; by its ending when it is left out. */
  readonly kind?: DataKind;
  /** The column of rows (CSV, TSV, JSONL, JSON, Parquet) that is the text; all of them, `name: value` a line, when it is left out. */
  readonly column?: string;
  readonly signal?: AbortSignal;
}

/**
 * The pages of a document. Text and Markdown are one page without a number, exactly as the file has it (without a byte order mark), HTML and DOCX their readable text; a PDF has its
 * pages; rows are pages numbered by the lines on which they begin.
 *
 * Errors: E_DATA_KIND for an ending that is not known, E_DATA_COLUMN, and those of the reader of its kind.
 *
 * @example
 * await writeFile("ink.txt", "Ink is black.");
 * const pages = [];
 * for await (const { page, text } of readPages("ink.txt")) pages.push({ page, text });
 * pages; // [{ page: undefined, text: "Ink is black." }]
 */
export async function* readPages(path: string, { kind = dataKind(path), column, signal }: ReadOptions = {}): AsyncGenerator<Page> {
  switch (kind) {
    case "text":
      yield { page: undefined, text: await wholeText(path, { signal }), layout: "plain", heading: "" };
      return;
    case "markdown":
      yield { page: undefined, text: await wholeText(path, { signal }), layout: "markdown", heading: "" };
      return;
    case "html": {
      const { title, text } = await readHtml(path, { signal });
      yield { page: undefined, text, layout: "lines", heading: title };
      return;
    }
    case "docx":
      yield { page: undefined, text: await readDocx(path, { signal }), layout: "lines", heading: "" };
      return;
    case "pdf":
      for await (const { page, text } of readPdf(path, { signal })) yield { page, text, layout: "plain", heading: "" };
      return;
    default:
      for await (const { value, line } of openRows(path, { kind, signal })) {
        const text = column === undefined ? fieldsOf(value) : textOf(value[column]);
        yield { page: line, text, layout: "row", heading: column === undefined ? "" : fieldsOf({ ...value, [column]: undefined }) };
      }
  }
}

const textOf = (value: unknown): string => (value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value));

function fieldsOf(row: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(row).filter(([, value]) => textOf(value) !== "");
  return fields.length === 1 ? textOf(fields[0][1]) : fields.map(([name, value]) => `${name}: ${textOf(value)}`).join("\n");
}

/** SHA-256 of a file's bytes, and of what else decides how it is read. Errors: those of opening a file. */
export async function documentDigest(path: string, how: unknown): Promise<{ digest: string; bytes: number }> {
  await requireFile(path);
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of createReadStream(path)) {
    hash.update(piece as Buffer);
    bytes += (piece as Buffer).length;
  }
  return { digest: hash.update(JSON.stringify(how)).digest("hex"), bytes };
}
