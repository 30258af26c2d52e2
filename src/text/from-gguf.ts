// A tokenizer from the metadata of a GGUF file.
import { InkstoneError } from "../core/index.ts";
import type { GgufMetadata } from "../formats/index.ts";
import { type Executor, preTokenizers, tokenTypes } from "../native/index.ts";
import { ByteLevelBpe } from "./byte-level-bpe.ts";
import { ChatTemplate } from "./chat/template.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * The tokenizer of a GGUF file: `tokenizer.ggml.model` gpt2 (byte-level BPE) with a pre-tokenizer that is known. The file may be closed afterwards.
 *
 * Errors: `E_TOKENIZER_KIND` for any other model or pre-tokenizer, by name; `E_TOKENIZER_INVALID` naming the merge or token; `E_FORMAT_…` for missing keys.
 *
 * @example
 * const { path } = await resolveModel("smollm2:135m");
 * const { metadata } = await openGguf(path);
 * tokenizerFromGguf(metadata, openExecutor()).encode("Hello, world!"); // [19556, 28, 905, 17]
 */
export function tokenizerFromGguf(metadata: GgufMetadata, executor: Executor): Tokenizer {
  const kind = metadata.string("tokenizer.ggml.model");
  if (kind !== "gpt2") throw new InkstoneError("E_TOKENIZER_KIND", { what: "tokenizer.ggml.model", got: kind, supported: "gpt2" });
  const tokens = metadata.stringBytes("tokenizer.ggml.tokens");
  const configuration = {
    preTokenizer: preTokenizerOf(metadata.stringOr("tokenizer.ggml.pre", "none")),
    tokens,
    types: typesOf(metadata, tokens.offsets.length - 1),
    merges: metadata.stringBytes("tokenizer.ggml.merges"),
  };
  const id = (name: string) => metadata.numberOr(`tokenizer.ggml.${name}_token_id`, undefined);
  const turns = [id("eot"), id("eom")].filter((found) => found !== undefined);
  return new ByteLevelBpe(executor, configuration, { bos: id("bos"), eos: id("eos"), endOfTurn: turns });
}

function typesOf(metadata: GgufMetadata, count: number): Uint8Array {
  const key = "tokenizer.ggml.token_type";
  if (!metadata.has(key)) return new Uint8Array(count).fill(tokenTypes.normal);
  const types = metadata.numbers(key);
  const wrong = types.findIndex((type) => type < 0 || type > tokenTypes.byte);
  if (wrong < 0) return Uint8Array.from(types);
  const why = { en: `there is no token type ${types[wrong]}`, zh: `没有词元类型 ${types[wrong]}` };
  throw new InkstoneError("E_TOKENIZER_INVALID", { where: `token ${wrong}`, why });
}

/** Names in `tokenizer.ggml.pre` that mean the pattern of another. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  "gpt-2": ["roberta-bpe", "mpt", "olmo", "jais", "phi-2", "jina-v2-es", "jina-v2-de", "jina-v2-code", "gigachat", "jina-es", "jina-de"],
  smollm: ["starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b"],
  qwen2: ["stablelm2", "deepseek-r1-qwen", "hunyuan", "megrez", "qwen35"],
  "llama-bpe": ["llama3", "llama-v3", "dbrx", "smaug-bpe", "falcon3", "falcon-h1", "pixtral", "chatglm-bpe", "glm4", "olmo2", "smollm3"],
  "gpt-4o": ["llama4", "kanana2"],
};

function preTokenizerOf(name: string): number {
  const other = Object.keys(aliases).find((known) => aliases[known].includes(name));
  const found = preTokenizers.indexOf(other ?? name);
  if (found < 0) throw new InkstoneError("E_TOKENIZER_KIND", { what: "tokenizer.ggml.pre", got: name, supported: preTokenizers.join(", ") });
  return found;
}

/**
 * The chat template of a GGUF file, undefined where it has none. Errors: `E_TEMPLATE_SYNTAX`, `E_TEMPLATE_BUDGET` (its size).
 *
 * @example
 * const { metadata } = await openGguf("model.gguf");
 * chatTemplateFromGguf(metadata)?.render([{ role: "system", content: "Be brief" }]); // "<|im_start|>system\nBe brief<|im_end|>\n…"
 */
export function chatTemplateFromGguf(metadata: GgufMetadata): ChatTemplate | undefined {
  const source = metadata.stringOr("tokenizer.chat_template", undefined);
  return source === undefined ? undefined : new ChatTemplate(source);
}
