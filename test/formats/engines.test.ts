// Files of CTranslate2 and Marian: weights by name as they were written; whatever is wrong refused by field and byte, before memory is taken.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import { memorySource, parseCTranslate2, parseMarian } from "#formats";

const u8 = (value: number) => [value];
const u16 = (value: number) => [...new Uint8Array(Uint16Array.of(value).buffer)];
const u32 = (value: number) => [...new Uint8Array(Uint32Array.of(value).buffer)];
const u64 = (value: number | bigint) => [...new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)];
const raw = (values: ArrayBufferView) => [...new Uint8Array(values.buffer, values.byteOffset, values.byteLength)];
const text = (value: string) => [...u16(value.length + 1), ...Buffer.from(value), 0];

const variable = (name: string, shape: readonly number[], type: number, data: number[], bytes = data.length) => [
  ...text(name),
  ...u8(shape.length),
  ...shape.flatMap(u32),
  ...u8(type),
  ...u32(bytes),
  ...data,
];
const ctranslate2 = (variables: number[][], aliases: [string, string][] = [], version = 6) =>
  Uint8Array.from([
    ...u32(version),
    ...text("WhisperSpec"),
    ...u32(3),
    ...u32(variables.length),
    ...variables.flat(),
    ...u32(aliases.length),
    ...aliases.flat().flatMap(text),
  ]);

const item = (name: string, type: number, shape: readonly number[], data: number[]) => ({ name, type, shape, data });
function marian(items: ReturnType<typeof item>[], { version = 1, gap = 3 } = {}): Uint8Array {
  const heads = items.flatMap(({ name, type, shape, data }) => [...u64(name.length + 1), ...u64(type), ...u64(shape.length), ...u64(data.length)]);
  const names = items.flatMap(({ name }) => [...Buffer.from(name), 0]);
  const shapes = items.flatMap(({ shape }) => raw(Int32Array.from(shape)));
  const values = items.flatMap(({ data }) => data);
  return Uint8Array.from([...u64(version), ...u64(items.length), ...heads, ...names, ...shapes, ...u64(gap), ...new Array(gap).fill(0), ...values]);
}

const example = ctranslate2(
  [
    variable("a/weight", [2, 2], 4, raw(Uint16Array.of(0x3c00, 0xc000, 0, 0x3800))),
    variable("a/int8", [3], 1, raw(Int8Array.of(-1, 2, 3))),
    variable("heads", [], 2, raw(Int16Array.of(6))),
  ],
  [["b/weight", "a/weight"]],
);
const translator = marian([
  item("W", 0x4101, [2, 2], [...raw(Int8Array.of(2, -4, 6, 127)), ...raw(Float32Array.of(2)), 0, 0]),
  item("b", 0x0404, [1, 2], raw(Float32Array.of(0.5, -1))),
  item("special:model.yml", 0x0101, [5], [...Buffer.from("a: 1\0")]),
]);

const readings = [
  ["CTranslate2", (bytes: Uint8Array) => parseCTranslate2(memorySource(bytes)), example],
  ["Marian", (bytes: Uint8Array) => parseMarian(memorySource(bytes)), translator],
] as const;

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return "none";
  } catch (error) {
    return error instanceof InkstoneError ? error.code : `not typed: ${error}`;
  }
};

describe("weights of translation engines", () => {
  it("CTranslate2's are there by name and by alias, halves widened", () => {
    const file = parseCTranslate2(memorySource(example));
    expect(file.specification).toBe("WhisperSpec");
    expect([...file.values("b/weight")]).toEqual([1, -2, 0, 0.5]);
    expect([...file.values("a/int8"), ...file.values("heads")]).toEqual([-1, 2, 3, 6]);
    expect(file.weights.get("heads")?.shape).toEqual([]);
  });

  it("Marian's int8 are divided by the multiplier behind them, and its configuration is a text", () => {
    const file = parseMarian(memorySource(translator));
    expect([...file.values("W")]).toEqual([1, -2, 3, 63.5]);
    expect([...file.values("b")]).toEqual([0.5, -1]);
    expect(file.texts.get("special:model.yml")).toBe("a: 1");
    expect(file.weights.has("special:model.yml")).toBe(false);
  });
});

