// From a reference to a file: what is at hand is found here; what is not, `fetch.ts` brings (loaded only then: most starts need no network).
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, resolve } from "node:path";
import { InkstoneError } from "../core/index.ts";
import { chooseFile } from "./choose.ts";
import { type ModelReference, parseReference } from "./reference.ts";
import { isOffline, type PullOptions } from "./settings.ts";
import { storedFiles, storedPath, storeName } from "./store.ts";

/** A model at hand. */
export interface ResolvedModel {
  /** Absolute path of its file. */
  readonly path: string;
  /** What to call it: the reference, or the file's name without its ending. */
  readonly name: string;
}

/**
 * Where the model of a reference is, without any network: its path, or undefined when it would have to be fetched.
 *
 * Errors: those of `parseReference`; E_MODEL_FILE_MISSING for a path.
 */
export async function localPath(reference: string): Promise<string | undefined> {
  return (await local(parseReference(reference)))?.path;
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
  const parsed = parseReference(reference);
  const found = await local(parsed);
  if (found !== undefined || parsed.kind === "path") return { ...found!, fetched: false };
  if (isOffline()) throw new InkstoneError("E_MODEL_OFFLINE", { name: parsed.name });
  const { fetchModel } = await import("./fetch.ts");
  const path = await fetchModel(parsed, async () => (await local(parsed))?.path, options);
  return { path, name: parsed.name, fetched: true };
}

async function local(reference: ModelReference): Promise<ResolvedModel | undefined> {
  if (reference.kind === "path") return localFile(reference.path);
  const files = await storedFiles(storeName(reference));
  if (reference.kind === "catalogue") {
    const file = files.find((one) => one.sha256 === reference.entry.sha256);
    return file && { path: storedPath(reference.name, file), name: reference.name };
  }
  if (files.length === 0) return undefined;
  try {
    return { path: storedPath(reference.repository, chooseFile(reference.name, files, reference.wanted)), name: reference.name };
  } catch (error) {
    if (isOffline()) throw error;
    return undefined; // the hub may have more files than the store
  }
}

async function localFile(given: string): Promise<ResolvedModel> {
  const path = resolve(given.replace(/^~(?=\/)/, homedir()));
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new InkstoneError("E_MODEL_FILE_MISSING", { path: given });
  if (!found.isFile()) throw new InkstoneError("E_MODEL_NOT_A_FILE", { path: given });
  return { path, name: basename(path).replace(/\.gguf$/i, "") };
}
