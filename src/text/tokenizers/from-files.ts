// Tokenizers from the plain files of old: vocab.txt, vocab.json with merges.txt, .tiktoken. Knows no folder: it gets the contents.
import { InkstoneError, jsonErrorPlace, type Phrase } from "../../core/index.ts";
import { type Executor, preTokenizers, sharedExecutor, tokenizerFlags, tokenTypes } from "../../native/index.ts";
import { bertFold } from "./bert-fold.ts";
import { type DeclaredIds, MOST_TOKENS, PieceTokenizer } from "./piece-tokenizer.ts";
import { stringTable } from "./string-table.ts";
import { bertTemplate } from "./template.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { mapped } from "./vocabulary.ts";

function invalid(where: string, en: string, zh: string): never {
  const why: Phrase = { en, zh };
  throw new InkstoneError("E_TOKENIZER_INVALID", { where, why });
}

function limited(count: number): void {
  if (count > MOST_TOKENS) throw new InkstoneError("E_TOKENIZER_SIZE", { what: "tokens", got: count, limit: MOST_TOKENS });
}

const lines = (text: string) => text.replace(/\r?\n$/, "").split(/\r?\n/);

/** How a vocab.txt is used; what tokenizer_config.json says. */
export interface BertVocabularyOptions {
  /** Default: whether the vocabulary has no token with a capital of A to Z but the special ones. */
  readonly lowercase?: boolean;
  /** Default: as `lowercase`. */
  readonly stripAccents?: boolean;
  /** Default true. */
  readonly chineseApart?: boolean;
}

/**
 * BERT's tokenizer from a vocab.txt, a token a line. Errors: `E_TOKENIZER_INVALID` where [UNK], [CLS] or [SEP] is missing; `E_TOKENIZER_SIZE`.
 *
 * @example
 * const words = tokenizerFromBertVocabulary("[UNK]\n[CLS]\n[SEP]\nun\n##able\n");
 * words.encode("Unable"); // [3, 4]
 * words.forModel([3, 4]).ids; // [1, 3, 4, 2]
 */
export function tokenizerFromBertVocabulary(
  vocabulary: string,
  executor: Executor = sharedExecutor(),
  options: BertVocabularyOptions = {},
): Tokenizer {
  const texts = lines(vocabulary);
  limited(texts.length);
  const isSpecial = (text: string) => /^\[[A-Z]+\]$/.test(text);
  const { lowercase = !texts.some((text) => /[A-Z]/.test(text) && !isSpecial(text)), chineseApart = true } = options;
  const id = (token: string) => {
    const found = texts.indexOf(token);
    return found < 0 ? invalid("vocab.txt", `${token} is missing`, `缺少 ${token}`) : found;
  };
  const configuration = {
    preTokenizer: preTokenizers.indexOf("bert"),
    flags: chineseApart ? tokenizerFlags.chineseApart : 0,
    unknown: id("[UNK]"),
    longest: 100,
    tokens: stringTable(texts),
    types: Uint8Array.from(texts, (text) => (isSpecial(text) ? tokenTypes.control : text === "" ? tokenTypes.unused : tokenTypes.normal)),
    fold: bertFold({ lowercase, stripAccents: options.stripAccents ?? lowercase, clean: true, chineseApart }).map,
  };
  return new PieceTokenizer(executor, {
    service: "wordpiece",
    configuration,
    alphabet: "words",
    tidy: true,
    template: bertTemplate(id("[CLS]"), id("[SEP]")),
  });
}

/**
 * GPT-2's tokenizer from vocab.json and merges.txt. `preTokenizer`: one of the byte-level ones by name. Default "gpt-2". Tokens of the form `<|…|>` are control tokens.
 *
 * Errors: `E_TOKENIZER_INVALID` naming the token or merge; `E_TOKENIZER_KIND`; `E_TOKENIZER_SIZE`.
 *
 * @example
 * const vocabulary = { h: 0, i: 1, hi: 2 };
 * tokenizerFromMerges(JSON.stringify(vocabulary), "#version: 0.2\nh i\n").encode("hi"); // [2]
 */
