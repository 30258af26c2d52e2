// Parquet files: rows by column name, row group by row group, and what damaged files say.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, describe, expect, it } from "vitest";
import { optionalPackage, readParquet } from "#formats";

const folder = mkdtempSync(join(tmpdir(), "inkstone-parquet-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

const count = 250;
const written = (compressed: boolean) =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: "text", data: Array.from({ length: count }, (_, i) => `row ${i} 墨`), type: "STRING" },
        { name: "label", data: Array.from({ length: count }, (_, i) => (i === 3 ? null : BigInt(i % 3))), type: "INT64" },
        { name: "big", data: Array.from({ length: count }, () => 2n ** 60n + 1n), type: "INT64" },
        { name: "when", data: Array.from({ length: count }, (_, i) => new Date(1e12 + i)), type: "TIMESTAMP" },
      ],
      rowGroupSize: 100,
      codec: compressed ? "SNAPPY" : "UNCOMPRESSED",
    }),
  );

async function rows(path: string, options?: Parameters<typeof readParquet>[1]) {
  const found: { value: Record<string, unknown>; line: number }[] = [];
  for await (const row of readParquet(path, options)) found.push(row);
  return found;
}

describe("a Parquet file", () => {
  it.each([true, false])("gives its rows across row groups, with plain values (compressed: %s)", async (compressed) => {
    const found = await rows(put("a.parquet", written(compressed)));
    expect(found).toHaveLength(count);
    expect(found[3]).toEqual({
      line: 4,
      value: { text: "row 3 墨", label: null, big: "1152921504606846977", when: new Date(1e12 + 3).toISOString() },
    });
    expect(found[201]).toMatchObject({ line: 202, value: { text: "row 201 墨", label: 0 } });
    expect((await rows(join(folder, "a.parquet"), { columns: ["label"] }))[4]).toEqual({ line: 5, value: { label: 1 } });
  });

  it("names a column that is not there, and refuses a row group beyond the limit before it is read", async () => {
    const path = put("b.parquet", written(true));
    await expect(rows(path, { columns: ["texts"] })).rejects.toMatchObject({
      code: "E_DATA_COLUMN",
      message: expect.stringContaining("text, label, big"),
    });
    await expect(rows(path, { maxRowGroupBytes: 1000 })).rejects.toMatchObject({ code: "E_DATA_SIZE" });
  });

  it("that is damaged anywhere is a typed error, or gives rows", async () => {
    const bytes = written(true);
    for (const wrong of [bytes.slice(0, 0), bytes.slice(0, 100), bytes.slice(100), new Uint8Array(1000), bytes.slice(0, -5)])
      await expect(rows(put("bad.parquet", wrong))).rejects.toMatchObject({ code: "E_DATA_DOCUMENT", exit: 65 });
    for (let at = 0; at < bytes.length; at += 97) {
      const flipped = bytes.slice();
      flipped[at] ^= 0x55;
      const outcome = await rows(put("bad.parquet", flipped), { seconds: 1 }).catch((error: unknown) => error);
      if (!Array.isArray(outcome)) expect(outcome).toMatchObject({ code: expect.stringMatching(/^E_DATA_(DOCUMENT|SIZE|COLUMN)$/) });
    }
  });
});

describe("a package that is not installed", () => {
  it("is named with the command that installs it, in both languages", async () => {
    const error = await optionalPackage(
      "none@1.0.0",
      { en: "Parquet files", zh: "读取 Parquet 文件" },
      () => import("inkstone-no-such-package" as string),
    ).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "E_PACKAGE_MISSING",
      exit: 78,
      message: "The package none@1.0.0 is not installed; it is needed for Parquet files.",
      hint: "Install it: npm install none@1.0.0",
    });
  });
});

describe("what a Parquet file can do", () => {
  // 506 bytes whose page header says astronomic numbers: hyparquet pushes values until V8 aborts the process that it is in.
  const killer =
    "UEFSMRUGFVIVPFwVBhUAFQYVABUEFQAAAAMHJzAJAAAAcm93IDAgaW5rEQ0AMS4NABAyIGluaxUGFRwVIFwVBhUAFQYVABUEFQAAAAMHDCwAAAAAAQAAAAIAAAAVBhU0FSxcFQYVABUGFQAVBBUAAADA////////f1UFASTVP1VVVVVVVeU/FQYVNBUoXBUGFQAVBhUAFQQVAAAAAwcYAAANAQABDQgcAgAAAAAAAAAVBBlcSARyb290FQgAFQwlAhgEdGV4dCUAABUCJQIYAW4AFQolAhgBZAAVBCUCGAFsABYGGRwZTCYIHBUMGRUAGRgEdGV4dBUCFgYWfBZmJgg8NgAoCXJvdyAyIGluaxgJcm93IDAgaW5rABkcFQYVABUCAAAAJm4cFQIZFQAZGAFuFQIWBhZGFkombjw2ACgEAgAAABgEAAAAAAAZHBUGFQAVAgAAACa4ARwVChkVABkYAWQVAhYGFl4WVia4ATw2ACgIVVVVVVVV5T8YCAAAAAAAAACANgAAGRwVBhUAFQIAAAAmjgIcFQQZFQAZGAFsFQIWBhZeFlImjgI8NgAoCAIAAAAAAAAAGAgAAAAAAAAAAAAZHBUGFQAVAgAAABb+AhYGNtgCACgJaHlwYXJxdWV0GUwcAAAcAAAcAAAcAAAAQgEAAFBBUjE=";

  it("ends the reader's process, never this one", async () => {
    await expect(rows(put("k.parquet", Buffer.from(killer, "base64")), { memory: 256 })).rejects.toMatchObject({ code: "E_DATA_DOCUMENT" });
  });

  it("a reader that is not waited for any more ends with its loop", async () => {
    for await (const { line } of readParquet(put("c.parquet", written(true)))) if (line === 3) break;
    const stop = new AbortController();
    const reading = rows(put("c.parquet", written(true)), { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
  });

  it("bytes that are no UTF-8 stay bytes, decimals stay exact, twins and strange codecs are named", async () => {
    const columnData = [
      { name: "raw", data: [new Uint8Array([0xff, 0x61]), new Uint8Array([0x61])] },
      { name: "price", data: [1234567890123456789n, -5n] },
    ];
    const schema = [
      { name: "root", num_children: 2 },
      { name: "raw", type: "BYTE_ARRAY" as const, repetition_type: "REQUIRED" as const },
      { name: "price", type: "INT64" as const, repetition_type: "REQUIRED" as const, converted_type: "DECIMAL" as const, scale: 2, precision: 19 },
    ];
    const found = await rows(put("d.parquet", new Uint8Array(parquetWriteBuffer({ columnData, schema }))));
    expect(found.map(({ value }) => [value.price, value.raw instanceof Uint8Array])).toEqual([
      ["12345678901234567.89", true],
      [-0.05, false],
    ]);
    const twins = parquetWriteBuffer({
      columnData: ["a", "b"].map((name) => ({ name, data: ["x"], type: "STRING" as const })),
    });
    const bytes = Buffer.from(twins);
    for (let at = bytes.indexOf("\x18\x01b"); at >= 0; at = bytes.indexOf("\x18\x01b", at + 1)) bytes[at + 2] = 0x61;
    await expect(rows(put("e.parquet", bytes))).rejects.toMatchObject({ message: expect.stringContaining('two of its columns are called "a"') });
  });
});
