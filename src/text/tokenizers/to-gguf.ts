// The tokenizer of a folder as the hub has it, as the metadata of a GGUF file. Knows no weights.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InkstoneError, type Phrase } from "../../core/index.ts";
import type { GgufValue } from "../../formats/index.ts";
import { preTokenizers, type StringTable, stringAt, tokenizerFlags, tokenTypes } from "../../native/index.ts";
import { chatTemplateOfFolder } from "../chat/folder.ts";
import { partsOfModel } from "./json/model.ts";
import { isPlain, type Plain } from "./json/value.ts";
import type { TokenizerParts } from "./piece-tokenizer.ts";

const string = (value: string): GgufValue => ({ type: "string", value });
const id = (value: number): GgufValue => ({ type: "uint32", value });
const flag = (value: boolean): GgufValue => ({ type: "bool", value });
const BLANK = "▁";

/**
 * Metadata that holds the tokenizer.json of a folder and its chat template: byte-level BPE as "gpt2" with the name of its pre-tokenizer, BPE of characters and blanks (Llama 1 and 2, Mistral,
 * Gemma, characters alone) as "llama". `size`: ids of the model; those beyond the vocabulary are filled with unused tokens.
 *
 * Errors: `E_FORMAT_NO_FILE`, `E_TOKENIZER_KIND` for what GGUF files have no form for (WordPiece and Unigram among them), `E_TOKENIZER_INVALID`.
 *
 * @example
 * await ggufTokenizer("nowhere", 32_000); // throws E_FORMAT_NO_FILE
 */
export async function ggufTokenizer(folder: string, size: number): Promise<ReadonlyMap<string, GgufValue>> {
  const file = await jsonIn(folder, "tokenizer.json");
  if (file === undefined) throw new InkstoneError("E_FORMAT_NO_FILE", { file: "tokenizer.json" });
  if (!isPlain(file.model)) throw invalid("model", { en: "it is missing", zh: "缺失" });
  const parts = partsOfModel(file, file.model);
  const texts = textsOf(parts.configuration.tokens);
  if (texts.length > size) {
    throw invalid(`token ${size}`, {
      en: `the model has ${size} ids, the vocabulary ${texts.length}`,
      zh: `模型有 ${size} 个编号，词表有 ${texts.length} 个`,
    });
  }
  const entries = parts.alphabet === "bytes" ? byteLevel(file, parts, texts) : characters(file, parts, texts);
  const unused = Array.from({ length: size - texts.length }, (_, i) => `[PAD${texts.length + i}]`);
  const types = [...parts.configuration.types, ...unused.map(() => tokenTypes.unused)];
  entries.set("tokenizer.ggml.tokens", { type: "array", of: "string", items: [...tokensOf(entries, texts), ...unused] });
  entries.set("tokenizer.ggml.token_type", { type: "array", of: "int32", items: types });
  const scores = entries.get("tokenizer.ggml.scores");
  if (scores?.type === "array" && scores.of !== "string") {
    entries.set("tokenizer.ggml.scores", { ...scores, items: [...Array.from(scores.items, Number), ...unused.map(() => 0)] });
  }
  for (const [key, value] of await specialIds(folder, file, texts)) entries.set(key, value);
  const template = chatTemplateOfFolder(folder);
  if (template !== undefined) entries.set("tokenizer.chat_template", string(template));
  return entries;
}

type Entries = Map<string, GgufValue>;

const textsOf = (tokens: StringTable) => Array.from({ length: tokens.offsets.length - 1 }, (_, i) => stringAt(tokens, i).toString("utf8"));
const isMarked = (entries: Entries) => entries.has("tokenizer.ggml.scores");

// Blanks are ▁ in the vocabularies of SentencePiece.
function tokensOf(entries: Entries, texts: readonly string[]): readonly string[] {
  return isMarked(entries) ? texts.map((text) => text.replaceAll(" ", BLANK)) : texts;
}

function byteLevel(file: Plain, { configuration }: TokenizerParts, texts: readonly string[]): Entries {
  const normalizer = isPlain(file.normalizer) ? String(file.normalizer.type) : "none";
  if (!["none", "NFC"].includes(normalizer)) throw unsupported("normalizer", normalizer, "none, NFC");
  const merges = configuration.merges === undefined ? [] : textsOf(configuration.merges);
  if (texts.some((text) => text === "")) throw invalid("model.vocab", { en: "an id has no token", zh: "某个编号没有词元" });
  return new Map([
    ["tokenizer.ggml.model", string("gpt2")],
    ["tokenizer.ggml.pre", string(preTokenizers[configuration.preTokenizer])],
    ["tokenizer.ggml.merges", { type: "array", of: "string", items: merges }],
  ]);
}

