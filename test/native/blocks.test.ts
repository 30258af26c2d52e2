// Block types of GGUF files: values bit by bit those of the gguf package, blocks byte by byte those that it makes.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createReferenceExecutor, sourceTypes } from "#native";
import { f32, noise, zeros } from "./support/cases.ts";
import { runCommand } from "./support/run.ts";

interface Fixture {
  readonly types: Record<string, { id: number; bytes: string; values: string }>;
  readonly made: { values: string; blocks: Record<string, { id: number; bytes: string }> };
}
const { types, made } = JSON.parse(readFileSync(new URL("../parity/fixtures/quantised-types.json", import.meta.url), "utf8")) as Fixture;

const reference = createReferenceExecutor();
const decode = (text: string) => Uint8Array.from(Buffer.from(text, "base64"));
const floats = (text: string) => new Float32Array(decode(text).buffer);

function unpacked(bytes: Uint8Array, sourceType: number, n: number): Float32Array {
  const operands = { source: { type: "u8", data: bytes } as const, y: zeros("f32", n) };
  return runCommand(reference, { kernel: "unpackBlocks", operands, sizes: { n, sourceType } }).y as Float32Array;
}

function quantised(x: Float32Array, sourceType: number): Uint8Array {
  const { block, bytes } = sourceTypes[sourceType];
  const operands = { x: f32(x), blocks: zeros("u8", (x.length / block) * bytes) };
  return runCommand(reference, { kernel: "quantizeBlocks", operands, sizes: { n: x.length, sourceType } }).blocks as Uint8Array;
}

describe("the values of a block", () => {
  it.each(Object.keys(types))("of %s are the gguf package's, bit by bit", (type) => {
    const expected = new Uint32Array(floats(types[type].values).buffer);
    const found = unpacked(decode(types[type].bytes), types[type].id, expected.length);
    // -0 and 0 are the same value.
    const bitsOf = (values: Uint32Array) => values.map((word) => (word === 0x8000_0000 ? 0 : word));
    expect(bitsOf(new Uint32Array(found.buffer))).toEqual(bitsOf(expected));
  });
});

describe("blocks that are made", () => {
  it.each(Object.keys(made.blocks))("of %s are the gguf package's, byte by byte", (type) => {
    const { id, bytes } = made.blocks[type];
    expect(Buffer.from(quantised(floats(made.values), id)).equals(Buffer.from(decode(bytes)))).toBe(true);
  });

  // Root mean square error, in parts of that of the values: what llama.cpp's quantisers reach on such values, and a little.
  it.each([
    ["Q4_K", 12, 0.075],
    ["Q5_K", 13, 0.038],
    ["Q6_K", 14, 0.02],
  ] as const)("of %s come back within %d of their size", (_, id, most) => {
    const x = noise(64 * 256, 3).map((value, i) => value + noise(1, i)[0] + noise(1, i + 70_000)[0]);
    const found = unpacked(quantised(x, id), id, x.length);
    const sum = (values: Float32Array) => values.reduce((total, value) => total + value * value, 0);
    expect(Math.sqrt(sum(found.map((value, i) => value - x[i])) / sum(x))).toBeLessThan(most);
  });

  it("refuses a value that is not finite, with its place", () => {
    const x = new Float32Array(64);
    x[40] = Number.NaN;
    expect(() => quantised(x, 8)).toThrow(
      expect.objectContaining({ code: "E_KERNEL", parameters: expect.objectContaining({ why: "numeric", value: 40 }) }),
    );
  });
});
