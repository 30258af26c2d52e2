// The gate behind a conversion: what was written is opened again; every tensor is held against its source, and the logits of the whole. Knows no commands.
import { InkstoneError, type Phrase } from "../../core/index.ts";
import { type GgufFile, type HubFolder, openGguf } from "../../formats/index.ts";
import type { Executor } from "../../native/index.ts";
import { cpu } from "../../tensor/index.ts";
import { loadTokenizer, type Tokenizer, tokenizerFromGguf } from "../../text/index.ts";
import { loadModel } from "../load.ts";
import { ggufStore } from "../weights/store.ts";
import type { ModelSource, SourceTensor } from "./source.ts";
import { type BlockTurner, bytesOfType, PIECE_VALUES } from "./turner.ts";

/**
 * Most root mean square error of a tensor in parts of that of its values, by type. A block's step is at most 2 · largest / levels, its values' size at least largest / √block: beyond
 * these bounds the values themselves are wrong.
 */
const most: Readonly<Record<string, number>> = {
  F32: 1e-7,
  F16: 2e-3,
  BF16: 6e-3,
  Q8_0: 0.03,
  Q6_K: 0.08,
  Q5_0: 0.15,
  Q5_1: 0.15,
  Q5_K: 0.15,
  Q4_0: 0.3,
  Q4_1: 0.3,
  Q4_K: 0.3,
};

/** Most error of the logits behind a text, likewise, for a model whose coarsest type is this one. Wrong settings or a wrong order of rows give 1 and more. */
const mostOfLogits: Readonly<Record<string, number>> = {
  F32: 1e-3,
  F16: 0.02,
  BF16: 0.1,
  Q8_0: 0.15,
  Q6_K: 0.3,
  Q5_0: 0.7,
  Q5_1: 0.7,
  Q5_K: 0.7,
  Q4_0: 0.85,
  Q4_1: 0.85,
  Q4_K: 0.85,
};

const sample = "The ink is ground on the stone, and the brush waits. 砚台上磨着墨，笔在一旁等候。def ink(stone):\n    return 1 + 2\n";

/** What a gate found. */
export interface Parity {
  /** The largest error of a tensor, in parts of its values' size, and whose it is. */
  readonly tensor: string;
  readonly tensorError: number;
  /** Of the logits; undefined where there was no memory to compute them. */
  readonly logitsError?: number;
}

/** What is compared. */
export interface GateOptions {
  readonly source: ModelSource;
  readonly original: GgufFile | HubFolder;
  /** Path of the original, for its tokenizer. */
  readonly originalPath: string;
  readonly written: string;
  readonly executor: Executor;
  readonly turner: BlockTurner;
  readonly signal?: AbortSignal;
  /** Tensors compared so far. */
  readonly onProgress?: (done: number) => void;
}

/** Compares. Errors: `E_EXPORT_PARITY` with where and by how much; those of opening the file. */
export async function checkParity(options: GateOptions): Promise<Parity> {
  const file = await openGguf(options.written);
  try {
    const worst = await checkTensors(file, options);
    const ids = checkTokenizers(file, await originalTokenizer(options), options);
    const logitsError = await checkLogits(file, ids, options);
    return { ...worst, ...(logitsError === undefined ? {} : { logitsError }) };
  } finally {
    file.close();
  }
}

function refuse(en: string, zh: string, got: number, limit: number): never {
  const where: Phrase = { en, zh };
  throw new InkstoneError("E_EXPORT_PARITY", { where, got, limit });
}

async function checkTensors(file: GgufFile, { source, turner, signal, onProgress }: GateOptions): Promise<{ tensor: string; tensorError: number }> {
  const stored = ggufStore(file).tensors;
  const worst = { tensor: "", tensorError: 0 };
  let highest = -1;
  for (const [i, tensor] of source.tensors.entries()) {
    signal?.throwIfAborted();
    const back = stored.get(tensor.name);
    if (back === undefined || back.id === undefined || back.shape.join() !== tensor.shape.join())
      return refuse(`the tensor ${tensor.name}, which is not there`, `张量 ${tensor.name}（不存在）`, 0, 1);
    const error = await errorOf(tensor, { type: back.id, bytes: back.bytes, read: back.read }, turner);
    const limit = most[back.type] ?? 0;
    if (!(error <= limit)) refuse(`the tensor ${tensor.name} (${back.type})`, `张量 ${tensor.name}（${back.type}）`, error, limit);
    if (error / limit > highest) [highest, worst.tensor, worst.tensorError] = [error / limit, tensor.name, error];
    onProgress?.(i + 1);
  }
  return worst;
}

