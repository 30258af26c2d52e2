// Texts out of files and folders, in pieces that fit in memory: plain text as it stands, rows by their column. Knows no tokens.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { InkstoneError } from "../core/index.ts";
import { dataPieces, fileLabel, utf8Pieces } from "../formats/index.ts";
import { cellText } from "./columns.ts";
import { dataKind, openRows } from "./open.ts";

/** A piece of a document. */
export interface TextPiece {
  readonly file: string;
  readonly text: string;
  /** Whether the document ends with it. */
  readonly ends: boolean;
}

/** How texts are read. */
export interface TextPieceOptions {
  /** The column of rows. Default "text". */
  readonly column?: string;
  readonly signal?: AbortSignal;
}

/** Characters of a piece, about. */
const PIECE = 1 << 18;
/** Kinds of which a folder's files are taken. */
const inFolders = /\.(txt|text|md|markdown|jsonl|ndjson|csv|tsv|parquet|html?|docx|pdf)(\.gz)?$/i;

/**
 * The files that paths mean, in the order of their names: files as they are, of folders what holds text (.txt, .md, .jsonl, .csv, .tsv, .parquet, .html, .pdf, .docx; .gz too).
 *
 * Errors: E_FORMAT_NO_FILE; `E_DATA_EMPTY` where a folder has none.
 *
 * @example
 * await writeFile("a-poem.txt", "ink\n");
 * await textFiles("a-poem.txt"); // ["a-poem.txt"]
 */
export async function textFiles(paths: string | readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of typeof paths === "string" ? [paths] : paths) {
    const there = await stat(path).catch(() => {
      throw new InkstoneError("E_FORMAT_NO_FILE", { file: path });
    });
    if (there.isDirectory())
      for (const name of (await readdir(path, { recursive: true })).sort()) if (inFolders.test(name)) found.push(join(path, name));
    if (!there.isDirectory()) found.push(path);
  }
  if (found.length === 0) throw new InkstoneError("E_DATA_EMPTY", { what: typeof paths === "string" ? [paths] : paths });
  return found;
}

/**
 * The texts of files: of plain text pieces of some 256 KB that end with a line, of others a document a row.
 *
 * Errors: `E_DATA_COLUMN` where a row has no such column; E_DATA_KIND, and those of the readers of each kind.
 *
 * @example
 * await writeFile("two-rows.jsonl", '{"text":"ink"}\n{"text":"stone"}\n');
 * const texts = [];
 * for await (const { text } of textPieces(["two-rows.jsonl"])) texts.push(text);
 * texts; // ["ink", "stone"]
 */
export async function* textPieces(files: readonly string[], { column = "text", signal }: TextPieceOptions = {}): AsyncGenerator<TextPiece> {
  for (const file of files) {
    const kind = dataKind(file);
    if (kind === "text" || kind === "markdown") yield* plainPieces(file, signal);
    else
      for await (const { value } of openRows(file, { kind, signal })) {
        const cell = value[column];
        if (cell === undefined) throw new InkstoneError("E_DATA_COLUMN", { file: fileLabel(file), column, found: Object.keys(value).join(", ") });
        yield { file, text: cellText(cell), ends: true };
      }
  }
}

async function* plainPieces(file: string, signal: AbortSignal | undefined): AsyncGenerator<TextPiece> {
  const decoder = new TextDecoder("utf-8");
  let rest = "";
  let ready = "";
  for await (const bytes of utf8Pieces(dataPieces(file, { signal }), { file: fileLabel(file) })) {
    rest += decoder.decode(bytes, { stream: true });
    if (rest.length < PIECE) continue;
    const end = rest.lastIndexOf("\n") + 1;
    if (end === 0) continue;
    if (ready !== "") yield { file, text: ready, ends: false };
    ready = rest.slice(0, end);
    rest = rest.slice(end);
  }
  rest += decoder.decode();
  if (ready !== "" && rest !== "") yield { file, text: ready, ends: false };
  const last = rest === "" ? ready : rest;
  if (last !== "") yield { file, text: last, ends: true };
}
