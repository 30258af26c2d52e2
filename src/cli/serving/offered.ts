// What paths given to `serve` hold, by what their files declare: chat models, adapters, encoders, classifiers, translators, recognisers of speech, customer service. Opens no weights.
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { readTextFile } from "../../formats/index.ts";
import { entryOf, type ModelUse, useOf } from "../../hub/index.ts";
import type { Words } from "../language.ts";
import { isRun, ofRun } from "../model.ts";

/** What something is served as; "adapter" belongs to a chat model. */
export type OfferedKind = "chat" | "adapter" | "embeddings" | "rerank" | "transcribe" | "translate" | "classifier" | "support";

/** Something that is served. */
export interface Offered {
  readonly kind: OfferedKind;
  readonly name: string;
  /** What opens it: a path, or a name of the catalogue or the hub. */
  readonly reference: string;
  /** Of an adapter: the model that it says it was tuned from. */
  readonly base?: string;
}

/** Something that is not. */
export interface LeftOut {
  readonly path: string;
  readonly why: Words;
}

/** Folders below a folder that are looked into: models of a store lie under their publishers. */
const DEEPEST = 3;
/** Most entries of a folder that are looked at. */
const MOST_ENTRIES = 10_000;
const LARGEST_JSON = 64 << 20;

/** What something is called by its reference: the last part of a path or name; a run by its own folder, not by that of what it exports. */
export function calledBy(reference: string): string {
  const parts = reference.split(/[\\/]/).filter(Boolean);
  const name = (parts.at(-1) === "hub" && isRun(dirname(reference)) ? parts.at(-2) : parts.at(-1)) ?? reference;
  return name.replace(/\.json$/i, "");
}

type Json = Readonly<Record<string, unknown>>;
type Looked = Offered | { readonly why: Words } | undefined;

/**
 * What is served of a path or a name: one model, or each of a folder of several by its own name. Errors: E_SERVED_PATH for what holds nothing to serve.
 */
export async function offeredBy(given: string): Promise<{ readonly offered: readonly Offered[]; readonly left: readonly LeftOut[] }> {
  const entry = entryOf(given);
  if (entry !== undefined) return { offered: [{ kind: kindOfUse(useOf(entry)), name: entry.name, reference: entry.name }], left: [] };
  const found = await stat(given).catch(() => undefined);
  if (found === undefined) return { offered: [{ kind: "chat", name: given, reference: given }], left: [] }; // of the hub
  const path = resolve(given);
  const one = found.isDirectory() ? await ofFolder(path) : await ofFile(path);
  if (one !== undefined && "kind" in one) return { offered: [one], left: [] };
  if (one !== undefined || !found.isDirectory()) throw new InkstoneError("E_SERVED_PATH", { path: given, why: one?.why ?? unknown });
  const left: LeftOut[] = [];
  const offered = distinct(path, await below(path, left, 1));
  if (offered.length === 0) throw new InkstoneError("E_SERVED_PATH", { path: given, why: left[0]?.why ?? nothing });
  return { offered, left };
}

const unknown = { en: "it is neither a model nor a folder of some", zh: "既不是模型，也不是含有模型的文件夹" };
const nothing = { en: "it holds no model, run, adapter or classifier", zh: "其中没有模型、训练运行、适配器或分类器" };

const kinds = { chat: "chat", embed: "embeddings", rerank: "rerank", speech: "transcribe", translation: "translate" } as const;

function kindOfUse(use: ModelUse): OfferedKind {
  if (use === "words")
    throw new InkstoneError("E_USAGE", {
      why: { en: "this model cuts Chinese words; nothing of it is served.", zh: "此模型用于中文分词，不提供服务。" },
    });
  return kinds[use];
}

async function below(folder: string, left: LeftOut[], depth: number): Promise<Offered[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).slice(0, MOST_ENTRIES).sort((a, b) => (a.name < b.name ? -1 : 1));
  const all: Offered[] = [];
  for (const { name } of entries) {
    if (name.startsWith(".")) continue;
    const path = join(folder, name);
    const isFolder = (await stat(path).catch(() => undefined))?.isDirectory();
    if (isFolder === undefined) continue; // a link to nowhere
    const one = await (isFolder ? ofFolder(path) : ofFile(path)).catch((error: unknown) => {
      if (!(error instanceof InkstoneError)) throw error;
      return { why: { en: error.message, zh: error.describe("zh").message } };
    });
    if (one === undefined) all.push(...(isFolder && depth < DEEPEST ? await below(path, left, depth + 1) : []));
    else if ("kind" in one) all.push(one);
    else left.push({ path, why: one.why });
  }
  return all;
}

