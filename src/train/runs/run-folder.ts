// The folder of a run: what lies where, one trainer at a time, a log of steps, checkpoints that are whole. Knows no models.
import { existsSync } from "node:fs";
import { appendFile, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { InkstoneError, type Words } from "../../core/index.ts";
import {
  type FileSystem,
  moveFolder,
  openSafetensors,
  readSavedFolder,
  readTextFile,
  type SafetensorsContent,
  safetensorsPieces,
  writeFileDurably,
  writeFolderDurably,
} from "../../formats/index.ts";
import { lockHolder, takeLock } from "../../hub/index.ts";
import type { RunState } from "../loop/index.ts";
import type { SavedOptimizer } from "../model/optimizer-state.ts";
import { recipeOf } from "../recipe/recipe.ts";
import type { Recipe } from "../recipe/types.ts";

/** One step of a run, or a look at the validation data, as its log has it. */
export interface LogEntry {
  /** Steps of the optimiser that were made. */
  readonly step: number;
  /** Of training: mean cross-entropy in nats a token. */
  readonly loss?: number;
  readonly gradientNorm?: number;
  readonly learningRate?: number;
  readonly tokensPerSecond?: number;
  /** Of validation. */
  readonly validationLoss?: number;
  readonly bitsPerByte?: number;
  /** Of what was answered to sources of the validation data: 0 to 100. */
  readonly bleu?: number;
  readonly chrF?: number;
  /** What was written at this look. */
  readonly sample?: string;
  /** Memory of the process at this look. */
  readonly megabytes?: number;
  /** What happened besides: a step that was left out, a return to the last checkpoint. */
  readonly note?: string;
  /** Since the run began, over all its parts. */
  readonly seconds?: number;
}

/** Where a run stands: what a checkpoint holds beside tensors. */
export interface Checkpoint {
  readonly formatVersion: 1;
  readonly step: number;
  readonly state: RunState;
  readonly optimizer?: SavedOptimizer;
  readonly seconds: number;
  readonly best?: { readonly step: number; readonly loss: number; readonly bitsPerByte?: number };
  /** Looks since the best. */
  readonly waited: number;
  /** The step of the last look at the validation data. */
  readonly looked: number;
  readonly finished: boolean;
  /** How often the run went back to a checkpoint and on with other data. */
  readonly attempt?: number;
  /** Of the tokens and the tokenizer that it was trained with. */
  readonly data?: string;
  /** Processes that trained together, where there were several. */
  readonly ranks?: number;
  /** Losses by which spikes are told. */
  readonly losses?: readonly number[];
}

/** A checkpoint with its tensors. */
export interface OpenedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly weights: Map<string, Float32Array>;
  readonly optimizer: Map<string, Float32Array>;
}

/** Names within a run. */
export const runFiles = {
  recipe: "recipe.json",
  machine: "machine.json",
  tokenizer: "tokenizer.json",
  data: "data",
  check: "data-check.json",
  log: "log.jsonl",
  last: "checkpoints/last",
  /** The last one but one: what a run goes on from where the last is damaged. */
  before: "checkpoints/before",
  best: "checkpoints/best",
  samples: "samples.txt",
  card: "README.md",
  lock: ".lock",
} as const;

const names = { state: "state.json", weights: "model.safetensors", optimizer: "optimizer.safetensors" } as const;

/** Why a path without a recipe is no run. */
export const whyNoRun = (path: string): Words =>
  existsSync(path) ? { en: "it holds no recipe.json", zh: "其中没有 recipe.json" } : { en: "there is no such folder", zh: "没有此文件夹" };

/**
 * A folder of a run.
 *
 * @example
 * await new RunFolder("nothing").recipe(); // undefined
 */
export class RunFolder {
  readonly path: string;
  readonly #fileSystem: FileSystem | undefined;
  #lastIsDamaged = false;

  /** `fileSystem`: what checkpoints are written through; default: Node's. */
  constructor(path: string, { fileSystem }: { readonly fileSystem?: FileSystem } = {}) {
    this.path = path;
    this.#fileSystem = fileSystem;
  }

  /** A place within it. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Makes it and takes it for one trainer; gives what lets go of it. Errors: `E_RUN_BUSY`, E_IO_CREATE. */
  async take(): Promise<() => Promise<void>> {
    for (const name of [".", runFiles.data, "checkpoints"]) await mkdir(this.at(name), { recursive: true });
    const pid = await this.holder();
    return takeLock(this.at(runFiles.lock), {
      onWait: () => {
        throw new InkstoneError("E_RUN_BUSY", { run: basename(this.path), pid });
      },
    });
  }

  /** The process on this machine that trains in it; 0 where none does. */
  async holder(): Promise<number> {
    return (await lockHolder(this.at(runFiles.lock))) ?? 0;
  }

  /** The recipe that it was begun with; undefined where there is no run. Errors: `E_RUN_FOLDER` where it is damaged, `E_RECIPE`. */
  async recipe(): Promise<Recipe | undefined> {
    const text = await readTextFile(this.at(runFiles.recipe)).catch(() => undefined);
    if (text === undefined) return undefined;
    let plain: unknown;
    try {
      plain = JSON.parse(text);
    } catch (cause) {
      throw new InkstoneError(
        "E_RUN_FOLDER",
        { run: this.path, why: { en: "its recipe.json is not JSON", zh: "其中的 recipe.json 不是 JSON" } },
        { cause },
      );
    }
    return recipeOf(plain, basename(this.path));
  }

  async write(name: string, content: string): Promise<void> {
    await writeFileDurably(this.at(name), content);
  }

  async append(entry: LogEntry): Promise<void> {
    await appendFile(this.at(runFiles.log), `${JSON.stringify(entry)}\n`);
  }

