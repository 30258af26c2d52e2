// A safetensors file, opened: what it holds, and values on demand. Knows nothing of what the tensors mean.
import { InkstoneError } from "../../core/index.ts";
import { type ByteSource, openFileSource } from "../source.ts";
import { readHeader, type SafetensorsEntry } from "./header.ts";
import { decodeValues, type SafetensorsValues } from "./types.ts";

/** An open safetensors file. Close it when its tensors have been read. */
export interface SafetensorsFile {
  /** Last part of its path. */
  readonly name: string;
  /** Its `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** By name, in the order of their values. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  /** Fills `into` with bytes of a tensor, from `byteStart` of it. Errors: E_FORMAT_RANGE, E_FORMAT_TRUNCATED (the file has become shorter), E_FORMAT_UNREADABLE. */
  read(tensor: SafetensorsEntry, byteStart: number, into: Uint8Array): void;
  /** All values of a tensor; F16 and BF16 widened to f32. Errors: those of `read`; E_FORMAT_MISSING, E_FORMAT_UNSUPPORTED, E_MEMORY. */
  values(name: string): SafetensorsValues;
  close(): void;
}

/**
 * Opens a safetensors file and checks everything that stands before its values; the values are not touched.
 *
 * Errors: E_FORMAT_NO_FILE (exit 66), E_FORMAT_NOT_A_FILE, and E_FORMAT_* (exit 65) naming the field and its byte. On an error nothing stays open.
 * Source: https://huggingface.co/docs/safetensors.
 *
 * @example
 * (await openSafetensors("model.safetensors")).tensors.get("dense.kernel")?.shape; // [128, 2000]
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const source = openFileSource(path);
  try {
    return parseSafetensors(source);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** The same on any source of bytes; the source is closed by `close()` only. */
export function parseSafetensors(source: ByteSource): SafetensorsFile {
  const { metadata, tensors } = readHeader(source);
  const read = (tensor: SafetensorsEntry, byteStart: number, into: Uint8Array) => readBytes(source, tensor, byteStart, into);
  return {
    name: source.name,
    metadata,
    tensors,
    read,
    values(name) {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new InkstoneError("E_FORMAT_MISSING", { field: name });
      const bytes = reserve(tensor.bytes);
      read(tensor, 0, bytes);
      return decodeValues(name, tensor.type, bytes);
    },
    close: () => source.close(),
  };
}

// The header has been checked against the size of the file, so this is at most what the file holds.
function reserve(needed: number): Uint8Array {
  try {
    return new Uint8Array(needed);
  } catch (error) {
    throw new InkstoneError("E_MEMORY", { needed }, { cause: error });
  }
}

function readBytes(source: ByteSource, tensor: SafetensorsEntry, byteStart: number, into: Uint8Array): void {
  const { name, offset: start, bytes } = tensor;
  const inside = Number.isSafeInteger(byteStart) && byteStart >= 0 && byteStart + into.length <= bytes;
  if (!inside) throw new InkstoneError("E_FORMAT_RANGE", { field: name, start: byteStart, bytes: into.length, size: bytes });
  const offset = start + byteStart;
  const available = source.read(offset, into);
  if (available < into.length) throw new InkstoneError("E_FORMAT_TRUNCATED", { field: name, offset, needed: into.length, available });
}
