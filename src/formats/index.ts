// formats: bytes <-> descriptors and rows, and the one room for file writes. Knows no models.

export { openSound, type SoundOptions } from "./audio/open.ts";
export { resampled } from "./audio/resample.ts";
export { isWav, readWav, type Sound } from "./audio/wav.ts";
export { type FileSystem, nodeFileSystem, type OpenFile, type OpenMode } from "./durable/file-system.ts";
export {
  checksumsFile,
  type FolderContent,
  type FolderOptions,
  moveFolder,
  previousFolder,
  settleFolder,
  writeFolderDurably,
} from "./durable/folder.ts";
export { DurableFile, type PartialOptions } from "./durable/partial.ts";
export { readSavedFolder, readTextFile, type SavedFolder } from "./durable/saved-folder.ts";
export { type DurableOptions, type FileContent, removeLeftovers, writeFileDurably } from "./durable/write.ts";
export { type CTranslate2File, openCTranslate2, parseCTranslate2 } from "./engines/ctranslate2.ts";
export { openMarian, parseMarian } from "./engines/marian.ts";
export { Walker } from "./engines/walker.ts";
export { elementSizes, type StoredWeight, type WeightFile, weightFile, widened } from "./engines/weight-file.ts";
export { type GgufFile, parseGguf, requireSupported } from "./gguf/file.ts";
export { type GgufArray, type GgufEntry, GgufMetadata, type GgufNumbers, type GgufScalar, type StringBytes } from "./gguf/metadata.ts";
export { openGguf } from "./gguf/open.ts";
export type { GgufTensor } from "./gguf/tensors.ts";
export { type GgufType, type GgufValueType, ggufTypes, supportedTypeNames } from "./gguf/types.ts";
export { type GgufContent, type GgufTensorContent, type GgufValue, ggufBytes, ggufPieces, writeGguf } from "./gguf/write.ts";
export { type HubFolder, type HubTensor, openHubFolder, openModelFile } from "./hub-folder.ts";
export { type Pixels, pngBytes } from "./image/png.ts";
export { type IsolationLimits, isolated } from "./isolated.ts";
export { type OnnxFile, type OnnxNode, type OnnxTensor, type OnnxType, openOnnx, parseOnnx } from "./onnx/file.ts";
export { gunzipPieces, type UnpackLimits } from "./packed/gunzip.ts";
export { dataPieces, filePieces, type PieceOptions } from "./packed/pieces.ts";
export { type PackedMember, withZip } from "./packed/zip-data.ts";
export { zipMember } from "./packed/zip-member.ts";
export { readZip, zipBytes } from "./packed/zip-whole.ts";
export { optionalPackage } from "./peer.ts";
export { ProtobufField, ProtobufReader } from "./protobuf/reader.ts";
export { openRegular, type ReadableFile, requireFile } from "./regular-file.ts";
export { type CsvOptions, CsvReader } from "./rows/csv.ts";
export { type EncodingOptions, type TextForm, utf8Pieces } from "./rows/encoding.ts";
export { type JsonElementOptions, JsonElementReader } from "./rows/json-elements.ts";
export { JsonLineReader } from "./rows/jsonl.ts";
export { type LineOptions, LineReader } from "./rows/lines.ts";
export { type ParquetOptions, readParquet } from "./rows/parquet.ts";
export { fileLabel, type PlacedRow, type RowOptions, type RowReader, type RowSettings, readRows, rowSettings } from "./rows/row.ts";
export { type TableOptions, TableReader, type TableRow } from "./rows/table.ts";
export { type CsvWriteOptions, csvLine, jsonLine } from "./rows/write.ts";
export { openSafetensors, parseSafetensors, type SafetensorsFile } from "./safetensors/file.ts";
export type { SafetensorsEntry } from "./safetensors/header.ts";
export { type SafetensorsType, type SafetensorsValues, safetensorsTypes } from "./safetensors/types.ts";
export { type SafetensorsContent, type SafetensorsWriteOptions, safetensorsPieces, writeSafetensors } from "./safetensors/write.ts";
export { type ByteSource, memorySource, openFileSource } from "./source.ts";
