// Malformed GGUF files G01 to G19: each is refused by one typed error that names the field and the byte, soon, with little memory.
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type ErrorCode, InkstoneError } from "#core";
import { memorySource, openGguf, parseGguf } from "#formats";
import { ByteWriter, f32, type GgufSpec, list, text, u32, type Value, writeGguf, zeros } from "../support/gguf-writer.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-hostile-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What came of parsing bytes: an error, or undefined. Anything but a typed format error with its place fails the test. */
function refusal(bytes: Uint8Array): InkstoneError {
  const { error, allocated, asked } = observed(bytes);
  expect(error).toBeInstanceOf(InkstoneError);
  expect(asked).toBeLessThan(1 << 20);
  expect(allocated).toBeLessThan(1 << 20);
  const typed = error as InkstoneError;
  expect(typed).toMatchObject({ exit: 65, status: 400, type: "invalid_model_file", parameters: { offset: expect.any(Number) } });
  for (const language of ["en", "zh"] as const) {
    const words = Object.values(typed.describe(language)).join("\n");
    expect(words).not.toMatch(/(?![\n\u0080-\u009f])\p{Cc}|0x[0-9a-f]{6}|\/tmp|\{\w+\}/u);
  }
  return typed;
}

// The reader asks its source for bytes into buffers that it reserved: the largest of them is what it dared to allocate; the sum of the pieces is its work.
function observed(bytes: Uint8Array): { error: unknown; allocated: number; asked: number } {
  const source = memorySource(bytes);
  let allocated = 0;
  let asked = 0;
  const read = (position: number, into: Uint8Array): number => {
    allocated = Math.max(allocated, into.buffer.byteLength);
    asked += into.length;
    return source.read(position, into);
  };
  try {
    parseGguf({ ...source, read });
    return { error: undefined, allocated, asked };
  } catch (error) {
    return { error, allocated, asked };
  }
}

const withValue = (key: string, value: Value, more: GgufSpec["metadata"] = []): Buffer => writeGguf({ metadata: [[key, value], ...more] });
const F32 = { type: "F32", data: zeros("F32", [8, 4]) } as const;

type Case = [what: string, bytes: Uint8Array, code: ErrorCode, message: string | RegExp];
function check([, bytes, code, message]: Case): void {
  const error = refusal(bytes);
  expect(error.message).toMatch(message);
  expect(error.code).toBe(code);
}

const head = (version: number, tensors: number | bigint, entries: number | bigint): ByteWriter =>
  new ByteWriter().bytes(Buffer.from("GGUF")).u32(version).u64(tensors).u64(entries);

