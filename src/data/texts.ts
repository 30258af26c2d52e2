// Texts out of files and folders, in pieces that fit in memory: plain text as it stands, rows by their column. Knows no tokens.
import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { InkstoneError, invalidUtf8At } from "../core/index.ts";
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
  /** A label of the Encoding Standard. Default: UTF-8, or UTF-16, GB18030, Big5 where the bytes tell. */
  readonly encoding?: string;
  /** Given what is wrong with a row, which is then left out; one without the column counts where an earlier row had it. Default: it is thrown. */
  readonly onBadRow?: (error: InkstoneError) => void;
  readonly signal?: AbortSignal;
}

/** Characters of a piece, about. */
const PIECE = 1 << 18;
/** Characters of a line from which on it is cut between words, or where it must be. */
const LONG_LINE = 4 * PIECE;
/** Kinds of which a folder's files are taken. */
const inFolders = /\.(txt|text|md|markdown|jsonl|ndjson|csv|tsv|parquet|html?|docx|pdf)(\.gz)?$/i;

/** The endings of `inFolders`, for messages. */
const TEXT_ENDINGS = ".txt, .md, .jsonl, .csv, .tsv, .parquet, .html, .pdf, .docx";

/** The files that paths mean. */
export interface FoundFiles {
  readonly files: readonly string[];
  /** What else lies in their folders, beside hidden files: of kinds that are not read. */
  readonly leftOut: readonly string[];
}

/**
 * The files that paths mean, in the order of their names: files as they are, of folders what holds text (.txt, .md, .jsonl, .csv, .tsv, .parquet, .html, .pdf, .docx; .gz too).
 *
 * Errors: E_FORMAT_NO_FILE; `E_DATA_FOLDER` where they are folders that have none.
 *
 * @example
 * await writeFile("a-poem.txt", "ink\n");
 * await textFiles("a-poem.txt"); // ["a-poem.txt"]
 */
export async function textFiles(paths: string | readonly string[]): Promise<string[]> {
  return [...(await findTexts(paths)).files];
}

/** As `textFiles`, and what of the folders is left out. Errors: those of `textFiles`. */
export async function findTexts(paths: string | readonly string[]): Promise<FoundFiles> {
  const found: string[] = [];
  const leftOut: string[] = [];
  for (const path of typeof paths === "string" ? [paths] : paths) {
    const there = await stat(path).catch(() => {
      throw new InkstoneError("E_FORMAT_NO_FILE", { file: path });
    });
    if (!there.isDirectory()) {
      found.push(path);
      continue;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort())
      if (inFolders.test(file)) found.push(file);
      else if (!/(^|[/\\])\./.test(relative(path, file))) leftOut.push(file);
  }
  if (found.length > 0) return { files: found, leftOut };
  const [en, zh] = leftOut.length === 0 ? ["nothing", "没有任何文件"] : [firstOf(leftOut, ", "), firstOf(leftOut, "、")];
  throw new InkstoneError("E_DATA_FOLDER", { folder: [paths].flat().join(", "), found: { en, zh }, supported: TEXT_ENDINGS });
}

const firstOf = (paths: readonly string[], between: string): string =>
  [...paths.slice(0, 3).map(fileLabel), ...(paths.length > 3 ? [`… (${paths.length})`] : [])].join(between);

/**
 * The texts of files: of plain text pieces of some 256 KB that end with a line, of others a document a row.
 *
 * Errors: `E_DATA_COLUMN` where a row has no such column; E_DATA_ENCODING for a NUL and for what is not in the encoding; E_DATA_KIND, and those of the readers of each kind.
 *
 * @example
 * await writeFile("two-rows.jsonl", '{"text":"ink"}\n{"text":"stone"}\n');
 * const texts = [];
 * for await (const { text } of textPieces(["two-rows.jsonl"])) texts.push(text);
 * texts; // ["ink", "stone"]
 */
