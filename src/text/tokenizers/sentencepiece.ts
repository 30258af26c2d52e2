// A tokenizer from a SentencePiece model file (.model, .spm): its pieces, their scores and what is done to a text before. Source: sentencepiece_model.proto. Knows no other file.
import { InkstoneError, type Phrase } from "../../core/index.ts";
import { ProtobufReader } from "../../formats/index.ts";
import { type Executor, preTokenizers, sharedExecutor, tokenizerFlags, tokenTypes } from "../../native/index.ts";
import { AddedTokens, type Split } from "./added-tokens.ts";
import { charsMap } from "./chars-map.ts";
import { type DeclaredIds, MOST_TOKENS, PieceTokenizer } from "./piece-tokenizer.ts";
import { stringTable } from "./string-table.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Most bytes of a model file. */
const MOST_BYTES = 64 << 20;
/** Kinds of pieces in the file, as `tokenTypes`: they are numbered alike. */
const kinds: readonly number[] = [0, 1, 2, 3, 4, 5, 6];
const models = { unigram: 1, bpe: 2 } as const;
/** What a file may ask for that is not done here. The last two are those of a fork: capitals as pieces of their own. */
const refused: readonly (readonly [string, string])[] = [
  ["2.24", "trainer_spec.treat_whitespace_as_suffix"],
  ["3.7", "normalizer_spec.encode_case"],
  ["3.8", "normalizer_spec.decode_case"],
];

function invalid(where: string, en: string, zh: string): never {
  const why: Phrase = { en, zh };
  throw new InkstoneError("E_TOKENIZER_INVALID", { where, why });
}

/** Whether no ordinary token has ▁ after another character: then a text may be cut before each run of ▁, and the ids are the same. */
export function runsOfMarks(texts: readonly string[], types: readonly number[]): boolean {
  return texts.every((text, id) => types[id] !== tokenTypes.normal || !/[^▁]▁/u.test(text));
}

/** Ranks for merging by score: the highest score first, equals alike. */
function ranksOf(scores: ArrayLike<number>): Float64Array {
  const order = Array.from(scores, (_, id) => id).sort((a, b) => scores[b] - scores[a]);
  const ranks = new Float64Array(order.length);
  for (let i = 1; i < order.length; i++) ranks[order[i]] = ranks[order[i - 1]] + Number(scores[order[i]] !== scores[order[i - 1]]);
  return ranks;
}

/** What is done to a text. */
export interface SentencePieceRules {
  readonly addBlank: boolean;
  readonly squeeze: boolean;
  readonly normalize: (text: string) => string;
}

/** A text as pieces see it: normalised, blanks as ▁, one before it. */
export function marked({ addBlank, squeeze, normalize }: SentencePieceRules): (text: string) => string {
  return (text) => {
    const normal = normalize(text.replace(/\p{Surrogate}/gu, "\ufffd"));
    const tight = squeeze ? normal.replace(/ {2,}/g, " ").replace(/^ | $/g, "") : normal;
    return tight === "" ? "" : `${addBlank ? "▁" : ""}${tight.replaceAll(" ", "▁")}`;
  };
}

interface Read {
  readonly texts: string[];
  readonly scores: number[];
  readonly types: number[];
  readonly numbers: Map<string, number>;
  charsMap: Uint8Array;
  /** What the unknown token is shown as. */
  unknown: string;
}

function readModel(bytes: Uint8Array): Read {
  const read: Read = { texts: [], scores: [], types: [], numbers: new Map(), charsMap: new Uint8Array(0), unknown: " \u2047 " };
  for (const field of new ProtobufReader(bytes, "model")) {
    if (field.number === 1) readPiece(field.message(), read);
    else if (field.number === 2 || field.number === 3) {
      for (const inner of field.message()) {
        if (field.number === 3 && inner.number === 2) read.charsMap = inner.bytes();
        else if (field.number === 2 && inner.number === 44) read.unknown = inner.text();
        else if (inner.isNumber) read.numbers.set(`${field.number}.${inner.number}`, inner.integer());
      }
    }
  }
  return read;
}

function readPiece(message: ProtobufReader, read: Read): void {
  let [text, score, type] = ["", 0, 1];
  for (const field of message) {
    if (field.number === 1) text = field.text();
    else if (field.number === 2) score = field.float();
    else if (field.number === 3) type = field.integer();
  }
  if (!kinds.includes(type) || type === 0) invalid(`token ${read.texts.length}`, `there is no token type ${type}`, `没有词元类型 ${type}`);
  if (read.texts.length >= MOST_TOKENS)
    throw new InkstoneError("E_TOKENIZER_SIZE", { what: "tokens", got: read.texts.length + 1, limit: MOST_TOKENS });
  read.texts.push(text);
  read.scores.push(score);
  read.types.push(type);
}

