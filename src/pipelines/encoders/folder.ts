// The folder of a tuned encoder: what AutoModel of transformers opens, and beside it what only this package needs. Knows no training.
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InkstoneError, type Words } from "../../core/index.ts";
import { dataPieces, type FileContent, readTextFile, safetensorsPieces, writeFileDurably, writeFolderDurably } from "../../formats/index.ts";
import type { EncoderFiles } from "../../generate/index.ts";
import { hubClass, type TrainableEncoder, type TunedHead } from "../../models/index.ts";
import type { ModelCard } from "../saved-classifier.ts";
import { type EncoderTask, encoderTasks } from "./tasks.ts";

/** The file that says what a folder was tuned for. */
export const tunedFile = "inkstone.json";
/** The linear model behind its vectors, where it was tuned on few examples. */
export const headFile = "vectors-head.json";
/** The classifier of counted words that answers with it, where there is one. */
export const wordsFile = "words.json";

/** What it says. */
export interface TunedFacts {
  readonly formatVersion: 1;
  readonly type: "tuned-encoder";
  readonly task: EncoderTask;
  /** The model that it was tuned from. */
  readonly base: string;
  readonly labels: readonly string[];
  /** A text may have any number of labels. */
  readonly many: boolean;
  /** "vectors": a linear model of the folder tells its vectors apart. Default: the head of the weights. */
  readonly head?: "vectors";
  /** Divides scores before they become confidence. */
  readonly temperature: number;
  /** Is added to the scores, a value a label. */
  readonly offsets?: readonly number[];
  /** How much the words of `wordsFile` count beside the encoder. Default: there are none. */
  readonly words?: number;
  readonly language: "en" | "zh";
  readonly card: ModelCard;
}

/** Files of a tokenizer that are taken over. */
const tokenizerFiles = [
  "tokenizer.json",
  "vocab.txt",
  "vocab.json",
  "merges.txt",
  "spiece.model",
  "sentencepiece.bpe.model",
  "special_tokens_map.json",
];
const known = [
  tunedFile,
  headFile,
  wordsFile,
  "config.json",
  "model.safetensors",
  "sentence_bert_config.json",
  "tokenizer_config.json",
  ...tokenizerFiles,
];

async function tokenizerOf(path: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  if ((await stat(path)).isDirectory()) {
    for (const name of [...tokenizerFiles, "tokenizer_config.json"])
      if (existsSync(join(path, name))) found.set(name, await readFile(join(path, name)));
  } else found.set("tokenizer.json", await readFile(path));
  if (!found.has("tokenizer_config.json"))
    found.set(
      "tokenizer_config.json",
      Buffer.from(`${JSON.stringify({ tokenizer_class: "PreTrainedTokenizerFast", ...specialTokens(found) }, undefined, 2)}\n`),
    );
  return found;
}

// BERT's own names, where the vocabulary has them.
function specialTokens(files: ReadonlyMap<string, Buffer>): Record<string, string> {
  const text = files.get("tokenizer.json")?.toString("utf8") ?? "";
  const names = { unk_token: "[UNK]", sep_token: "[SEP]", pad_token: "[PAD]", cls_token: "[CLS]", mask_token: "[MASK]" };
  return Object.fromEntries(Object.entries(names).filter(([, token]) => text.includes(JSON.stringify(token))));
}

