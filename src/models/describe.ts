// What a model file is, without loading it: architecture, sizes, types of its tensors, what it says of itself, and its digest. Knows no terminal.
import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import {
  elementSizes,
  type GgufMetadata,
  openCTranslate2,
  openFileSource,
  openMarian,
  openModelFile,
  openOnnx,
  openSafetensors,
  type WeightFile,
} from "../formats/index.ts";
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

/** What is known beside a file. */
export interface DescribeOptions {
  readonly signal?: AbortSignal;
  /** What a config.json says, for a file that has none of its own: .safetensors, .onnx. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Describes a file of weights by its kind (GGUF; .safetensors; .onnx; .bin of CTranslate2 or Marian), or a folder of the hub by its config.json and tensors. The whole file (of a
 * folder every file of weights, by its name) is read once for its digest.
 *
 * Errors: those of `openModelFile`, `openSafetensors`, `openOnnx`, `openCTranslate2` and `openMarian`; the signal's reason.
 *
 * @example
 * (await describeModel("model.gguf")).architecture; // "llama"
 */
export async function describeModel(path: string, { signal, config = {} }: DescribeOptions = {}): Promise<ModelDescription> {
  const { said, tensors, files = [path], close } = await opened(path, config);
  try {
    const types = sharesOf(tensors);
    const parameters = types.reduce((sum, share) => sum + share.parameters, 0);
    const bytes = files.reduce((sum, one) => sum + statSync(one).size, 0);
    return { ...said, parameters, bytes, sha256: await digestOf(files, signal), types };
  } finally {
    close();
  }
}

type Said = Omit<ModelDescription, "parameters" | "bytes" | "sha256" | "types">;
type Config = Readonly<Record<string, unknown>>;

/** A tensor, whatever file it lies in. */
interface Stored {
  readonly type: string | { readonly name: string } | undefined;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** A file or folder that is open. */
interface Opened {
  readonly said: Said;
  readonly tensors: Iterable<Stored>;
  /** Default: the path alone. */
  readonly files?: readonly string[];
  readonly close: () => void;
}

async function opened(path: string, config: Config): Promise<Opened> {
  if (path.endsWith(".safetensors") || path.endsWith(".onnx")) {
    const file = await (path.endsWith(".onnx") ? openOnnx(path) : openSafetensors(path));
    return { said: ofConfig(config), tensors: file.tensors.values(), close: () => file.close() };
  }
  if (path.endsWith(".bin")) return ofEngine(path);
  const file = await openModelFile(path);
  const close = () => file.close();
  if ("metadata" in file) return { said: ofMetadata(file.metadata), tensors: file.tensors.values(), close };
  const said = { ...ofConfig(file.config), title: file.name, chatTemplate: chatTemplateOfFolder(path) };
  return { said, tensors: file.tensors.values(), files: file.files.map((name) => join(path, name)), close };
}

// Both engines begin with the number of a version: Marian's is 1, those of CTranslate2 that are read are 4 to 6.
async function ofEngine(path: string): Promise<Opened> {
  const first = new Uint8Array(1);
  const source = openFileSource(path);
  source.read(0, first);
  source.close();
  const of = (file: WeightFile, architecture: string): Opened => ({
    said: ofConfig({ model_type: architecture }),
    tensors: [...file.weights.values()].map(({ type, shape, elements }) => ({ type, shape, bytes: elements * elementSizes[type] })),
    close: () => file.close(),
  });
  if (first[0] === 1) return of(await openMarian(path), "marian");
  const file = await openCTranslate2(path);
  return of(file, file.specification);
}

function sharesOf(tensors: Iterable<Stored>): TypeShare[] {
  const shares = new Map<string, TypeShare>();
  for (const { type = "?", shape, bytes } of tensors) {
    const name = typeof type === "string" ? type : type.name;
    const before = shares.get(name) ?? { type: name, tensors: 0, parameters: 0, bytes: 0 };
    const parameters = before.parameters + shape.reduce((product, size) => product * size, 1);
    shares.set(name, { type: name, tensors: before.tensors + 1, parameters, bytes: before.bytes + bytes });
  }
  return [...shares.values()].sort((a, b) => b.bytes - a.bytes);
}

function ofMetadata(metadata: GgufMetadata): Said {
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

function ofConfig(config: Config): Said {
  const number = (...keys: string[]) => keys.map((key) => config[key]).find((value): value is number => typeof value === "number");
  const ids = special.flatMap((use): [string, number][] => {
    const id = number(`${use === "padding" ? "pad" : use}_token_id`);
    return id === undefined ? [] : [[use, id]];
  });
  return {
    architecture: String(config["model_type"] ?? "?"),
    title: undefined,
    contextLength: number("max_position_embeddings", "n_positions"),
    vocabularySize: number("vocab_size"),
    specialTokens: Object.fromEntries(ids),
    chatTemplate: undefined,
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
