// G14 and G15: a valid file of about 4 KiB, cut at every length and with every single bit flipped, is refused with a typed error or read whole.

import { describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import { type GgufFile, memorySource, parseGguf } from "#formats";
import { bool, f32, list, text, u32, writeGguf, zeros } from "../support/gguf-writer.ts";

const tokens = Array.from({ length: 72 }, (_, i) => `token-${i}`);
const tensor = (name: string, type: "F32" | "Q8_0" | "Q4_1", shape: number[]) => ({ name, shape, type, data: zeros(type, shape).fill(7) });
const valid = writeGguf({
  metadata: [
    ["general.architecture", text("llama")],
    ["general.alignment", u32(32)],
    ["llama.block_count", u32(2)],
    ["llama.rope.freq_base", f32(10000)],
    ["llama.wide", { type: "uint64", value: 2n ** 63n }],
    ["tokenizer.ggml.tokens", list("string", tokens)],
    [
      "tokenizer.ggml.scores",
      list(
        "float32",
        tokens.map((_, i) => -i),
      ),
    ],
    [
      "tokenizer.ggml.token_type",
      list(
        "int32",
        tokens.map(() => 1),
      ),
    ],
    ["tokenizer.ggml.eos_token_id", u32(3)],
    ["tokenizer.ggml.add_bos_token", bool(true)],
    ["list.of.bools", list("bool", [true, false])],
    ["list.of.wide", list("int64", [-1n, 2n ** 40n])],
    ["tokenizer.chat_template", text("{{ '你好' }}")],
  ],
  tensors: [tensor("token_embd.weight", "Q8_0", [16, 32]), tensor("blk.0.norm", "F32", [32]), tensor("blk.0.up", "Q4_1", [32, 32])],
});

/** Reads everything that a file offers; typed errors of single getters are answers too. */
function readAll(file: GgufFile): void {
  const { metadata } = file;
  for (const key of metadata.keys()) {
    const { array, type } = metadata.entry(key)!;
    typed(() => {
      if (array?.type === "string") metadata.strings(key);
      else if (array?.type === "bool") metadata.booleans(key);
      else if (array !== undefined) metadata.numbers(key);
      else if (type === "string") metadata.string(key);
      else if (type === "bool") metadata.boolean(key);
      else metadata.number(key);
    });
  }
  for (const entry of file.tensors.values()) typed(() => file.read(entry, 0, new Uint8Array(entry.bytes)));
}

function typed(work: () => void): InkstoneError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof InkstoneError && error.exit === 65 && error.code.startsWith("E_FORMAT_")) return error;
    throw error;
  }
}

const open = (bytes: Uint8Array): InkstoneError | undefined => typed(() => readAll(parseGguf(memorySource(bytes))));

describe("a damaged file", () => {
  it("is whole before it is damaged", () => {
    expect(valid.length).toBeGreaterThan(3500);
    expect(open(valid)).toBeUndefined();
  });

  it("is refused at every shorter length, by the field that is cut (G14)", () => {
    const end = Math.max(...[...parseGguf(memorySource(valid)).tensors.values()].map(({ offset, bytes }) => offset + bytes));
    for (let length = 0; length < end; length++) {
      const error = open(valid.subarray(0, length));
      expect(error, `length ${length}`).toBeDefined();
      expect(["E_FORMAT_TRUNCATED", "E_FORMAT_LENGTH", "E_FORMAT_TENSOR_END"]).toContain(error!.code);
    }
  });

  it("is refused with a typed error or read whole, for every single bit that is flipped (G15)", () => {
    const bytes = Buffer.from(valid);
    let slowest = 0;
    let refused = 0;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3] ^= 1 << (bit & 7);
      const start = performance.now();
      if (open(bytes) !== undefined) refused++;
      slowest = Math.max(slowest, performance.now() - start);
      bytes[bit >> 3] ^= 1 << (bit & 7);
    }
    expect(bytes).toEqual(valid);
    expect(refused).toBeGreaterThan(1000);
    expect(slowest).toBeLessThan(1000);
  });

  it("is refused when it becomes shorter after it was opened", () => {
    let size = valid.length;
    const source = memorySource(valid);
    const file = parseGguf({ ...source, read: (position, into) => Math.min(source.read(position, into), Math.max(0, size - position)) });
    size = 2000;
    const last = [...file.tensors.values()].at(-1)!;
    expect(() => file.read(last, 0, new Uint8Array(last.bytes))).toThrow(/truncated: blk\.0\.up at byte \d+ needs 640 bytes, 0 are left/);
  });
});