export async function* textPieces(files: readonly string[], options: TextPieceOptions = {}): AsyncGenerator<TextPiece> {
  const { column = "text", encoding, onBadRow, signal } = options;
  for (const file of files) {
    const kind = dataKind(file);
    if (kind === "text" || kind === "markdown") {
      yield* plainPieces(file, options);
      continue;
    }
    let any = false;
    for await (const { value } of openRows(file, { kind, encoding, onBadRow, signal })) {
      const cell = value[column];
      if (cell !== undefined) {
        any = true;
        yield { file, text: cellText(cell), ends: true };
        continue;
      }
      const error = new InkstoneError("E_DATA_COLUMN", { file: fileLabel(file), column, found: Object.keys(value).join(", ") });
      if (!any || onBadRow === undefined) throw error;
      onBadRow(error);
    }
  }
}

async function* plainPieces(path: string, { encoding, signal }: TextPieceOptions): AsyncGenerator<TextPiece> {
  const decoder = new CheckedText(fileLabel(path));
  let rest = "";
  let ready = "";
  for await (const bytes of utf8Pieces(dataPieces(path, { signal }), { file: fileLabel(path), encoding })) {
    rest += decoder.take(bytes);
    for (let end = pieceEnd(rest); end > 0; end = pieceEnd(rest)) {
      if (ready !== "") yield { file: path, text: ready, ends: false };
      ready = rest.slice(0, end);
      rest = rest.slice(end);
    }
  }
  rest += decoder.end();
  if (ready !== "" && rest !== "") yield { file: path, text: ready, ends: false };
  const last = rest === "" ? ready : rest;
  if (last !== "") yield { file: path, text: last, ends: true };
}

// Where a piece ends in what was read: behind its last line; in a line without end behind a word, or at least between two characters. 0: not yet.
function pieceEnd(text: string): number {
  if (text.length < PIECE) return 0;
  const line = text.lastIndexOf("\n") + 1;
  if (line > 0 || text.length < LONG_LINE) return line;
  const word = text.lastIndexOf(" ", LONG_LINE - 1) + 1;
  if (word > PIECE) return word;
  return isPair(text, LONG_LINE) ? LONG_LINE - 1 : LONG_LINE;
}

const isPair = (text: string, at: number): boolean => /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1));

/** UTF-8 as text, piece after piece; what is none, and a NUL, are told with their place. */
class CheckedText {
  readonly #file: string;
  readonly #decoder: InstanceType<typeof TextDecoder> = new TextDecoder("utf-8", { fatal: true });
  #offset = 0;
  #line = 1;
  /** The end of what came before: a character may have begun there. */
  #tail: Uint8Array = new Uint8Array(0);

  constructor(file: string) {
    this.#file = file;
  }

  take(bytes: Uint8Array): string {
    const nul = bytes.indexOf(0);
    if (nul >= 0) throw this.#refusal(bytes.subarray(0, nul), this.#offset + nul, { en: "a NUL", zh: "存在 NUL 字节" });
    const text = this.#text(bytes, true);
    this.#offset += bytes.length;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#line++;
    this.#tail = bytes.length > 3 ? bytes.slice(-3) : Buffer.concat([this.#tail, bytes]).subarray(-3);
    return text;
  }

  end(): string {
    return this.#text(new Uint8Array(0), false);
  }

  #text(bytes: Uint8Array, stream: boolean): string {
    try {
      return this.#decoder.decode(bytes, { stream });
    } catch {
      const from = this.#tail.findIndex((byte) => byte < 0x80 || byte >= 0xc0);
      const before = from < 0 ? this.#tail.subarray(this.#tail.length) : this.#tail.subarray(from);
      const all = Buffer.concat([before, bytes]);
      const at = Math.max(0, invalidUtf8At(all) - before.length);
      throw this.#refusal(bytes.subarray(0, at), this.#offset + at, { en: "this is not UTF-8", zh: "不是 UTF-8 编码" });
    }
  }

  #refusal(before: Uint8Array, offset: number, why: { readonly en: string; readonly zh: string }): InkstoneError {
    const line = this.#line + before.filter((byte) => byte === 10).length;
    return new InkstoneError("E_DATA_ENCODING", { file: this.#file, line, offset, why });
  }
}
