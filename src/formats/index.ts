// formats: bytes <-> descriptors, and the one room for file writes. Knows no models.

export { type FileSystem, nodeFileSystem, type OpenFile, type OpenMode } from "./durable/file-system.ts";
export { DurableFile, type PartialOptions } from "./durable/partial.ts";
export { type DurableOptions, type FileContent, removeLeftovers, writeFileDurably } from "./durable/write.ts";
export { type GgufFile, openGguf, parseGguf, requireSupported } from "./gguf/file.ts";
export { type GgufArray, type GgufEntry, GgufMetadata, type GgufNumbers, type GgufScalar, type StringBytes } from "./gguf/metadata.ts";
export type { GgufTensor } from "./gguf/tensors.ts";
export { type GgufType, type GgufValueType, ggufTypes, supportedTypeNames } from "./gguf/types.ts";
export { type ByteSource, memorySource, openFileSource } from "./source.ts";
