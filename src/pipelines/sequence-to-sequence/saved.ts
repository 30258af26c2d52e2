// A SequenceToSequence as one folder: choices and tokenizers as JSON, weights as safetensors. Whole or not at all.
import { basename, join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import {
  openSafetensors,
  readSavedFolder,
  type SafetensorsFile,
  type SavedFolder,
  safetensorsPieces,
  writeFolderDurably,
} from "../../formats/index.ts";
import { type Module, type Optimizer, withoutInitializing } from "../../nn/index.ts";
import { Tensor } from "../../tensor/index.ts";
import { WordTokenizer } from "../../text/index.ts";
import { openOptimizer, optimizerSchema, type SavedOptimizer, saveOptimizer } from "../../train/index.ts";
import type { SequenceTokenizer } from "./ids.ts";
import type { SequenceChoices, SequenceToSequenceOptions } from "./options.ts";

const files = { config: "config.json", weights: "model.safetensors", optimizer: "optimizer.safetensors" } as const;
const sides = ["source", "target"] as const;

/** A tokenizer for each side. */
export interface SequenceTokenizers {
  readonly source: SequenceTokenizer;
  readonly target: SequenceTokenizer;
}

// A tokenizer that is not learnt from words comes from a file of its own: it is named as given, and asked for when the folder is opened.
const plain = (tokenizer: SequenceTokenizer) =>
  tokenizer instanceof WordTokenizer ? tokenizer.toJSON() : { type: "given", vocabularySize: tokenizer.vocabularySize };

/** What is saved of one beside its choices. */
export interface SavedTraining {
  readonly model: Module;
  readonly tokenizers: SequenceTokenizers;
  /** Undefined before it was trained. */
  readonly optimizer: Optimizer | undefined;
  /** Epochs that were trained. */
  readonly epochs: number;
}

/** Writes the folder. Errors: `E_NOT_SAVABLE`, those of `writeFolderDurably`. */
export async function saveSequences(path: string, choices: SequenceChoices, { model, tokenizers, optimizer, epochs }: SavedTraining): Promise<void> {
  const learnt = optimizer && saveOptimizer(optimizer, model.stateDict());
  const config = {
    formatVersion: 1,
    library: "inkstone",
    type: "sequence-to-sequence",
    choices,
    source: plain(tokenizers.source),
    target: plain(tokenizers.target),
    optimizer: learnt?.saved,
    epochs,
  };
  const entries = [...model.stateDict()].flatMap(([name, weight]) =>
    weight instanceof Tensor ? [{ name, type: "F32" as const, shape: weight.shape, values: () => weight.dataSync() as Float32Array }] : [],
  );
  const content = new Map<string, string | Iterable<Uint8Array>>([
    [files.config, `${JSON.stringify(config, undefined, 2)}\n`],
    [files.weights, safetensorsPieces(entries, { library: "inkstone" })],
  ]);
  if (learnt?.saved.state) content.set(files.optimizer, safetensorsPieces(learnt.tensors, { library: "inkstone" }));
  await writeFolderDurably(path, content, { known: Object.values(files), checksums: true });
}

/** What is made of a folder: the choices of the object, and what it had learnt. */
export interface LoadedSequences<T> {
  readonly made: T;
  readonly optimizer: Optimizer | undefined;
  readonly epochs: number;
}

/**
 * Reads the folder and makes what was saved. Errors: `E_PIPELINE`, E_FORMAT_*, `E_MODEL_WEIGHTS`, `E_OPTIMIZER_STATE`.
 */
export async function loadSequences<T extends { readonly model: Module }>(
  path: string,
  given: Partial<SequenceTokenizers>,
  make: (options: SequenceToSequenceOptions) => T,
): Promise<LoadedSequences<T>> {
  return readSavedFolder(path, async (folder) => {
    const config = await readConfig(folder, path);
    const [source, target] = sides.map((side) => given[side] ?? tokenizerOf(path, side, config[side]));
    await folder.verify();
    const file = await openSafetensors(join(folder.path, files.weights));
    try {
      const values = tensorsIn(file);
      const size = [...values.values()].reduce((sum, { length }) => sum + length, 0);
      const made = withoutInitializing(size, () => make({ ...config.choices, source, target }));
      made.model.loadStateDict(values);
      return { made, optimizer: await learntBy(folder, config, made.model), epochs: config.epochs };
    } finally {
      file.close();
    }
  });
}

const tensorsIn = (file: SafetensorsFile) => new Map([...file.tensors.keys()].map((name) => [name, file.values(name) as Float32Array]));

async function learntBy(folder: SavedFolder, { optimizer }: Config, model: Module): Promise<Optimizer | undefined> {
  if (optimizer === undefined) return undefined;
  if (optimizer.state === undefined) return openOptimizer(optimizer, new Map(), model.stateDict());
  const file = await openSafetensors(join(folder.path, files.optimizer));
  try {
    return openOptimizer(optimizer, tensorsIn(file), model.stateDict());
  } finally {
    file.close();
  }
}

interface Config {
  readonly choices: SequenceChoices;
  readonly source: unknown;
  readonly target: unknown;
  readonly optimizer: SavedOptimizer | undefined;
  readonly epochs: number;
}

async function readConfig(folder: SavedFolder, path: string): Promise<Config> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await folder.text(files.config));
  } catch (error) {
    throw refusal(path, "its config.json cannot be read as JSON", "其 config.json 无法读取为 JSON", error);
  }
  const {
    type,
    formatVersion,
    choices,
    source,
    target,
    optimizer,
    epochs = 0,
  } = (typeof parsed === "object" && parsed !== null ? parsed : {}) as Record<string, unknown>;
  if (type !== "sequence-to-sequence")
    throw refusal(path, `its type is ${JSON.stringify(type) ?? "missing"}`, `其类型为 ${JSON.stringify(type) ?? "缺失"}`);
  if (formatVersion !== 1) {
    throw refusal(
      path,
      `its formatVersion is ${JSON.stringify(formatVersion) ?? "missing"}, known: 1`,
      `其 formatVersion 为 ${JSON.stringify(formatVersion) ?? "缺失"}，已知：1`,
    );
  }
  if (typeof choices !== "object" || choices === null) throw refusal(path, "its choices are missing", "其选项缺失");
  const learnt = optimizer === undefined ? undefined : optimizerSchema.safeParse(optimizer);
  if (learnt?.success === false || !Number.isSafeInteger(epochs))
    throw refusal(path, "its optimizer or its epochs are not what is saved", "其优化器或轮数与保存格式不符");
  return { choices: choices as SequenceChoices, source, target, optimizer: learnt?.data, epochs: epochs as number };
}

function tokenizerOf(path: string, side: string, saved: unknown): SequenceTokenizer {
  if ((saved as { type?: unknown } | null)?.type !== "given") return WordTokenizer.fromJSON(saved);
  throw refusal(path, `its ${side} tokenizer was not saved with it: give it to load`, `其 ${side} 分词器未随之保存：请在 load 时提供`);
}

function refusal(path: string, en: string, zh: string, cause?: unknown): InkstoneError {
  return new InkstoneError("E_PIPELINE", { file: basename(path), why: { en, zh } }, { cause });
}
