// Malformed safetensors files, made by hand (the catalogue's cases S01 to S15), cut at every length, and with every bit turned: a typed error, or what the reference reader would see.
import { describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import { memorySource, parseSafetensors, safetensorsPieces } from "#formats";

const text = new TextEncoder();

/** A file of this header, as it stands, and so many bytes of data. */
function file(header: string | Uint8Array, data = 0, length?: bigint): Uint8Array {
  const body = typeof header === "string" ? text.encode(header) : header;
  const bytes = new Uint8Array(8 + body.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(body.length), true);
  bytes.set(body, 8);
  return bytes;
}

const tensor = (begin: unknown, end: unknown, shape: unknown = [1], dtype: unknown = "F32") =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
const one = (entry: string) => `{"a":${entry}}`;

function failure(bytes: Uint8Array): InkstoneError | undefined {
  try {
    parseSafetensors(memorySource(bytes));
    return undefined;
  } catch (error) {
    if (error instanceof InkstoneError) return error;
    throw error;
  }
}

const deep = `{"a":${"[".repeat(100_000)}`;
const many = `{${Array.from({ length: 100_000 }, (_, i) => `"t${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`).join(",")}}`;

describe("malformed files are refused with field and byte", () => {
  it.each<[string, Uint8Array, string, RegExp]>([
    ["S01 no bytes", new Uint8Array(0), "E_FORMAT_TRUNCATED", /header length at byte 0 needs 8 bytes, 0/],
    ["S01 seven bytes", new Uint8Array(7), "E_FORMAT_TRUNCATED", /needs 8 bytes, 7/],
    ["S01 a header of no bytes", new Uint8Array(8), "E_FORMAT_VALUE", /header length/],
    ["S02 a header above the limit", file("{}", 0, 100_000_001n), "E_FORMAT_LIMIT", /100000001; the limit is 100000000/],
    ["S02 a header of 2^63 bytes", file("{}", 0, 2n ** 63n), "E_FORMAT_LIMIT", /9223372036854775808/],
    ["S03 a header longer than the file", file("{}", 0, 3n), "E_FORMAT_LENGTH", /length 3 exceeds the 2 bytes/],
    ["S04 bytes that are not UTF-8", file(Uint8Array.of(0x7b, 0xff, 0x7d)), "E_FORMAT_UTF8", /header at byte 8/],
    ["S04 space before the brace", file(" {}"), "E_FORMAT_VALUE", /header at byte 8/],
    ["S04 no JSON", file("{hello}"), "E_FORMAT_VALUE", /header key/],
    ["S04 something behind the header", file("{}{}"), "E_FORMAT_VALUE", /header at byte 10/],
    ["S04 a comma too many", file(`{"a":${tensor(0, 4)},}`, 4), "E_FORMAT_VALUE", /header key/],
    ["S05 a tensor twice", file(`{"a":${tensor(0, 4)},"a":${tensor(0, 4)}}`, 4), "E_FORMAT_DUPLICATE", /"a" appears twice/],
    ["S05 a field twice", file('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4), "E_FORMAT_DUPLICATE", /dtype/],
    ["S06 depth", file(deep), "E_FORMAT_VALUE", /a/],
    ["S07 a hole at the start", file(one(tensor(4, 8)), 8), "E_FORMAT_TENSOR_OFFSET", /hole/],
    ["S07 a hole between", file(`{"a":${tensor(0, 4)},"b":${tensor(8, 12)}}`, 12), "E_FORMAT_TENSOR_OFFSET", /"b".*hole/],
    ["S07 an overlap", file(`{"a":${tensor(0, 4)},"b":${tensor(0, 4)}}`, 4), "E_FORMAT_TENSOR_OFFSET", /overlaps/],
    ["S07 bytes behind the last tensor", file(one(tensor(0, 4)), 5), "E_FORMAT_VALUE", /behind the last tensor/],
    ["S07 a tensor behind the end", file(one(tensor(0, 4)), 3), "E_FORMAT_TENSOR_END", /"a"/],
    ["S07 an end before its begin", file(one(tensor(4, 0)), 4), "E_FORMAT_VALUE", /data_offsets/],
    ["S08 an offset of -1", file(one(tensor(-1, 3)), 4), "E_FORMAT_VALUE", /data_offsets/],
    ["S08 an offset of 1.5", file(one(tensor(1.5, 5.5)), 4), "E_FORMAT_VALUE", /data_offsets/],
    ["S08 an offset of 1e3", file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1e3]}}', 4), "E_FORMAT_VALUE", /data_offsets/],
    ["S08 an offset of 2^53 + 1", file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9007199254740993]}}', 4), "E_FORMAT_VALUE", /2\^53/],
    ["S08 an offset in quotes", file(one(tensor("0", "4")), 4), "E_FORMAT_VALUE", /data_offsets/],
    ["S08 three offsets", file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}', 4), "E_FORMAT_LIMIT", /data_offsets/],
    ["S08 one offset", file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', 4), "E_FORMAT_VALUE", /data_offsets/],
    ["S09 a shape that overflows", file(one(tensor(0, 16, [4194305, 4194305, 211106198978564])), 16), "E_FORMAT_OVERFLOW", /"a"/],
    ["S09 a shape of another size", file(one(tensor(0, 16, [5])), 16), "E_FORMAT_VALUE", /20 bytes/],
    ["S09 a negative size", file(one(tensor(0, 4, [-1])), 4), "E_FORMAT_VALUE", /shape/],
    ["S10 an unknown type", file(one(tensor(0, 4, [1], "F33")), 4), "E_FORMAT_TENSOR_TYPE", /F33/],
    ["S10 a type named like a method", file(one(tensor(0, 4, [1], "constructor")), 4), "E_FORMAT_TENSOR_TYPE", /constructor/],
    ["S11 100,000 tensors", file(many), "E_FORMAT_LIMIT", /65537; the limit is 65536/],
    ["S12 metadata that is no string", file('{"__metadata__":{"a":1}}'), "E_FORMAT_VALUE", /__metadata__\.a/],
    ["S12 metadata twice", file('{"__metadata__":{},"__metadata__":{}}'), "E_FORMAT_DUPLICATE", /__metadata__/],
    ["a missing field", file('{"a":{"dtype":"F32","shape":[1]}}', 4), "E_FORMAT_MISSING", /a\.data_offsets/],
    ["an unknown field", file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}', 4), "E_FORMAT_VALUE", /dtype, shape, data_offsets/],
    ["a name with a NUL", file(`{"a\\u0000":${tensor(0, 4)}}`, 4), "E_FORMAT_NAME", /NUL/],
    ["no name", file(`{"":${tensor(0, 4)}}`, 4), "E_FORMAT_NAME", /empty/],
    ["17 dimensions", file(one(tensor(0, 4, new Array(17).fill(1))), 4), "E_FORMAT_LIMIT", /shape/],
    ["a bad escape in a name", file('{"\\x":1}'), "E_FORMAT_VALUE", /header key/],
  ])("%s", (_name, bytes, code, message) => {
    const error = failure(bytes);
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(message);
    expect(error?.exit).toBe(65);
  });
});