const G01: Case[] = [
  ["0 bytes", new Uint8Array(0), "E_FORMAT_TRUNCATED", /header at byte 0 needs 24 bytes, 0 are left/],
  ["3 bytes", Buffer.from("GGU"), "E_FORMAT_TRUNCATED", /needs 24 bytes, 3 are left/],
  ["23 bytes", head(3, 0, 0).done().subarray(0, 23), "E_FORMAT_TRUNCATED", /needs 24 bytes, 23 are left/],
  ["magic FUGG", writeGguf({ magic: "FUGG" }), "E_FORMAT_MAGIC", /Bad magic "FUGG" at byte 0, expected "GGUF"/],
  ["magic with control bytes", writeGguf({ magic: "\u001b[2J" }), "E_FORMAT_MAGIC", /"\\u001b\[2J"/],
];
const G02: Case[] = [
  ...[0, 1, 4].map((version): Case => [`version ${version}`, writeGguf({ version }), "E_FORMAT_VERSION", `Unsupported version ${version} at byte 4`]),
  ["a byte-swapped version 3", writeGguf({ version: 0x03000000 }), "E_FORMAT_VERSION", /big-endian/],
];
const G03: Case[] = [2n ** 64n - 1n, 2n ** 63n, 65_537].map((entryCount) => [
  `n_kv ${entryCount}`,
  writeGguf({ entryCount }),
  "E_FORMAT_LIMIT",
  `n_kv at byte 16 is ${entryCount}; the limit is 65536`,
]);
const G04: Case[] = [2n ** 63n, (2n ** 64n - 1n) / 400n - 1n, 65_537].map((tensorCount) => [
  `n_tensors ${tensorCount}`,
  writeGguf({ tensorCount }),
  "E_FORMAT_LIMIT",
  `n_tensors at byte 8 is ${tensorCount}; the limit is 65536`,
]);
const keyOf = (length: number | bigint, bytes = 0): Buffer => head(3, 0, 1).string(new Uint8Array(bytes).fill(97), length).u32(0).u32(0).done();
const G05: Case[] = [
  ["key of length 0", keyOf(0), "E_FORMAT_VALUE", /kv\[0\]\.key at byte 24 is 0/],
  ["key of length 65,536", keyOf(65_536, 65_536), "E_FORMAT_LIMIT", /kv\[0\]\.key at byte 24 is 65536; the limit is 65535/],
  [
    "key of length 2^64-1",
    keyOf(2n ** 64n - 1n, 8),
    "E_FORMAT_LENGTH",
    /kv\[0\]\.key at byte 24: length 18446744073709551615 exceeds the 16 bytes remaining/,
  ],
  ["key that is longer than the file", keyOf(100, 8), "E_FORMAT_LENGTH", /length 100 exceeds the 16 bytes remaining/],
];
const G06: Case[] = [
  [
    "string of length 2^63 in 43 bytes",
    head(3, 0, 1)
      .string("abc")
      .u32(8)
      .u64(2n ** 63n)
      .done()
      .subarray(0, 47),
    "E_FORMAT_LENGTH",
    /abc at byte 39: length 9223372036854775808/,
  ],
  [
    "array of length 2^63",
    head(3, 0, 1)
      .string("abc")
      .u32(9)
      .u32(4)
      .u64(2n ** 63n)
      .done(),
    "E_FORMAT_LENGTH",
    /exceeds the 0 bytes remaining/,
  ],
];
const array = (of: number, count: number | bigint): Value => ({ type: "array", of, count });
const G07: Case[] = [
  ["array of arrays", withValue("a", array(9, 1)), "E_FORMAT_TYPE", /array of arrays/],
  ["array with element type 13", withValue("a", array(13, 1)), "E_FORMAT_VALUE", /type of a at byte \d+ is 13; allowed: 0…12/],
  ["value type 13", withValue("a", { type: 13, raw: new Uint8Array(8) }), "E_FORMAT_VALUE", /kv\[0\]\.type at byte \d+ is 13/],
  ["array of 2^62 uint32", withValue("a", array(4, 2n ** 62n)), "E_FORMAT_LENGTH", /length 4611686018427387904/],
  ["array of more strings than bytes", withValue("a", { ...array(8, 3), raw: undefined }), "E_FORMAT_LENGTH", /length 3 exceeds/],
  ["bool value 2", withValue("a", { type: "bool", raw: Uint8Array.of(2) }), "E_FORMAT_VALUE", /a at byte \d+ is 2; allowed: 0, 1/],
  ["bool 2 in an array", withValue("a", list("bool", [0, 1, 2])), "E_FORMAT_VALUE", /a\[2\] at byte \d+ is 2/],
];
const G08: Case[] = [
  ["key that is there twice", withValue("a.b", u32(1), [["a.b", u32(1)]]), "E_FORMAT_DUPLICATE", /kv\[1\]\.key .*"a\.b" appears twice/],
  [
    "tensor name that is there twice",
    writeGguf({
      tensors: [
        { name: "w", shape: [8, 4], ...F32 },
        { name: "w", shape: [8, 4], ...F32 },
      ],
    }),
    "E_FORMAT_DUPLICATE",
    /tensor\[1\]\.name .*"w" appears twice/,
  ],
];
const G09: Case[] = [
  ...[0, 13, 0x80000000, 1 << 21].map(
    (value): Case => [
      `alignment ${value}`,
      withValue("general.alignment", u32(value)),
      "E_FORMAT_VALUE",
      `general.alignment at byte 53 is ${value}; allowed: 2^k`,
    ],
  ),
  ["alignment of type int32", withValue("general.alignment", { type: "int32", value: 32 }), "E_FORMAT_TYPE", /expected uint32, got int32/],
  ["alignment as text", withValue("general.alignment", text("32")), "E_FORMAT_TYPE", /expected uint32, got string/],
];
const shaped = (dimensions: (number | bigint)[], dimensionCount?: number, type: "F32" | number = "F32"): Buffer =>
  writeGguf({ tensors: [{ name: "w", dimensions, dimensionCount, type, data: new Uint8Array(64) }] });
