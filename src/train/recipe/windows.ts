// Batches of windows of a shard: drawn by seed, epoch and number alone, by the weights of a mixture; documents apart or alone, tokens hidden. Knows no models.
import { InkstoneError, uniform } from "../../core/index.ts";
import { type Batch, type BatchColumn, type BatchSource, valuesColumn } from "../loop/index.ts";
import type { World } from "../world/index.ts";
import type { ShardPart, TokenShard } from "./shards.ts";

/** How windows become batches. */
export interface WindowOptions {
  readonly rows: number;
  readonly length: number;
  readonly seed: number;
  /** Documents end with this token, and a window does not see across it. */
  readonly end?: number;
  /** Places where windows begin, which hold nothing behind that token. Default: anywhere. */
  readonly begins?: Float64Array;
  /** Of batches that several processes read side by side, those of one. Default: all. */
  readonly part?: Pick<World, "rank" | "size">;
  /** Tokens are hidden, to be guessed. */
  readonly masked?: { readonly share: number; readonly mask: number; readonly size: number };
}

// Operation numbers among the random numbers of a seed.
const PLACES = 0xfffffffd;
const PARTS = 0xfffffffb;
const MASKS = 0xfffffffa;
/** Validation hides the same tokens every time. */
const LOOK = 0x7fffffff;

/** Batches of windows: inputs, and the same one place later as targets. Errors: `E_DATA_EMPTY`. */
export function windowSource(shard: TokenShard, steps: number, options: WindowOptions, parts?: readonly ShardPart[]): BatchSource {
  const { rows, part = { rank: 0, size: 1 } } = options;
  const draw = placesOf(shard, options, parts);
  return {
    steps,
    async *batches(epoch, from) {
      for (let step = from; step < steps; step++) {
        const batch = step * part.size + part.rank;
        const places = Array.from({ length: rows }, (_, row) => draw(epoch, batch * rows + row));
        yield windows(await shard.read(places, options.length + 1), rows, options, { epoch, first: batch * rows });
      }
    },
  };
}

function placesOf(
  shard: TokenShard,
  { length, seed, begins }: WindowOptions,
  parts: readonly ShardPart[] = [{ tokens: shard.tokens, weight: 1 }],
): (epoch: number, number: number) => number {
  const stretches = begins === undefined ? stretchesOf(parts, length) : stretchesOfDocuments(parts, begins);
  const place = (at: number) => (begins === undefined ? at : begins[at]);
  const total = stretches.reduce((sum, { share }) => sum + share, 0);
  if (total === 0)
    throw new InkstoneError("E_DATA_EMPTY", {
      what: { en: `${shard.tokens} tokens for windows of ${length + 1}`, zh: `${shard.tokens} 个词元（窗口长 ${length + 1}）` },
    });
  return (epoch, number) => {
    const found = uniform(seed, epoch, PLACES, number);
    if (stretches.length === 1) return place(stretches[0].from + Math.floor(found * stretches[0].most));
    let left = uniform(seed, epoch, PARTS, number) * total;
    const chosen = stretches.find(({ share }) => {
      left -= share;
      return left < 0;
    });
    const { from, most } = chosen ?? stretches[stretches.length - 1];
    return place(from + Math.floor(found * most));
  };
}

interface Stretch {
  readonly from: number;
  readonly most: number;
  readonly share: number;
}

// Of each part where windows may begin; a part is read as often as its tokens times its weight.
function stretchesOf(parts: readonly ShardPart[], length: number): Stretch[] {
  let from = 0;
  const found = parts.map(({ tokens, weight }) => {
    const most = Math.max(0, tokens - length);
    const stretch = { from, most, share: most > 0 ? tokens * weight : 0 };
    from += tokens;
    return stretch;
  });
  return found.filter(({ share }) => share > 0);
}

// Of each part which of all documents are its own.
function stretchesOfDocuments(parts: readonly ShardPart[], begins: Float64Array): Stretch[] {
  let [from, tokensBefore] = [0, 0];
  const found = parts.map(({ tokens, weight }) => {
    tokensBefore += tokens;
    const behind = begins.findIndex((place) => place >= tokensBefore);
    const most = (behind < 0 ? begins.length : behind) - from;
    const stretch = { from, most, share: most > 0 ? tokens * weight : 0 };
    from += most;
    return stretch;
  });
  return found.filter(({ share }) => share > 0);
}

/** Tokens that are looked through at once. */
const LOOKED = 1 << 20;

