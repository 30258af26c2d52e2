// Texts as shards of ids on disk: written once, read in pieces where they are needed. Knows no models.
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { InkstoneError } from "../../core/index.ts";
import { type TextPiece, type TextPieceOptions, textPieces } from "../../data/index.ts";
import { writeFileDurably } from "../../formats/index.ts";
import { Turns } from "../inputs/turns.ts";
import { type PartFiles, readingOf, type TextCoder } from "./coder.ts";
import type { Recipe } from "./types.ts";

/** A part of the training shard: its ids, and how much of what is read is from it. */
export interface ShardPart {
  readonly tokens: number;
  readonly weight: number;
}

/** What shards hold. */
export interface ShardFacts {
  readonly formatVersion: 1;
  /** What of the recipe they were made by, as a digest: others are made where it changes. */
  readonly made?: string;
  readonly vocabulary: number;
  /** Bytes of an id. */
  readonly width: 2 | 4;
  readonly train: { readonly tokens: number; readonly digest: string; readonly parts?: readonly ShardPart[] };
  readonly validation: { readonly tokens: number; readonly bytes: number; readonly digest: string };
}

const half = { train: "train", validation: "validation" } as const;
type Half = keyof typeof half;

/** What of a recipe its shards follow from, as a digest: where texts are, how they are read and split; of pairs, which are cut to it, the context too. */
export function shardsDigest({ data, model }: Recipe): string {
  const { check: _check, tests: _tests, ...read } = data;
  const cut = model.architecture === "encoder-decoder" ? model.contextLength : 0;
  return createHash("sha256")
    .update(JSON.stringify([read, cut]))
    .digest("hex")
    .slice(0, 16);
}

/** How shards are written. */
export interface ShardOptions {
  /** Given the rows that are left out, where the recipe leaves broken ones out. */
  readonly onBadRow?: (error: InkstoneError) => void;
  readonly signal?: AbortSignal;
}

/** Characters that are encoded in one call. */
const BATCH = 1 << 20;

/** Writes the ids of a recipe's texts into a folder: train.bin, validation.bin, shards.json. Errors: `E_DATA_EMPTY`, those of durable writes. */
export async function writeShards(
  folder: string,
  recipe: Recipe,
  coder: TextCoder,
  parts: readonly PartFiles[],
  { onBadRow, signal }: ShardOptions = {},
): Promise<ShardFacts> {
  const width = coder.size <= 65_536 ? 2 : 4;
  const reading = { ...readingOf(recipe), signal };
  const lengths = recipe.data.by === "end" ? await lengthsOf(parts, reading) : new Map<string, number>();
  const writing = { recipe, coder, parts, lengths, width } as const;
  const train = await writeHalf(folder, "train", { ...writing, reading: { ...readingOf(recipe, onBadRow), signal } });
  const validation = await writeHalf(folder, "validation", { ...writing, reading });
  const mixed = new Set(parts.map(({ weight }) => weight)).size > 1;
  const counted = mixed ? { parts: train.counts.map((tokens, i) => ({ tokens, weight: parts[i].weight })) } : {};
  const facts: ShardFacts = {
    formatVersion: 1,
    made: shardsDigest(recipe),
    vocabulary: coder.size,
    width,
    train: { tokens: train.tokens, digest: train.digest, ...counted },
    validation: { tokens: validation.tokens, bytes: validation.bytes, digest: validation.digest },
  };
  await writeFileDurably(join(folder, "shards.json"), `${JSON.stringify(facts, undefined, 2)}\n`);
  return facts;
}

interface Writing {
  readonly recipe: Recipe;
  readonly coder: TextCoder;
  readonly parts: readonly PartFiles[];
  readonly lengths: ReadonlyMap<string, number>;
  readonly width: 2 | 4;
  readonly reading: TextPieceOptions;
}

