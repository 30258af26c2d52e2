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
