// Models that cannot be: hyper-parameters out of range (G18), tensors that are missing or misshapen, memory that is not there. Each is named, and nothing is left half built.
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memorySource, openGguf, parseGguf } from "#formats";
import { loadModel } from "#models";
import { createReferenceExecutor } from "#native";
import { anyDevice, watch } from "../support/devices.ts";
import { f32, type TensorSpec, text, u32, type Value } from "../support/gguf-writer.ts";
import { idsOf, loading, loadTiny, run } from "../support/models.ts";
import { quantize } from "../support/quantize.ts";
import { tinyLlama } from "../support/tiny-llama.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });

describe("a hyper-parameter", () => {
  const cases: readonly (readonly [key: string, value: Value | undefined, shown: string, allowed: string])[] = [
    ["block_count", u32(0), "0", "from 1"],
    ["block_count", undefined, "(missing)", "from 1"],
    ["attention.head_count", u32(0), "0", "from 1"],
    ["attention.head_count", u32(6), "6", "a divisor of 64"],
    ["attention.head_count_kv", u32(0), "0", "from 1"],
    ["attention.head_count_kv", u32(3), "3", "a divisor of 4"],
    ["attention.head_count_kv", u32(8), "8", "to 4"],
    ["context_length", u32(2 ** 31), "2147483648", "to 16777216"],
    ["context_length", u32(0), "0", "from 1"],
    ["rope.dimension_count", u32(32), "32", "to 16"],
    ["rope.dimension_count", u32(7), "7", "an even number"],
    ["rope.dimension_count", u32(0), "0", "from 2"],
    ["rope.freq_base", f32(Number.POSITIVE_INFINITY), "Infinity", "to 1000000000000"],
    ["rope.freq_base", f32(0), "0", "from 1"],
    ["rope.scaling.type", text("spiral"), "spiral", "none, linear"],
    ["attention.layer_norm_rms_epsilon", f32(Number.NaN), "NaN", "from 1e-12"],
    ["attention.layer_norm_rms_epsilon", f32(-1), "-1", "from 1e-12"],
    ["attention.key_length", u32(24), "24", "a multiple of 16"],
    ["attention.key_length", u32(0), "0", "a multiple of 16"],
    ["embedding_length", u32(0), "0", "from 16"],
    ["embedding_length", u32(2 ** 32 - 1), "4294967295", "to 65536"],
    ["feed_forward_length", u32(0), "0", "from 16"],
    ["vocab_size", u32(5), "5", ""],
    ["vocab_size", u32(0), "0", "from 1"],
  ];

  it.each(cases)("%s = %j is refused by name, value and what is allowed (%s; %s)", async (key, value, shown, allowed) => {
    const named = expect.objectContaining({
      code: "E_MODEL_CONFIG",
      message: expect.stringContaining(allowed),
      parameters: expect.objectContaining({ key: `llama.${key}`, value: shown }),
    });
    await expect(loading({ metadata: { [`llama.${key}`]: value } })).rejects.toThrow(named);
  });

  it("of another type is refused", async () => {
    await expect(loading({ metadata: { "llama.block_count": text("two") } })).rejects.toThrow(
      code("E_MODEL_CONFIG", { key: "llama.block_count", value: "two" }),
    );
  });

  it("of linear scaling needs its factor", async () => {
    const scaled = (factor: Value | undefined) =>
      loading({ metadata: { "llama.rope.scaling.type": text("linear"), "llama.rope.scaling.factor": factor } });
    await expect(scaled(undefined)).rejects.toThrow(code("E_MODEL_CONFIG", { key: "llama.rope.scaling.factor" }));
    await expect(scaled(f32(0))).rejects.toThrow(code("E_MODEL_CONFIG", { key: "llama.rope.scaling.factor", value: "0" }));
    (await scaled(f32(2))).dispose();
  });

  it("of an unknown architecture is told with those that are known", async () => {
    const other = loading({ metadata: { "general.architecture": text("mamba") } });
    await expect(other).rejects.toThrow(code("E_MODEL_ARCHITECTURE", { architecture: "mamba", supported: expect.stringContaining("llama") }));
    await expect(loading({ metadata: { "general.architecture": undefined } })).rejects.toThrow(
      code("E_FORMAT_MISSING", { field: "general.architecture" }),
    );
  });
});

