// A tiny llama: the same bits whatever the pieces, the threads and the reuse; the same tokens on every executor; and right, beside plain loops.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memorySource, parseGguf } from "#formats";
import { CONTROL_BYTES, CONTROL_CANCEL, createReferenceExecutor, nativeStatus, openExecutor } from "#native";
import { cpu } from "#tensor";
import { devices, executors, watch } from "../support/devices.ts";
import { greedy, idsOf, loadTiny, logitsAfter, run, score } from "../support/models.ts";
import { expectBits, expectNear } from "../support/numbers.ts";
import { logSumExp } from "../support/plain.ts";
import { type PlainBlock, plainLogits } from "../support/plain-decoder.ts";
import { dequantize, type WrittenType } from "../support/quantize.ts";
import { tinyLlama } from "../support/tiny-llama.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });
const precisions = ["exact", "bf16", "fast"] as const;
const native = devices.slice(1);
// Two threads have a test of their own; on matrices as small as these they would only wait for each other.
for (const { device } of devices) device.executor.threads = 1;

/** The logits of plain loops on the values that stand in the file. */
function plainTiny(ids: readonly number[], type: WrittenType): Float64Array {
  const file = parseGguf(memorySource(tinyLlama({ type, tied: false })));
  const values = (name: string) => {
    const tensor = file.tensors.get(name)!;
    const bytes = new Uint8Array(tensor.bytes);
    file.read(tensor, 0, bytes);
    return dequantize(tensor.type.name as WrittenType, bytes);
  };
  const names = { query: "attn_q", key: "attn_k", value: "attn_v", output: "attn_output", gate: "ffn_gate", up: "ffn_up", down: "ffn_down" };
  const all = { ...names, attentionNorm: "attn_norm", mlpNorm: "ffn_norm" };
  const block = (i: number) =>
    Object.fromEntries(Object.entries(all).map(([own, name]) => [own, values(`blk.${i}.${name}.weight`)])) as unknown as PlainBlock;
  const weights = {
    embedding: values("token_embd.weight"),
    blocks: [block(0), block(1)],
    norm: values("output_norm.weight"),
    head: values("output.weight"),
  };
  const sizes = { width: 64, heads: 4, keyValueHeads: 2, headWidth: 16, mlpWidth: 128, epsilon: Math.fround(1e-5), base: 10_000, adjacent: true };
  return plainLogits(ids, weights, sizes);
}

describe.each(devices)("a tiny llama on $name", ({ device }) => {
  it.each(["Q4_1", "F16"] as const)("gives in exact the logits of plain loops (%s), and scores each token by them", async (type) => {
    const model = await loadTiny(device, { type, tied: false });
    const [sequence, scored] = model.openSequences(2, 512);
    const ids = idsOf(20);
    const expected = plainTiny(ids, type);
    const size = model.vocabularySize;
    expectNear(logitsAfter(model, sequence, ids), expected.subarray(19 * size), 1e-5);
    const targets = idsOf(20, 2);
    const nll = targets.map((target, i) => logSumExp(expected.subarray(i * size, (i + 1) * size)) - expected[i * size + target]);
    expectNear(score(model, scored, ids, targets), nll, 1e-5);
    model.dispose();
  });

  it.each(precisions)("gives the same bits for a prompt in pieces of any length, and where a prefix is used again (%s)", async (precision) => {
    const model = await loadTiny(device, { precision, type: "Q4_0" });
    const [sequence, other] = model.openSequences(2, 512);
    const ids = idsOf(device.executor.name === "native" ? 300 : 70);
    const whole = logitsAfter(model, sequence, ids);
    const anyPieces = fc.array(fc.constantFrom(1, 2, 7, 8, 9, 63, 64, 65, 255, 256), { minLength: 1, maxLength: 20 });
    const property = fc.property(anyPieces, fc.nat(ids.length - 1), (lengths, kept) => {
      sequence.truncate(0);
      expectBits(logitsAfter(model, sequence, ids, cut(ids.length, lengths)), whole, `pieces ${lengths}`);
      // Another text after a shared beginning, then back again.
      sequence.truncate(kept);
      run(model, sequence, idsOf(5, 3));
      sequence.truncate(kept);
      other.truncate(0);
      run(model, other, idsOf(9, 4));
      expectBits(logitsAfter(model, sequence, ids.slice(kept)), whole, `kept ${kept}`);
    });
    fc.assert(property, { numRuns: device.executor.name === "native" ? 15 : 3 });
    model.dispose();
  });

  it("scores with the same bits in pieces of any length", async () => {
    const model = await loadTiny(device, { precision: "fast" });
    const [sequence] = model.openSequences(1, 512);
    const [ids, targets] = [idsOf(130), idsOf(130, 2)];
    const whole = score(model, sequence, ids, targets);
    for (const lengths of [[1, 64, 65], [8], [63, 2]]) {
      sequence.truncate(0);
      const found: number[] = [];
      for (const piece of cut(130, lengths))
        found.push(...score(model, sequence, ids.slice(found.length, found.length + piece), targets.slice(found.length, found.length + piece)));
      expectBits(found, whole, `pieces ${lengths}`);
    }
    model.dispose();
  });

  it("stops at a chunk when it is cancelled, and goes on from there to the same bits", async () => {
    const model = await loadTiny(device);
    const [sequence] = model.openSequences(1, 512);
    const ids = idsOf(300);
    const whole = logitsAfter(model, sequence, ids);
    sequence.truncate(0);
    const control = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
    const onChunk = () => void Atomics.store(control, CONTROL_CANCEL, 1);
    expect(() => run(model, sequence, ids, { control, onChunk })).toThrow(code("E_CANCELLED"));
    expect(sequence.length).toBe(256);
    expectBits(logitsAfter(model, sequence, ids.slice(256)), whole);
    model.dispose();
  });

  it("refuses ids outside its vocabulary, sequences that are full, and goes on after both", async () => {
    const model = await loadTiny(device);
    const [sequence] = model.openSequences(1, 20);
    for (const id of [-1, model.vocabularySize])
      expect(() => run(model, sequence, [1, id])).toThrow(code("E_KERNEL", { kernel: "gatherRows", value: id }));
    expect(() => score(model, sequence, [1], [model.vocabularySize])).toThrow(code("E_KERNEL", { kernel: "negativeLogLikelihood" }));
    expect(sequence.length).toBe(0);
    run(model, sequence, idsOf(19));
    expect(() => run(model, sequence, [1, 2])).toThrow(code("E_SEQUENCE_FULL", { length: 19, more: 2, capacity: 20 }));
    run(model, sequence, [1]);
    expect(sequence.length).toBe(20);
    model.dispose();
  });

  it("says so when its weights are no numbers", async () => {
    const bad = (tensors: readonly { name: string | Uint8Array }[]) =>
      tensors.map((spec) =>
        spec.name === "output_norm.weight" ? { ...spec, data: new Uint8Array(new Float32Array(64).fill(Number.NaN).buffer) } : spec,
      );
    const model = await loadTiny(device, { tensors: (tensors) => bad(tensors) as typeof tensors });
    const [sequence] = model.openSequences(1, 100);
    expect(() => run(model, sequence, [1])).toThrow(code("E_KERNEL", { kernel: "topCandidates", why: "numeric" }));
    expect(() => score(model, sequence, [1], [2])).toThrow(code("E_KERNEL", { kernel: "negativeLogLikelihood", why: "numeric" }));
    model.dispose();
  });
});