const G10: Case[] = [
  ...[0, 5, 2 ** 32 - 1].map(
    (count): Case => [`n_dims ${count}`, shaped([4], count), "E_FORMAT_VALUE", `n_dims of w at byte 33 is ${count}; allowed: 1…4`],
  ),
  ["dimension of 0", shaped([4, 0]), "E_FORMAT_VALUE", /dim\[1\] of w at byte 45 is 0/],
];
const G11: Case[] = [
  ["dimensions whose product wraps", shaped([2 ** 22, 2 ** 42 + 1]), "E_FORMAT_OVERFLOW", /Size overflow in tensor "w"/],
  ["dimensions whose product wraps to the right size", shaped([2 ** 32, 2 ** 32, 4]), "E_FORMAT_OVERFLOW", /Size overflow in tensor "w"/],
  ["dimension beyond 2^53", shaped([2n ** 63n]), "E_FORMAT_OVERFLOW", /Size overflow in tensor "w" at byte 37/],
  [
    "two I8 tensors of 0x7FFFFFFFFFFFFFC0",
    writeGguf({ tensors: ["a", "b"].map((name) => ({ name, dimensions: [0x7fffffffffffffc0n], type: 24, data: new Uint8Array(64) })) }),
    "E_FORMAT_OVERFLOW",
    /Size overflow in tensor "a"/,
  ],
  [
    "tensors whose sizes together overflow",
    writeGguf({
      tensors: [
        { name: "a", dimensions: [2 ** 53 - 1], type: 24 },
        { name: "b", dimensions: [2 ** 53 - 1], type: 24, offset: 2 ** 53 },
      ],
    }),
    "E_FORMAT_OVERFLOW",
    /Size overflow in tensor "a"/,
  ],
];
const G12: Case[] = [
  ["row of 48 in blocks of 32", shaped([48], 1, 8), "E_FORMAT_ROW", /a row of 48 values is not a multiple of the 32 of a Q8_0 block/],
  ["type 255", shaped([32], 1, 255), "E_FORMAT_TENSOR_TYPE", /"w" at byte \d+ has type 255: no such type is known/],
  ["withdrawn type Q4_2", shaped([32], 1, 4), "E_FORMAT_TENSOR_TYPE", /has type Q4_2 \(4\): it was withdrawn/],
];
const two = (offset: number | bigint): Buffer =>
  writeGguf({
    tensors: [
      { name: "a", shape: [16], type: "F32", data: new Uint8Array(64) },
      { name: "b", shape: [16], type: "F32", data: new Uint8Array(64), offset },
    ],
  });