describe("the tensors of a model", () => {
  const change = (name: string, to: (spec: TensorSpec) => readonly TensorSpec[]) =>
    loading({ tensors: (tensors) => tensors.flatMap((spec) => (spec.name === name ? to(spec) : [spec])) });
  const problems = (words: unknown) => code("E_MODEL_TENSORS", { problems: expect.objectContaining({ en: words }) });

  it("are named when one is missing", async () => {
    await expect(change("blk.1.attn_k.weight", () => [])).rejects.toThrow(problems("blk.1.attn_k.weight is missing"));
    await expect(change("token_embd.weight", () => [])).rejects.toThrow(problems("token_embd.weight is missing"));
  });

  it("are named with both shapes when one has another", async () => {
    const turned = change("blk.0.ffn_up.weight", (spec) => [{ ...spec, shape: [64, 128] }]);
    await expect(turned).rejects.toThrow(problems("blk.0.ffn_up.weight is [64, 128], expected [128, 64]"));
    const flat = change("output_norm.weight", (spec) => [{ ...spec, shape: [1, 64] }]);
    await expect(flat).rejects.toThrow(problems("output_norm.weight is [1, 64], expected [64]"));
    const more = change("blk.0.attn_norm.weight", (spec) => [{ ...spec, shape: [96], data: quantize("F32", new Float32Array(96)) }]);
    await expect(more).rejects.toThrow(problems("blk.0.attn_norm.weight is [96], expected [64]"));
  });

  it("are five at most in one line, and how many more", async () => {
    const none = loading({ tensors: (tensors) => tensors.filter(({ name }) => !String(name).startsWith("blk.1")) });
    await expect(none).rejects.toThrow(problems(expect.stringMatching(/^(blk\.1\.\S+ is missing; ){5}and 4 more$/)));
  });

  it("may have only the types that can be used: others are named", async () => {
    const blocks = change("output_norm.weight", (spec) => [{ ...spec, type: "Q8_0", data: new Uint8Array(68) }]);
    await expect(blocks).rejects.toThrow(problems("output_norm.weight is Q8_0, expected F32, F16 or BF16"));
    const whole = change("blk.0.attn_q.weight", (spec) => [{ ...spec, type: 24, data: new Uint8Array(64 * 64) }]);
    await expect(whole).rejects.toThrow(problems("blk.0.attn_q.weight is of type I8, which cannot be used"));
  });

  it("that the architecture does not know are refused by name, and keys of its namespace as well", async () => {
    const extra = loading({ tensors: (tensors) => [...tensors, { name: "blk.0.attn_sinks", shape: [8], type: "F32", data: new Uint8Array(32) }] });
    await expect(extra).rejects.toThrow(problems("blk.0.attn_sinks is not known"));
    await expect(loading({ metadata: { "llama.attention.sinks": u32(4) } })).rejects.toThrow(
      code("E_MODEL_CONFIG", { key: "llama.attention.sinks" }),
    );
  });
});

