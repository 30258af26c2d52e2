// A file of data as pieces of bytes, unpacked where it is packed (gzip, zip). Knows nothing of what the bytes say.
import { extname } from "node:path";
import { fileFailure, openRegular } from "../regular-file.ts";
import { fileLabel } from "../rows/row.ts";
import { gunzipPieces, type UnpackLimits } from "./gunzip.ts";
import { zipPieces } from "./zip-data.ts";

/** How a file is read. */
export interface PieceOptions {
  /** Bytes of a piece, 256 KiB by default. */
  readonly pieceBytes?: number;
  readonly signal?: AbortSignal;
  /** Told after every piece: bytes read of the file as it lies on the disk, and its size. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly unpack?: UnpackLimits;
  /** The file to read out of a zip archive, where it holds several. */
  readonly member?: string;
}

/**
 * The bytes of a regular file, piece by piece; the file is closed when the reading ends or is given up. At most one piece is held.
 *
 * Errors: E_FORMAT_NO_FILE, E_FORMAT_NOT_A_FILE (folder, pipe, socket, device), E_FORMAT_UNREADABLE; the signal's reason when it is aborted.
 *
 * @example
 * await writeFileDurably("three.txt", "ink");
 * const sizes = [];
 * for await (const piece of filePieces("three.txt", { pieceBytes: 2 })) sizes.push(piece.length);
 * sizes; // [2, 1]
 */
export async function* filePieces(path: string, { pieceBytes = 1 << 18, signal, onProgress }: PieceOptions = {}): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const handle = await openRegular(path);
  try {
    const { size } = await handle.stat();
    for (let position = 0; ; ) {
      const into = Buffer.allocUnsafeSlow(pieceBytes);
      const { bytesRead } = await handle.read(into, 0, pieceBytes, position).catch((error: unknown) => {
        throw fileFailure(error, fileLabel(path));
      });
      signal?.throwIfAborted();
      if (bytesRead === 0) return;
      position += bytesRead;
      yield into.subarray(0, bytesRead);
      onProgress?.(position, size);
    }
  } finally {
    await handle.close();
  }
}

/**
 * The bytes of a file of data, unpacked when its name ends in .gz or .zip (a zip archive with one file in it, or `member` of it).
 *
 * Errors: those of `filePieces`; E_DATA_PACKED for what is damaged, or unpacks to more than 100 times its size or to more than the byte limit;
 * E_ARCHIVE for archives that are damaged, lie about sizes or point outside.
 *
 * @example
 * await writeFileDurably("rows.jsonl", '{"text": "ink"}\n');
 * const rows = [];
 * for await (const { value } of readRows(dataPieces("rows.jsonl"), new JsonLineReader())) rows.push(value);
 * rows; // [{ text: "ink" }]
 */
export function dataPieces(path: string, options: PieceOptions = {}): AsyncGenerator<Uint8Array> {
  const ending = extname(path).toLowerCase();
  if (ending === ".gz") return gunzipPieces(filePieces(path, options), fileLabel(path), options.unpack);
  if (ending === ".zip") return zipPieces(path, { file: fileLabel(path), member: options.member, signal: options.signal, ...options.unpack });
  return filePieces(path, options);
}
