// Reads a Parquet file with hyparquet, an optional package, one row group at a time. It runs in a thread of its own (see parquet.ts): a damaged file can hang it.
import * as zlib from "node:zlib";
import type { AsyncBuffer, FileMetaData } from "hyparquet";
import { InkstoneError, type Phrase } from "../../core/index.ts";
import { optionalPackage } from "../peer.ts";
import { fileFailure, openRegular } from "../regular-file.ts";
import type { PlacedRow } from "./row.ts";

/** What to read: the path, and the file's name for messages. */
export interface ParquetWork {
  readonly path: string;
  readonly file: string;
  readonly columns?: readonly string[];
  readonly maxRowGroupBytes: number;
}

/** The rows; see `readParquet`. */
export async function* work({ path, file, columns, maxRowGroupBytes }: ParquetWork): AsyncGenerator<PlacedRow<Record<string, unknown>>> {
  const handle = await openRegular(path);
  try {
    const purpose: Phrase = { en: "Parquet files", zh: "读取 Parquet 文件" };
    const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await optionalPackage("hyparquet@1.31.5", purpose, () => import("hyparquet"));
    const { size } = await handle.stat();
    const source: AsyncBuffer = {
      byteLength: size,
      slice: async (start, end = size) => {
        const length = Math.max(0, Math.min(end, size) - start);
        const into = Buffer.allocUnsafeSlow(length);
        const { bytesRead } = await handle.read(into, 0, length, start).catch((error: unknown) => {
          throw fileFailure(error, file);
        });
        return into.buffer.slice(0, bytesRead) as ArrayBuffer;
      },
    };
    const metadata = await orDamaged(file, async () => parquetMetadataAsync(source));
    const found = parquetSchema(metadata).children.map(({ element }) => element.name);
    const strange = columns?.find((column) => !found.includes(column));
    if (strange !== undefined) throw new InkstoneError("E_DATA_COLUMN", { file, column: strange, found: found.join(", ") });
    let line = 1;
    for (const { rowStart, rowEnd } of rowGroups(metadata, { file, size, limit: maxRowGroupBytes })) {
      const options = { file: source, metadata, columns: columns && [...columns], rowStart, rowEnd, compressors: compressors(file) };
      for (const row of await orDamaged(file, () => parquetReadObjects(options))) yield { value: plainRow(row), line: line++ };
    }
  } finally {
    await handle.close();
  }
}

interface Group {
  readonly rowStart: number;
  readonly rowEnd: number;
}

function rowGroups(metadata: FileMetaData, { file, size, limit }: { file: string; size: number; limit: number }): Group[] {
  let rowStart = 0;
  return metadata.row_groups.map(({ num_rows, columns }) => {
    // The sizes of the columns are looked at, not the sum that the file gives: they are what will be reserved.
    const facts = columns.map(({ meta_data }) => meta_data);
    const bytes = facts.reduce(
      (sum, fact) => sum + Math.max(Number(fact?.total_uncompressed_size ?? 0), Number(fact?.total_compressed_size ?? 0)),
      0,
    );
    if (!(bytes <= limit && Number(num_rows) <= limit))
      throw new InkstoneError("E_DATA_SIZE", { file, what: { en: "a row group, in bytes,", zh: "一个行组的字节数" }, limit });
    if (facts.some((fact) => Number(fact?.total_compressed_size ?? 0) > size)) throw damaged(file);
    const group = { rowStart, rowEnd: rowStart + Number(num_rows) };
    rowStart = group.rowEnd;
    return group;
  });
}

type Unpack = (input: Uint8Array, length: number) => Uint8Array;

// hyparquet brings Snappy; the others are Node's own, never beyond the length that the page declares.
function compressors(file: string): Record<string, Unpack> {
  const { zstdDecompressSync: zstd } = zlib as { zstdDecompressSync?: typeof zlib.gunzipSync };
  const absent: Unpack = () => {
    throw new InkstoneError("E_DATA_DOCUMENT", {
      file,
      why: { en: "it is packed with Zstandard, which needs Node 22.15", zh: "它使用 Zstandard 压缩，需要 Node 22.15" },
    });
  };
  return {
    GZIP: (input, length) => zlib.gunzipSync(input, { maxOutputLength: length }),
    BROTLI: (input, length) => zlib.brotliDecompressSync(input, { maxOutputLength: length }),
    ZSTD: zstd === undefined ? absent : (input, length) => zstd(input, { maxOutputLength: length }),
  };
}

const damaged = (file: string, cause?: unknown) =>
  new InkstoneError("E_DATA_DOCUMENT", { file, why: { en: "it is no Parquet file, or damaged", zh: "不是 Parquet 文件，或已损坏" } }, { cause });

async function orDamaged<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof InkstoneError ? error : damaged(file, error);
  }
}

const plainRow = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));

function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map(plainValue);
  if (ArrayBuffer.isView(value)) return value;
  return typeof value === "object" && value !== null ? plainRow(value as Record<string, unknown>) : value;
}
