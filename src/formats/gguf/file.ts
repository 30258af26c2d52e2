// A GGUF file, opened: metadata, tensors, and their bytes on demand. Knows nothing of what the tensors mean.
import { InkstoneError } from "../../core/index.ts";
import type { ByteSource } from "../source.ts";
import { readHead } from "./header.ts";
import { GgufMetadata } from "./metadata.ts";
import { alignmentOf, checkTokenizer } from "./rules.ts";
import { type GgufTensor, readTensors } from "./tensors.ts";
import { supportedTypeNames } from "./types.ts";

/** An open GGUF file. Close it when its tensors have been read. */
export interface GgufFile {
  /** Last part of its path. */
  readonly name: string;
  readonly version: number;
  readonly metadata: GgufMetadata;
  /** By name, in the order of the file. Empty for vocabulary-only files. */
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /**
   * Fills `into` with bytes of a tensor, from `byteStart` of it. Errors: E_FORMAT_UNSUPPORTED (a type that is only recognised), E_FORMAT_RANGE (outside the
   * tensor), E_FORMAT_TRUNCATED (the file has become shorter), E_FORMAT_UNREADABLE.
   */
  read(tensor: GgufTensor, byteStart: number, into: Uint8Array): void;
  close(): void;
}

/** One GGUF file on any source of bytes; the source is closed by `close()` only. Errors: as `openGguf`. */
export function parseGguf(source: ByteSource): GgufFile {
  const { version, tensorCount, entries, cursor } = readHead(source);
  const alignment = alignmentOf(entries);
  checkTokenizer(entries);
  const { tensors } = readTensors(cursor, tensorCount, alignment);
  return {
    name: source.name,
    version,
    metadata: new GgufMetadata(entries, source),
    tensors,
    read: (tensor, byteStart, into) => readTensor(source, tensor, { byteStart, into }),
    close: () => source.close(),
  };
}

/** Throws E_FORMAT_UNSUPPORTED unless the values of a tensor can be used: to be asked for all tensors before reading the first. */
export function requireSupported(tensor: GgufTensor): void {
  if (!tensor.type.supported)
    throw new InkstoneError("E_FORMAT_UNSUPPORTED", { tensor: tensor.name, type: tensor.type.name, supported: supportedTypeNames });
}

function readTensor(source: ByteSource, tensor: GgufTensor, { byteStart, into }: { byteStart: number; into: Uint8Array }): void {
  requireSupported(tensor);
  const inside = Number.isSafeInteger(byteStart) && byteStart >= 0 && byteStart + into.length <= tensor.bytes;
  if (!inside) throw new InkstoneError("E_FORMAT_RANGE", { field: tensor.name, start: byteStart, bytes: into.length, size: tensor.bytes });
  const offset = tensor.offset + byteStart;
  const available = source.read(offset, into);
  if (available < into.length) throw new InkstoneError("E_FORMAT_TRUNCATED", { field: tensor.name, offset, needed: into.length, available });
}