export function tokenizerFromMerges(
  vocabulary: string,
  merges: string,
  executor: Executor = sharedExecutor(),
  { preTokenizer = "gpt-2", ...declared }: DeclaredIds & { readonly preTokenizer?: string } = {},
): Tokenizer {
  const parsed = parse(vocabulary);
  const texts: string[] = [];
  for (const [text, id] of Object.entries(parsed)) {
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= MOST_TOKENS || texts[id] !== undefined)
      return invalid(`token ${JSON.stringify(text)}`, `its id is ${String(id)}`, `编号为 ${String(id)}`);
    texts[id] = text;
  }
  const gap = texts.findIndex((text) => text === undefined);
  if (gap >= 0) return invalid(`token ${gap}`, "no token has this id", "没有词元使用此编号");
  const pairs = lines(merges).filter((line) => line !== "" && !line.startsWith("#version"));
  const types = Uint8Array.from(texts, (text) => (/^<\|.+\|>$/.test(text) ? tokenTypes.control : tokenTypes.normal));
  const configuration = { preTokenizer: byteLevel(preTokenizer), tokens: stringTable(texts), types, merges: stringTable(pairs) };
  return new PieceTokenizer(executor, { service: "bpe", configuration, declared });
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return invalid(jsonErrorPlace(text), "this is not JSON", "不是 JSON");
  }
}

function byteLevel(name: string): number {
  const known = preTokenizers.slice(0, -4);
  const index = known.indexOf(name);
  if (index < 0) throw new InkstoneError("E_TOKENIZER_KIND", { what: "preTokenizer", got: name, supported: known.join(", ") });
  return index;
}

/**
 * OpenAI's tokenizers from a .tiktoken file: in each line a token's bytes in base64 and its rank. `special`: texts of special tokens and their ids.
 * `preTokenizer`: "gpt-2" for r50k and p50k, "llama-bpe" for cl100k, "gpt-4o" for o200k.
 *
 * Errors: `E_TOKENIZER_INVALID` naming the line; `E_TOKENIZER_KIND`; `E_TOKENIZER_SIZE`.
 *
 * @example
 * const file = ["aA==", "aQ==", "aGk="].map((token, rank) => `${token} ${rank}`).join("\n");
 * tokenizerFromTiktoken(file, openExecutor(), { preTokenizer: "llama-bpe" }).encode("hi"); // [2]
 */
export function tokenizerFromTiktoken(
  file: string,
  executor: Executor,
  { preTokenizer, special = {}, ...declared }: DeclaredIds & { readonly preTokenizer: string; readonly special?: Readonly<Record<string, number>> },
): Tokenizer {
  const rows = lines(file);
  limited(rows.length);
  const texts: string[] = [];
  const types: number[] = [];
  const put = (where: string, id: number, text: string, type: number) => {
    if (!(Number.isInteger(id) && id >= 0 && id < MOST_TOKENS) || texts[id] !== undefined) invalid(where, `its id is ${id}`, `编号为 ${id}`);
    texts[id] = text;
    types[id] = type;
  };
  for (const [i, row] of rows.entries()) {
    const [, base64, rank] = /^([A-Za-z0-9+/]+=*) (\d+)$/.exec(row) ?? invalid(`line ${i + 1}`, "it is not a token and a rank", "不是词元与序号");
    put(`line ${i + 1}`, Number(rank), mapped(Buffer.from(base64, "base64")), tokenTypes.normal);
  }
  for (const [text, id] of Object.entries(special)) put(text, id, text, tokenTypes.control);
  for (let id = 0; id < texts.length; id++) {
    texts[id] ??= "";
    types[id] ??= tokenTypes.unused;
  }
  const flags = tokenizerFlags.byRank | tokenizerFlags.wholeFirst;
  const configuration = { preTokenizer: byteLevel(preTokenizer), flags, tokens: stringTable(texts), types: Uint8Array.from(types) };
  return new PieceTokenizer(executor, { service: "bpe", configuration, declared });
}
