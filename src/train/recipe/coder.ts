// The tokenizer of a recipe: of all characters of its data, of a file, or learnt first. Knows no shards and no models.
import { InkstoneError } from "../../core/index.ts";
import { findTexts, type TextPiece, type TextPieceOptions, textPieces } from "../../data/index.ts";
import { readTextFile } from "../../formats/index.ts";
import { cpu } from "../../tensor/index.ts";
import { tokenizerFromJson, trainTokenizer } from "../../text/index.ts";
import { Turns } from "../inputs/turns.ts";
import { mixtureOf } from "./recipe.ts";
import type { Recipe } from "./types.ts";

/** What training asks of a tokenizer. */
export interface TextCoder {
  readonly size: number;
  encode(text: string): readonly number[];
  /** Many texts, on all threads. */
  encodeAll(texts: readonly string[]): Promise<readonly (readonly number[])[]>;
  decode(ids: readonly number[]): string;
  /** The token behind a document, where there is one. */
  readonly end: number | undefined;
  /** The token that hides others, where there is one. */
  readonly mask: number | undefined;
  /** Kept in the run: the text of its tokenizer.json. */
  readonly json: string;
}

/** Files of a part of the data, with their column. */
export interface PartFiles {
  readonly files: readonly string[];
  readonly column: string;
  readonly weight: number;
  /** Other files of its folders: of kinds that are not read. */
  readonly leftOut: readonly string[];
}

const END = "<|endoftext|>";
const MASK = "[MASK]";
const ends = [END, "</s>", "[SEP]", "<|im_end|>", "<eos>"];
const masks = [MASK, "<mask>", "<|mask|>"];

/** The files of a recipe by its parts, in the order of their names. Errors: E_FORMAT_NO_FILE, `E_DATA_FOLDER`. */
export async function partsOf(recipe: Recipe): Promise<PartFiles[]> {
  return Promise.all(mixtureOf(recipe).map(async ({ files, column, weight }) => ({ ...(await findTexts(files)), column, weight })));
}

/** How a recipe reads its files. `onBadRow`: given the rows that it leaves out, where it does. */
export function readingOf({ data }: Recipe, onBadRow: (error: InkstoneError) => void = () => {}): Pick<TextPieceOptions, "encoding" | "onBadRow"> {
  return { encoding: data.encoding, onBadRow: data.skipBad ? onBadRow : undefined };
}

/** The texts of a recipe: those of its columns, of "encoder-decoder" both sides. */
export async function* textsOf(recipe: Recipe, parts: readonly PartFiles[], signal?: AbortSignal): AsyncGenerator<string> {
  for await (const { text } of piecesOf(recipe, parts, signal)) yield text;
}

async function* piecesOf(recipe: Recipe, parts: readonly PartFiles[], signal?: AbortSignal): AsyncGenerator<TextPiece> {
  const both = recipe.model.architecture === "encoder-decoder" ? [recipe.data.source, recipe.data.target] : undefined;
  const reading = { ...readingOf(recipe), signal };
  for (const { files, column } of parts) for (const each of both ?? [column]) yield* textPieces(files, { ...reading, column: each });
}

/** The tokenizer of a recipe. Errors: those of `trainTokenizer` and `tokenizerFromJson`. */
export async function coderOf(recipe: Recipe, parts: readonly PartFiles[], signal?: AbortSignal): Promise<TextCoder> {
  const { file, train } = recipe.tokenizer;
  if (train !== undefined) {
    const { kind, size, minimumCount, special, byteFallback } = train;
    const more =
      recipe.model.architecture === "bert" && kind !== "wordpiece" ? { specialTokens: special ?? [END, MASK] } : { specialTokens: special };
    const counted = kind === "unigram" ? {} : { minimumCount };
    const { json } = await trainTokenizer(textsOf(recipe, parts, signal), { kind, vocabularySize: size, ...counted, ...more, byteFallback, signal });
    return fileCoder(json, "tokenizer.json");
  }
  if (file !== "characters") return fileCoder(await readTextFile(file, 256 << 20), file);
  const turns = new Turns();
  const found = new Set<string>();
  let isOver = false;
  for await (const { text, ends } of piecesOf(recipe, parts, signal)) {
    // What stands between documents that do not end with a line.
    if (isOver) found.add("\n");
    for (const character of text) found.add(character);
    isOver = ends && !text.endsWith("\n");
    await turns.rest();
  }
  const sorted = [...found].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
  const special = [...(recipe.data.documents !== "joined" ? [END] : []), ...(recipe.model.architecture === "bert" ? [MASK] : [])];
  return characterCoder([...sorted, ...special]);
}

/** A tokenizer whose tokens are these characters (and special tokens, behind them); other characters are left out. Its file is one that Hugging Face tokenizers open. */
export function characterCoder(tokens: readonly string[]): TextCoder {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const special = tokens.flatMap((content, id) => (Array.from(content).length > 1 ? [{ id, content }] : []));
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const model = {
    ...{ type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false },
    vocab: Object.fromEntries(ids),
    merges: [],
  };
  const rest = { truncation: null, padding: null, added_tokens: special.map((one) => ({ ...one, ...flags })) };
  const steps = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: { type: "Fuse" } };
  const encode = (text: string) => Array.from(text, (character) => ids.get(character)).filter((id) => id !== undefined);
  return {
    size: tokens.length,
    encode,
    encodeAll: async (texts) => texts.map(encode),
    decode: (given) => given.map((id) => tokens[id] ?? "").join(""),
    end: ids.get(END),
    mask: ids.get(MASK),
    json: JSON.stringify({ version: "1.0", ...rest, ...steps, model }),
  };
}

/** The tokenizer of the text of a tokenizer.json that a run has kept, or that a recipe names. Errors: those of `tokenizerFromJson`. */
export async function fileCoder(json: string, path: string): Promise<TextCoder> {
  const plain = parsed(json, path);
  const { model } = plain;
  if (model?.type === "BPE" && model.merges?.length === 0 && model.vocab && plain.pre_tokenizer === null)
    return characterCoder(
      Object.entries(model.vocab)
        .sort((a, b) => a[1] - b[1])
        .map(([character]) => character),
    );
  const tokenizer = tokenizerFromJson(json, cpu().executor);
  const first = (tokens: readonly string[]) => tokens.map((token) => tokenizer.idOf(token)).find((id) => id !== undefined);
  return {
    size: tokenizer.vocabularySize,
    encode: (text) => tokenizer.encode(text),
    encodeAll: (texts) => tokenizer.encodeAll(texts),
    decode: (ids) => tokenizer.decode([...ids]),
    end: first(ends),
    mask: first(masks),
    json,
  };
}

function parsed(
  json: string,
  path: string,
): { model?: { type?: string; merges?: unknown[]; vocab?: Record<string, number> }; pre_tokenizer?: unknown } {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new InkstoneError("E_TOKENIZER_INVALID", { where: path, why: { en: "this is not JSON", zh: "不是 JSON" } }, { cause: error });
  }
}
