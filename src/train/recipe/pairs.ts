// Pairs of texts as ids on disk: a source and its target, read where they are needed; batches of like length. Knows no models.
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { cellText, openRows, type TextPieceOptions } from "../../data/index.ts";
import { writeFileDurably } from "../../formats/index.ts";
import { Turns } from "../inputs/turns.ts";
import type { Batch, BatchSource } from "../loop/index.ts";
import { sequenceBatch, sequenceBatches } from "../sequences/batches.ts";
import type { World } from "../world/index.ts";
import { type PartFiles, readingOf, type TextCoder } from "./coder.ts";
import { type ShardFacts, type ShardOptions, shardsDigest } from "./shards.ts";
import type { Recipe } from "./types.ts";

/** Ids of padding, of the beginning and of the end of a sequence; those of the tokenizer follow. */
export const pairIds = { padding: 0, begin: 1, end: 2, first: 3 } as const;

interface Written {
  readonly tokens: number;
  readonly bytes: number;
  readonly digest: string;
}

/** Writes the pairs of a recipe's rows: train.bin and validation.bin with their index (.idx: two words a pair, the lengths of source and target), shards.json. Errors: `E_DATA_COLUMN`, `E_DATA_EMPTY`. */
export async function writePairs(
  folder: string,
  recipe: Recipe,
  coder: TextCoder,
  parts: readonly PartFiles[],
  { onBadRow, signal }: ShardOptions = {},
): Promise<ShardFacts> {
  const halves: Record<string, Written> = {};
  for (const name of ["train", "validation"])
    halves[name] = await writeHalf(
      join(folder, name),
      { recipe, coder, parts, reading: { ...readingOf(recipe, name === "train" ? onBadRow : undefined), signal } },
      name === "validation",
    );
  const { train, validation } = halves;
  if (train.tokens === 0) throw new InkstoneError("E_DATA_EMPTY", { what: parts.flatMap(({ files }) => files.map((file) => basename(file))) });
  const facts: ShardFacts = {
    formatVersion: 1,
    made: shardsDigest(recipe),
    vocabulary: coder.size + pairIds.first,
    width: 4,
    train: { tokens: train.tokens, digest: train.digest },
    validation,
  };
  await writeFileDurably(join(folder, "shards.json"), `${JSON.stringify(facts, undefined, 2)}\n`);
  return facts;
}

interface Writing {
  readonly recipe: Recipe;
  readonly coder: TextCoder;
  readonly parts: readonly PartFiles[];
  readonly reading: TextPieceOptions;
}

async function writeHalf(path: string, writing: Writing, isValidation: boolean): Promise<Written> {
  const { data, model } = writing.recipe;
  const digest = createHash("sha256");
  const lengths: number[] = [];
  const turns = new Turns();
  let [tokens, bytes] = [0, 0];
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const { source, target } of rowsOf(writing)) {
      const drawn = createHash("sha256").update(`${source}\n${target}`).digest().readUInt32LE(0) / 2 ** 32;
      if (drawn < data.validation !== isValidation) continue;
      // One place of the context is for what begins or ends it.
      const [read, written] = [source, target].map((text) => writing.coder.encode(text).slice(0, model.contextLength - 1));
      if (read.length === 0 || written.length === 0) continue;
      const piece = Buffer.from(Uint32Array.from([...read, ...written], (id) => id + pairIds.first).buffer);
      lengths.push(read.length, written.length);
      tokens += written.length + 1;
      bytes += Buffer.byteLength(target);
      digest.update(piece);
      yield piece;
      await turns.rest();
    }
  }
  await writeFileDurably(`${path}.bin`, pieces());
  await writeFileDurably(`${path}.idx`, [Buffer.from(Uint32Array.from(lengths).buffer)]);
  return { tokens, bytes, digest: digest.digest("hex") };
}

async function* rowsOf({ recipe: { data }, parts, reading }: Writing): AsyncGenerator<{ source: string; target: string }> {
  for (const { files } of parts)
    for (const file of files)
      for await (const { value } of openRows(file, reading)) {
        const cell = (column: string) => {
          if (value[column] === undefined)
            throw new InkstoneError("E_DATA_COLUMN", { file: basename(file), column, found: Object.keys(value).join(", ") });
          return cellText(value[column]);
        };
        yield { source: cell(data.source), target: cell(data.target) };
      }
}

