// Tokens for training: a tokenizer of characters or of a file, and texts as shards of ids on disk, read in pieces. Knows no models.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { createInterface } from "node:readline";
import { InkstoneError, uniform } from "../../core/index.ts";
import { readTextFile, writeFileDurably } from "../../formats/index.ts";
import { cpu } from "../../tensor/index.ts";
import { loadTokenizer } from "../../text/index.ts";
import { Turns } from "../inputs/turns.ts";
import { type Batch, type BatchSource, checkSignal, valuesColumn } from "../loop/index.ts";
import type { Recipe } from "./recipe.ts";

/** What training asks of a tokenizer. */
export interface TextCoder {
  readonly size: number;
  encode(text: string): readonly number[];
  decode(ids: readonly number[]): string;
  /** Kept in the run: the text of its tokenizer.json. */
  readonly json: string;
}

/** One document of the data. */
interface Document {
  readonly file: string;
  readonly text: string;
}

/** The files of a recipe, in the order of their names. Errors: E_FORMAT_NO_FILE, `E_DATA_EMPTY`. */
export async function filesOf({ data }: Recipe): Promise<string[]> {
  const found: string[] = [];
  for (const path of typeof data.files === "string" ? [data.files] : data.files) {
    const there = await stat(path).catch(() => {
      throw new InkstoneError("E_FORMAT_NO_FILE", { file: path });
    });
    if (!there.isDirectory()) found.push(path);
    else for (const name of (await readdir(path, { recursive: true })).sort()) if (/\.(txt|md|jsonl)$/i.test(name)) found.push(join(path, name));
  }
  if (found.length === 0) throw new InkstoneError("E_DATA_EMPTY", { what: String(data.files) });
  return found;
}

// Texts in pieces of some 256 KB that end with a line; of JSONL a document a line.
async function* documents(files: readonly string[], signal?: AbortSignal): AsyncGenerator<Document> {
  for (const file of files) {
    checkSignal(signal, "train");
    if (extname(file).toLowerCase() === ".jsonl") {
      for await (const line of createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Number.POSITIVE_INFINITY })) {
        if (line.trim() === "") continue;
        const { text } = JSON.parse(line) as { text?: unknown };
        if (typeof text !== "string")
          throw new InkstoneError("E_DATA_COLUMN", { file: basename(file), column: "text", found: Object.keys(JSON.parse(line)).join(", ") });
        yield { file, text: `${text}\n` };
      }
      continue;
    }
    let rest = "";
    for await (const piece of createReadStream(file, { encoding: "utf8", highWaterMark: 1 << 18 })) {
      rest += piece as string;
      const end = rest.lastIndexOf("\n") + 1;
      if (end === 0) continue;
      yield { file, text: rest.slice(0, end) };
      rest = rest.slice(end);
    }
    if (rest !== "") yield { file, text: rest };
  }
}

/** The tokenizer of a recipe: of all characters of its data, or of a tokenizer.json. */
export async function coderOf(recipe: Recipe, files: readonly string[], signal?: AbortSignal): Promise<TextCoder> {
  const { file } = recipe.tokenizer;
  if (file !== "characters") return fileCoder(await readTextFile(file), file);
  const turns = new Turns();
  const found = new Set<string>();
  for await (const { text } of documents(files, signal)) {
    for (const character of text) found.add(character);
    await turns.rest();
  }
  return characterCoder([...found].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0)));
}

/** A tokenizer whose tokens are these characters; others are left out. Its file is one that Hugging Face tokenizers open. */
export function characterCoder(characters: readonly string[]): TextCoder {
  const ids = new Map(characters.map((character, id) => [character, id]));
  const vocab = Object.fromEntries(characters.map((character, id) => [character, id]));
  const model = {
    type: "BPE",
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    vocab,
    merges: [],
  };
  const rest = {
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: "Fuse" },
  };
  return {
    size: characters.length,
    encode: (text) => Array.from(text, (character) => ids.get(character)).filter((id) => id !== undefined),
    decode: (given) => given.map((id) => characters[id] ?? "").join(""),
    json: JSON.stringify({ version: "1.0", ...rest, model }),
  };
}

/** The tokenizer of the text of a tokenizer.json that a run has kept, or that a recipe names. */
export async function fileCoder(json: string, path: string): Promise<TextCoder> {
  const plain = JSON.parse(json) as { model?: { type?: string; merges?: unknown[]; vocab?: Record<string, number> }; pre_tokenizer?: unknown };
  const { model } = plain;
  if (model?.type === "BPE" && model.merges?.length === 0 && model.vocab && plain.pre_tokenizer === null)
    return characterCoder(
      Object.entries(model.vocab)
        .sort((a, b) => a[1] - b[1])
        .map(([character]) => character),
    );
  const tokenizer = await loadTokenizer(path, cpu().executor);
  return { size: tokenizer.vocabularySize, encode: (text) => tokenizer.encode(text), decode: (ids) => tokenizer.decode([...ids]), json };
}

/** What shards hold. */
export interface ShardFacts {
  readonly formatVersion: 1;
  readonly vocabulary: number;
  /** Bytes of an id. */
  readonly width: 2 | 4;
  readonly train: { readonly tokens: number; readonly digest: string };
  readonly validation: { readonly tokens: number; readonly bytes: number; readonly digest: string };
}

