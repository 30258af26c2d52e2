// Rows of a Parquet file. The reading itself is done in a process of its own (parquet-work.ts), so that a damaged file can neither hang nor fill this one.
import { dataLimits } from "../../core/index.ts";
import { type IsolationLimits, isolated } from "../isolated.ts";
import { requireFile } from "../regular-file.ts";
import type { ParquetWork } from "./parquet-work.ts";
import type { PlacedRow } from "./row.ts";

/** How a Parquet file is read. */
export interface ParquetOptions extends IsolationLimits {
  /** Only these columns; all by default. */
  readonly columns?: readonly string[];
  /** Most bytes of one row group, unpacked; 256 MiB by default. */
  readonly maxRowGroupBytes?: number;
}

/**
 * Rows by column name; `line` is the number of the row, from 1. Whole numbers of 64 bits are numbers where they are exact and texts elsewhere; dates are ISO
 * texts, null where there is no such date. One row group is held at a time. Codecs: none, Snappy, gzip, Brotli, and Zstandard where Node has it (>= 22.15).
 *
 * Errors: E_PACKAGE_MISSING without hyparquet; E_DATA_DOCUMENT for a damaged file and for a codec that is not there, E_DATA_SIZE for a row group that is
 * too large, E_DATA_COLUMN for a column that is not there; those of opening a file. Source: apache/parquet-format.
 *
 * @example
 * await readParquet("none.parquet").next(); // throws E_FORMAT_NO_FILE
 */
export async function* readParquet(
  path: string,
  { columns, maxRowGroupBytes = dataLimits.rowGroupBytes, ...limits }: ParquetOptions = {},
): AsyncGenerator<PlacedRow<Record<string, unknown>>> {
  const file = await requireFile(path);
  const work: ParquetWork = { path, file, columns, maxRowGroupBytes };
  yield* isolated(new URL("./parquet-work.js", import.meta.url), work, limits);
}
