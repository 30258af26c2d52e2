// Opening GGUF files by their path: one file, or a model in several of them. Knows nothing of what the tensors mean.
import { join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { openFileSource } from "../source.ts";
import { type GgufFile, parseGguf } from "./file.ts";
import type { GgufTensor } from "./tensors.ts";

const pattern = /^(.*-)00001(-of-(\d{5})\.gguf)$/i;

/**
 * Opens a GGUF file (version 2 or 3, little-endian) and checks everything that stands before its tensor data; the data itself is not touched. The first file of a model
 * in several ("…-00001-of-00003.gguf") opens all of them: its metadata, everybody's tensors.
 *
 * Errors: E_FORMAT_NO_FILE (exit 66), E_FORMAT_NOT_A_FILE, and E_FORMAT_* (exit 65) naming the field and its byte. On an error nothing stays open.
 *
 * @example
 * (await openGguf("model.gguf")).metadata.string("general.architecture"); // "llama"
 */
export async function openGguf(path: string): Promise<GgufFile> {
  const first = openOne(path);
  const opened = [first];
  try {
    const count = partsOf(first);
    if (count === 1) return first;
    const [, stem, ending, told] = pattern.exec(first.name) ?? [];
    if (Number(told) !== count)
      throw wrong(first, "split.count", count, `the ${told ?? "N"} of a file named ${stem ?? "…-"}00001${ending ?? "-of-0000N.gguf"}`);
    for (let part = 1; part < count; part++) {
      const next = openOne(join(path, "..", `${stem}${String(part + 1).padStart(5, "0")}${ending}`));
      opened.push(next);
      if (next.metadata.numberOr("split.no", undefined) !== part) throw wrong(next, "split.no", next.metadata.numberOr("split.no", -1), String(part));
    }
    return joined(opened);
  } catch (error) {
    for (const file of opened) file.close();
    throw error;
  }
}

function openOne(path: string): GgufFile {
  const source = openFileSource(path);
  try {
    return parseGguf(source);
  } catch (error) {
    source.close();
    throw error;
  }
}

// How many files the model is in. The later ones have tensors only: they open with the first.
function partsOf(file: GgufFile): number {
  const count = file.metadata.numberOr("split.count", 0);
  if (!Number.isInteger(count) || count < 0 || count > 99_999) throw wrong(file, "split.count", count, "0…99999");
  const at = file.metadata.numberOr("split.no", 0);
  if (count > 1 && at !== 0) throw wrong(file, "split.no", at, "0: the first file opens all");
  return Math.max(1, count);
}

function wrong({ metadata }: GgufFile, field: string, value: number, allowed: string): InkstoneError {
  return new InkstoneError("E_FORMAT_VALUE", {
    field,
    offset: metadata.has(field) ? metadata.offset(field) : 0,
    value,
    allowed: { en: allowed, zh: allowed },
  });
}

function joined(files: readonly GgufFile[]): GgufFile {
  const [first] = files;
  const tensors = new Map<string, GgufTensor>();
  const owners = new Map<GgufTensor, GgufFile>();
  for (const file of files) {
    for (const [name, tensor] of file.tensors) {
      if (tensors.has(name)) throw new InkstoneError("E_FORMAT_DUPLICATE", { field: file.name, offset: tensor.offset, name });
      tensors.set(name, tensor);
      owners.set(tensor, file);
    }
  }
  const expected = first.metadata.numberOr("split.tensors.count", tensors.size);
  if (expected !== tensors.size) throw wrong(first, "split.tensors.count", expected, String(tensors.size));
  return {
    ...first,
    tensors,
    read: (tensor, byteStart, into) => (owners.get(tensor) ?? first).read(tensor, byteStart, into),
    close: () => {
      for (const file of files) file.close();
    },
  };
}