describe.each(readings)("a hostile file of %s", (_, read, whole) => {
  it("that ends anywhere before its end is refused by a typed error", () => {
    for (let length = 0; length < whole.length; length++) expect(codeOf(() => read(whole.subarray(0, length)))).toMatch(/^E_FORMAT_/);
    expect(codeOf(() => read(Uint8Array.from([...whole, 0])))).toBe("E_FORMAT_VALUE");
  });

  it("with any bytes changed is read or refused by a typed error, its values too, and reserves no more than it holds", () => {
    const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = whole.slice();
        for (const { at, to } of changes) bytes[at] = to;
        const code = codeOf(() => {
          const file = read(bytes);
          for (const { name, elements } of file.weights.values()) {
            if (elements > bytes.length) throw new Error(`${name} has ${elements} elements`);
            file.values(name);
          }
        });
        expect(code).toMatch(/^(none|E_FORMAT_\w+)$/);
      }),
      { numRuns: 3000 },
    );
  });

  it("of random bytes is refused by a typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(codeOf(() => read(bytes))).toMatch(/^E_FORMAT_/);
      }),
      { numRuns: 500 },
    );
  });
});

describe("what is refused by name", () => {
  const one = (...bytes: number[][]) => ctranslate2(bytes);
  const values = raw(Float32Array.of(1, 2));
  it.each([
    ["another version", ctranslate2([], [], 7), "E_FORMAT_VERSION"],
    ["a name twice", one(variable("a", [2], 0, values), variable("a", [2], 0, values)), "E_FORMAT_DUPLICATE"],
    ["an empty name", one(variable("", [2], 0, values)), "E_FORMAT_NAME"],
    ["a type that is not known", one(variable("a", [2], 9, values)), "E_FORMAT_TENSOR_TYPE"],
    ["bytes that the shape does not have", one(variable("a", [3], 0, values)), "E_FORMAT_VALUE"],
    ["more dimensions than eight", one(variable("a", new Array(9).fill(1), 0, values)), "E_FORMAT_LIMIT"],
    ["sizes whose product no number holds", one(variable("a", [2 ** 31, 2 ** 31], 0, values)), "E_FORMAT_OVERFLOW"],
    ["an alias of nothing", ctranslate2([], [["b", "a"]]), "E_FORMAT_MISSING"],
  ])("CTranslate2: %s", (_, bytes, code) => {
    expect(codeOf(() => parseCTranslate2(memorySource(bytes)))).toBe(code);
  });

  it.each([
    ["another version", marian([], { version: 2 }), "E_FORMAT_VERSION"],
    ["more items than are read", Uint8Array.from([...u64(1), ...u64(2n ** 40n)]), "E_FORMAT_LIMIT"],
    ["a name twice", marian([item("a", 0x0404, [2], values), item("a", 0x0404, [2], values)]), "E_FORMAT_DUPLICATE"],
    ["a type that is not known", marian([item("a", 0x0808, [2], values)]), "E_FORMAT_TENSOR_TYPE"],
    ["fewer bytes than the shape has", marian([item("a", 0x0404, [3], values)]), "E_FORMAT_TENSOR_END"],
    ["a size below zero", marian([item("a", 0x0404, [-2], values)]), "E_FORMAT_OVERFLOW"],
  ])("Marian: %s", (_, bytes, code) => {
    expect(codeOf(() => parseMarian(memorySource(bytes)))).toBe(code);
  });

  it("Marian: a multiplier that divides by nothing", () => {
    const file = parseMarian(memorySource(marian([item("W", 0x4101, [2], [1, 2, ...raw(Float32Array.of(0))])])));
    expect(codeOf(() => file.values("W"))).toBe("E_FORMAT_VALUE");
  });
});
