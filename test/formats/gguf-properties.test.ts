// Any metadata and any tensors that a file may hold come back as they were written.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memorySource, parseGguf } from "#formats";
import { type Value, writeGguf } from "../support/gguf-writer.ts";
import { quantize, type WrittenType, writtenTypes } from "../support/quantize.ts";

const text = fc.string({ unit: "grapheme", maxLength: 40 });
const numbers = {
  uint8: fc.integer({ min: 0, max: 255 }),
  int8: fc.integer({ min: -128, max: 127 }),
  uint16: fc.integer({ min: 0, max: 65535 }),
  int16: fc.integer({ min: -32768, max: 32767 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  float32: fc.float(),
  float64: fc.double(),
  uint64: fc.maxSafeNat(),
  int64: fc.maxSafeInteger(),
} as const;
type NumberType = keyof typeof numbers;
const numberType = fc.constantFrom(...(Object.keys(numbers) as NumberType[]));

const scalar: fc.Arbitrary<Value> = fc.oneof(
  text.map((value): Value => ({ type: "string", value })),
  fc.boolean().map((value): Value => ({ type: "bool", value })),
  numberType.chain((type) => numbers[type].map((value): Value => ({ type, value }))),
);
const array: fc.Arbitrary<Value> = fc.oneof(
  fc.array(text).map((items): Value => ({ type: "array", of: "string", items })),
  fc.array(fc.boolean()).map((items): Value => ({ type: "array", of: "bool", items })),
  numberType.chain((of) => fc.array(numbers[of]).map((items): Value => ({ type: "array", of, items }))),
);
const key = fc.stringMatching(/^k[a-z0-9._]{0,30}$/);
const metadata = fc.uniqueArray(fc.tuple(key, fc.oneof(scalar, array)), { selector: ([name]) => name, maxLength: 12 });

const types = Object.keys(writtenTypes) as WrittenType[];
const tensor = fc
  .record({
    name: fc.stringMatching(/^[a-z][a-z0-9._]{0,40}$/),
    type: fc.constantFrom(...types),
    outer: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
    seed: fc.nat(),
  })
  .map(({ name, type, outer, seed }) => {
    const shape = [...outer, writtenTypes[type].block * 2];
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    return {
      name,
      type,
      shape,
      data: quantize(
        type,
        Float32Array.from({ length: size }, (_, i) => Math.sin(i + seed)),
      ),
    };
  });
const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 8 });

describe("any file", () => {
  it("gives back every metadata value in its type", () => {
    fc.assert(
      fc.property(metadata, fc.constantFrom(2, 3), (entries, version) => {
        const file = parseGguf(memorySource(writeGguf({ metadata: entries, version })));
        expect(file.metadata.keys()).toEqual(entries.map(([name]) => name));
        for (const [name, { type, value, of, items }] of entries) {
          if (type === "string") expect(file.metadata.string(name)).toBe(value);
          else if (type === "bool") expect(file.metadata.boolean(name)).toBe(value);
          else if (type !== "array") expect(file.metadata.number(name)).toBe(value);
          else if (of === "string") expect(file.metadata.strings(name)).toEqual(items);
          else if (of === "bool") expect(file.metadata.booleans(name)).toEqual(items);
          else expect([...file.metadata.numbers(name)]).toEqual(items);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("gives back every tensor by name, shape, type and bytes, whole and in pieces", () => {
    fc.assert(
      fc.property(tensors, fc.constantFrom(1, 8, 32, 4096), fc.nat(), (specs, alignment, at) => {
        const align = [["general.alignment", { type: "uint32", value: alignment }]] as const;
        const file = parseGguf(memorySource(writeGguf({ tensors: specs, alignment, metadata: align })));
        expect([...file.tensors.keys()]).toEqual(specs.map(({ name }) => name));
        for (const { name, type, shape, data } of specs) {
          const tensor = file.tensors.get(name)!;
          expect([tensor.type.name, tensor.type.id, tensor.shape, tensor.offset % alignment]).toEqual([type, writtenTypes[type].id, shape, 0]);
          const cut = at % data.length;
          const back = new Uint8Array(tensor.bytes);
          file.read(tensor, 0, back.subarray(0, cut));
          file.read(tensor, cut, back.subarray(cut));
          expect(back).toEqual(new Uint8Array(data));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("made of random bytes is refused with a typed error", () => {
    const start = Buffer.from("GGUF\u0003\0\0\0", "latin1");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, small) => {
        const counts = Buffer.concat([start, small ? Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]) : Buffer.alloc(0), bytes]);
        expect(() => parseGguf(memorySource(counts))).toThrow(expect.objectContaining({ name: "InkstoneError", exit: 65 }));
      }),
      { numRuns: 5000 },
    );
  });
});
