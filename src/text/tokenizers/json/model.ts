// The model of a tokenizer.json and everything around it as what a service is made of. Knows no executor.
import { InkstoneError, type Phrase } from "../../../core/index.ts";
import { preTokenizers, type TokenizerConfiguration, tokenizerFlags, tokenTypes } from "../../../native/index.ts";
import { type AddedToken, AddedTokens, type Split } from "../added-tokens.ts";
import { bertFold } from "../bert-fold.ts";
import { MOST_TOKENS, type TokenizerParts } from "../piece-tokenizer.ts";
import { runsOfMarks } from "../sentencepiece.ts";
import { stringTable } from "../string-table.ts";
import { decodingOfJson } from "./decoder.ts";
import { normalizerOfJson } from "./normalizer.ts";
import { type PreTokenization, preTokenizationOfJson } from "./patterns.ts";
import { templateOfJson } from "./post-processor.ts";
import { inWords, isPlain, type Plain } from "./value.ts";

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

/** Which of the three models this is; files of old do not say. */
function kindOf(model: Plain): "BPE" | "WordPiece" | "Unigram" {
  const { type } = model;
  if (type === "BPE" || type === "WordPiece" || type === "Unigram") return type;
  if (type === undefined && Array.isArray(model.vocab)) return "Unigram";
  if (type === undefined && Array.isArray(model.merges)) return "BPE";
  if (type === undefined && model.max_input_chars_per_word !== undefined) return "WordPiece";
  return unsupported("model.type", type, "BPE, WordPiece, Unigram");
}

/** What a service is made of, from a file and its model. Errors: `E_TOKENIZER_KIND`, `E_TOKENIZER_INVALID`. */
export function partsOfModel(file: Plain, model: Plain): TokenizerParts {
  const kind = kindOf(model);
  const tokens = kind === "Unigram" ? scoredTokens(model, file.added_tokens) : tokensOf(model.vocab, file.added_tokens);
  const pre = preTokenizationOfJson(file.pre_tokenizer);
  const normalizer = normalizerOfJson(file.normalizer);
  const made = { BPE: bpe, WordPiece: wordPiece, Unigram: unigram }[kind](model, tokens, pre);
  const bert = normalizer.bert;
  const folded = bert === undefined ? {} : { fold: bertFold(bert).map };
  const flags = (made.configuration.flags ?? 0) | (bert?.chineseApart ? tokenizerFlags.chineseApart : 0);
  const configuration: TokenizerConfiguration = {
    ...made.configuration,
    ...folded,
    flags,
    tokens: stringTable(tokens.texts),
    types: Uint8Array.from(tokens.types),
  };
  const decoding = decodingOfJson(file.decoder, made.alphabet);
  const prepare = preparation(file.added_tokens, normalizer.apply, pre.prepare);
  return {
    service: made.service,
    configuration,
    ...decoding,
    template: templateOfJson(file.post_processor),
    ...(prepare === undefined ? {} : { prepare }),
  };
}

type Made = Pick<TokenizerParts, "service"> & {
  configuration: Omit<TokenizerConfiguration, "tokens" | "types">;
  alphabet: "bytes" | "marked" | "words";
};

function unknownId(model: Plain, tokens: Tokens): { unknown?: number } {
  if (typeof model.unk_token !== "string") return {};
  const id = tokens.texts.indexOf(model.unk_token);
  return id < 0 ? invalid("model.unk_token", "no token has this text", "没有词元使用此文本") : { unknown: id };
}

function bpe(model: Plain, tokens: Tokens, pre: PreTokenization): Made {
  for (const key of ["dropout", "continuing_subword_prefix", "end_of_word_suffix"]) {
    const value = model[key] ?? "";
    if (value !== "") unsupported(`model.${key}`, value, "none");
  }
  const merges = Array.isArray(model.merges) ? model.merges : invalid("model.merges", "it is no list", "不是列表");
  const flag = (isSet: boolean, value: number) => (isSet ? value : 0);
  const flags =
    flag(model.ignore_merges === true, tokenizerFlags.wholeFirst) |
    flag(!pre.byteLevel, tokenizerFlags.characters) |
    flag(model.byte_fallback === true, tokenizerFlags.byteFallback) |
    flag(model.fuse_unk === true, tokenizerFlags.fuseUnknown);
  if (model.byte_fallback === true && !pre.byteLevel) markBytes(tokens);
  const scanner = pre.preTokenizer ?? preTokenizers.indexOf(runsOfMarks(tokens.texts, tokens.types) ? "marked-runs" : "whole");
  const configuration = {
    preTokenizer: scanner,
    flags,
    merges: stringTable(merges.map(mergeText)),
    ...(pre.byteLevel ? {} : unknownId(model, tokens)),
  };
  return { service: "bpe", configuration, alphabet: pre.byteLevel ? "bytes" : "marked" };
}

/** Tokens of single bytes get their type. */
function markBytes(tokens: Tokens): void {
  for (const [id, text] of tokens.texts.entries())
    if (/^<0x[0-9A-F]{2}>$/.test(text) && tokens.types[id] === tokenTypes.normal) tokens.types[id] = tokenTypes.byte;
}

