// A tokenizer from the metadata of a GGUF file.
import { InkstoneError } from "../../core/index.ts";
import type { GgufMetadata } from "../../formats/index.ts";
import { type Executor, preTokenizers, type StringTable, sharedExecutor, stringAt, tokenizerFlags, tokenTypes } from "../../native/index.ts";
import { ChatTemplate } from "../chat/template.ts";
import { bertFold } from "./bert-fold.ts";
import { charsMap } from "./chars-map.ts";
import { PieceTokenizer, type TokenizerParts } from "./piece-tokenizer.ts";
import { marked, prepareOf, sentencePieceParts } from "./sentencepiece.ts";
import { stringTable } from "./string-table.ts";
import { bertTemplate } from "./template.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * The tokenizer of a GGUF file, by `tokenizer.ggml.model`: gpt2 (byte-level BPE) with a pre-tokenizer that is known, llama (SentencePiece BPE), bert (WordPiece), t5 (Unigram).
 * The file may be closed afterwards.
 *
 * Errors: `E_TOKENIZER_KIND` for any other model or pre-tokenizer, by name; `E_TOKENIZER_INVALID` naming the merge or token; `E_FORMAT_…` for missing keys.
 *
 * @example
 * const { path } = await resolveModel("smollm2:135m");
 * const { metadata } = await openGguf(path);
 * tokenizerFromGguf(metadata).encode("Hello, world!"); // [19556, 28, 905, 17]
 */
export function tokenizerFromGguf(metadata: GgufMetadata, executor: Executor = sharedExecutor()): Tokenizer {
  const kind = metadata.string("tokenizer.ggml.model");
  const make = Object.hasOwn(makers, kind) ? makers[kind] : undefined;
  if (make === undefined) {
    throw new InkstoneError("E_TOKENIZER_KIND", { what: "tokenizer.ggml.model", got: kind, supported: Object.keys(makers).join(", ") });
  }
  const tokens = metadata.stringBytes("tokenizer.ggml.tokens");
  const types = typesOf(metadata, tokens.offsets.length - 1);
  const id = (name: string) => metadata.numberOr(`tokenizer.ggml.${name}_token_id`, undefined);
  const turns = [id("eot"), id("eom")].filter((found) => found !== undefined);
  const declared = { bos: id("bos"), eos: id("eos"), endOfTurn: turns };
  return new PieceTokenizer(executor, { ...make(metadata, tokens, types), declared });
}

type Maker = (metadata: GgufMetadata, tokens: StringTable, types: Uint8Array) => Omit<TokenizerParts, "declared">;

const makers: Readonly<Record<string, Maker>> = {
  gpt2(metadata, tokens, types) {
    const { index, wholeFirst } = preTokenizerOf(metadata.stringOr("tokenizer.ggml.pre", "none"));
    const flags = wholeFirst ? tokenizerFlags.wholeFirst : 0;
    return { service: "bpe", configuration: { preTokenizer: index, flags, tokens, types, merges: metadata.stringBytes("tokenizer.ggml.merges") } };
  },

  llama: (metadata, tokens, types) => sentencePiece(metadata, tokens, types, true),

  t5: (metadata, tokens, types) => sentencePiece(metadata, tokens, types, false),

  // Tokens at the beginning of a word begin with ▁ here, the others with nothing.
  bert(metadata, tokens, types) {
    const texts = textsOf(tokens).map((text, id) => (types[id] !== tokenTypes.normal ? text : text.startsWith("▁") ? text.slice(1) : `##${text}`));
    const [cls, sep] = ["cls", "seperator"].map((name) => metadata.numberOr(`tokenizer.ggml.${name}_token_id`, undefined));
    const unknown = metadata.numberOr("tokenizer.ggml.unknown_token_id", 100);
    const fold = bertFold({ lowercase: true, stripAccents: true, clean: true, chineseApart: true }).map;
    const configuration = {
      preTokenizer: preTokenizers.indexOf("bert"),
      flags: tokenizerFlags.chineseApart,
      unknown,
      longest: 0,
      tokens: stringTable(texts),
      types,
      fold,
    };
    const closing = sep ?? metadata.numberOr("tokenizer.ggml.eos_token_id", undefined);
    const template = cls === undefined || closing === undefined ? {} : { template: bertTemplate(cls, closing) };
    return { service: "wordpiece", configuration, alphabet: "words", tidy: true, ...template };
  },
};

function textsOf(tokens: StringTable): string[] {
  return Array.from({ length: tokens.offsets.length - 1 }, (_, id) => stringAt(tokens, id).toString("utf8"));
}

function sentencePiece(metadata: GgufMetadata, tokens: StringTable, types: Uint8Array, isBpe: boolean): Omit<TokenizerParts, "declared"> {
  const texts = textsOf(tokens);
  const scores = metadata.numbers("tokenizer.ggml.scores");
  if (scores.length !== texts.length) {
    const why = { en: `there are ${scores.length} scores for ${texts.length} tokens`, zh: `${texts.length} 个词元却有 ${scores.length} 个分数` };
    throw new InkstoneError("E_TOKENIZER_INVALID", { where: "tokenizer.ggml.scores", why });
  }
  const addBlank = metadata.booleanOr("tokenizer.ggml.add_space_prefix", true);
  const map = metadata.has("tokenizer.ggml.precompiled_charsmap")
    ? Uint8Array.from(metadata.numbers("tokenizer.ggml.precompiled_charsmap"))
    : new Uint8Array(0);
  const squeeze = metadata.booleanOr("tokenizer.ggml.remove_extra_whitespaces", false);
  const unknown = metadata.numberOr("tokenizer.ggml.unknown_token_id", 0);
  const kinds = Array.from(types);
  return {
    service: isBpe ? "bpe" : "unigram",
    ...sentencePieceParts({ texts, scores, types: kinds, isBpe, unknown }),
    beginning: addBlank ? "without its blank" : "as is",
    prepare: prepareOf(texts, kinds, marked({ addBlank, squeeze, normalize: charsMap(map, { longest: true }) })),
  };
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

/** Names whose pieces are looked up as tokens before anything is merged. */
const wholeFirst: ReadonlySet<string> = new Set(["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "tekken"]);

function preTokenizerOf(name: string): { readonly index: number; readonly wholeFirst: boolean } {
  const other = Object.keys(aliases).find((known) => aliases[known].includes(name));
  const byteLevel = preTokenizers.slice(0, -4);
  const index = byteLevel.indexOf(other ?? name);
  if (index < 0) throw new InkstoneError("E_TOKENIZER_KIND", { what: "tokenizer.ggml.pre", got: name, supported: byteLevel.join(", ") });
  return { index, wholeFirst: wholeFirst.has(name) };
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