/** Where the windows of documents begin that stand alone, at least the first `most`: with each document, and of a long one every `length` tokens. What ends without anything before it is none. */
export async function documentBegins(shard: TokenShard, end: number, length: number, most: number = Number.POSITIVE_INFINITY): Promise<Float64Array> {
  const found: number[] = [];
  let begin = 0;
  for (let from = 0; from < shard.tokens && found.length < most; from += LOOKED) {
    const ids = await shard.read([from], Math.min(LOOKED, shard.tokens - from));
    for (let i = 0; i < ids.length; i++) {
      const at = from + i;
      if (ids[i] === end) begin = at + 1;
      else if ((at - begin) % length === 0) found.push(at);
    }
  }
  return Float64Array.from(found);
}

/** Windows side by side, from the beginning: at most so many batches; 0: all. */
export async function* windowsInOrder(shard: TokenShard, most: number, options: WindowOptions): AsyncGenerator<Batch> {
  const { rows, length, begins } = options;
  const all = begins?.length ?? Math.floor((shard.tokens - 1) / length);
  for (let at = 0; at < all && (most === 0 || at < most * rows); at += rows) {
    const places = Array.from({ length: Math.min(rows, all - at) }, (_, row) => (begins === undefined ? (at + row) * length : begins[at + row]));
    yield windows(await shard.read(places, length + 1), places.length, options, { epoch: LOOK, first: at });
  }
}

// `first`: the number of the first row of them in its epoch.
function windows(read: Int32Array, rows: number, options: WindowOptions, place: { readonly epoch: number; readonly first: number }): Batch {
  const { length, end, masked } = options;
  const values = (shift: number) => {
    const found = new Int32Array(rows * length);
    for (let row = 0; row < rows; row++) found.set(read.subarray(row * (length + 1) + shift, row * (length + 1) + shift + length), row * length);
    return found;
  };
  const column = (name: string, of: Int32Array): BatchColumn => valuesColumn(name, of, [rows, length]);
  const ids = values(0);
  if (masked !== undefined) {
    const targets = hidden(ids, rows, options, masked, place);
    return { rows, columns: [column("ids", ids), column("targets", targets)] };
  }
  if (options.begins !== undefined && end !== undefined) {
    const targets = values(1);
    const count = leftAlone(ids, targets, length, end);
    return { rows, columns: [column("ids", ids), column("targets", targets), valuesColumn("count", Float32Array.of(count), [1])] };
  }
  const columns = [column("ids", ids), column("targets", values(1))];
  return { rows, columns: end === undefined ? columns : [...columns, column("segments", segmentsOf(ids, length, end))] };
}

// Of each row what stands behind its first end does not count; how many targets do.
function leftAlone(ids: Int32Array, targets: Int32Array, length: number, end: number): number {
  let count = 0;
  for (let from = 0; from < ids.length; from += length) {
    const found = ids.subarray(from, from + length).indexOf(end);
    const own = found < 0 ? length : found;
    ids.fill(end, from + own, from + length);
    targets.fill(-100, from + own, from + length);
    count += own;
  }
  return count;
}

// The document of each place of its window; the token that ends one belongs to it.
function segmentsOf(ids: Int32Array, length: number, end: number): Int32Array {
  const found = new Int32Array(ids.length);
  let segment = 0;
  for (let i = 0; i < ids.length; i++) {
    if (i % length === 0) segment = 0;
    found[i] = segment;
    if (ids[i] === end) segment++;
  }
  return found;
}

// So many places of each row: eight of ten are hidden, one is another token, one stays; what was there is the target. Devlin et al. 2018, section 3.1.
function hidden(
  ids: Int32Array,
  rows: number,
  { length, seed }: WindowOptions,
  { share, mask, size }: { readonly share: number; readonly mask: number; readonly size: number },
  { epoch, first }: { readonly epoch: number; readonly first: number },
): Int32Array {
  const targets = new Int32Array(ids.length).fill(-100);
  const count = maskedCount(length, share);
  for (let row = 0; row < rows; row++) {
    const draw = (i: number) => uniform(seed, epoch, MASKS, (first + row) * length * 3 + i);
    const order = Array.from({ length }, (_, i) => i);
    for (let i = 0; i < count; i++) {
      const j = i + Math.floor(draw(i) * (length - i));
      [order[i], order[j]] = [order[j], order[i]];
      const at = row * length + order[i];
      targets[at] = ids[at];
      const how = draw(length + i);
      if (how < 0.8) ids[at] = mask;
      else if (how < 0.9) ids[at] = Math.floor(draw(2 * length + i) * size);
    }
  }
  return targets;
}

/** Places of a window that are hidden: at least one. */
export function maskedCount(length: number, share: number): number {
  return Math.max(1, Math.round(length * share));
}
