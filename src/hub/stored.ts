// The models of the store as a list, and how one leaves it. Knows no network.
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { InkstoneError, nearest } from "../core/index.ts";
import { catalogue } from "./catalogue.ts";
import { chooseFile } from "./choose.ts";
import { guarded } from "./guard.ts";
import { takeLock } from "./lock.ts";
import { forget, nameIn } from "./manifest.ts";
import { parseReference } from "./reference.ts";
import { storePath } from "./settings.ts";
import { modelFolder, type StoredFile, storedFiles, storedPath, storeName } from "./store.ts";

/** A model that is in the store. */
export interface StoredModel {
  /** What it is opened by: a name of the catalogue or of the hub. */
  readonly name: string;
  /** Bytes of all its files. */
  readonly bytes: number;
  readonly files: readonly (StoredFile & { readonly path: string })[];
  /** Of the catalogue; undefined for others. */
  readonly title?: string;
  readonly license?: string;
  readonly languages?: readonly string[];
}

/**
 * The models of the store, by name. Files that are not there whole are left out, and models without any.
 *
 * @example
 * (await listModels()).every(({ bytes, files }) => bytes > 0 && files.length > 0); // true
 */
export async function listModels(): Promise<readonly StoredModel[]> {
  const folders = await readdir(join(storePath(), "models")).catch(() => []);
  const models: StoredModel[] = [];
  for (const folder of folders.toSorted()) {
    const name = await nameIn(join(storePath(), "models", folder));
    const files = name === undefined || modelFolder(name) !== join(storePath(), "models", folder) ? [] : await storedFiles(name);
    if (name === undefined || files.length === 0) continue;
    const { title, license, languages } = catalogue.find((entry) => entry.name === name) ?? {};
    const facts = {
      ...(title === undefined ? {} : { title }),
      ...(license === undefined ? {} : { license }),
      ...(languages === undefined ? {} : { languages }),
    };
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    models.push({ name, bytes, files: files.map((file) => ({ ...file, path: storedPath(name, file) })), ...facts });
  }
  return models;
}

/** What went with a model. */
export interface RemovedModel {
  readonly name: string;
  readonly bytes: number;
  /** Names of the files that went. */
  readonly files: readonly string[];
}

/**
 * Takes a model out of the store: all its files, or of a hub name with a file or quant (`owner/name:Q4_0`) that one. A pull under way is waited for; who has the model open keeps it.
 *
 * Errors: E_MODEL_NAME, E_MODEL_UNKNOWN; E_MODEL_NOT_STORED; E_MODEL_CHOICE; E_STORE; the signal's reason.
 *
 * @example
 * await removeModel("smollm2:360m"); // throws E_MODEL_NOT_STORED where it is not in the store
 */
export async function removeModel(reference: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<RemovedModel> {
  const parsed = parseReference(reference, { allowPaths: false });
  const missing = async () => {
    const there = (await listModels()).map(({ name }) => name);
    return new InkstoneError("E_MODEL_NOT_STORED", { name: reference, nearest: nearest(reference, there) || "-" });
  };
  if (parsed.kind === "path") throw await missing();
  const name = storeName(parsed);
  const folder = modelFolder(name);
  if (
    await stat(folder).then(
      () => false,
      () => true,
    )
  )
    throw await missing();
  const release = await takeLock(join(folder, ".lock"), { signal });
  try {
    const files = await storedFiles(name);
    const one = parsed.kind === "hub" && parsed.wanted !== undefined ? chooseFile(parsed.name, files, parsed.wanted) : undefined;
    const going = one === undefined ? files : [one];
    if (going.length === 0 && one === undefined && files.length === 0 && !(await hasLeftovers(folder))) throw await missing();
    await forget(name, going);
    for (const file of going) await guarded(folder, () => rm(storedPath(name, file), { force: true }));
    return { name, bytes: going.reduce((sum, { bytes }) => sum + bytes, 0), files: going.map(({ file }) => file) };
  } finally {
    await release();
    if ((await storedFiles(name)).length === 0) await rm(folder, { recursive: true, force: true });
  }
}

// What a cut pull left.
const hasLeftovers = async (folder: string) => (await readdir(folder)).some((file) => file.endsWith(".partial"));