const G13: Case[] = [
  ["unaligned offset", two(65), "E_FORMAT_TENSOR_OFFSET", /"b".* offset is 65, expected 64: it is not a multiple of the alignment 32/],
  ["offset with a hole before it", two(96), "E_FORMAT_TENSOR_OFFSET", /"b".* is 96, expected 64: tensors lie one after another/],
  ["overlapping offset", two(32), "E_FORMAT_TENSOR_OFFSET", /"b".* is 32, expected 64: it overlaps/],
  ["offset 2^63", two(2n ** 63n), "E_FORMAT_TENSOR_OFFSET", /is 9223372036854775808, expected 64/],
  ["tensor past the end of the file", two(64).subarray(0, -1), "E_FORMAT_TENSOR_END", /tensor "b" at byte 160 ends at byte 224, the file has 223/],
  ["tensor larger than the file", shaped([2 ** 40]), "E_FORMAT_TENSOR_END", /ends at byte 4398046511/],
];
const vocabulary = (...more: [string, Value][]): Buffer =>
  writeGguf({ metadata: [["tokenizer.ggml.tokens", list("string", ["a", "b", "c"])], ...more] });
const G16: Case[] = [
  [
    "scores as uint8",
    vocabulary(["tokenizer.ggml.scores", list("uint8", [1, 2, 3])]),
    "E_FORMAT_TYPE",
    /expected float32\[3\], one for each token, got array of uint8/,
  ],
  ["token types as uint8", vocabulary(["tokenizer.ggml.token_type", list("uint8", [1, 2, 3])]), "E_FORMAT_TYPE", /expected int32\[3\]/],
  ["too few scores", vocabulary(["tokenizer.ggml.scores", list("float32", [1, 2])]), "E_FORMAT_COUNT", /has 2 elements, expected float32\[3\]/],
  [
    "too many token types",
    vocabulary(["tokenizer.ggml.token_type", list("int32", [1, 1, 1, 1])]),
    "E_FORMAT_COUNT",
    /has 4 elements, expected int32\[3\]/,
  ],
  ["scores as one number", vocabulary(["tokenizer.ggml.scores", f32(1)]), "E_FORMAT_TYPE", /got float32/],
  ["scores without a vocabulary", withValue("tokenizer.ggml.scores", list("float32", [1])), "E_FORMAT_COUNT", /expected float32\[0\]/],
  ["tokens as numbers", withValue("tokenizer.ggml.tokens", list("uint32", [1])), "E_FORMAT_TYPE", /expected array of string, got array of uint32/],
  ["merges as one string", vocabulary(["tokenizer.ggml.merges", text("a b")]), "E_FORMAT_TYPE", /expected array of string, got string/],
];
const token = (bytes: Uint8Array): Buffer => withValue("tokenizer.ggml.tokens", list("string", ["a", bytes]));
const G17: Case[] = [
  ["bos id 3 of 3 tokens", vocabulary(["tokenizer.ggml.bos_token_id", u32(3)]), "E_FORMAT_VALUE", /bos_token_id at byte \d+ is 3; allowed: 0…2/],
  ["eos id 2^32-1", vocabulary(["tokenizer.ggml.eos_token_id", u32(2 ** 32 - 1)]), "E_FORMAT_VALUE", /eos_token_id .* is 4294967295/],
  ["eos id 2^63", vocabulary(["tokenizer.ggml.eos_token_id", { type: "uint64", value: 2n ** 63n }]), "E_FORMAT_VALUE", /is 9223372036854775808/],
  ["eos id -1", vocabulary(["tokenizer.ggml.eos_token_id", { type: "int32", value: -1 }]), "E_FORMAT_VALUE", /is -1/],
  ["eos id as text", vocabulary(["tokenizer.ggml.eos_token_id", text("2")]), "E_FORMAT_TYPE", /expected uint32, got string/],
  [
    "token of 16 MiB",
    token(new Uint8Array(1 << 24).fill(97)),
    "E_FORMAT_LIMIT",
    /length of tokenizer\.ggml\.tokens\[1\] at byte \d+ is 16777216; the limit is 65535/,
  ],
  ["token that is not UTF-8", token(Uint8Array.of(0xff, 0xfe)), "E_FORMAT_UTF8", /tokenizer\.ggml\.tokens\[1\] at byte \d+ is not valid UTF-8/],
  ["token that ends inside a character", token(Uint8Array.of(0xe4, 0xbd)), "E_FORMAT_UTF8", /tokens\[1\]/],
  ["key that is not UTF-8", writeGguf({ metadata: [[Uint8Array.of(0xc0, 0x80), u32(1)]] }), "E_FORMAT_UTF8", /kv\[0\]\.key at byte 24/],
];
const named = (name: string): Buffer => writeGguf({ tensors: [{ name, shape: [8, 4], ...F32 }] });
const G19: Case[] = [
  ["tensor name of 65 bytes", named("n".repeat(65)), "E_FORMAT_LIMIT", /length of tensor\[0\]\.name at byte 24 is 65; the limit is 64/],
  ["tensor name of 0 bytes", named(""), "E_FORMAT_NAME", /tensor\[0\]\.name at byte 24.*empty/],
  ["tensor name with NUL", named("a\0b"), "E_FORMAT_NAME", /"a\\u0000b" is refused, it holds control characters/],
  ["tensor name ../", named("../../etc/passwd"), "E_FORMAT_NAME", /leads out of a folder/],
  ["tensor name with an absolute path", named("/etc/passwd"), "E_FORMAT_NAME", /leads out of a folder/],
  ["tensor name with an ANSI escape", named("\u001b[31mred"), "E_FORMAT_NAME", /"\\u001b\[31mred"/],
  ["key with an ANSI escape", withValue("\u001b[31mred", u32(1)), "E_FORMAT_NAME", /"\\u001b\[31mred"/],
];

