// Writes the manifest of a model, after its file is there. Knows no network.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileDurably } from "../formats/index.ts";
import { guarded } from "./guard.ts";
import { modelFolder, type StoredFile, storedFiles } from "./store.ts";

const formatVersion = 1;

/** Adds a file to the manifest (or replaces the one of the same name), durably. */
export async function remember(name: string, file: StoredFile): Promise<void> {
  await write(name, [...(await storedFiles(name)).filter((other) => other.file !== file.file), file]);
}

/** Takes files out of the manifest: before they go themselves, so that it never names what is not there. */
export async function forget(name: string, files: readonly StoredFile[]): Promise<void> {
  const gone = new Set(files.map(({ sha256 }) => sha256));
  await write(
    name,
    (await storedFiles(name)).filter(({ sha256 }) => !gone.has(sha256)),
  );
}

/** The name of the model whose manifest lies in a folder; undefined where there is none that can be read. */
export async function nameIn(folder: string): Promise<string | undefined> {
  try {
    const { name } = JSON.parse(await readFile(join(folder, "model.json"), "utf8")) as { name?: unknown };
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined; // what is half written or no manifest is no model
  }
}

async function write(name: string, files: readonly StoredFile[]): Promise<void> {
  const path = join(modelFolder(name), "model.json");
  await guarded(path, () => writeFileDurably(path, `${JSON.stringify({ formatVersion, name, files }, null, 2)}\n`));
}
