// Grouped-query attention over the paged cache, blocks and whole decoders, against plain loops: chunks, pages and their borders, sequences side by side.
import { describe, expect, it } from "vitest";
import { createReferenceExecutor } from "#native";
import { type CachedPass, CachedSequence, type Context, Decoder, KeyValueCache, RMSNorm, TokenEmbedding } from "#nn";
import { type Device, type Tensor, tensor } from "#tensor";
import { devices, watch } from "../support/devices.ts";
import { blockOf, small, weightOf } from "../support/layers.ts";
import { expectBits, expectNear, noise, on } from "../support/numbers.ts";
import { plainAttention, plainBlock, plainLogits } from "../support/plain-decoder.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });

const cacheOf = (device: Device, pages: number, layers = 1, type: "f32" | "bf16" = "f32") =>
  new KeyValueCache(device, { layers, heads: small.keyValueHeads, width: small.headWidth, pages, slots: 2, type });

type Layer = (x: Tensor, context: Context) => Tensor;

/** The next rows of a sequence. */
const passOf = (device: Device, { cache, length, slot }: CachedSequence, rows: number): CachedPass => ({
  rows,
  places: tensor(
    Int32Array.from({ length: rows }, (_, i) => length + i),
    undefined,
    { device },
  ),
  runs: tensor(Int32Array.of(0, length, slot), [1, 3], { device }),
  runCount: 1,
  cache,
});

/** Runs rows of x through a layer in pieces of these lengths, as a sequence grows. */
function inPieces(device: Device, layer: Layer, sequence: CachedSequence, x: Float32Array, pieces: readonly number[]): Float32Array {
  const found: number[] = [];
  let at = 0;
  for (const rows of pieces) {
    sequence.reserve(rows);
    const piece = on(device, x.subarray(at * small.width, (at + rows) * small.width), [rows, small.width]);
    found.push(...layer(piece, passOf(device, sequence, rows)).dataSync());
    sequence.advance(rows);
    at += rows;
  }
  return Float32Array.from(found);
}

describe.each([devices[0], devices[devices.length - 1]])("attention on $name", ({ device }) => {
  const { attention, block, plain } = blockOf(device, 1);
  const x = noise(259 * small.width, 2);

  it("sees its own row and all before it, over the borders of a page", () => {
    const expected = plainAttention(x, plain, small);
    for (const pieces of [[259], [255, 1, 1, 1, 1], [256, 3], [257, 2], [1, 254, 4]]) {
      const found = inPieces(device, (rows, context) => attention.forward(rows, context), new CachedSequence(cacheOf(device, 2), 300), x, pieces);
      expectNear(found, expected, 4e-6, `pieces ${pieces}`);
    }
  });

  it("gives the same bits in pieces of any length", () => {
    const run = (pieces: readonly number[]) =>
      inPieces(device, (rows, context) => attention.forward(rows, context), new CachedSequence(cacheOf(device, 2), 300), x, pieces);
    const whole = run([259]);
    for (const pieces of [
      [64, 64, 64, 67],
      [255, 1, 3],
      [7, 8, 241, 3],
      [256, 1, 1, 1],
    ])
      expectBits(run(pieces), whole, `pieces ${pieces}`);
  });

  it("with pairs of halves, as Hugging Face keeps them, is that of plain loops too", () => {
    const c = { ...small, adjacent: false, scale: 2 };
    const halves = blockOf(device, 3, { c });
    const rows = x.subarray(0, 20 * small.width);
    const found = inPieces(
      device,
      (piece, context) => halves.attention.forward(piece, context),
      new CachedSequence(cacheOf(device, 1), 300),
      rows,
      [13, 7],
    );
    expectNear(found, plainAttention(rows, halves.plain, c), 4e-6);
  });

  it("over a bf16 cache lies within the rounding of keys and values", () => {
    const rows = x.subarray(0, 40 * small.width);
    const found = inPieces(
      device,
      (piece, context) => attention.forward(piece, context),
      new CachedSequence(cacheOf(device, 1, 1, "bf16"), 300),
      rows,
      [40],
    );
    const expected = plainAttention(rows, plain, small);
    expectNear(found, expected, 2 ** -8);
    expect(Math.max(...found.map((value, i) => Math.abs(value - expected[i])))).toBeGreaterThan(2 ** -16);
  });

  it("of sequences side by side is that of each alone, whatever pages they have", () => {
    const cache = cacheOf(device, 4);
    const [first, second] = [new CachedSequence(cache, 512), new CachedSequence(cache, 512, 1)];
    const y = noise(259 * small.width, 4);
    const forward: Layer = (piece, context) => attention.forward(piece, context);
    const one = (sequence: CachedSequence, values: Float32Array, from: number, to: number) =>
      inPieces(device, forward, sequence, values.subarray(from * small.width, to * small.width), [to - from]);
    const mixed = [one(first, x, 0, 200), one(second, y, 0, 255), one(first, x, 200, 259), one(second, y, 255, 259)];
    const alone = (values: Float32Array) => inPieces(device, forward, new CachedSequence(cacheOf(device, 2), 512), values, [259]);
    expectBits([...mixed[0], ...mixed[2]], alone(x));
    expectBits([...mixed[1], ...mixed[3]], alone(y));
  });

  it("a decoder block adds attention and MLP to its residual", () => {
    const rows = x.subarray(0, 33 * small.width);
    const found = inPieces(device, (piece, context) => block.forward(piece, context), new CachedSequence(cacheOf(device, 1), 300), rows, [20, 13]);
    expectNear(found, plainBlock(rows, plain, small), 4e-6);
  });

  it("a decoder of two blocks gives the logits of plain loops, of one row and of all", () => {
    const ids = [3, 1, 4, 1, 5, 9, 2, 6, 0, 18];
    const blocks = [blockOf(device, 5, { layer: 0 }), blockOf(device, 6, { layer: 1 })];
    const embedding = weightOf(device, "F32", 7, 19, small.width);
    const head = weightOf(device, "F32", 8, 19, small.width);
    const norm = noise(small.width, 9, 0.5).map((value) => 1 + value);
    const layers = blocks.map((each) => each.block);
    const decoder = new Decoder({
      embedding: new TokenEmbedding(embedding.weight),
      layers,
      norm: new RMSNorm(on(device, norm, [small.width]), small.epsilon),
      head: head.weight,
    });
    const sequence = new CachedSequence(cacheOf(device, 1, 2), 256);
    sequence.reserve(ids.length);
    const context = passOf(device, sequence, ids.length);
    const hidden = decoder.hidden(tensor(Int32Array.from(ids), undefined, { device }), context);
    const weights = { embedding: embedding.dense, blocks: blocks.map((each) => each.plain), norm, head: head.dense };
    const expected = plainLogits(ids, weights, small);
    const all = decoder.logits(hidden);
    expect(all.shape).toEqual([ids.length, 19]);
    expectNear(all.dataSync(), expected, 4e-6);
    const one = decoder.logitsOf(hidden, tensor(Int32Array.of(6), undefined, { device }));
    expect(one.shape).toEqual([1, 19]);
    expectBits(one.dataSync(), all.dataSync().subarray(6 * 19, 7 * 19));
  });
});

