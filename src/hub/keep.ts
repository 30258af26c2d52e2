// A file on its way into the store: filled aside, checked, and only then under its name. Knows no source.
import { join } from "node:path";
import { InkstoneError } from "../core/index.ts";
import { DurableFile } from "../formats/index.ts";
import { guarded } from "./guard.ts";
import { remember } from "./manifest.ts";
import type { PullOptions, PullProgress } from "./settings.ts";
import { modelFolder, type StoredFile, storedPath } from "./store.ts";

/** A file to keep: under which model and name, and how long and which it must be where that is known. */
export interface Target {
  readonly name: string;
  readonly file: string;
  readonly bytes?: number;
  readonly sha256?: string;
}

/** What a pull reports of a source. */
export type Report = (phase: PullProgress["phase"], received: number, total?: number) => void;

/** Reports in the name of a source. */
export const reporter =
  ({ onProgress }: PullOptions, source: string): Report =>
  (phase, received, total) =>
    onProgress?.({ phase, source, received, total });

/**
 * Fills a partial file, checks its digest, and only then gives it its name. A cut stays for the next time; a wrong file goes at once. `fill` says whether it all came in one piece.
 *
 * Errors: E_MODEL_DIGEST, E_STORE, those of `fill`.
 */
export async function keepWhenRight(target: Target, source: string, resume: boolean, fill: (into: DurableFile) => Promise<boolean>): Promise<void> {
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
}
