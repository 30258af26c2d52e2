// A SequenceToSequence as one folder: choices and tokenizers as JSON, weights as safetensors. Whole or not at all.
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { openSafetensors, safetensorsPieces, writeFolderDurably } from "../../formats/index.ts";
import type { Module } from "../../nn/index.ts";
import { Tensor } from "../../tensor/index.ts";
import { WordTokenizer } from "../../text/index.ts";
import type { SequenceTokenizer } from "./ids.ts";
import type { SequenceChoices, SequenceToSequenceOptions } from "./options.ts";

const files = { config: "config.json", weights: "model.safetensors" } as const;
const sides = ["source", "target"] as const;

/** A tokenizer for each side. */
export interface SequenceTokenizers {
  readonly source: SequenceTokenizer;
  readonly target: SequenceTokenizer;
}

// A tokenizer that is not learnt from words comes from a file of its own: it is named as given, and asked for when the folder is opened.
const plain = (tokenizer: SequenceTokenizer) =>
  tokenizer instanceof WordTokenizer ? tokenizer.toJSON() : { type: "given", vocabularySize: tokenizer.vocabularySize };

/** Writes the folder. Errors: those of `writeFolderDurably`. */
export async function saveSequences(path: string, choices: SequenceChoices, model: Module, tokenizers: SequenceTokenizers): Promise<void> {
  const config = {
    formatVersion: 1,
    library: "inkstone",
    type: "sequence-to-sequence",
    choices,
    source: plain(tokenizers.source),
    target: plain(tokenizers.target),
  };
  const entries = [...model.stateDict()].flatMap(([name, weight]) =>
    weight instanceof Tensor ? [{ name, type: "F32" as const, shape: weight.shape, values: () => weight.dataSync() as Float32Array }] : [],
  );
  await writeFolderDurably(
    path,
    new Map<string, string | Iterable<Uint8Array>>([
      [files.config, `${JSON.stringify(config, undefined, 2)}\n`],
      [files.weights, safetensorsPieces(entries, { library: "inkstone" })],
    ]),
  );
}

/** Reads the folder and makes what was saved. Errors: `E_PIPELINE`, those of safetensors files, `E_MODEL_WEIGHTS`. */
export async function loadSequences<T extends { readonly model: Module }>(
  path: string,
  given: Partial<SequenceTokenizers>,
  make: (options: SequenceToSequenceOptions) => T,
): Promise<T> {
  const config = await readConfig(path);
  const [source, target] = sides.map((side) => given[side] ?? tokenizerOf(path, side, config[side]));
  const made = make({ ...config.choices, source, target });
  const file = await openSafetensors(join(path, files.weights));
  try {
    made.model.loadStateDict(new Map([...file.tensors.keys()].map((name) => [name, file.values(name) as Float32Array])));
  } finally {
    file.close();
  }
  return made;
}

interface Config {
  readonly choices: SequenceChoices;
  readonly source: unknown;
  readonly target: unknown;
}

async function readConfig(path: string): Promise<Config> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(join(path, files.config), "utf8"));
  } catch (error) {
    throw refusal(path, "its config.json cannot be read as JSON", "其 config.json 无法读取为 JSON", error);
  }
  const { type, formatVersion, choices, source, target } = (typeof parsed === "object" && parsed !== null ? parsed : {}) as Record<string, unknown>;
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
  return { choices: choices as SequenceChoices, source, target };
}

function tokenizerOf(path: string, side: string, saved: unknown): SequenceTokenizer {
  if ((saved as { type?: unknown } | null)?.type !== "given") return WordTokenizer.fromJSON(saved);
  throw refusal(path, `its ${side} tokenizer was not saved with it: give it to load`, `其 ${side} 分词器未随之保存：请在 load 时提供`);
}

function refusal(path: string, en: string, zh: string, cause?: unknown): InkstoneError {
  return new InkstoneError("E_PIPELINE", { file: basename(path), why: { en, zh } }, { cause });
}
