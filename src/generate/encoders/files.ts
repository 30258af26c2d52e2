// Which files an encoder is made of: a folder as the hub has it, or a model of the catalogue with what the catalogue says of it. Reads small files only.
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { type EncoderDeclaration, entryOf, modelsFor, type PullProgress, refuseOtherUse, resolveModel } from "../../hub/index.ts";
import type { Pooling } from "../../models/index.ts";
import { exists, type Json, readJson } from "../small-files.ts";
import type { EncoderFiles } from "./protocol.ts";

const weightFiles = ["model.safetensors", "model.onnx", "onnx/model.onnx"];

/** What may be said about a model beside what it says itself. */
export interface EncoderWishes {
  readonly lowercase?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
}

/** What modules.json and its folders say: how rows become one, and whether vectors get length 1. Without it: the mean, as it is. */
async function poolingIn(folder: string): Promise<Pick<EncoderFiles, "pooling" | "normalize">> {
  const modules = (await readJson(join(folder, "modules.json"))) as unknown;
  if (!Array.isArray(modules)) return { pooling: "mean", normalize: false };
  const kinds = modules.map((each: Json) => ({ kind: String(each.type).split(".").at(-1), path: String(each.path ?? "") }));
  const known = ["Transformer", "Pooling", "Normalize"];
  const other = kinds.find(({ kind }) => !known.includes(kind ?? ""));
  if (other !== undefined) throw new InkstoneError("E_MODEL_CONFIG", { key: "modules.json", value: String(other.kind), allowed: known });
  const pooling = kinds.find(({ kind }) => kind === "Pooling");
  const config = pooling === undefined ? {} : ((await readJson(join(folder, pooling.path, "config.json"))) ?? {});
  const modes: Readonly<Record<string, Pooling>> = {
    pooling_mode_cls_token: "cls",
    pooling_mode_max_tokens: "max",
    pooling_mode_mean_tokens: "mean",
  };
  const asked = Object.keys(config).filter((key) => key.startsWith("pooling_mode_") && config[key] === true);
  if (asked.length > 1 || (asked.length === 1 && !Object.hasOwn(modes, asked[0])))
    throw new InkstoneError("E_MODEL_CONFIG", { key: "1_Pooling", value: asked.join(", "), allowed: Object.keys(modes) });
  return { pooling: modes[asked[0]] ?? "mean", normalize: kinds.some(({ kind }) => kind === "Normalize") };
}

async function ofFolder(folder: string, { lowercase }: EncoderWishes): Promise<EncoderFiles> {
  const name = basename(folder);
  const config = await readJson(join(folder, "config.json"));
  if (config === undefined) throw new InkstoneError("E_MODEL_FILE_MISSING", { path: `${name}/config.json` });
  let weights: string | undefined;
  for (const file of weightFiles) if (weights === undefined && (await exists(join(folder, file)))) weights = join(folder, file);
  if (weights === undefined) throw new InkstoneError("E_MODEL_FILE_MISSING", { path: `${name}/${weightFiles[0]}` });
  const sentence = (await readJson(join(folder, "sentence_bert_config.json"))) ?? {};
  const own = (await readJson(join(folder, "inkstone.json"))) ?? {};
  const pooling = ["cls", "mean", "max"].includes(String(own.pooling))
    ? { pooling: own.pooling as Pooling, normalize: own.normalize === true }
    : await poolingIn(folder);
  return {
    name,
    weights,
    tokenizer: folder,
    config,
    ...pooling,
    longest: typeof sentence.max_seq_length === "number" ? sentence.max_seq_length : Number.MAX_SAFE_INTEGER,
    lowercase: lowercase ?? sentence.do_lower_case === true,
    lacksCapitals: false,
  };
}

/**
 * Whether a reference names an encoder: one of the catalogue, or a folder whose config.json declares one. Errors: `E_MODEL_CONFIG` for a config.json that cannot be read.
 *
 * @example
 * await isEncoder("minilm"); // true
 */
export async function isEncoder(reference: string): Promise<boolean> {
  const entry = entryOf(reference);
  if (entry !== undefined) return entry.encoder !== undefined;
  const folder = await stat(reference).catch(() => undefined);
  if (!folder?.isDirectory()) return false;
  const config = await readJson(join(reference, "config.json"));
  const { encoderKinds } = await import("../../models/index.ts"); // a room of 500 files: owners of an engine start without it
  return encoderKinds.some((kind) => kind === config?.model_type);
}

/**
 * The files of an encoder: a folder, or a name of the catalogue (fetched when it is not at hand).
 *
 * Errors: `E_MODEL_FILE_MISSING`, `E_MODEL_CONFIG`, `E_MODEL_USE` for a model that is for something else; those of `resolveModel`.
 *
 * @example
 * await encoderFiles("lac", "embed"); // throws E_MODEL_USE
 */
export async function encoderFiles(reference: string, use: EncoderDeclaration["use"], wishes: EncoderWishes = {}): Promise<EncoderFiles> {
  const folder = await stat(reference).catch(() => undefined);
  if (folder?.isDirectory()) return ofFolder(resolve(reference), wishes);
  refuseOtherUse(reference, use);
  const models = modelsFor(use).join(", ");
  if (folder?.isFile()) throw new InkstoneError("E_MODEL_USE", { model: basename(reference), models: `${models}, a folder with config.json` });
  const { path, companions = {} } = await resolveModel(reference, { signal: wishes.signal, onProgress: wishes.onProgress });
  const encoder = entryOf(reference)?.encoder;
  if (encoder === undefined) throw new InkstoneError("E_MODEL_USE", { model: reference, models });
  const { config, pooling = "mean", normalize = true, longest, lacksCapitals = false } = encoder;
  const [tokenizer, lowercase] = [companions["tokenizer.json"], wishes.lowercase ?? false];
  return { name: reference, weights: path, tokenizer, config, pooling, normalize, longest, lowercase, lacksCapitals };
}
