// From a reference to a file: what is at hand is found here; what is not, `fetch.ts` brings (loaded only then: most starts need no network).
import { readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { InkstoneError } from "../core/index.ts";
import { type CatalogueEntry, catalogue } from "./catalogue.ts";
import { chooseFile } from "./choose.ts";
import { type ModelReference, parseReference } from "./reference.ts";
import { isOffline, type PullOptions } from "./settings.ts";
import { type StoredFile, storedFiles, storedPath, storeName } from "./store.ts";

/** A model at hand. */
export interface ResolvedModel {
  /** Absolute path of its file, or of its folder as the hub has it. */
  readonly path: string;
  /** Absolute paths of the files that came with it, by name ("tokenizer.json"); none for a file by its path. */
  readonly companions?: Readonly<Record<string, string>>;
  /** SHA-256 of the file, where the store knows it. */
  readonly sha256?: string;
  /** What to call it: the reference, or the file's name without its ending. */
  readonly name: string;
}

/**
 * Where the model of a reference is, without any network: its path, or undefined when it would have to be fetched.
 *
 * Errors: those of `parseReference`; E_MODEL_FILE_MISSING for a path.
 */
export async function localPath(reference: string): Promise<string | undefined> {
  return (await local(await understood(reference)))?.path;
}

/**
 * What is known of the file of a reference that is at hand, without opening it: its bytes (of a folder: of what lies in it) and the digest that the store has of
 * it. undefined when it would have to be fetched. Errors: as `localPath`.
 */
export async function localFile(reference: string): Promise<{ readonly bytes: number; readonly sha256?: string } | undefined> {
  const found = await local(await understood(reference));
  if (found === undefined) return undefined;
  const { path, sha256 } = found;
  const names = (await stat(path)).isDirectory() ? (await readdir(path)).map((name) => join(path, name)) : [path];
  const sizes = await Promise.all(names.map(async (name) => (await stat(name)).size));
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), ...(sha256 === undefined ? {} : { sha256 }) };
}

/**
 * Finds the model of a reference, fetching it when it is not at hand.
 *
 * Errors: E_MODEL_NAME, E_MODEL_UNKNOWN, E_MODEL_FILE_MISSING, E_MODEL_NOT_A_FILE, E_MODEL_CHOICE, E_MODEL_OFFLINE, E_MODEL_SOURCES, E_STORE; the signal's reason when it is aborted.
 *
 * @example
 * (await resolveModel("smollm2:135m")).path; // "…b179….gguf"
 */
export async function resolveModel(reference: string, options: PullOptions = {}): Promise<ResolvedModel> {
  const { fetched: _, ...found } = await pullModel(reference, options);
  return found;
}

/**
 * Fetches a model into the store; one that is there whole is returned as it is. Errors: as `resolveModel`.
 *
 * @example
 * (await pullModel("smollm2:135m")).name; // "smollm2:135m"
 */
export async function pullModel(reference: string, options: PullOptions = {}): Promise<ResolvedModel & { readonly fetched: boolean }> {
  const parsed = await understood(reference);
  const found = await local(parsed);
  if (found !== undefined || parsed.kind === "path") return { ...found!, fetched: false };
  if (isOffline()) throw new InkstoneError("E_MODEL_OFFLINE", { name: parsed.name });
  const { fetchModel } = await import("./fetch.ts");
  await fetchModel(parsed, async () => (await local(parsed)) !== undefined, options);
  const brought = await local(parsed);
  if (brought === undefined) throw new InkstoneError("E_MODEL_FILE_MISSING", { path: parsed.name });
  return { ...brought, fetched: true };
}

// A file, or a folder with a config.json, is meant before a name of the hub, but not before one of the catalogue.
async function understood(reference: string): Promise<ModelReference> {
  const isName = typeof reference !== "string" || reference === "" || catalogue.some(({ name }) => name === reference.toLowerCase());
  if (!isName && (await isModelFile(reference).catch(() => false))) return { kind: "path", path: reference };
  return parseReference(reference);
}

const isModelFile = async (path: string) => (await stat(path)).isFile() || isModelFolder(path);

const isModelFolder = (path: string) => stat(join(path, "config.json")).then((found) => found.isFile());

async function local(reference: ModelReference): Promise<ResolvedModel | undefined> {
  if (reference.kind === "path") return ofPath(reference.path);
  const files = await storedFiles(storeName(reference));
  if (reference.kind === "catalogue") {
    return entryFiles(reference.entry, files);
  }
  if (files.length === 0) return undefined;
  try {
    const file = chooseFile(reference.name, files, reference.wanted);
    return { path: storedPath(reference.repository, file), sha256: file.sha256, name: reference.name };
  } catch (error) {
    if (isOffline()) throw error;
    return undefined; // the hub may have more files than the store
  }
}

// The model and all that belongs to it, or nothing.
function entryFiles({ name, sha256, companions, sources }: CatalogueEntry, files: readonly StoredFile[]): ResolvedModel | undefined {
  // Without a digest of its own the one that the first pull pinned counts, under the name that the source has for it.
  const called = sources.flatMap((source) => ("file" in source ? [source.file] : []));
  const file = files.find((one) => (sha256 === undefined ? called.includes(one.file) : one.sha256 === sha256));
  if (file === undefined) return undefined;
  const path = storedPath(name, file);
  if (companions === undefined) return { path, sha256: file.sha256, name };
  const others = companions.map((wanted) => [wanted.file, files.find((one) => one.sha256 === wanted.sha256)] as const);
  if (others.some(([, found]) => found === undefined)) return undefined;
  return { path, companions: Object.fromEntries(others.map(([called, found]) => [called, storedPath(name, found!)])), sha256: file.sha256, name };
}

async function ofPath(given: string): Promise<ResolvedModel> {
  const path = resolve(given.replace(/^~(?=\/)/, homedir()));
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new InkstoneError("E_MODEL_FILE_MISSING", { path: given });
  if (found.isDirectory() && (await isModelFolder(path).catch(() => false))) return { path, name: basename(path) };
  if (!found.isFile()) throw new InkstoneError("E_MODEL_NOT_A_FILE", { path: given });
  return { path, name: basename(path).replace(/\.gguf$/i, "") };
}