/**
 * The tokenizer of a SentencePiece model (its bytes): Unigram or BPE.
 *
 * Errors: `E_FORMAT_…` where it is no protobuf message; `E_TOKENIZER_KIND` for word and character models; `E_TOKENIZER_INVALID`, `E_TOKENIZER_SIZE`.
 *
 * @example
 * tokenizerFromSentencePiece(new Uint8Array(0)); // throws E_TOKENIZER_INVALID
 */
export function tokenizerFromSentencePiece(bytes: Uint8Array, executor: Executor = sharedExecutor()): Tokenizer {
  if (bytes.length > MOST_BYTES) throw new InkstoneError("E_TOKENIZER_SIZE", { what: "model", got: bytes.length, limit: MOST_BYTES });
  const { texts, scores, types, numbers, charsMap: map, unknown: shown } = readModel(bytes);
  if (texts.length === 0) invalid("model", "it has no tokens", "没有词元");
  const kind = numbers.get("2.3") ?? models.unigram;
  if (kind !== models.unigram && kind !== models.bpe) {
    throw new InkstoneError("E_TOKENIZER_KIND", { what: "trainer_spec.model_type", got: kind === 3 ? "word" : "char", supported: "unigram, bpe" });
  }
  const escapes = numbers.get("3.5") ?? 1;
  if (escapes === 0) throw new InkstoneError("E_TOKENIZER_KIND", { what: "normalizer_spec.escape_whitespaces", got: "false", supported: "true" });
  for (const [field, name] of refused) {
    if ((numbers.get(field) ?? 0) !== 0) throw new InkstoneError("E_TOKENIZER_KIND", { what: name, got: "true", supported: "false" });
  }
  const addBlank = (numbers.get("3.3") ?? 1) !== 0;
  const rules = { addBlank, squeeze: (numbers.get("3.4") ?? 1) !== 0, normalize: charsMap(map, { longest: true }) };
  const id = (field: string, fallback: number) => {
    const found = numbers.get(field) ?? fallback;
    return found >= 0 && found < texts.length ? found : undefined;
  };
  const declared: DeclaredIds = Object.fromEntries(
    Object.entries({ bos: id("2.41", 1), eos: id("2.42", 2) }).filter(([, value]) => value !== undefined),
  );
  const isBpe = kind === models.bpe;
  const unknown = id("2.40", 0);
  return new PieceTokenizer(executor, {
    service: isBpe ? "bpe" : "unigram",
    ...sentencePieceParts({ texts, scores, types, isBpe, unknown }),
    ...(unknown === undefined ? {} : { unknown: { id: unknown, text: shown } }),
    declared,
    beginning: addBlank ? "without blanks" : "as is",
    prepare: prepareOf(texts, types, marked(rules)),
  });
}

/** What pieces, scores and types make: a service's configuration and its alphabet. */
export function sentencePieceParts(read: {
  readonly texts: readonly string[];
  readonly scores: ArrayLike<number>;
  readonly types: readonly number[];
  readonly isBpe: boolean;
  readonly unknown: number | undefined;
}): { readonly configuration: ConstructorParameters<typeof PieceTokenizer>[1]["configuration"]; readonly alphabet: "marked" } {
  const { texts, scores, types, isBpe, unknown } = read;
  const hasBytes = types.includes(tokenTypes.byte);
  const { byRank, characters, byteFallback, fuseUnknown } = tokenizerFlags;
  const configuration = {
    preTokenizer: preTokenizers.indexOf(runsOfMarks(texts, types) ? "marked-runs" : "whole"),
    flags: (isBpe ? byRank | characters | fuseUnknown : 0) | (hasBytes ? byteFallback : 0),
    ...(unknown === undefined ? {} : { unknown }),
    tokens: stringTable(texts),
    types: Uint8Array.from(types),
    numbers: isBpe ? ranksOf(scores) : Float64Array.from(scores),
  };
  return { configuration, alphabet: "marked" };
}

/** Cuts user-defined and, where asked for, control tokens out of a text; a blank is put before the first part and after each token. */
export function prepareOf(
  texts: readonly string[],
  types: readonly number[],
  change: (text: string) => string,
): (text: string, special: boolean) => Split {
  const added = texts.flatMap((text, id) => {
    const isSpecial = types[id] === tokenTypes.control;
    return text !== "" && (isSpecial || types[id] === tokenTypes.userDefined) ? [{ id, text, special: isSpecial }] : [];
  });
  const tokens = new AddedTokens(added);
  return (text, special) => tokens.split(text, special).map((part) => (typeof part === "number" ? part : change(part)));
}