/** Writes the folder, whole or not at all; `linear`: the saved model behind vectors. Errors: those of durable writes. */
export async function saveTuned(
  folder: string,
  model: TrainableEncoder,
  files: EncoderFiles,
  head: TunedHead,
  facts: TunedFacts,
  linear?: unknown,
): Promise<void> {
  const { labels } = facts;
  const names =
    labels.length === 0 ? {} : { id2label: Object.fromEntries(labels.entries()), label2id: Object.fromEntries(labels.map((label, i) => [label, i])) };
  const problem = head !== "classes" ? {} : { problem_type: facts.many ? "multi_label_classification" : "single_label_classification" };
  const { num_labels: _, id2label: _names, label2id: _numbers, problem_type: _problem, ...rest } = files.config as Record<string, unknown>;
  const config = { ...rest, architectures: [hubClass(model.config.kind, head)], ...names, ...problem, torch_dtype: "float32" };
  const weights = [...model.named].map(([name, weight]) => ({ name, shape: weight.shape, values: () => Float32Array.from(weight.dataSync()) }));
  const sentence = { max_seq_length: Math.min(files.longest, model.config.positions - model.config.firstPosition), do_lower_case: files.lowercase };
  const pooling = head === "none" ? { pooling: files.pooling, normalize: true } : {};
  const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
  const content = new Map<string, FileContent>([
    ["config.json", json(config)],
    ["model.safetensors", safetensorsPieces(weights, { format: "pt" })],
    ["sentence_bert_config.json", json(sentence)],
    ...(await tokenizerOf(files.tokenizer)),
    ...(linear === undefined ? [] : [[headFile, json(linear)] as const]),
    [tunedFile, json({ ...facts, ...pooling })],
  ]);
  await writeFolderDurably(folder, content, { known });
}

const refusal = (file: string, en: string, zh: string, cause?: unknown) =>
  new InkstoneError("E_PIPELINE", { file, why: { en, zh } satisfies Words }, { cause });

/**
 * What a folder was tuned for; undefined where it does not say so. Errors: `E_PIPELINE`.
 *
 * @example
 * await tunedFacts("nowhere"); // undefined
 */
export async function tunedFacts(folder: string): Promise<TunedFacts | undefined> {
  const path = join(folder, tunedFile);
  if (!existsSync(path)) return undefined;
  let found: Partial<TunedFacts>;
  try {
    found = JSON.parse(await readTextFile(path, 16 << 20)) as Partial<TunedFacts>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refusal(path, "it is no JSON", "不是 JSON", error);
  }
  const { formatVersion, type, task, labels, temperature, language, head } = found;
  if (type !== "tuned-encoder" || formatVersion !== 1) throw refusal(path, "its type or version is not known", "其类型或版本未知");
  if (!encoderTasks.includes(task as EncoderTask)) throw refusal(path, `its task is ${String(task)}`, `其任务为 ${String(task)}`);
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === "string")) throw refusal(path, "its labels are broken", "其标签已损坏");
  if (typeof temperature !== "number" || !(temperature > 0) || !Number.isFinite(temperature))
    throw refusal(path, "its temperature is broken", "其温度已损坏");
  const { offsets, words } = found;
  const areNumbers = offsets === undefined || (Array.isArray(offsets) && offsets.length === labels.length && offsets.every(Number.isFinite));
  if (!areNumbers) throw refusal(path, "its offsets are broken", "其偏移已损坏");
  if (words !== undefined && !(Number.isFinite(words) && words > 0)) throw refusal(path, "the weight of its words is broken", "其词语权重已损坏");
  if (head !== undefined && head !== "vectors") throw refusal(path, "its head is not known", "其分类头未知");
  if (language !== "en" && language !== "zh") throw refusal(path, "its language is broken", "其语言已损坏");
  return { ...(found as TunedFacts), many: found.many === true, card: found.card ?? {} };
}

/** Writes such a folder under another name, or its own facts and words anew; whole or not at all. `words`: the saved classifier of `facts.words`. Errors: those of durable writes. */
export async function keepFolder(from: string, to: string, facts: TunedFacts, words?: unknown): Promise<void> {
  const own = new Map<string, string>([
    ...(words === undefined ? [] : [[wordsFile, `${JSON.stringify(words)}\n`] as const]),
    [tunedFile, `${JSON.stringify(facts, undefined, 2)}\n`],
  ]);
  if (resolve(from) === resolve(to)) {
    // What says that there are words comes last.
    for (const [name, text] of own) await writeFileDurably(join(to, name), text);
    return;
  }
  const content = new Map<string, FileContent>(own);
  for (const name of known)
    if (!content.has(name) && name !== wordsFile && existsSync(join(from, name))) content.set(name, dataPieces(join(from, name), {}));
  await writeFolderDurably(to, content, { known });
}