// Of two with one name each is called by its place below the folder.
function distinct(root: string, all: readonly Offered[]): Offered[] {
  const called = (one: Offered) => all.filter(({ name }) => name === one.name).length > 1;
  const place = ({ reference, name }: Offered) =>
    reference.startsWith(`${root}/`)
      ? reference
          .slice(root.length + 1)
          .replace(/\.(gguf|json)$/i, "")
          .replace(/\/hub$/, "")
      : name;
  return all.map((one) => (called(one) ? { ...one, name: place(one) } : one));
}

// Undefined: no kind of file that is served.
async function ofFile(path: string): Promise<Looked> {
  const name = basename(path);
  const part = /-(\d{5})-of-\d{5}\.gguf$/i.exec(name);
  if (/\.gguf$/i.test(name))
    return part !== null && part[1] !== "00001" ? undefined : { kind: "chat", name: name.replace(/\.gguf$/i, ""), reference: path };
  if (!/\.json$/i.test(name)) return undefined;
  const { type } = await jsonOf(path);
  return type === "text-classifier" ? { kind: "classifier", name: name.replace(/\.json$/i, ""), reference: path } : undefined;
}

// Undefined: it says nothing of itself, but may hold others.
async function ofFolder(path: string): Promise<Looked> {
  const name = basename(path);
  const has = (file: string) => existsSync(join(path, file));
  if (has("adapter_config.json")) {
    const { base_model_name_or_path: base } = await jsonOf(join(path, "adapter_config.json"));
    return { kind: "adapter", name, reference: path, base: typeof base === "string" ? base : "" };
  }
  if (has(join("model", "support.json"))) return { kind: "support", name, reference: path };
  if (isRun(path)) {
    const reference = await ofRun(path);
    if (reference === path) return { why: { en: "this run has saved nothing yet", zh: "此训练运行尚未保存任何内容" } };
    const made = await ofConfig(reference, name);
    return made !== undefined && "kind" in made ? { ...made, name } : made;
  }
  return has("config.json") ? ofConfig(path, name) : undefined;
}

async function ofConfig(path: string, name: string): Promise<Looked> {
  if (existsSync(join(path, "inkstone.json"))) {
    const { task, type } = await jsonOf(join(path, "inkstone.json"));
    if (type === "tuned-encoder") return tuned(task, { name, reference: path });
  }
  const { model_type: family, architectures, type, num_labels: count, id2label: labels } = await jsonOf(join(path, "config.json"));
  const head = Array.isArray(architectures) ? String(architectures[0]) : "";
  if (type === "sequence-to-sequence" || family === undefined)
    return { why: { en: "it is no model of language that is served", zh: "不是可提供服务的语言模型" } };
  if (family === "marian" || family === "t5") return { kind: "translate", name, reference: path };
  if (family === "whisper") return { kind: "transcribe", name, reference: path };
  if (!encoderKinds.some((kind) => kind === family)) return { kind: "chat", name, reference: path };
  if (!/For\w+$/.test(head) || head.endsWith("ForMaskedLM")) return { kind: "embeddings", name, reference: path };
  const single = count === 1 || Object.keys((labels ?? {}) as Json).length === 1;
  if (head.endsWith("ForSequenceClassification") && single) return { kind: "rerank", name, reference: path };
  return { why: { en: `a ${head} is served once it is tuned here`, zh: `${head} 需在此微调后才能提供服务` } };
}

const encoderKinds = ["bert", "roberta", "xlm-roberta", "distilbert"];

function tuned(task: unknown, one: Omit<Offered, "kind">): Looked {
  if (task === "classify") return { kind: "classifier", ...one };
  if (task === "similarity") return { kind: "embeddings", ...one };
  return { why: { en: `it was tuned for "${String(task)}", which is not served`, zh: `它的微调任务“${String(task)}”不提供服务` } };
}

// What is no JSON declares nothing.
async function jsonOf(path: string): Promise<Json> {
  const text = await readTextFile(path, LARGEST_JSON).catch(() => "{}");
  try {
    const found = JSON.parse(text) as unknown;
    return typeof found === "object" && found !== null ? (found as Json) : {};
  } catch {
    return {};
  }
}
