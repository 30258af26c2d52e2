// safetensors: what Python writes we read, what we write has the same bytes; both ways for every type. Fixture: generate/safetensors_files.py.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  memorySource,
  openSafetensors,
  parseSafetensors,
  type SafetensorsType,
  type SafetensorsValues,
  safetensorsPieces,
  writeSafetensors,
} from "#formats";
import { root } from "../support/processes.ts";

interface Case {
  readonly name: string;
  readonly file: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<
    Record<string, { readonly type: SafetensorsType; readonly shape: readonly number[]; readonly values: readonly (number | string)[] }>
  >;
}
const { cases } = JSON.parse(readFileSync(join(root, "test/parity/fixtures/safetensors.json"), "utf8")) as { cases: readonly Case[] };

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "inkstone-safetensors-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const plain = (values: SafetensorsValues) =>
  Array.from(values as ArrayLike<number | bigint>, (value) => (typeof value === "bigint" ? String(value) : value));
const bytesOf = (pieces: Iterable<Uint8Array>) => new Uint8Array(Buffer.concat([...pieces]));

describe.each(cases)("the file $name that Python wrote", ({ file, metadata, tensors }) => {
  const bytes = new Uint8Array(Buffer.from(file, "base64"));

  it("opens with its names, shapes, types and values", () => {
    const opened = parseSafetensors(memorySource(bytes));
    expect(Object.fromEntries(opened.metadata)).toEqual(metadata);
    expect(new Set(opened.tensors.keys())).toEqual(new Set(Object.keys(tensors)));
    for (const [name, { type, shape, values }] of Object.entries(tensors)) {
      expect(opened.tensors.get(name)).toMatchObject({ type, shape });
      expect(plain(opened.values(name))).toEqual(values);
    }
  });

  it("is what we write of the same tensors, byte for byte", () => {
    const opened = parseSafetensors(memorySource(bytes));
    const content = [...opened.tensors.values()].map(({ name, type, shape }) => ({ name, type, shape, values: opened.values(name) }));
    const ordered = Object.fromEntries(opened.metadata);
    expect(Buffer.from(bytesOf(safetensorsPieces(content, opened.metadata.size > 0 ? ordered : undefined)))).toEqual(Buffer.from(bytes));
  });

  it("is written again with the same values, and laid down in the same order", async () => {
    const opened = parseSafetensors(memorySource(bytes));
    const path = join(folder, "again.safetensors");
    const content = [...opened.tensors.values()].reverse().map(({ name, type, shape }) => ({ name, type, shape, values: opened.values(name) }));
    await writeSafetensors(path, content, { metadata });
    const again = await openSafetensors(path);
    expect([...again.tensors.keys()]).toEqual([...opened.tensors.keys()]);
    for (const { name, bytes: size } of opened.tensors.values()) {
      const [a, b] = [new Uint8Array(size), new Uint8Array(size)];
      opened.read(opened.tensors.get(name)!, 0, a);
      again.read(again.tensors.get(name)!, 0, b);
      expect(b).toEqual(a);
    }
    again.close();
  });
});

describe("writing", () => {
  it("begins values at a multiple of 8 bytes", () => {
    const bytes = bytesOf(safetensorsPieces([{ name: "a", shape: [1], values: Float32Array.of(1) }]));
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
    expect(bytes.length % 4).toBe(0);
  });

  it("refuses names that are there twice or reserved, and values that do not fill the shape, before anything is there", async () => {
    const path = join(folder, "none");
    const one = { name: "a", shape: [1], values: Float32Array.of(1) };
    await expect(writeSafetensors(path, [one, one])).rejects.toMatchObject({ code: "E_FORMAT_NAME" });
    await expect(writeSafetensors(path, [{ ...one, name: "__metadata__" }])).rejects.toMatchObject({ code: "E_FORMAT_NAME" });
    await expect(writeSafetensors(path, [{ ...one, shape: [2] }])).rejects.toMatchObject({ code: "E_TENSOR_VALUES" });
    await expect(openSafetensors(path)).rejects.toMatchObject({ code: "E_FORMAT_NO_FILE" });
  });

  it("gives back what it was given, whatever the names and sizes", () => {
    const names = fc.uniqueArray(
      fc.string({ minLength: 1, maxLength: 12 }).filter((name) => name !== "__metadata__" && !name.includes("\0")),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(names, fc.array(fc.nat(4), { maxLength: 3 }), fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (keys, shape, metadata) => {
        const size = shape.reduce((product, length) => product * length, 1);
        const tensors = keys.map((name, i) => ({ name, shape, values: i % 2 === 0 ? new Float32Array(size).fill(i) : new Int32Array(size).fill(i) }));
        const opened = parseSafetensors(memorySource(bytesOf(safetensorsPieces(tensors, metadata))));
        expect(Object.fromEntries(opened.metadata)).toEqual({ ...metadata });
        expect(opened.tensors.size).toBe(keys.length);
        for (const { name, values } of tensors) expect(opened.values(name)).toEqual(values);
      }),
    );
  });

  it("rounds to nearest even in both halves of f32", () => {
    // 1 + 2^-11 lies between two halves of 10 bits, 1 + 3·2^-11 too; 65520 is nearer to infinity; 2^-25 is half of the smallest.
    const values = Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, 2 ** -25, 2 ** -25 * 1.01, -(2 ** -14), Number.NaN);
    const opened = parseSafetensors(memorySource(bytesOf(safetensorsPieces([{ name: "h", type: "F16", shape: [8], values }]))));
    expect(plain(opened.values("h"))).toEqual([1, 1 + 2 ** -9, 65504, Number.POSITIVE_INFINITY, 0, 2 ** -24, -(2 ** -14), Number.NaN]);
  });
});
