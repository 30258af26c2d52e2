// Reads a Parquet file with hyparquet, an optional package, one row group at a time. It runs in a process of its own (see parquet.ts): a damaged file can hang or end it.
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
    refuseTwins(found, file);
    refuseCodecs(metadata, file);
    const decimals = exactDecimals(metadata);
    const strange = columns?.find((column) => !found.includes(column));
    if (strange !== undefined) throw new InkstoneError("E_DATA_COLUMN", { file, column: strange, found: found.join(", ") });
    let line = 1;
    for (const { rowStart, rowEnd } of rowGroups(metadata, { file, size, limit: maxRowGroupBytes })) {
      const read = { file: source, metadata, columns: columns && [...columns], rowStart, rowEnd };
      const rows = await orDamaged(file, () =>
        parquetReadObjects({ ...read, compressors: compressors(file), parsers: { stringFromBytes: textOrBytes } }),
      );
      for (const row of rows) yield { value: plainRow(withDecimals(row, decimals)), line: line++ };
    }
  } finally {
    await handle.close();
  }
}

function refuseTwins(names: readonly string[], file: string): void {
  const twin = names.find((name, i) => names.indexOf(name) !== i);
  if (twin === undefined) return;
  throw new InkstoneError("E_DATA_DOCUMENT", { file, why: { en: `two of its columns are called "${twin}"`, zh: `有两列都名为“${twin}”` } });
}

const known = ["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD"];

function refuseCodecs({ row_groups }: FileMetaData, file: string): void {
  const strange = row_groups
    .flatMap(({ columns }) => columns.map(({ meta_data }) => meta_data?.codec ?? "UNCOMPRESSED"))
    .find((codec) => !known.includes(codec));
  if (strange === undefined) return;
  const why = {
    en: `it is packed with ${strange}; known are Snappy, gzip, Brotli and Zstandard`,
    zh: `它使用 ${strange} 压缩；支持 Snappy、gzip、Brotli 与 Zstandard`,
  };
  throw new InkstoneError("E_DATA_DOCUMENT", { file, why });
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// Bytes that are no text stay bytes: whoever takes the column for text is told so.
function textOrBytes(bytes: Uint8Array | undefined): unknown {
  try {
    return bytes && utf8.decode(bytes);
  } catch {
    return bytes;
  }
}

// Decimals are read as the whole numbers that the file holds, by column name with their scale: a product with a power of ten would round them.
function exactDecimals({ schema }: FileMetaData): Map<string, number> {
  const found = new Map<string, number>();
  let below = 0; // elements of a nested column that are still to come
  for (const element of schema.slice(1)) {
    const nested = below > 0 || element.num_children !== undefined;
    below = Math.max(0, below - 1) + (element.num_children ?? 0);
    if (nested || element.converted_type !== "DECIMAL" || element.type === "BYTE_ARRAY" || element.repetition_type === "REPEATED") continue;
    found.set(element.name, element.scale ?? 0);
    element.converted_type = undefined;
    element.logical_type = undefined;
  }
  return found;
}

function withDecimals(row: Record<string, unknown>, scales: ReadonlyMap<string, number>): Record<string, unknown> {
  for (const [name, scale] of scales) if (name in row) row[name] = decimal(row[name], scale);
  return row;
}

// A number where it is exact in writing, else its digits as text.
function decimal(value: unknown, scale: number): unknown {
  const whole = value instanceof Uint8Array ? bigEndian(value) : typeof value === "number" && Number.isInteger(value) ? BigInt(value) : value;
  if (typeof whole !== "bigint") return value;
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, "0");
  const text = `${whole < 0n ? "-" : ""}${scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`}`;
  const plain = scale === 0 ? text : text.replace(/\.?0+$/, "");
  return String(Number(plain)) === plain ? Number(plain) : text;
}

const bigEndian = (bytes: Uint8Array): bigint =>
  BigInt.asIntN(
    bytes.length * 8,
    bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
  );

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
