// The GGUF reader on files that are right: the tiny model of the tests and the real one.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { type GgufTensor, ggufTypes, memorySource, openGguf, parseGguf, requireSupported } from "#formats";
import { list, tinyLlama, u32, writeGguf } from "../support/gguf-writer.ts";
import { dequantize, quantize, type WrittenType } from "../support/quantize.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-gguf-"));
afterAll(() => rmSync(folder, { recursive: true }));
const tiny = tinyLlama();
const parsed = (bytes: Uint8Array) => parseGguf(memorySource(bytes));

describe("a GGUF file", () => {
  it("gives its metadata by type and its tensors by name, outermost dimension first", async () => {
    const path = join(folder, "tiny.gguf");
    writeFileSync(path, tiny);
    const file = await openGguf(path);
    expect([file.name, file.version]).toEqual(["tiny.gguf", 3]);
    expect(file.metadata.string("general.architecture")).toBe("llama");
    expect(file.metadata.number("llama.block_count")).toBe(2);
    expect(file.metadata.boolean("tokenizer.ggml.add_bos_token")).toBe(false);
    expect(file.metadata.numbers("tokenizer.ggml.token_type").subarray(0, 4)).toEqual(Int32Array.of(3, 3, 3, 1));
    expect(file.metadata.count("tokenizer.ggml.tokens")).toBe(file.tensors.get("token_embd.weight")!.shape[0]);
    expect(file.tensors.get("blk.1.ffn_down.weight")).toMatchObject({ shape: [64, 128], type: { name: "Q4_1" }, bytes: (64 * 128 * 20) / 32 });
    file.close();
  });

  it("gives strings as one block of bytes with offsets, and the same strings one by one", () => {
    const words = ["", "a", "砚台", "", "🖋️", "x".repeat(65_535)];
    const { metadata } = parsed(writeGguf({ metadata: [["words", list("string", words)]] }));
    const { bytes, offsets } = metadata.stringBytes("words");
    expect([...offsets]).toEqual([0, 0, 1, 7, 7, 14, 65_549]);
    expect(Buffer.from(bytes).toString()).toBe(words.join(""));
    expect(metadata.strings("words")).toEqual(words);
    expect(metadata.stringBytes("words")).toEqual({ bytes, offsets });
  });

  it("says which key is missing or of another type, and leaves defaults to the caller", () => {
    const { metadata } = parsed(tiny);
    expect(() => metadata.number("llama.none")).toThrow(/does not say "llama.none"/);
    expect(metadata.numberOr("llama.none", undefined)).toBeUndefined();
    expect(metadata.numberOr("llama.block_count", 7)).toBe(2);
    expect(() => metadata.string("llama.block_count")).toThrow(/llama\.block_count at byte \d+: expected string, got uint32/);
    expect(() => metadata.strings("tokenizer.ggml.token_type")).toThrow(/expected array of string, got array of int32/);
    expect(() => metadata.numbers("tokenizer.ggml.tokens")).toThrow(/expected array of numbers, got array of string/);
  });

  it("gives 64-bit numbers exactly or not at all", () => {
    const wide = (value: bigint) => parsed(writeGguf({ metadata: [["n", { type: "uint64", value }]] })).metadata;
    expect(wide(2n ** 53n - 1n).number("n")).toBe(2 ** 53 - 1);
    expect(() => wide(2n ** 53n).number("n")).toThrow(/n at byte \d+ is 9007199254740992/);
    const { metadata } = parsed(writeGguf({ metadata: [["n", list("int64", [1n, -(2n ** 60n)])]] }));
    expect(() => metadata.numbers("n")).toThrow(/is -1152921504606846976/);
  });

  it("keeps keys such as __proto__ as plain keys", () => {
    const { metadata } = parsed(
      writeGguf({
        metadata: [
          ["__proto__", u32(5)],
          ["constructor", u32(6)],
        ],
      }),
    );
    expect([metadata.number("__proto__"), metadata.number("constructor"), metadata.has("toString")]).toEqual([5, 6, false]);
  });

  it("can hold only a vocabulary", () => {
    const file = parsed(tinyLlama({ vocabularyOnly: true }));
    expect(file.tensors.size).toBe(0);
    expect(file.metadata.strings("tokenizer.ggml.tokens")[1]).toBe("<|im_start|>");
  });

  it("is read in version 2 as in version 3", () => {
    const second = Buffer.from(tiny);
    second.writeUInt32LE(2, 4);
    expect([...parsed(second).tensors]).toEqual([...parsed(tiny).tensors]);
  });

  it("is not read any more after close(), except for arrays that were asked for before", async () => {
    const path = join(folder, "closed.gguf");
    writeFileSync(path, tiny);
    const file = await openGguf(path);
    const tokens = file.metadata.strings("tokenizer.ggml.tokens");
    file.close();
    file.close();
    expect(file.metadata.strings("tokenizer.ggml.tokens")).toEqual(tokens);
    expect(() => file.metadata.strings("tokenizer.ggml.merges")).toThrow(/"closed.gguf" was read after it was closed/);
    expect(() => file.read(file.tensors.get("output_norm.weight")!, 0, new Uint8Array(4))).toThrow(/was read after it was closed/);
  });
});