interface Back {
  readonly type: number;
  readonly bytes: number;
  readonly read: (start: number, into: Uint8Array) => void;
}

async function errorOf({ shape, type, readRows }: SourceTensor, back: Back, turner: BlockTurner): Promise<number> {
  const inputs = shape.at(-1) ?? 1;
  const outputs = shape.reduce((product, size) => product * size, 1) / inputs;
  const step = Math.max(1, Math.floor(PIECE_VALUES / inputs));
  let [off, size] = [0, 0];
  for (let first = 0; first < outputs; first += step) {
    const count = Math.min(step, outputs - first) * inputs;
    const given = new Uint8Array(bytesOfType(count, type));
    readRows(first, count / inputs, given);
    const found = new Uint8Array(bytesOfType(count, back.type));
    back.read(bytesOfType(first * inputs, back.type), found);
    const [a, b] = [await turner.values(given, type, count), await turner.values(found, back.type, count)];
    for (let i = 0; i < count; i++) {
      off += (a[i] - b[i]) ** 2;
      size += a[i] ** 2;
    }
  }
  return size === 0 ? Math.sqrt(off) : Math.sqrt(off / size);
}

function originalTokenizer({ original, originalPath, executor }: GateOptions): Promise<Tokenizer> {
  return "metadata" in original ? Promise.resolve(tokenizerFromGguf(original.metadata, executor)) : loadTokenizer(originalPath, executor);
}

// Both give a text the same ids, which come back.
function checkTokenizers(file: GgufFile, before: Tokenizer, { executor }: GateOptions): readonly number[] {
  const after = tokenizerFromGguf(file.metadata, executor);
  try {
    const known = [...sample].filter((character) => before.decode(before.encode(character)).includes(character)).join("");
    const [a, b] = [before.encode(known), after.encode(known)];
    const at = a.findIndex((id, i) => id !== b[i]);
    if (at >= 0 || a.length !== b.length)
      refuse(`the tokenizer, at token ${Math.max(0, at)} of a sample`, `分词器（样例的第 ${Math.max(0, at)} 个词元）`, b[at] ?? -1, a[at] ?? -1);
    return a;
  } finally {
    before.dispose();
    after.dispose();
  }
}

async function checkLogits(file: GgufFile, ids: readonly number[], options: GateOptions): Promise<number | undefined> {
  const { original, executor, signal } = options;
  const coarsest = Math.max(...[...file.tensors.values()].filter(({ shape }) => shape.length > 1).map(({ type }) => mostOfLogits[type.name] ?? 0));
  let before: readonly Float32Array[];
  let after: readonly Float32Array[];
  try {
    before = await logitsOf(original, ids, executor, signal);
    after = await logitsOf(file, ids, executor, signal);
  } catch (error) {
    if (error instanceof InkstoneError && (error.code === "E_MODEL_MEMORY" || error.code === "E_MEMORY")) return undefined;
    throw error;
  }
  let worst = 0;
  for (const [i, logits] of before.entries()) {
    const error = centredError(logits, after[i]);
    if (!(error <= coarsest)) refuse(`the logits after ${lengths[i]} ids`, `第 ${lengths[i]} 个词元之后的 logits`, error, coarsest);
    worst = Math.max(worst, error);
  }
  return worst;
}

/** After how many ids logits are compared. */
const lengths = [1, 4, 12, 32];

async function logitsOf(
  file: GgufFile | HubFolder,
  text: readonly number[],
  executor: Executor,
  signal: AbortSignal | undefined,
): Promise<readonly Float32Array[]> {
  const model = await loadModel(file, cpu(executor), {
    precision: "exact",
    contextLength: Math.max(...lengths),
    signal,
  });
  try {
    const most = Math.min(model.contextLength, Math.max(...lengths));
    const [sequence] = model.openSequences(1, most);
    // Where the text is short, ids from all over the vocabulary behind it, the same for both.
    const ids = Array.from({ length: most }, (_, i) => text[i] ?? (i * 7919 + 11) % model.vocabularySize);
    const within = lengths.filter((length) => length <= most);
    return within.map((length, i) => {
      const [{ logits }] = model.step([{ sequence, ids: ids.slice(i === 0 ? 0 : within[i - 1], length), want: { likeliest: 1 } }]);
      return (logits as () => Float32Array)();
    });
  } finally {
    model.dispose();
  }
}

// What all logits share does not count.
function centredError(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [off, size] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    off += (a[i] - ma - (b[i] - mb)) ** 2;
    size += (a[i] - ma) ** 2;
  }
  return size === 0 ? Math.sqrt(off) : Math.sqrt(off / size);
}
