// Finished folds of a cross-validation, kept in a file if one is named: a run that was cut goes on where it was. Knows no learners.
import { readFile } from "node:fs/promises";
import { InkstoneError } from "../core/index.ts";
import type { Label } from "../data/index.ts";
import { writeFileDurably } from "../formats/index.ts";

/** One finished fold. */
export interface FoldState {
  /** Rows that it learned from. */
  readonly train: number;
  /** Rows that it answered for. */
  readonly test: readonly number[];
  readonly predictions: readonly Label[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly fitSeconds: number;
  readonly scores?: readonly (readonly number[])[];
  readonly classes?: readonly Label[];
}

/** The folds so far. */
export interface Progress {
  readonly done: ReadonlyMap<number, FoldState>;
  keep(fold: number, state: FoldState): Promise<void>;
}

interface Kept {
  readonly formatVersion: number;
  readonly fingerprint: string;
  readonly folds: readonly (readonly [number, FoldState])[];
}

/** What was kept in the file, if there is one. Errors: `E_RESUME` when it is of another run or no such file. */
export async function openProgress(path: string | undefined, fingerprint: () => string): Promise<Progress> {
  const done = new Map<number, FoldState>();
  if (path === undefined) return { done, keep: async (fold, state) => void done.set(fold, state) };
  const print = fingerprint();
  for (const [fold, state] of (await read(path, print))?.folds ?? []) done.set(fold, state);
  let writing: Promise<void> = Promise.resolve();
  const keep = (fold: number, state: FoldState): Promise<void> => {
    done.set(fold, state);
    // One write after the other: folds may end side by side.
    writing = writing.then(() => writeFileDurably(path, JSON.stringify({ formatVersion: 1, fingerprint: print, folds: [...done] } satisfies Kept)));
    return writing;
  };
  return { done, keep };
}

async function read(path: string, print: string): Promise<Kept | undefined> {
  const refuse = (en: string, zh: string, cause?: unknown) => new InkstoneError("E_RESUME", { file: path, why: { en, zh } }, { cause });
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw refuse("it cannot be read", "无法读取", error);
  }
  let kept: Kept;
  try {
    kept = JSON.parse(text) as Kept;
  } catch (error) {
    throw refuse("it is no progress file", "不是进度文件", error);
  }
  if (kept?.formatVersion !== 1 || !Array.isArray(kept.folds)) throw refuse("it is no progress file of this version", "不是此版本的进度文件");
  if (kept.fingerprint !== print) throw refuse("it belongs to other data, labels or folds", "它属于不同的数据、标签或折");
  return kept;
}