describe("tensor bytes", () => {
  it.each<WrittenType>(["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1"])("of type %s are those that were written", (type) => {
    const values = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i) * 3);
    const step = { F32: 0, F16: 0.002, BF16: 0.012, Q8_0: 0.013, Q4_0: 0.4, Q4_1: 0.21 }[type];
    const file = parsed(writeGguf({ tensors: [{ name: "w", shape: [2, 32], type, data: quantize(type, values) }] }));
    const tensor = file.tensors.get("w")!;
    const bytes = new Uint8Array(tensor.bytes);
    file.read(tensor, 0, bytes);
    expect(Math.max(...dequantize(type, bytes).map((value, i) => Math.abs(value - values[i])))).toBeLessThanOrEqual(step);
  });

  it("outside the tensor are not given", () => {
    const file = parsed(tiny);
    const tensor = file.tensors.get("output_norm.weight")!;
    for (const [start, length] of [
      [-1, 1],
      [253, 4],
      [0, 257],
      [0.5, 1],
      [Number.NaN, 1],
      [2 ** 60, 1],
    ])
      expect(() => file.read(tensor, start, new Uint8Array(length))).toThrow(/output_norm\.weight has 256 bytes/);
  });

  it("of types that are only recognised are refused by the name of the type", () => {
    const file = parsed(writeGguf({ tensors: [{ name: "w", dimensions: [256], type: 23, data: new Uint8Array(136) }] }));
    const tensor = file.tensors.get("w") as GgufTensor;
    expect(() => requireSupported(tensor)).toThrow(/Tensor "w": type IQ4_XS is not supported yet/);
    expect(() => file.read(tensor, 0, new Uint8Array(136))).toThrow(/IQ4_XS is not supported yet/);
    const usable = [...ggufTypes.values()].filter((type) => type.supported).map((type) => type.name);
    const quantised = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL"];
    expect(usable).toEqual(["F32", "F16", ...quantised, "BF16"]);
  });
});

describe("files of llama.cpp", () => {
  const shared = new URL("../../../shared/data/tokenizers/llama-cpp-vocab/", import.meta.url);

  it.runIf(existsSync(shared))("with only a vocabulary open, whatever their tokenizer", async () => {
    const sizes = { "gpt-2": 50_257, "deepseek-coder": 32_256, "llama-spm": 32_000, "bert-bge": 30_522 };
    for (const [name, size] of Object.entries(sizes)) {
      const file = await openGguf(fileURLToPath(new URL(`ggml-vocab-${name}.gguf`, shared)));
      expect([file.tensors.size, file.metadata.strings("tokenizer.ggml.tokens").length]).toEqual([0, size]);
      file.close();
    }
  });
});

describe("the catalogue model", () => {
  const path = process.env["INKSTONE_TEST_MODEL"] ?? "";

  it.runIf(path !== "")("has the tensors and the vocabulary that are known of it", async () => {
    const file = await openGguf(path);
    expect(file.metadata.string("tokenizer.ggml.pre")).toBe("smollm");
    expect(file.metadata.count("tokenizer.ggml.tokens")).toBe(49_152);
    expect(file.metadata.strings("tokenizer.ggml.merges").slice(0, 2)).toEqual(["Ġ t", "Ġ a"]);
    expect(file.tensors.size).toBe(272);
    expect(file.tensors.get("token_embd.weight")).toMatchObject({ shape: [49_152, 576], type: { name: "Q8_0" }, bytes: 30_081_024 });
    const norm = file.tensors.get("output_norm.weight")!;
    const bytes = new Uint8Array(norm.bytes);
    file.read(norm, 0, bytes);
    expect(dequantize("F32", bytes).every((value) => Math.abs(value) < 10)).toBe(true);
    file.close();
  });
});