function wordPiece(model: Plain, tokens: Tokens, pre: PreTokenization): Made {
  if (model.continuing_subword_prefix !== "##") unsupported("model.continuing_subword_prefix", model.continuing_subword_prefix, "##");
  if (pre.preTokenizer !== preTokenizers.indexOf("bert")) unsupported("pre_tokenizer", "none of BERT's", "BertPreTokenizer");
  const longest = typeof model.max_input_chars_per_word === "number" ? model.max_input_chars_per_word : 100;
  return { service: "wordpiece", configuration: { preTokenizer: pre.preTokenizer, longest, ...unknownId(model, tokens) }, alphabet: "words" };
}

function unigram(model: Plain, tokens: Tokens, pre: PreTokenization): Made {
  const { unk_id: unknown } = model;
  if (typeof unknown !== "number" || tokens.texts[unknown] === undefined) invalid("model.unk_id", "no token has this id", "没有词元使用此编号");
  if (model.byte_fallback === true) markBytes(tokens);
  const flags = model.byte_fallback === true ? tokenizerFlags.byteFallback : 0;
  const scores = new Float64Array(tokens.texts.length);
  for (const [id, entry] of (model.vocab as [string, number][]).entries()) scores[id] = entry[1];
  const scanner = pre.preTokenizer ?? preTokenizers.indexOf(runsOfMarks(tokens.texts, tokens.types) ? "marked-runs" : "whole");
  return { service: "unigram", configuration: { preTokenizer: scanner, flags, unknown: unknown as number, numbers: scores }, alphabet: "marked" };
}

function scoredTokens(model: Plain, added: unknown): Tokens {
  const { vocab } = model;
  if (!Array.isArray(vocab)) return invalid("model.vocab", "it is no list", "不是列表");
  const tokens: Tokens = { texts: [], types: [] };
  for (const [id, entry] of vocab.entries()) {
    const [text, score] = Array.isArray(entry) ? entry : [];
    if (typeof text !== "string" || typeof score !== "number" || !Number.isFinite(score))
      return invalid(`token ${id}`, "it is not a text and a score", "不是文本与分数");
    // Files repeat texts now and then; the first counts.
    put(tokens, `token ${id}`, { id, text, type: tokenTypes.normal });
  }
  return withAdded(tokens, added);
}

function tokensOf(vocab: unknown, added: unknown): Tokens {
  const tokens: Tokens = { texts: [], types: [] };
  if (!isPlain(vocab)) return invalid("model.vocab", "it is no object", "不是对象");
  for (const [text, id] of Object.entries(vocab)) put(tokens, `token ${JSON.stringify(text)}`, { id, text, type: tokenTypes.normal });
  return withAdded(tokens, added);
}

function withAdded(tokens: Tokens, added: unknown): Tokens {
  if (added !== undefined && !Array.isArray(added)) invalid("added_tokens", "it is no list", "不是列表");
  for (const [i, each] of (added ?? []).entries()) putAdded(tokens, `added_tokens[${i}]`, each);
  const gap = tokens.texts.findIndex((text) => typeof text !== "string");
  if (gap >= 0) invalid(`token ${gap}`, "no token has this id", "没有词元使用此编号");
  return tokens;
}

function putAdded(tokens: Tokens, where: string, added: unknown): void {
  if (!isPlain(added) || typeof added.content !== "string") invalid(where, "it has no text", "没有文本");
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

type Change = (text: string, isStart: boolean) => string;

/** Added tokens cut out before and after texts are normalised; undefined where the service can do all of it. */
function preparation(added: unknown, normalize: ((text: string) => string) | undefined, before: Change | undefined): TokenizerParts["prepare"] {
  const tokens = Array.isArray(added) ? added.filter(isPlain) : [];
  const asksMore = tokens.some((token) => token.single_word === true || token.lstrip === true || token.rstrip === true);
  if (normalize === undefined && before === undefined && !asksMore) return undefined;
  const found = (token: Plain, text: string): AddedToken => ({
    id: token.id as number,
    text,
    special: token.special === true,
    singleWord: token.single_word === true,
    left: token.lstrip === true,
    right: token.rstrip === true,
  });
  const isLate = (token: Plain) => token.normalized === true && normalize !== undefined;
  const early = new AddedTokens(tokens.filter((token) => !isLate(token)).map((token) => found(token, token.content as string)));
  const lateTokens = tokens.filter(isLate).map((token) => found(token, normalize?.(token.content as string) ?? ""));
  const late = new AddedTokens(lateTokens.filter((token) => token.text !== ""));
  return (text, special): Split => {
    const whole = text.replace(/\p{Surrogate}/gu, "\ufffd");
    const parts = early.split(whole, special);
    const normal = parts.flatMap((part) => (typeof part === "number" ? [part] : late.split(normalize?.(part) ?? part, special)));
    if (before === undefined) return normal;
    return normal.map((part, i) => (typeof part === "number" ? part : before(part, i === 0))).filter((part) => part !== "");
  };
}

// "A B" in older files, ["A", "B"] in newer ones.
function mergeText(merge: unknown, index: number): string {
  const isPair = Array.isArray(merge) && merge.length === 2 && merge.every((part) => typeof part === "string" && !part.includes(" "));
  const text = isPair ? merge.join(" ") : merge;
  if (typeof text !== "string") return invalid(`merge ${index}`, "it is not two pieces", "不是两个片段");
  return halved.test(text) ? invalid(`merge ${index}`, "it holds half of a surrogate pair", "包含半个代理对") : text;
}
