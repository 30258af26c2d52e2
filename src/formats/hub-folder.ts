// A model folder as the Hugging Face hub keeps it: config.json and one or more safetensors files. Knows nothing of what the tensors mean.
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InkstoneError, type Phrase } from "../core/index.ts";
import type { GgufFile } from "./gguf/file.ts";
import { openGguf } from "./gguf/open.ts";
import { openSafetensors, type SafetensorsFile } from "./safetensors/file.ts";
import type { SafetensorsEntry } from "./safetensors/header.ts";

/** A tensor of a folder. */
export interface HubTensor extends SafetensorsEntry {
  /** Fills `into` with its bytes from `byteStart` on. Errors: those of `SafetensorsFile.read`. */
  read(byteStart: number, into: Uint8Array): void;
}

/** An open folder. Close it when its tensors have been read. */
export interface HubFolder {
  readonly name: string;
  readonly path: string;
  /** Names of its files of weights. */
  readonly files: readonly string[];
  /** Its config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, HubTensor>;
  close(): void;
}

/** Most bytes of a JSON file of a folder. */
const MOST_JSON = 64 << 20;
const INDEX = "model.safetensors.index.json";

/**
 * Opens a folder with config.json and model.safetensors, or the files that model.safetensors.index.json names.
 *
 * Errors: `E_MODEL_FOLDER` with the file that is missing or is none; those of `openSafetensors`; `E_FORMAT_DUPLICATE` for a tensor that two files have.
 *
 * @example
 * await openHubFolder("."); // throws E_MODEL_FOLDER
 */
export async function openHubFolder(path: string): Promise<HubFolder> {
  const config = readJson(path, "config.json");
  const files: SafetensorsFile[] = [];
  const close = () => {
    for (const file of files) file.close();
  };
  try {
    const names = shardsOf(path);
    for (const name of names) files.push(await openSafetensors(join(path, name)));
    return { name: basename(path), path, files: names, config, tensors: tensorsOf(files), close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Opens a model by its path: a folder of the hub, or a GGUF file. The first has `config`, the second `metadata`.
 *
 * Errors: those of `openHubFolder` and `openGguf`.
 *
 * @example
 * "metadata" in (await openModelFile("model.gguf")); // true
 */
export function openModelFile(path: string): Promise<GgufFile | HubFolder> {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? openHubFolder(path) : openGguf(path);
}

function tensorsOf(files: readonly SafetensorsFile[]): Map<string, HubTensor> {
  const tensors = new Map<string, HubTensor>();
  for (const file of files) {
    for (const [name, entry] of file.tensors) {
      if (tensors.has(name)) throw new InkstoneError("E_FORMAT_DUPLICATE", { field: file.name, offset: entry.offset, name });
      tensors.set(name, { ...entry, read: (byteStart, into) => file.read(entry, byteStart, into) });
    }
  }
  return tensors;
}

// File names of an index stay within the folder.
function shardsOf(path: string): string[] {
  if (!existsSync(join(path, INDEX))) return ["model.safetensors"];
  const { weight_map: map } = readJson(path, INDEX);
  const names = typeof map === "object" && map !== null ? [...new Set(Object.values(map))] : [];
  const good = names.length > 0 && names.every((name) => typeof name === "string" && /^[^/\\]+\.safetensors$/.test(name));
  if (!good) refuse(INDEX, "its weight_map names no safetensors files of this folder", "其 weight_map 未列出此文件夹中的 safetensors 文件");
  return names as string[];
}

function readJson(path: string, name: string): Record<string, unknown> {
  const file = join(path, name);
  if (!existsSync(file)) refuse(name, "it is missing", "缺少该文件");
  if (statSync(file).size > MOST_JSON) refuse(name, "it is too large", "文件过大");
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    refuse(name, "it is not JSON", "不是有效的 JSON", error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(name, "it is no object", "不是对象");
  return value as Record<string, unknown>;
}

function refuse(file: string, en: string, zh: string, cause?: unknown): never {
  const why: Phrase = { en, zh };
  throw new InkstoneError("E_MODEL_FOLDER", { file, why }, { cause });
}