const families = { G01, G02, G03, G04, G05, G06, G07, G08, G09, G10, G11, G12, G13, G16, G17, G19 };
describe.each(Object.entries(families))("%s", (_, cases) => {
  it.each(cases)("refuses: %s", (...entry) => check(entry));
});

describe("what is not a file of this kind at all", () => {
  const code = async (path: string): Promise<string | undefined> =>
    openGguf(path).then(
      () => undefined,
      (error: unknown) => (error instanceof InkstoneError ? `${error.code} ${error.exit}` : String(error)),
    );

  it("names a file that is not there, a folder, a device, a link to itself", async () => {
    expect(await code(join(folder, "none.gguf"))).toBe("E_FORMAT_NO_FILE 66");
    expect(await code(join(folder, "a\0b"))).toBe("E_FORMAT_NO_FILE 66");
    mkdirSync(join(folder, "sub"));
    expect(await code(join(folder, "sub"))).toBe("E_FORMAT_NOT_A_FILE 65");
    expect(await code("/dev/zero")).toBe("E_FORMAT_NOT_A_FILE 65");
    symlinkSync(join(folder, "loop"), join(folder, "loop"));
    expect(await code(join(folder, "loop"))).toBe("E_FORMAT_UNREADABLE 74");
  });

  it("leaves no file open that was refused", async () => {
    const path = join(folder, "refused.gguf");
    writeFileSync(path, shaped([2 ** 40]));
    const before = readdirSync("/proc/self/fd").length;
    for (let i = 0; i < 20; i++) expect(await code(path)).toBe("E_FORMAT_TENSOR_END 65");
    expect(readdirSync("/proc/self/fd").length).toBe(before);
  });

  it("refuses a header that goes on beyond 64 MiB", async () => {
    const path = join(folder, "sparse.gguf");
    const bytes = head(3, 0, 2)
      .string("a")
      .u32(9)
      .u32(0)
      .u64(2 ** 27)
      .done();
    writeFileSync(path, bytes);
    const descriptor = openSync(path, "r+");
    ftruncateSync(descriptor, 2 ** 28);
    closeSync(descriptor);
    expect(await code(path)).toBe("E_FORMAT_LIMIT 65");
  });
});