  /** The log up to a step; what a stopped trainer wrote behind its last checkpoint, or half of a line, is left out. */
  async log(most: number = Number.POSITIVE_INFINITY): Promise<LogEntry[]> {
    const text = await readTextFile(this.at(runFiles.log), 1 << 30).catch(() => "");
    return text.split("\n").flatMap((line) => {
      try {
        const entry = JSON.parse(line) as LogEntry;
        return entry.step <= most ? [entry] : [];
      } catch {
        return [];
      }
    });
  }

  /** Keeps the log up to a step and nothing behind it. */
  async keepLog(most: number): Promise<LogEntry[]> {
    const kept = await this.log(most);
    await this.write(runFiles.log, kept.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    return kept;
  }

  /** Writes a checkpoint: all of it or none, with checksums. */
  async save(
    name: string,
    checkpoint: Checkpoint,
    tensors: { readonly weights: readonly SafetensorsContent[]; readonly optimizer: readonly SafetensorsContent[] },
  ): Promise<void> {
    const metadata = { library: "inkstone" };
    const content = new Map<string, string | Iterable<Uint8Array>>([
      [names.state, `${JSON.stringify(checkpoint)}\n`],
      [names.weights, safetensorsPieces(tensors.weights, metadata)],
      [names.optimizer, safetensorsPieces(tensors.optimizer, metadata)],
    ]);
    await writeFolderDurably(this.at(name), content, { checksums: true, fileSystem: this.#fileSystem });
  }

  /**
   * Puts the last checkpoint aside, before the next one is written: at any moment one of the two is there, whole. A last one that `openLast` found damaged is removed, and the one before it stays.
   * Errors: E_IO.
   */
  async keepBefore(): Promise<void> {
    await moveFolder(this.at(runFiles.last), this.#lastIsDamaged ? undefined : this.at(runFiles.before), { fileSystem: this.#fileSystem });
    this.#lastIsDamaged = false;
  }

  /**
   * The last checkpoint; where that is damaged or not whole, the one before it, with what was found of the last. Undefined where there is none. Errors: E_FORMAT_* of the last where there
   * is no other.
   */
  async openLast(): Promise<(OpenedCheckpoint & { readonly damaged?: InkstoneError }) | undefined> {
    try {
      const last = await this.open(runFiles.last);
      if (last !== undefined) return last;
    } catch (error) {
      if (!(error instanceof InkstoneError) || !error.code.startsWith("E_FORMAT")) throw error;
      const before = await this.open(runFiles.before);
      if (before === undefined) throw error;
      this.#lastIsDamaged = true;
      return { ...before, damaged: error };
    }
    return this.open(runFiles.before);
  }

  /** A checkpoint, every file of it held against its checksum; undefined where there is none. Errors: E_FORMAT_*. */
  async open(name: string): Promise<OpenedCheckpoint | undefined> {
    return readSavedFolder(this.at(name), async (folder) => {
      const text = await folder.text(names.state).catch((error: unknown) => {
        if (error instanceof InkstoneError && error.code === "E_FORMAT_NO_FILE") return undefined;
        throw error;
      });
      if (text === undefined) return undefined;
      await folder.verify();
      const checkpoint = JSON.parse(text) as Checkpoint;
      const { formatVersion } = checkpoint as { formatVersion: unknown };
      if (formatVersion !== 1) {
        const why = { en: `its formatVersion is ${formatVersion}, this version reads 1`, zh: `其 formatVersion 为 ${formatVersion}，本版本读取 1` };
        throw new InkstoneError("E_RUN_FOLDER", { run: basename(this.path), why });
      }
      if (!isPlace(checkpoint)) {
        const why = { en: `${names.state} names no place in the training`, zh: `${names.state} 中的训练位置不成立` };
        throw new InkstoneError("E_RUN_FOLDER", { run: basename(this.path), why });
      }
      const [weights, optimizer] = [await tensorsOf(join(folder.path, names.weights)), await tensorsOf(join(folder.path, names.optimizer))];
      return { checkpoint, weights, optimizer };
    });
  }
}

// Whether a checkpoint stands where a training can stand.
function isPlace({ step, state }: Partial<Checkpoint>): boolean {
  return [step, state?.epoch, state?.batch, state?.seed].every((value) => Number.isSafeInteger(value) && (value as number) >= 0);
}

async function tensorsOf(path: string): Promise<Map<string, Float32Array>> {
  const file = await openSafetensors(path);
  try {
    return new Map([...file.tensors.keys()].map((name) => [name, file.values(name) as Float32Array]));
  } finally {
    file.close();
  }
}

/**
 * What of two recipes makes another training: fields with both values. Budget, evaluation, name, watts and prices may differ.
 *
 * @example
 * const data = { files: "texts" };
 * changesOf(recipeOf({ data }), recipeOf({ data, seed: 1, budget: { steps: 9 } })); // ["seed: 0 -> 1"]
 */
export function changesOf(before: Recipe, now: Recipe, { all = false }: { readonly all?: boolean } = {}): string[] {
  const told = (recipe: Recipe): Map<string, string> => {
    const { name: _name, watts: _watts, pricePerKilowattHour: _price, budget, evaluation, ...rest } = recipe;
    return new Map(Object.entries(all ? { ...rest, budget, evaluation } : rest).flatMap(([part, value]) => flat(part, value)));
  };
  const [a, b] = [told(before), told(now)];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => a.get(key) !== b.get(key))
    .map((key) => `${key}: ${a.get(key) ?? "-"} -> ${b.get(key) ?? "-"}`);
}

function flat(path: string, value: unknown): (readonly [string, string])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value === undefined ? [] : [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, inner]) => flat(`${path}.${name}`, inner));
}