/** Pairs on disk. */
export class PairShard {
  readonly #path: string;
  readonly #sources: Uint32Array;
  readonly #targets: Uint32Array;
  readonly #starts: Float64Array;

  private constructor(path: string, index: Uint32Array) {
    this.#path = path;
    this.#sources = index.filter((_, i) => i % 2 === 0);
    this.#targets = index.filter((_, i) => i % 2 === 1);
    this.#starts = new Float64Array(this.#sources.length);
    for (let i = 1; i < this.#starts.length; i++) this.#starts[i] = this.#starts[i - 1] + this.#sources[i - 1] + this.#targets[i - 1];
  }

  /** Opens path.bin with path.idx. */
  static async open(path: string): Promise<PairShard> {
    const file = await open(`${path}.idx`, "r");
    try {
      const bytes = await file.readFile();
      return new PairShard(`${path}.bin`, new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)));
    } finally {
      await file.close();
    }
  }

  get pairs(): number {
    return this.#starts.length;
  }

  /** Rows of pairs in an order of theirs. */
  batches(rows: number, seed: number, pass: number): Uint32Array[] {
    return sequenceBatches({ target: Array.from(this.#targets, (length) => ({ length })) }, rows, seed, pass);
  }

  async read(rows: Uint32Array): Promise<Batch> {
    const { begin, end } = pairIds;
    return sequenceBatch(await this.#sides(rows), Uint32Array.from(rows.keys()), { begin, end });
  }

  /** Pairs in the order of the file, as ids of the tokenizer. */
  async pairsFrom(first: number, count: number): Promise<{ readonly source: number[]; readonly target: number[] }[]> {
    const rows = Uint32Array.from({ length: Math.max(0, Math.min(count, this.pairs - first)) }, (_, i) => first + i);
    const { source, target } = await this.#sides(rows);
    const own = (ids: readonly number[]) => ids.map((id) => id - pairIds.first);
    return source.map((ids, i) => ({ source: own(ids), target: own(target[i]) }));
  }

  async #sides(rows: Uint32Array): Promise<{ source: number[][]; target: number[][] }> {
    const file = await open(this.#path, "r");
    try {
      const sides: { source: number[][]; target: number[][] } = { source: [], target: [] };
      for (const row of rows) {
        const [source, target] = [this.#sources[row], this.#targets[row]];
        const piece = Buffer.alloc(4 * (source + target));
        await file.read(piece, 0, piece.length, 4 * this.#starts[row]);
        const ids = Array.from({ length: source + target }, (_, i) => piece.readUInt32LE(4 * i));
        sides.source.push(ids.slice(0, source));
        sides.target.push(ids.slice(source));
      }
      return sides;
    } finally {
      await file.close();
    }
  }
}

/** How pairs become batches; `part`: of batches that several processes read side by side, those of one. */
export interface PairOrder {
  readonly rows: number;
  readonly steps: number;
  readonly seed: number;
  readonly part?: Pick<World, "rank" | "size">;
}

/** Batches of pairs, epoch after epoch of so many batches; the data are gone through again and again, each time in another order. */
export function pairSource(shard: PairShard, { rows, steps, seed, part = { rank: 0, size: 1 } }: PairOrder): BatchSource {
  const kept: { pass: number; batches: Uint32Array[] } = { pass: -1, batches: [] };
  const all = Math.ceil(shard.pairs / rows);
  return {
    steps,
    async *batches(epoch, from) {
      for (let batch = from; batch < steps; batch++) {
        const number = (epoch * steps + batch) * part.size + part.rank;
        const pass = Math.floor(number / all);
        if (kept.pass !== pass) Object.assign(kept, { pass, batches: shard.batches(rows, seed, pass) });
        yield shard.read(kept.batches[number % all]);
      }
    },
  };
}

/** All pairs in one order: at most so many batches; 0: all. */
export async function* pairsInOrder(shard: PairShard, rows: number, most: number): AsyncGenerator<Batch> {
  const batches = shard.pairs === 0 ? [] : shard.batches(rows, 0, 0);
  for (const batch of most === 0 ? batches : batches.slice(0, most)) yield shard.read(batch);
}
