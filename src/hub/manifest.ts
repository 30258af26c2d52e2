// Writes the manifest of a model, after its file is there. Knows no network.
import { join } from "node:path";
import { writeFileDurably } from "../formats/index.ts";
import { guarded } from "./guard.ts";
import { modelFolder, type StoredFile, storedFiles } from "./store.ts";

const formatVersion = 1;

/** Adds a file to the manifest (or replaces the one of the same name), durably. */
export async function remember(name: string, file: StoredFile): Promise<void> {
  const files = [...(await storedFiles(name)).filter((other) => other.file !== file.file), file];
  const path = join(modelFolder(name), "model.json");
  await guarded(path, () => writeFileDurably(path, `${JSON.stringify({ formatVersion, name, files }, null, 2)}\n`));
}
