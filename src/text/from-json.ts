// A tokenizer from a Hugging Face tokenizer.json: byte-level BPE and nothing else, every other kind refused by its name. And from a saved WordTokenizer.
import { InkstoneError, jsonErrorPlace, jsonTooDeep, type Phrase } from "../core/index.ts";
import { type Executor, tokenTypes } from "../native/index.ts";
import { ByteLevelBpe, MOST_TOKENS, stringTable } from "./byte-level-bpe.ts";
import { preTokenizerOfJson } from "./json-pre-tokenizer.ts";
import { inWords, isPlain, type Plain } from "./json-value.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { WordTokenizer } from "./word-tokenizer.ts";

/** Most bytes of a tokenizer.json. */
export const MOST_JSON_BYTES: number = 64 << 20;

/** Deepest nesting of a tokenizer.json; known ones nest six deep. */
const DEEPEST = 64;

/** Half of a surrogate pair on its own: no UTF-8 can hold it. */
const halved = /\p{Surrogate}/u;

function invalid(where: string, en: string, zh: string): never {
  const why: Phrase = { en, zh };
  throw new InkstoneError("E_TOKENIZER_INVALID", { where, why });
}

function unsupported(what: string, got: unknown, supported: string): never {
  throw new InkstoneError("E_TOKENIZER_KIND", { what, got: inWords(got), supported });
}

/** Tokens by id; types beside them. */
interface Tokens {
  readonly texts: string[];
  readonly types: number[];
}

/**
 * The tokenizer of a tokenizer.json (its text or its bytes): model BPE, a byte-level pre-tokenizer that is known, no normalizer;
 * or what a `WordTokenizer` gave as JSON.
 *
 * Errors: `E_TOKENIZER_KIND` names the part that is not supported; `E_TOKENIZER_INVALID` the line:column, token or merge that is wrong; `E_TOKENIZER_SIZE`.
 *
 * @example
 * tokenizerFromJson(await readFile("tokenizer.json"), openExecutor()).encode("Hello"); // [15496]
 */
export function tokenizerFromJson(json: string | Uint8Array, executor: Executor): Tokenizer {
  const got = typeof json === "string" ? Buffer.byteLength(json, "utf8") : json.length;
  if (got > MOST_JSON_BYTES) throw new InkstoneError("E_TOKENIZER_SIZE", { what: "tokenizer.json", got, limit: MOST_JSON_BYTES });
  const file = parse(typeof json === "string" ? json : new TextDecoder().decode(json));
  if (file.type === "word-tokenizer") return WordTokenizer.fromJSON(file);
  const model = isPlain(file.model) ? file.model : invalid("model", "it is missing", "缺失");
  checkModel(model);
  checkNormalizer(file.normalizer);
  const tokens = tokensOf(model.vocab, file.added_tokens);
  const merges = Array.isArray(model.merges) ? model.merges : invalid("model.merges", "it is no list", "不是列表");
  const configuration = {
    preTokenizer: preTokenizerOfJson(file.pre_tokenizer),
    tokens: stringTable(tokens.texts),
    types: Uint8Array.from(tokens.types),
    merges: stringTable(merges.map(mergeText)),
  };
  return new ByteLevelBpe(executor, configuration, {});
}

function parse(text: string): Plain {
  let value: unknown;
  const deep = jsonTooDeep(text, DEEPEST);
  if (deep !== undefined) invalid(deep, "it is nested too deeply", "嵌套过深");
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return invalid(jsonErrorPlace(text), "this is not JSON", "不是 JSON");
  }
  return isPlain(value) ? value : invalid("1:1", "this is no JSON object", "不是 JSON 对象");
}

function checkModel(model: Plain): void {
  if (model.type !== "BPE") unsupported("model.type", model.type, "BPE");
  for (const key of ["dropout", "continuing_subword_prefix", "end_of_word_suffix"]) {
    const value = model[key] ?? "";
    if (value !== "") unsupported(`model.${key}`, value, "none");
  }
  for (const key of ["byte_fallback", "ignore_merges"]) if (model[key] === true) unsupported(`model.${key}`, "true", "false");
}

function checkNormalizer(normalizer: unknown): void {
  if (normalizer === undefined || normalizer === null) return;
  const isEmpty =
    isPlain(normalizer) && normalizer.type === "Sequence" && Array.isArray(normalizer.normalizers) && normalizer.normalizers.length === 0;
  if (!isEmpty) unsupported("normalizer", isPlain(normalizer) ? normalizer.type : normalizer, "none");
}

function tokensOf(vocab: unknown, added: unknown): Tokens {
  const tokens: Tokens = { texts: [], types: [] };
  if (!isPlain(vocab)) return invalid("model.vocab", "it is no object", "不是对象");
  for (const [text, id] of Object.entries(vocab)) put(tokens, `token ${JSON.stringify(text)}`, { id, text, type: tokenTypes.normal });
  if (added !== undefined && !Array.isArray(added)) invalid("added_tokens", "it is no list", "不是列表");
  for (const [i, each] of (added ?? []).entries()) putAdded(tokens, `added_tokens[${i}]`, each);
  const gap = tokens.texts.findIndex((text) => typeof text !== "string");
  if (gap >= 0) invalid(`token ${gap}`, "no token has this id", "没有词元使用此编号");
  return tokens;
}

function putAdded(tokens: Tokens, where: string, added: unknown): void {
  if (!isPlain(added) || typeof added.content !== "string") invalid(where, "it has no text", "没有文本");
  for (const key of ["single_word", "lstrip", "rstrip"]) if (added[key] === true) unsupported(`${where}.${key}`, "true", "false");
  if (added.content === "") invalid(where, "its text is empty", "文本为空");
  const { id, content: text } = added;
  const type = added.special === true ? tokenTypes.control : tokenTypes.userDefined;
  const known = typeof id === "number" ? tokens.texts[id] : undefined;
  if (known !== undefined && known === text) tokens.types[id as number] = type;
  else put(tokens, where, { id, text, type });
}

function put(tokens: Tokens, where: string, { id, text, type }: { id: unknown; text: string; type: number }): void {
  if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= MOST_TOKENS)
    invalid(where, `its id is ${inWords(id)}, allowed 0 to ${MOST_TOKENS - 1}`, `编号为 ${inWords(id)}，允许 0 到 ${MOST_TOKENS - 1}`);
  if (halved.test(text)) invalid(where, "it holds half of a surrogate pair", "包含半个代理对");
  if (tokens.texts[id] !== undefined) invalid(where, `the id ${id} is another token's too`, `编号 ${id} 已被其他词元使用`);
  tokens.texts[id] = text;
  tokens.types[id] = type;
}

// "A B" in older files, ["A", "B"] in newer ones.
function mergeText(merge: unknown, index: number): string {
  const isPair = Array.isArray(merge) && merge.length === 2 && merge.every((part) => typeof part === "string" && !part.includes(" "));
  const text = isPair ? merge.join(" ") : merge;
  if (typeof text !== "string") return invalid(`merge ${index}`, "it is not two pieces", "不是两个片段");
  return halved.test(text) ? invalid(`merge ${index}`, "it holds half of a surrogate pair", "包含半个代理对") : text;
}
