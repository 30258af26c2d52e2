// The GGUF reader on files that are right.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { memorySource, openGguf, parseGguf } from "#formats";
import { tinyLlama } from "../support/gguf-writer.ts";
import { dequantize, quantize, type WrittenType } from "../support/quantize.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-gguf-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a GGUF file", () => {
  it("gives its metadata by type and its tensors by name, outermost dimension first", async () => {
    const path = join(folder, "tiny.gguf");
    writeFileSync(path, tinyLlama());
    const file = await openGguf(path);
    expect(file.metadata.string("general.architecture")).toBe("llama");
    expect(file.metadata.number("llama.block_count")).toBe(2);
    expect(file.metadata.strings("tokenizer.ggml.tokens").length).toBe(file.tensors.get("token_embd.weight")!.shape[0]);
    expect(file.tensors.get("blk.1.ffn_down.weight")).toMatchObject({ shape: [64, 128], type: { name: "Q4_1" }, bytes: (64 * 128 * 20) / 32 });
    file.close();
  });

  it.each<WrittenType>(["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1"])("holds %s values that a reader gets back", (type) => {
    const values = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i) * 3);
    const back = dequantize(type, quantize(type, values));
    const step = { F32: 0, F16: 0.002, BF16: 0.012, Q8_0: 0.013, Q4_0: 0.4, Q4_1: 0.21 }[type];
    expect(Math.max(...back.map((value, i) => Math.abs(value - values[i])))).toBeLessThanOrEqual(step);
    const file = parseGguf(memorySource(tinyLlama({ type, embeddingType: type })));
    expect(file.tensors.get("blk.0.attn_q.weight")!.type.name).toBe(type);
  });
});