/** Writes the ids of a recipe's texts into a folder: train.bin, validation.bin, shards.json. Errors: `E_DATA_EMPTY`, those of durable writes. */
export async function writeShards(
  folder: string,
  recipe: Recipe,
  coder: TextCoder,
  files: readonly string[],
  signal?: AbortSignal,
): Promise<ShardFacts> {
  const width = coder.size <= 65_536 ? 2 : 4;
  const parts = { train: createHash("sha256"), validation: createHash("sha256") };
  const counts = { train: 0, validation: 0 };
  let bytes = 0;
  const turns = new Turns();
  const total = recipe.data.by === "end" ? await lengths(files) : new Map<string, number>();
  for (const part of ["train", "validation"] as const) {
    await writeFileDurably(
      join(folder, `${part}.bin`),
      (async function* () {
        const read = new Map<string, number>();
        for await (const { file, text } of documents(files, signal)) {
          const at = read.get(file) ?? 0;
          read.set(file, at + text.length);
          for (const kept of partsOf(text, part, recipe, { at, total: total.get(file) ?? 0 })) {
            const ids = coder.encode(kept);
            const piece = Buffer.from((width === 2 ? Uint16Array.from(ids) : Uint32Array.from(ids)).buffer);
            counts[part] += ids.length;
            if (part === "validation") bytes += Buffer.byteLength(kept);
            parts[part].update(piece);
            yield piece;
          }
          await turns.rest();
        }
      })(),
    );
  }
  const facts: ShardFacts = {
    formatVersion: 1,
    vocabulary: coder.size,
    width,
    train: { tokens: counts.train, digest: parts.train.digest("hex") },
    validation: { tokens: counts.validation, bytes, digest: parts.validation.digest("hex") },
  };
  await writeFileDurably(join(folder, "shards.json"), `${JSON.stringify(facts, undefined, 2)}\n`);
  return facts;
}

async function lengths(files: readonly string[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const { file, text } of documents(files)) found.set(file, (found.get(file) ?? 0) + text.length);
  return found;
}

// What of a document belongs to a part: by the place in its file, or by its hash.
function partsOf(text: string, part: "train" | "validation", { data }: Recipe, { at, total }: { at: number; total: number }): string[] {
  if (data.by === "hash") {
    const drawn = createHash("sha256").update(text).digest().readUInt32LE(0) / 2 ** 32;
    return drawn < data.validation === (part === "validation") ? [text] : [];
  }
  const border = Math.floor(total * (1 - data.validation)) - at;
  const kept = part === "train" ? text.slice(0, Math.max(0, border)) : text.slice(Math.max(0, border));
  return kept === "" ? [] : [kept];
}

/** Ids on disk, of which any stretch is read where it is needed. */
export class TokenShard {
  readonly #path: string;
  readonly #width: 2 | 4;
  readonly tokens: number;

  constructor(path: string, tokens: number, width: 2 | 4) {
    this.#path = path;
    this.tokens = tokens;
    this.#width = width;
  }

  /** `count` ids from each of these places on, end to end. */
  async read(places: readonly number[], count: number): Promise<Int32Array> {
    const file = await open(this.#path, "r");
    try {
      const found = new Int32Array(places.length * count);
      const piece = Buffer.alloc(count * this.#width);
      for (const [row, place] of places.entries()) {
        await file.read(piece, 0, piece.length, place * this.#width);
        for (let i = 0; i < count; i++) found[row * count + i] = this.#width === 2 ? piece.readUInt16LE(i * 2) : piece.readUInt32LE(i * 4);
      }
      return found;
    } finally {
      await file.close();
    }
  }
}

// The operation number of places among the random numbers of a seed.
const PLACES = 0xfffffffd;

/** Batches of windows of a shard: inputs, and the same one place later as targets. Windows of an epoch are drawn by seed, epoch and number alone. */
export function windowSource(
  shard: TokenShard,
  { rows, length, steps, seed }: { rows: number; length: number; steps: number; seed: number },
): BatchSource {
  const most = shard.tokens - length;
  if (most < 1) throw new InkstoneError("E_DATA_EMPTY", { what: `${shard.tokens} tokens for windows of ${length + 1}` });
  return {
    steps,
    async *batches(epoch, from) {
      for (let batch = from; batch < steps; batch++) {
        const places = Array.from({ length: rows }, (_, row) => Math.floor(uniform(seed, epoch, PLACES, batch * rows + row) * most));
        yield windows(await shard.read(places, length + 1), rows, length);
      }
    },
  };
}

/** Windows side by side, from the beginning: at most so many batches; 0: all. */
export async function* windowsInOrder(
  shard: TokenShard,
  { rows, length, most }: { rows: number; length: number; most: number },
): AsyncGenerator<Batch> {
  const all = Math.floor((shard.tokens - 1) / length);
  for (let at = 0, batch = 0; at < all && (most === 0 || batch < most); at += rows, batch++) {
    const places = Array.from({ length: Math.min(rows, all - at) }, (_, row) => (at + row) * length);
    yield windows(await shard.read(places, length + 1), places.length, length);
  }
}

function windows(read: Int32Array, rows: number, length: number): Batch {
  const column = (name: string, shift: number) => {
    const values = new Int32Array(rows * length);
    for (let row = 0; row < rows; row++) values.set(read.subarray(row * (length + 1) + shift, row * (length + 1) + shift + length), row * length);
    return valuesColumn(name, values, [rows, length]);
  };
  return { rows, columns: [column("ids", 0), column("targets", 1)] };
}
