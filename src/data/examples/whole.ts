// A document that is read as a whole, within a limit: for formats that mean nothing by halves. Knows no formats.
import { isUtf8 } from "node:buffer";
import { dataLimits, InkstoneError, invalidUtf8At } from "../../core/index.ts";
import { fileLabel, filePieces } from "../../formats/index.ts";

/** Options of document readers. */
export interface DocumentOptions {
  readonly signal?: AbortSignal;
  /** Most bytes of a document, 64 MiB by default. */
  readonly maxBytes?: number;
}

/** All bytes of a file. Errors: E_DATA_SIZE, those of opening a file. */
export async function wholeBytes(path: string, { signal, maxBytes = dataLimits.documentBytes }: DocumentOptions = {}): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of filePieces(path, { signal })) {
    size += piece.length;
    if (size > maxBytes)
      throw new InkstoneError("E_DATA_SIZE", { file: fileLabel(path), what: { en: "its size in bytes", zh: "文件字节数" }, limit: maxBytes });
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/**
 * All of a text file, without its byte order mark.
 *
 * Errors: E_DATA_ENCODING for a NUL and for what is not UTF-8, E_DATA_SIZE, those of opening a file.
 *
 * @example
 * await writeFile("whole.txt", "墨\n");
 * await wholeText("whole.txt"); // "墨\n"
 */
export async function wholeText(path: string, options?: DocumentOptions): Promise<string> {
  const bytes = await wholeBytes(path, options);
  const nul = bytes.indexOf(0);
  const offset = isUtf8(bytes) ? nul : invalidUtf8At(bytes);
  if (offset >= 0) {
    const why = offset === nul ? { en: "a NUL", zh: "存在 NUL 字节" } : { en: "this is not UTF-8", zh: "不是 UTF-8 编码" };
    const line = bytes.subarray(0, offset).filter((byte) => byte === 10).length + 1;
    throw new InkstoneError("E_DATA_ENCODING", { file: fileLabel(path), line, offset, why });
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("utf8")
    .replace(/^\ufeff/, "");
}