// Two pieces merge where the two together are a token, the one of the first merge first: what the scores say.
function characters(file: Plain, { service, configuration }: TokenizerParts, texts: readonly string[]): Entries {
  if (service !== "bpe") throw unsupported("model.type", service, "BPE");
  const scores = new Float32Array(texts.length);
  const ids = new Map(texts.map((text, i) => [text, i]));
  if (ids.has(" ") && ids.has(BLANK)) throw unsupported("model.vocab", `"${BLANK}" beside a blank`, "one of the two");
  const merges = configuration.merges === undefined ? [] : textsOf(configuration.merges);
  for (const [rank, merge] of merges.toReversed().entries()) {
    const made = ids.get(merge.replace(" ", ""));
    if (made !== undefined) scores[made] = rank - merges.length;
  }
  const bytes = (configuration.flags ?? 0) & tokenizerFlags.byteFallback;
  const unknown = configuration.unknown ?? (bytes ? undefined : 0);
  return new Map<string, GgufValue>([
    ["tokenizer.ggml.model", string("llama")],
    ["tokenizer.ggml.pre", string("default")],
    ["tokenizer.ggml.scores", { type: "array", of: "float32", items: scores }],
    ["tokenizer.ggml.add_space_prefix", flag(prependsBlank(file))],
    ...(unknown === undefined ? [] : [["tokenizer.ggml.unknown_token_id", id(unknown)] as const]),
  ]);
}

function prependsBlank(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(prependsBlank);
  if (!isPlain(value)) return false;
  if (value.type === "Prepend") return value.prepend === BLANK;
  if (value.type === "Metaspace") return value.prepend_scheme !== "never" && value.add_prefix_space !== false;
  return [value.normalizer, value.pre_tokenizer, value.normalizers, value.pretokenizers].some(prependsBlank);
}

const named = { bos: "bos_token", eos: "eos_token", unknown: "unk_token", padding: "pad_token" } as const;

async function specialIds(folder: string, file: Plain, texts: readonly string[]): Promise<Entries> {
  const config = (await jsonIn(folder, "tokenizer_config.json")) ?? {};
  const ids = new Map(texts.map((text, i) => [text, i]));
  const entries: Entries = new Map();
  for (const [use, key] of Object.entries(named)) {
    const text = isPlain(config[key]) ? config[key].content : config[key];
    const found = typeof text === "string" ? ids.get(text) : undefined;
    if (found !== undefined) entries.set(`tokenizer.ggml.${use}_token_id`, id(found));
  }
  const ends = [];
  for (const name of ["generation_config.json", "config.json"]) ends.push(...[(await jsonIn(folder, name))?.eos_token_id].flat());
  const valid = ends.filter((end): end is number => Number.isInteger(end) && (end as number) >= 0 && (end as number) < texts.length);
  if (!entries.has("tokenizer.ggml.eos_token_id") && valid[0] !== undefined) entries.set("tokenizer.ggml.eos_token_id", id(valid[0]));
  const eos = entries.get("tokenizer.ggml.eos_token_id");
  const other = valid.find((end) => eos?.type !== "uint32" || end !== eos.value);
  if (other !== undefined) entries.set("tokenizer.ggml.eot_token_id", id(other));
  const begins = typeof config.add_bos_token === "boolean" ? config.add_bos_token : beginsWith(file.post_processor, config.bos_token);
  entries.set("tokenizer.ggml.add_bos_token", flag(begins));
  return entries;
}

// Whether the post-processor puts this token first.
function beginsWith(value: unknown, bos: unknown): boolean {
  if (!isPlain(value)) return false;
  if (Array.isArray(value.processors)) return value.processors.some((each) => beginsWith(each, bos));
  const [first] = Array.isArray(value.single) ? value.single : [];
  const text = isPlain(bos) ? bos.content : bos;
  return isPlain(first) && isPlain(first.SpecialToken) && first.SpecialToken.id === text;
}

async function jsonIn(folder: string, name: string): Promise<Plain | undefined> {
  const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return isPlain(parsed) ? parsed : undefined;
  } catch (error) {
    throw new InkstoneError("E_TOKENIZER_INVALID", { where: name, why: { en: "this is not JSON", zh: "不是 JSON" } }, { cause: error });
  }
}

const invalid = (where: string, why: Phrase) => new InkstoneError("E_TOKENIZER_INVALID", { where, why });
const unsupported = (what: string, got: string, supported: string) => new InkstoneError("E_TOKENIZER_KIND", { what, got, supported });