describe("sequences of a cache", () => {
  const { device } = devices[0];

  it("take pages as they grow and give whole pages back", () => {
    const cache = cacheOf(device, 3);
    const [first, second] = [new CachedSequence(cache, 768), new CachedSequence(cache, 768, 1)];
    const grow = (sequence: CachedSequence, count: number) => {
      sequence.reserve(count);
      sequence.advance(count);
    };
    const table = (slot: number, count: number) => [...cache.tensors.table.dataSync()].slice(3 * slot, 3 * slot + count);
    grow(first, 256);
    grow(first, 1);
    grow(second, 255);
    expect([table(0, 2), table(1, 1)]).toEqual([[0, 1], [2]]);
    expect(() => grow(second, 2)).toThrow(code("E_SEQUENCE_FULL"));
    first.truncate(257);
    expect(() => grow(second, 2)).toThrow(code("E_SEQUENCE_FULL"));
    first.truncate(256);
    grow(second, 2);
    expect([first.length, second.length]).toEqual([256, 257]);
    expect(table(1, 2)).toEqual([2, 1]);
    first.truncate(-5);
    first.truncate(1000);
    expect([first.length, cache.free]).toEqual([0, 1]);
  });

  it("hold whole pages of another together, which come back when the last lets go, and write into none that another holds", () => {
    const cache = cacheOf(device, 4);
    const [first, second] = [new CachedSequence(cache, 768), new CachedSequence(cache, 768, 1)];
    first.reserve(600);
    first.advance(600);
    second.adopt(first, 590);
    expect([second.length, cache.free]).toEqual([512, 1]);
    second.truncate(300);
    expect(second.length).toBe(256);
    second.reserve(1);
    const [mine, theirs] = [0, 1].map((slot) => [...cache.tensors.table.dataSync()].slice(4 * slot, 4 * slot + 2));
    expect([mine[0] === theirs[0], mine[1] === theirs[1]]).toEqual([true, false]);
    first.truncate(0);
    expect(cache.free).toBe(2);
    second.truncate(0);
    expect(cache.free).toBe(4);
  });

  it("refuse to grow past their capacity, and stay as they were", () => {
    const sequence = new CachedSequence(cacheOf(device, 2), 300);
    sequence.reserve(299);
    sequence.advance(299);
    expect(() => sequence.reserve(2)).toThrow(code("E_SEQUENCE_FULL", { length: 299, more: 2, capacity: 300 }));
    sequence.reserve(1);
    expect(sequence.length).toBe(299);
  });

  it("lie in memory that is freed with the cache, all of it, also when there is not enough for it", () => {
    const watched = watch(createReferenceExecutor(), 2_000_000);
    const cache = cacheOf(watched.device, 2, 3);
    expect(watched.live.buffers.size).toBe(3); // keys, values, page table
    cache.dispose();
    expect(() => cacheOf(watched.device, 2, 30)).toThrow(code("E_MEMORY"));
    expect(watched.live.buffers.size).toBe(0);
  });
});
