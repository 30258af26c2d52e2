// Default limits on what comes from outside. Plain numbers; who applies one names it in the error. Knows no files and no HTTP.

/** Limits of the GGUF reader. A length inside a file is further limited by the bytes that are left of it. */
export const ggufLimits = {
  /** Metadata entries. */
  entries: 65_536,
  /** Tensors. */
  tensors: 65_536,
  /** Bytes of a metadata key. */
  keyBytes: 65_535,
  /** Bytes of a tensor name. */
  nameBytes: 64,
  /** Dimensions of a tensor: 1 to this many. */
  dimensions: 4,
  /** Bytes of general.alignment, a power of two. */
  alignment: 1_048_576,
  /** Bytes of one string value, such as a chat template. */
  stringBytes: 1_048_576,
  /** Bytes of one string inside an array, such as a token. */
  elementBytes: 65_535,
  /** Bytes of everything before the tensor data. The largest vocabularies in use take about 16 MiB. */
  headerBytes: 67_108_864,
} as const;

/** Limits of the safetensors reader. */
export const safetensorsLimits = {
  /** Bytes of the header, as in the reference reader. */
  headerBytes: 100_000_000,
  /** Tensors of a file. */
  tensors: 65_536,
  /** UTF-16 units of a name, a metadata key. */
  nameLength: 4_096,
  /** Dimensions of a tensor. */
  dimensions: 16,
  /** Entries of `__metadata__`. */
  metadata: 65_536,
} as const;

/** Limits of the readers of data: rows, tables, packed files, whole documents. */
export const dataLimits = {
  /** Bytes of one line, one CSV record or one JSON value of a list (`max_line_bytes`). */
  lineBytes: 16_777_216,
  /** Cells of a CSV record (`max_columns`). */
  columns: 16_384,
  /** Nesting of a JSON value. */
  jsonDepth: 64,
  /** Bytes that come out of a packed file for each that goes in, once `unpackedFreely` is passed. */
  unpackRatio: 100,
  /** Bytes that may come out before the ratio counts. */
  unpackedFreely: 1_048_576,
  /** Bytes that may come out of one packed file. */
  unpackedBytes: 68_719_476_736,
  /** Bytes of a document that is read as a whole: HTML, Markdown, PDF, DOCX. */
  documentBytes: 67_108_864,
  /** Pages of a PDF. */
  pages: 10_000,
  /** Bytes of one row group of a Parquet file: it is read as a whole. */
  rowGroupBytes: 268_435_456,
} as const;
