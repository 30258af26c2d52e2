// Tables in other encodings, with other cells and other line ends: found by their bytes, said, and never guessed into wrong rows.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openRows } from "#data";

describe("rows that are not plainly UTF-8 with commas", () => {
  const rowsOf = async (bytes: Uint8Array, options: Parameters<typeof openRows>[1] = {}, name = "t.csv") => {
    const folder = mkdtempSync(join(tmpdir(), "inkstone-forms-"));
    try {
      writeFileSync(join(folder, name), bytes);
      const rows: unknown[] = [];
      let form = {};
      const onForm = (found: object): void => {
        form = { ...found };
      };
      for await (const { value } of openRows(join(folder, name), { ...options, onForm })) rows.push(value);
      return { rows, form };
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  // Python: "text,label\n这个手机很好用，我很喜欢,好\n".encode("gb18030").hex(), and its traditional like in "big5".
  const gb = Buffer.from("746578742c6c6162656c0ad5e2b8f6cad6bbfabadcbac3d3c3a3acced2badccfb2bbb62cbac30a", "hex");
  const big5 = Buffer.from("746578742c6c6162656c0ab36fadd3a4e2bef7abdca66ea5cea141a7daabdcb3dfc5772ca66e0a", "hex");

  it("are found as GB18030, Big5 and UTF-16 by their bytes, and it is said", async () => {
    expect(await rowsOf(gb)).toEqual({ rows: [{ text: "这个手机很好用，我很喜欢", label: "好" }], form: { encoding: "gb18030" } });
    expect(await rowsOf(big5)).toEqual({ rows: [{ text: "這個手機很好用，我很喜歡", label: "好" }], form: { encoding: "big5" } });
    const wide = Buffer.from("\ufefftext,label\n很好,好\n", "utf16le");
    expect(await rowsOf(wide)).toEqual({ rows: [{ text: "很好", label: "好" }], form: { encoding: "utf-16le" } });
    expect((await rowsOf(gb, { pieceBytes: 1 })).rows).toHaveLength(1);
  });

  it("are never taken for Chinese where they are something else: an accent, a stray byte", async () => {
    for (const text of ["text\nna\u00efve caf\u00e9 d\u00e9j\u00e0 vu, \u00e9t\u00e9\n", "text\na\u00ff\n", "text\n\u00e4\u00f6\u00fc stra\u00dfe\n"])
      await expect(rowsOf(Buffer.from(text, "latin1"))).rejects.toMatchObject({ code: "E_DATA_ENCODING" });
  });

  it("are read as they are told, and refused where that is not so", async () => {
    expect((await rowsOf(Buffer.from("text\nna\xefve\n", "latin1"), { encoding: "windows-1252" })).rows).toEqual([{ text: "naïve" }]);
    await expect(rowsOf(Buffer.from("text\n很好\n"), { encoding: "klingon" })).rejects.toMatchObject({ code: "E_OPTION" });
    await expect(rowsOf(Buffer.from("text\na\xff\n", "latin1"), { encoding: "gb18030" })).rejects.toMatchObject({ code: "E_DATA_ENCODING" });
    await expect(rowsOf(Buffer.concat([Buffer.from("text\n很好很好很好很好很好很好\n"), Buffer.from([0xff, 10])]))).rejects.toMatchObject({
      code: "E_DATA_ENCODING",
    });
  });

  it("may end their lines in carriage returns alone", async () => {
    expect((await rowsOf(Buffer.from("text,label\ra,1\rb,2\r"))).rows).toEqual([
      { text: "a", label: "1" },
      { text: "b", label: "2" },
    ]);
    for (const pieceBytes of [1, 2, 11])
      expect((await rowsOf(Buffer.from("text\r\na\r\nb"), { pieceBytes })).rows).toEqual([{ text: "a" }, { text: "b" }]);
  });

  it.each([
    ["text;label\na, b;1\n", ";"],
    ["sep=;\ntext;label\na, b;1\n", ";"],
    ["text\tlabel\na, b\t1\n", "\t"],
    ["text|label\na, b|1\n", "|"],
  ])("%j tells what stands between its cells", async (text, delimiter) => {
    expect(await rowsOf(Buffer.from(text))).toEqual({ rows: [{ text: "a, b", label: "1" }], form: { delimiter } });
  });

  it("of which two are broken lose no good row", async () => {
    const good = Array.from({ length: 10_000 }, (_, i) => `good ${i},a\n`).join("");
    const broken: string[] = [];
    const { rows } = await rowsOf(Buffer.from(`text,label\nx","\nx","\n${good}`), { onBadRow: ({ message }) => void broken.push(message) });
    expect(rows).toHaveLength(10_000);
    expect(broken).toHaveLength(2);
  });
});
