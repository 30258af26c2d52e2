// What is in the store: one folder a model, files named by their digest, a small manifest that is written last. Knows no network.
import { readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { ModelReference } from "./reference.ts";
import { storePath } from "./settings.ts";

/** A file of the store. */
export interface StoredFile {
  /** Its name at the source. */
  readonly file: string;
  /** SHA-256, also its name in the store. */
  readonly sha256: string;
  readonly bytes: number;
  /** Where it came from, as a person would call it. */
  readonly source: string;
}

/** References to what can be fetched. */
export type Fetchable = Exclude<ModelReference, { kind: "path" }>;

/** Under which name the store keeps the model of a reference: all files of a repository together. */
export function storeName(reference: Fetchable): string {
  return reference.kind === "catalogue" ? reference.name : reference.repository;
}

/** Folder of a model by its name ("smollm2:135m" or "owner/name"). Names are checked by `parseReference` before they come here. */
export function modelFolder(name: string): string {
  return join(storePath(), "models", name.replace("/", "--").replace(":", "-"));
}

/** Path of a stored file: its digest with the ending of its name. */
export function storedPath(name: string, file: Pick<StoredFile, "sha256" | "file">): string {
  const ending = extname(file.file).toLowerCase();
  return join(modelFolder(name), `${file.sha256}${/^\.[a-z0-9]{1,12}$/.test(ending) ? ending : ""}`);
}

/** The files of a model that are there whole; damaged or unreadable entries count as absent and are fetched anew. */
export async function storedFiles(name: string): Promise<readonly StoredFile[]> {
  const text = await readFile(join(modelFolder(name), "model.json"), "utf8").catch(() => undefined);
  const found: StoredFile[] = [];
  for (const file of listed(text)) {
    const size = await stat(storedPath(name, file)).then(
      (entry) => (entry.isFile() ? entry.size : -1),
      () => -1,
    );
    if (size === file.bytes) found.push(file);
  }
  return found;
}

function listed(text: string | undefined): StoredFile[] {
  if (text === undefined) return [];
  try {
    const { files } = JSON.parse(text) as { files?: unknown };
    return Array.isArray(files) ? files.filter(isStoredFile) : [];
  } catch {
    return []; // a manifest is a cache of facts that a pull finds again
  }
}

function isStoredFile(value: unknown): value is StoredFile {
  const { file, sha256, bytes } = (value ?? {}) as Partial<StoredFile>;
  return typeof file === "string" && /^[0-9a-f]{64}$/.test(String(sha256)) && Number.isSafeInteger(bytes);
}
