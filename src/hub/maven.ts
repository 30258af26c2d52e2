// A file out of a Maven repository, fetched with the machine's own Maven, from wherever that is set up to look. Knows Maven's folders; knows no catalogue.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { InkstoneError, type Phrase } from "../core/index.ts";
import { guarded } from "./guard.ts";

/** What to fetch. */
export interface MavenOptions {
  /** "group:name:version" or "group:name:version:classifier". */
  readonly artifact: string;
  /** Default "jar". */
  readonly packaging?: string | undefined;
  readonly bytes: number;
  readonly sha256: string;
  /** A temporary folder is made in here and removed afterwards. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that have come so far. */
  readonly onProgress?: (received: number) => void;
}

const POLL_MS = 500;

/**
 * Downloads an artefact, without what it depends on, checks its size and digest, and hands its path to `use`; afterwards it is gone.
 *
 * Errors: E_SOURCE (no Maven, no such artefact, out of reach), E_MODEL_DIGEST; the signal's reason.
 */
export async function withMavenArtefact(options: MavenOptions, use: (path: string) => Promise<void>): Promise<void> {
  const { artifact, packaging = "jar", bytes, sha256, signal } = options;
  const source = `Maven (${artifact})`;
  const folder = await guarded(options.folder, () => mkdtemp(join(options.folder, ".maven-")));
  try {
    const [group, name, version, classifier] = artifact.split(":");
    const file = `${name}-${version}${classifier === undefined ? "" : `-${classifier}`}.${packaging}`;
    const place = join(folder, ...group.split("."), name, version);
    const asked = [group, name, version, packaging, ...(classifier === undefined ? [] : [classifier])].join(":");
    await maven(
      ["-B", "-q", "dependency:get", `-Dartifact=${asked}`, "-Dtransitive=false", `-Dmaven.repo.local=${folder}`],
      source,
      async () => {
        const partial = await Promise.all([file, `${file}.part`, `${file}.tmp`].map((one) => stat(join(place, one)).catch(() => undefined)));
        options.onProgress?.(Math.min(bytes, Math.max(0, ...partial.map((found) => found?.size ?? 0))));
      },
      { folder, signal },
    );
    const path = join(place, file);
    const found = await stat(path).catch(() => undefined);
    if (found?.size !== bytes) throw failed(source, { en: "Maven brought another file", zh: "Maven 下载到的是另一个文件" });
    const got = await digestOf(path);
    if (got !== sha256) throw new InkstoneError("E_MODEL_DIGEST", { name: source, expected: sha256, got });
    await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function failed(source: string, why: Phrase): InkstoneError {
  return new InkstoneError("E_SOURCE", { source, why });
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}

// Its words are long and name hosts: what is told is only that it failed.
async function maven(
  args: readonly string[],
  source: string,
  look: () => Promise<void>,
  { folder, signal }: { folder: string; signal: AbortSignal | undefined },
): Promise<void> {
  signal?.throwIfAborted();
  const clock = setInterval(() => void look(), POLL_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      const child = spawn("mvn", args, { cwd: folder, stdio: "ignore", signal });
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (code !== 0) throw failed(source, { en: "Maven could not fetch it", zh: "Maven 未能下载" });
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw failed(source, { en: "Maven (mvn) is not installed", zh: "未安装 Maven（mvn）" });
    throw error;
  } finally {
    clearInterval(clock);
  }
}
