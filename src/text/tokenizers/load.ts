// A tokenizer from a file or a folder: GGUF (a vocabulary alone will do) told by its first bytes, the others by their names.
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { openFileSource, parseGguf } from "../../formats/index.ts";
import { type Executor, sharedExecutor } from "../../native/index.ts";
import { tokenizerFromBertVocabulary, tokenizerFromMerges, tokenizerFromTiktoken } from "./from-files.ts";
import { tokenizerFromGguf } from "./from-gguf.ts";
import { MOST_JSON_BYTES, tokenizerFromJson } from "./json/index.ts";
import { isPlain, type Plain } from "./json/value.ts";
import type { DeclaredIds } from "./piece-tokenizer.ts";
import { tokenizerFromSentencePiece } from "./sentencepiece.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Files that hold a tokenizer, the one that says most first. */
const inFolder = ["tokenizer.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "vocab.json", "vocab.txt"];

/** OpenAI's vocabularies by the names of their files: their pattern and special tokens. */
const tiktoken: Readonly<Record<string, { readonly preTokenizer: string; readonly special: Readonly<Record<string, number>> }>> = {
  r50k_base: { preTokenizer: "gpt-2", special: { "<|endoftext|>": 50256 } },
  p50k_base: { preTokenizer: "gpt-2", special: { "<|endoftext|>": 50256 } },
  cl100k_base: {
    preTokenizer: "llama-bpe",
    special: { "<|endoftext|>": 100257, "<|fim_prefix|>": 100258, "<|fim_middle|>": 100259, "<|fim_suffix|>": 100260, "<|endofprompt|>": 100276 },
  },
  o200k_base: { preTokenizer: "gpt-4o", special: { "<|endoftext|>": 199999, "<|endofprompt|>": 200018 } },
};

/**
 * Opens the tokenizer of a file (.gguf, tokenizer.json, vocab.txt, vocab.json with merges.txt beside it, .model or .spm, .tiktoken) or of a folder that holds one.
 * A tokenizer_config.json beside it says which tokens begin and end a text, and whether BERT's is lower-cased; generation_config.json and config.json which ids end an answer.
 *
 * Errors: `E_FORMAT_NO_FILE`, `E_FORMAT_NOT_A_FILE`, `E_FORMAT_UNREADABLE`, and those of the readers of each kind.
 *
 * @example
 * (await loadTokenizer("tokenizer.json")).encode("Hello"); // [15496]
 */
export async function loadTokenizer(path: string, executor: Executor = sharedExecutor()): Promise<Tokenizer> {
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? fileOf(path) : path;
  const source = openFileSource(file);
  try {
    const magic = new Uint8Array(4);
    source.read(0, magic);
    if (Buffer.from(magic).toString("latin1") === "GGUF") return tokenizerFromGguf(parseGguf(source).metadata, executor);
    if (source.size > MOST_JSON_BYTES) throw new InkstoneError("E_TOKENIZER_SIZE", { what: source.name, got: source.size, limit: MOST_JSON_BYTES });
    const content = Buffer.alloc(source.size);
    return fromContent(file, content.subarray(0, source.read(0, content)), executor);
  } finally {
    source.close();
  }
}

function fileOf(folder: string): string {
  const found = inFolder.find((name) => existsSync(join(folder, name)));
  if (found === undefined) throw new InkstoneError("E_FORMAT_NO_FILE", { file: join(folder, inFolder[0]) });
  return join(folder, found);
}

function fromContent(path: string, content: Buffer, executor: Executor): Tokenizer {
  const name = basename(path);
  const beside = (other: string) => join(path, "..", other);
  const text = () => content.toString("utf8");
  if (/\.(model|spm)$/.test(name)) return tokenizerFromSentencePiece(content, executor);
  if (name.endsWith(".tiktoken")) {
    const known = tiktoken[name.slice(0, -".tiktoken".length)];
    if (known !== undefined) return tokenizerFromTiktoken(text(), executor, known);
    throw new InkstoneError("E_TOKENIZER_KIND", { what: "file", got: name, supported: Object.keys(tiktoken).join(", ") });
  }
  const config = jsonBeside(beside("tokenizer_config.json"));
  const endOfTurn = ["generation_config.json", "config.json"].flatMap((file) => idsOf(jsonBeside(beside(file)).eos_token_id));
  if (name.endsWith(".txt")) {
    const lowercase = typeof config.do_lower_case === "boolean" ? { lowercase: config.do_lower_case } : {};
    return tokenizerFromBertVocabulary(text(), executor, lowercase);
  }
  if (existsSync(beside("merges.txt")) && name === "vocab.json") {
    const vocabulary = JSON.parse(text()) as Record<string, unknown>;
    return tokenizerFromMerges(
      text(),
      readFileSync(beside("merges.txt"), "utf8"),
      executor,
      declaredIn(config, endOfTurn, (token) => vocabulary[token]),
    );
  }
  const probe = tokenizerFromJson(content, executor);
  const declared = declaredIn(
    config,
    endOfTurn.filter((id) => id < probe.vocabularySize),
    (token) => probe.idOf(token),
  );
  if (Object.keys(declared).length === 0) return probe;
  probe.dispose();
  return tokenizerFromJson(content, executor, declared);
}

const idsOf = (value: unknown): number[] => [value].flat().filter((id): id is number => Number.isInteger(id) && (id as number) >= 0);

function jsonBeside(path: string): Plain {
  if (!existsSync(path) || statSync(path).size > MOST_JSON_BYTES) return {};
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isPlain(parsed) ? parsed : {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InkstoneError("E_TOKENIZER_INVALID", { where: basename(path), why: { en: "this is not JSON", zh: "不是 JSON" } });
  }
}

function declaredIn(config: Plain, endOfTurn: readonly number[], idOf: (token: string) => unknown): DeclaredIds {
  const id = (key: string) => {
    const value = isPlain(config[key]) ? config[key].content : config[key];
    const found = typeof value === "string" ? idOf(value) : undefined;
    return typeof found === "number" ? found : undefined;
  };
  const [bos, eos] = [id("bos_token"), id("eos_token")];
  return { ...(bos === undefined ? {} : { bos }), ...(eos === undefined ? {} : { eos }), ...(endOfTurn.length === 0 ? {} : { endOfTurn }) };
}