describe("memory", () => {
  const folder = mkdtempSync(join(tmpdir(), "inkstone-"));
  const huge = join(folder, "huge.gguf");
  const [vocabulary, width] = [2 ** 24, 16_384];

  // Headers of a model of a tebibyte, and a file of that length without any data.
  beforeAll(() => {
    const shapes: Record<string, number[]> = { "token_embd.weight": [vocabulary, width], "output_norm.weight": [width] };
    for (const name of ["attn_norm", "ffn_norm"]) shapes[`blk.0.${name}.weight`] = [width];
    for (const name of ["attn_q", "attn_k", "attn_v"]) shapes[`blk.0.${name}.weight`] = [16, width];
    for (const name of ["ffn_gate", "ffn_up"]) shapes[`blk.0.${name}.weight`] = [32, width];
    shapes["blk.0.attn_output.weight"] = [width, 16];
    shapes["blk.0.ffn_down.weight"] = [width, 32];
    let end = 0;
    const tensors = Object.entries(shapes).map(([name, shape]): TensorSpec => {
      const offset = end;
      end += shape.reduce((product, size) => product * size, 4);
      return { name, shape, type: "F32", offset };
    });
    const metadata: Record<string, Value | undefined> = {
      "llama.embedding_length": u32(width),
      "llama.block_count": u32(1),
      "llama.feed_forward_length": u32(32),
      "llama.attention.head_count": u32(1),
      "llama.attention.head_count_kv": u32(1),
      "llama.attention.key_length": u32(16),
      "llama.rope.dimension_count": u32(16),
      "llama.vocab_size": u32(vocabulary),
      "tokenizer.ggml.tokens": undefined,
      "tokenizer.ggml.token_type": undefined,
    };
    const head = tinyLlama({ metadata, tensors: () => tensors });
    writeFileSync(huge, head);
    truncateSync(huge, head.length + end);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("that is less than the weights need is said before anything is allocated", async () => {
    const { device, live } = watch(createReferenceExecutor());
    const file = await openGguf(huge);
    try {
      const refused = code("E_MODEL_MEMORY", { needed: expect.any(Number), available: expect.any(Number) });
      await expect(loadModel(file, device, { precision: "exact" })).rejects.toThrow(refused);
      await expect(loadModel(file, device, { precision: "exact" })).rejects.toThrow(expect.objectContaining({ exit: 75, status: 503 }));
    } finally {
      file.close();
    }
    expect(live.buffers.size).toBe(0);
  });

  it("that ends while weights are read is E_MEMORY, and what was read is freed", async () => {
    const enough = watch(createReferenceExecutor());
    (await loadTiny(enough.device)).dispose();
    const [stage] = enough.live.buffers.values();
    for (const limit of [0, 40_000, 60_000, 90_000]) {
      const { device, live } = watch(createReferenceExecutor(), limit);
      await expect(loadTiny(device), `${limit} bytes`).rejects.toThrow(code("E_MEMORY"));
      // At most the staging buffer, which belongs to the device.
      expect([...live.buffers.values()].every((bytes) => bytes <= stage) && live.buffers.size <= 1, `${limit} bytes`).toBe(true);
      expect(live.lists.size).toBe(0);
    }
  });

  it("that is too little for sequences is E_MEMORY; fewer can be opened then", async () => {
    const { device, live } = watch(createReferenceExecutor(), 2_000_000);
    const model = await loadTiny(device);
    const before = live.buffers.size;
    expect(() => model.openSequences(100, 512)).toThrow(code("E_MEMORY"));
    expect(live.buffers.size).toBe(before);
    const [sequence] = model.openSequences(1, 512);
    expect(run(model, sequence, idsOf(10))).toHaveLength(model.vocabularySize);
    model.dispose();
  });

  it("that is too little for a pass over many rows is E_MEMORY; a pass over few goes on", async () => {
    const { device, bytes } = watch(createReferenceExecutor());
    const probe = await loadTiny(device);
    probe.openSequences(1, 512);
    const small = watch(createReferenceExecutor(), bytes() + 100_000);
    const model = await loadTiny(small.device);
    const [sequence] = model.openSequences(1, 512);
    const before = small.live.buffers.size;
    expect(() => run(model, sequence, idsOf(256))).toThrow(code("E_MEMORY"));
    expect([small.live.buffers.size, sequence.length]).toEqual([before, 0]);
    run(model, sequence, [1]);
    expect(sequence.length).toBe(1);
  });

  it("is given back when loading is aborted, with the reason of the signal", async () => {
    const { device, live } = watch(createReferenceExecutor());
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = (fraction: number) => {
      seen.push(fraction);
      if (fraction > 0.5) controller.abort(new Error("enough"));
    };
    const aborted = loadModel(parseGguf(memorySource(tinyLlama())), device, { precision: "exact", signal: controller.signal, onProgress });
    await expect(aborted).rejects.toThrow("enough");
    expect(live.buffers.size).toBe(1);
    expect(seen.every((fraction, i) => fraction > (seen[i - 1] ?? 0) && fraction < 0.6)).toBe(true);
  });

  it("is counted in fractions up to one", async () => {
    const seen: number[] = [];
    const model = await loadModel(parseGguf(memorySource(tinyLlama())), anyDevice, {
      precision: "exact",
      onProgress: (fraction) => seen.push(fraction),
    });
    expect(seen.at(-1)).toBe(1);
    model.dispose();
  });

  it("for positions is that of the sequences asked for, at most the model's own", async () => {
    const model = await loadModel(parseGguf(memorySource(tinyLlama({ contextLength: 512 }))), anyDevice, { precision: "exact", contextLength: 100 });
    expect(model.contextLength).toBe(100);
    expect(model.openSequences(1, 1000)[0].capacity).toBe(100);
    model.dispose();
  });
});
