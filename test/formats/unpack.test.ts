// Quantised types of GGUF files: every value bit by bit that of the gguf package, on random blocks.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isUnpacked, unpackBlocks } from "#formats";

const { types } = JSON.parse(readFileSync(new URL("../parity/fixtures/quantised-types.json", import.meta.url), "utf8")) as {
  types: Record<string, { bytes: string; values: string }>;
};

describe("the values of a block", () => {
  it.each(Object.keys(types))("of %s are the gguf package's, bit by bit", (type) => {
    const bytes = Buffer.from(types[type].bytes, "base64");
    const expected = new Uint32Array(Uint8Array.from(Buffer.from(types[type].values, "base64")).buffer);
    const found = new Float32Array(expected.length);
    expect(isUnpacked(type)).toBe(true);
    unpackBlocks(type, bytes, found);
    // -0 and 0 are the same value.
    const bitsOf = (values: Uint32Array) => values.map((word) => (word === 0x8000_0000 ? 0 : word));
    expect(bitsOf(new Uint32Array(found.buffer))).toEqual(bitsOf(expected));
  });
});
