// formats: bytes <-> descriptors and rows, and the one room for file writes. Knows no models.

export { type FileSystem, nodeFileSystem, type OpenFile, type OpenMode } from "./durable/file-system.ts";
export { DurableFile, type PartialOptions } from "./durable/partial.ts";
export { type DurableOptions, type FileContent, removeLeftovers, writeFileDurably } from "./durable/write.ts";
export { type GgufFile, openGguf, parseGguf, requireSupported } from "./gguf/file.ts";
export { type GgufArray, type GgufEntry, GgufMetadata, type GgufNumbers, type GgufScalar, type StringBytes } from "./gguf/metadata.ts";
export type { GgufTensor } from "./gguf/tensors.ts";
export { type GgufType, type GgufValueType, ggufTypes, supportedTypeNames } from "./gguf/types.ts";
export { type IsolationLimits, isolated } from "./isolated.ts";
export { gunzipPieces, type UnpackLimits } from "./packed/gunzip.ts";
export { dataPieces, filePieces, type PieceOptions } from "./packed/pieces.ts";
export { type PackedMember, withZip } from "./packed/zip-data.ts";
export { zipMember } from "./packed/zip-member.ts";
export { optionalPackage } from "./peer.ts";
export { requireFile } from "./regular-file.ts";
export { type CsvOptions, CsvReader } from "./rows/csv.ts";
export { type JsonElementOptions, JsonElementReader } from "./rows/json-elements.ts";
export { JsonLineReader } from "./rows/jsonl.ts";
export { type LineOptions, LineReader } from "./rows/lines.ts";
export { type ParquetOptions, readParquet } from "./rows/parquet.ts";
export { fileLabel, type PlacedRow, type RowOptions, type RowReader, type RowSettings, readRows, rowSettings } from "./rows/row.ts";
export { type TableOptions, TableReader, type TableRow } from "./rows/table.ts";
export { type CsvWriteOptions, csvLine, jsonLine } from "./rows/write.ts";
export { type ByteSource, memorySource, openFileSource } from "./source.ts";
