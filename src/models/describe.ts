// What a model file is, without loading it: architecture, sizes, types of its tensors, what it says of itself, and its digest. Knows no terminal.
import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { type GgufMetadata, openGguf } from "../formats/index.ts";

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
 * Describes a GGUF file. The whole file is read once for its digest.
 *
 * Errors: those of `openGguf`; the signal's reason.
 *
 * @example
 * (await describeModel("model.gguf")).architecture; // "llama"
 */
export async function describeModel(path: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<ModelDescription> {
  const file = await openGguf(path);
  try {
    const { metadata } = file;
    const architecture = metadata.string("general.architecture");
    const shares = new Map<string, TypeShare>();
    for (const { type, shape, bytes } of file.tensors.values()) {
      const before = shares.get(type.name) ?? { type: type.name, tensors: 0, parameters: 0, bytes: 0 };
      const parameters = before.parameters + shape.reduce((product, size) => product * size, 1);
      shares.set(type.name, { type: type.name, tensors: before.tensors + 1, parameters, bytes: before.bytes + bytes });
    }
    const types = [...shares.values()].sort((a, b) => b.bytes - a.bytes);
    const known = special.filter((name) => metadata.has(`tokenizer.ggml.${name}_token_id`));
    return {
      architecture,
      title: metadata.stringOr("general.name", undefined),
      parameters: types.reduce((sum, { parameters }) => sum + parameters, 0),
      bytes: statSync(path).size,
      sha256: await digestOf(path, signal),
      contextLength: metadata.numberOr(`${architecture}.context_length`, undefined),
      vocabularySize: metadata.has("tokenizer.ggml.tokens") ? metadata.count("tokenizer.ggml.tokens") : undefined,
      types,
      specialTokens: Object.fromEntries(known.map((name) => [name, metadata.number(`tokenizer.ggml.${name}_token_id`)])),
      chatTemplate: metadata.stringOr("tokenizer.chat_template", undefined),
      license: metadata.stringOr("general.license", undefined),
      languages: languagesOf(metadata),
    };
  } finally {
    file.close();
  }
}

function languagesOf(metadata: GgufMetadata): readonly string[] {
  const entry = metadata.entry("general.languages");
  return entry?.array?.type === "string" ? metadata.strings("general.languages") : [];
}

async function digestOf(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20, signal })) hash.update(piece as Uint8Array);
  return hash.digest("hex");
}