describe("unusual files that are right open", () => {
  it("S12 names of an object's own, S15 scalars, empty tensors, padding, files without tensors", () => {
    const bytes = file(`{"__proto__":${tensor(0, 4, [])},"constructor":${tensor(4, 4, [0, 3])}}       `, 4);
    const opened = parseSafetensors(memorySource(bytes));
    expect([...opened.tensors.keys()]).toEqual(["__proto__", "constructor"]);
    expect(opened.values("__proto__")).toEqual(Float32Array.of(0));
    expect(opened.values("constructor").length).toBe(0);
    expect(({} as Record<string, unknown>)["dtype"]).toBeUndefined();
    expect(failure(file("{}"))).toBeUndefined();
  });

  it("types that are only recognised open, and are named when values are wanted", () => {
    const opened = parseSafetensors(memorySource(file(one(tensor(0, 8, [1], "F64")), 8)));
    expect(() => opened.values("a")).toThrow(/"a".*F64|F64/);
    expect(() => opened.values("b")).toThrow(/b/);
  });
});

const whole = Buffer.concat([
  ...safetensorsPieces(
    [
      { name: "w", shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) },
      { name: "ids", shape: [3], values: Int32Array.of(7, 8, 9) },
    ],
    { a: "b" },
  ),
]);

describe("damage", () => {
  it("cut at every length: a typed error", () => {
    for (let length = 0; length < whole.length; length++)
      expect(failure(new Uint8Array(whole.subarray(0, length))), `${length} bytes`).toBeInstanceOf(InkstoneError);
  });

  it("with every bit turned: a typed error, or a file of the same size in which every byte belongs to one tensor", () => {
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const bytes = new Uint8Array(whole);
      bytes[bit >> 3] ^= 1 << (bit & 7);
      if (failure(bytes)) continue;
      const { tensors } = parseSafetensors(memorySource(bytes));
      const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
      expect([...tensors.values()].reduce((sum, { bytes: size }) => sum + size, start)).toBe(whole.length);
    }
  });
});
