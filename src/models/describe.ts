// What a model file is, without loading it: architecture, sizes, types of its tensors, what it says of itself, and its digest. Knows no terminal.
import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import { type GgufFile, type GgufMetadata, type HubFolder, openModelFile } from "../formats/index.ts";
import { chatTemplateOfFolder } from "../text/index.ts";

/** How much of a file is of one type. */
export interface TypeShare {
  readonly type: string;
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

/** A model file in facts. What the file does not say is undefined. */
export interface ModelDescription {
  readonly architecture: string;
  readonly title: string | undefined;
  readonly parameters: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly contextLength: number | undefined;
  readonly vocabularySize: number | undefined;
  readonly types: readonly TypeShare[];
  /** Special tokens by what they are for: "bos" -> id. */
  readonly specialTokens: Readonly<Record<string, number>>;
  readonly chatTemplate: string | undefined;
  readonly license: string | undefined;
  readonly languages: readonly string[];
}

const special = ["bos", "eos", "eot", "unknown", "padding", "separator", "mask"];

/**
 * Describes a GGUF file, or a folder of the hub by its config.json and tensors. The whole file (of a folder every file of weights, by its name) is read once for its digest.
 *
 * Errors: those of `openModelFile`; the signal's reason.
 *
 * @example
 * (await describeModel("model.gguf")).architecture; // "llama"
 */
export async function describeModel(path: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<ModelDescription> {
  const file = await openModelFile(path);
  try {
    const types = sharesOf(file);
    const parameters = types.reduce((sum, share) => sum + share.parameters, 0);
    const files = "metadata" in file ? [path] : file.files.map((name) => join(path, name));
    const bytes = files.reduce((sum, one) => sum + statSync(one).size, 0);
    return { ...("metadata" in file ? ofMetadata(file) : ofConfig(file)), parameters, bytes, sha256: await digestOf(files, signal), types };
  } finally {
    file.close();
  }
}

type Said = Omit<ModelDescription, "parameters" | "bytes" | "sha256" | "types">;

function sharesOf(file: GgufFile | HubFolder): TypeShare[] {
  const shares = new Map<string, TypeShare>();
  for (const { type, shape, bytes } of file.tensors.values()) {
    const name = typeof type === "string" ? type : type.name;
    const before = shares.get(name) ?? { type: name, tensors: 0, parameters: 0, bytes: 0 };
    const parameters = before.parameters + shape.reduce((product, size) => product * size, 1);
    shares.set(name, { type: name, tensors: before.tensors + 1, parameters, bytes: before.bytes + bytes });
  }
  return [...shares.values()].sort((a, b) => b.bytes - a.bytes);
}

function ofMetadata({ metadata }: GgufFile): Said {
  const architecture = metadata.string("general.architecture");
  const known = special.filter((name) => metadata.has(`tokenizer.ggml.${name}_token_id`));
  return {
    architecture,
    title: metadata.stringOr("general.name", undefined),
    contextLength: metadata.numberOr(`${architecture}.context_length`, undefined),
    vocabularySize: metadata.has("tokenizer.ggml.tokens") ? metadata.count("tokenizer.ggml.tokens") : undefined,
    specialTokens: Object.fromEntries(known.map((name) => [name, metadata.number(`tokenizer.ggml.${name}_token_id`)])),
    chatTemplate: metadata.stringOr("tokenizer.chat_template", undefined),
    license: metadata.stringOr("general.license", undefined),
    languages: languagesOf(metadata),
  };
}

function ofConfig({ config, name, path }: HubFolder): Said {
  const number = (...keys: string[]) => keys.map((key) => config[key]).find((value): value is number => typeof value === "number");
  const ids = special.flatMap((use): [string, number][] => {
    const id = number(`${use === "padding" ? "pad" : use}_token_id`);
    return id === undefined ? [] : [[use, id]];
  });
  return {
    architecture: String(config["model_type"] ?? "?"),
    title: name,
    contextLength: number("max_position_embeddings", "n_positions"),
    vocabularySize: number("vocab_size"),
    specialTokens: Object.fromEntries(ids),
    chatTemplate: chatTemplateOfFolder(path),
    license: undefined,
    languages: [],
  };
}

function languagesOf(metadata: GgufMetadata): readonly string[] {
  const entry = metadata.entry("general.languages");
  return entry?.array?.type === "string" ? metadata.strings("general.languages") : [];
}

async function digestOf(paths: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) for await (const piece of createReadStream(path, { highWaterMark: 1 << 20, signal })) hash.update(piece as Uint8Array);
  return hash.digest("hex");
}