describe.runIf(nativeStatus().available)("the native executor", () => {
  it.each(native)("on $name gives the reference's logits and greedy tokens in exact", async ({ device }) => {
    const [model, reference] = [await loadTiny(device), await loadTiny(cpu(createReferenceExecutor()))];
    const [[mine], [theirs]] = [model.openSequences(1, 512), reference.openSequences(1, 512)];
    const ids = idsOf(40);
    expectNear(logitsAfter(model, mine, ids), logitsAfter(reference, theirs, ids), 1e-5);
    expect(greedy(model, mine, [5], 24)).toEqual(greedy(reference, theirs, [5], 24));
  });

  it.each(executors.slice(1))("on $name gives the same bits for one thread and for two", async ({ name }) => {
    for (const precision of precisions) {
      const found = [1, 2].map(async (threads) => {
        const model = await loadTiny(cpu(openExecutor({ executor: "native", tier: name, threads })), { precision, width: 128, feedForward: 320 });
        const [sequence, scored] = model.openSequences(2, 512);
        const long = logitsAfter(model, sequence, idsOf(300));
        return [...long, ...logitsAfter(model, sequence, [1]), ...score(model, scored, idsOf(70), idsOf(70, 2))];
      });
      expectBits(await found[1], await found[0], precision);
    }
  });
});

describe("what a model holds", () => {
  const begin = async () => {
    const watched = watch(executors[executors.length - 1].executor());
    return { ...watched, model: await loadTiny(watched.device) };
  };

  it("is one list for each bucket of rows, made at the first use", async () => {
    const { model, compiled } = await begin();
    const [sequence] = model.openSequences(1, 512);
    const made = (ids: readonly number[]) => {
      const before = compiled.length;
      run(model, sequence, ids);
      return compiled.length - before;
    };
    expect([1, 1, 3, 8, 9, 64, 65].map((count) => made(idsOf(count)))).toEqual([1, 0, 1, 0, 1, 0, 1]);
    sequence.truncate(0);
    expect(made(idsOf(400))).toBe(0);
    const sampled = () => model.step([{ sequence, ids: [1], want: { likeliest: 256, scale: 0.5 } }]);
    sampled();
    const before = compiled.length;
    sampled();
    expect(compiled).toHaveLength(before);
  });

  it("is freed with it: weights, tables, caches, arenas, lists", async () => {
    const { model, live } = await begin();
    const [sequence] = model.openSequences(1, 512);
    run(model, sequence, idsOf(20));
    score(model, sequence, idsOf(3), idsOf(3));
    model.dispose();
    // The staging buffer belongs to the device.
    expect([live.lists.size, live.buffers.size]).toEqual([0, 1]);
  });

  it("stays as it is from the second run on", async () => {
    const { model, bytes, live } = await begin();
    const [sequence] = model.openSequences(1, 512);
    const step = () => {
      run(model, sequence, [1]);
      return [bytes(), live.buffers.size, live.lists.size];
    };
    step();
    const second = step();
    for (let i = 0; i < 20; i++) expect(step()).toEqual(second);
  });
});

function cut(total: number, lengths: readonly number[]): number[] {
  const pieces: number[] = [];
  for (let left = total, i = 0; left > 0; left -= pieces[i++]) pieces.push(Math.min(left, lengths[i % lengths.length]));
  return pieces;
}