async function writeHalf(folder: string, name: Half, writing: Writing): Promise<{ tokens: number; bytes: number; digest: string; counts: number[] }> {
  const { parts, width, reading, coder } = writing;
  const digest = createHash("sha256");
  const counts = parts.map(() => 0);
  const turns = new Turns();
  const seams = new Seams(coder.end);
  let bytes = 0;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (const [part, { files, column }] of parts.entries()) {
      let batch: SeamedText[] = [];
      let waiting = 0;
      const flush = async (): Promise<Buffer> => {
        const encoded = await coder.encodeAll(batch.map(({ text }) => text));
        const ids = encoded.flatMap((found, i) => [...batch[i].before, ...found]);
        bytes += batch.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
        [batch, waiting] = [[], 0];
        counts[part] += ids.length;
        const piece = Buffer.from((width === 2 ? Uint16Array.from(ids) : Uint32Array.from(ids)).buffer);
        digest.update(piece);
        return piece;
      };
      const at = new Map<string, number>();
      for await (const piece of textPieces(files, { ...reading, column })) {
        const from = at.get(piece.file) ?? 0;
        at.set(piece.file, from + piece.text.length);
        for (const text of halvesOf(piece, name, writing, from)) batch.push(seams.next(text));
        if (piece.ends) seams.end();
        waiting += piece.text.length;
        if (waiting >= BATCH) yield await flush();
        await turns.rest();
      }
      if (batch.length > 0) yield await flush();
    }
    const last = Buffer.from((width === 2 ? Uint16Array.from(seams.last()) : Uint32Array.from(seams.last())).buffer);
    if (counts.length > 0) counts[counts.length - 1] += seams.last().length;
    digest.update(last);
    yield last;
  }
  await writeFileDurably(join(folder, `${name}.bin`), pieces());
  return { tokens: counts.reduce((sum, one) => sum + one, 0), bytes, digest: digest.digest("hex"), counts };
}

interface SeamedText {
  readonly before: readonly number[];
  readonly text: string;
}

/** What stands where one document ends: the token for it where the tokenizer has one, else the end of a line, so that no two words of different documents become one. */
class Seams {
  readonly #token: readonly number[];
  #isOver = false;
  #wrote = false;
  #last = "";

  constructor(token: number | undefined) {
    this.#token = token === undefined ? [] : [token];
  }

  /** A text of the document that is open, or of the next. */
  next(text: string): SeamedText {
    const begins = this.#isOver && this.#wrote;
    const line = begins && this.#token.length === 0 && this.#last !== "\n" ? "\n" : "";
    this.#isOver = false;
    this.#wrote = true;
    this.#last = text.at(-1) ?? this.#last;
    return { before: begins ? this.#token : [], text: line + text };
  }

  /** The document is over. */
  end(): void {
    this.#isOver = true;
  }

  /** What stands behind the last document. */
  last(): readonly number[] {
    return this.#wrote ? this.#token : [];
  }
}

async function lengthsOf(parts: readonly PartFiles[], reading: TextPieceOptions): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const { files, column } of parts)
    for await (const { file, text } of textPieces(files, { ...reading, column })) found.set(file, (found.get(file) ?? 0) + text.length);
  return found;
}

// What of a piece belongs to a half: by the place in its file, or by its hash.
function halvesOf({ text, file }: TextPiece, name: Half, { recipe: { data }, lengths }: Writing, at: number): string[] {
  if (data.by === "hash") {
    const drawn = createHash("sha256").update(text).digest().readUInt32LE(0) / 2 ** 32;
    return drawn < data.validation === (name === "validation") ? [text] : [];
  }
  const place = Math.floor((lengths.get(file) ?? 0) * (1 - data.validation)) - at;
  // Never between the halves of a character.
  const border = isPair(text, place) ? place - 1 : place;
  const kept = name === "train" ? text.slice(0, Math.max(0, border)) : text.slice(Math.max(0, border));
  return kept === "" ? [] : [kept];
}

const isPair = (text: string, at: number): boolean => at > 0 && (text.codePointAt(at - 1) ?? 0) > 0xffff;

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
