// The verb `clean`: lines and rows in, lines and rows out, whole or not at all.
import { access, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { withField } from "../../dist/cli/json-field.js";
import { inkstone } from "./inkstone.ts";

let folder: string;
let out: string;
const made: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkstone-clean-"));
  made.push(folder);
  out = join(folder, "out");
});
afterAll(() => Promise.all(made.map((one) => rm(one, { recursive: true, force: true }))));

async function file(name: string, content: string | Buffer): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}
const written = (): Promise<string> => readFile(out, "utf8");

describe("clean", () => {
  it("cleans a text a line, drops what its steps drop, and reports", async () => {
    const path = await file("in.txt", "\ufeff<p>Ink</p><p>two</p>\r\nSee http://a.b !!!\r\n\r\nsee !\nlast");
    const {
      code,
      err,
      out: said,
    } = await inkstone(["clean", path, out, "--steps", "html, urls,repeats,whitespace,lower,non-empty,duplicates", "--report"]);
    expect([code, err]).toEqual([0, ""]);
    expect(await written()).toBe("ink two\nsee !\nlast\n");
    expect(said.split("\n")[0]).toBe("5 texts, 3 kept, 2 dropped");
    expect(said).toMatch(/^ {2}html +1 text changed, 4 changes, 0 dropped\n {4}1: "<p>Ink<\/p><p>two<\/p>" -> "Ink\\n\\ntwo"\n/m);
    expect(said).toMatch(/^ {2}duplicates +1 text changed, 1 change, 1 dropped\n {4}4: "see !" -> dropped\n/m);
  });

  it("cleans one field of each row, and leaves the rest of the row as it was, byte for byte", async () => {
    const rows = [
      '{"id": 12345678901234567890, "b" : [1.0, {"body":"X"}], "body":"A \\u4e2d \\"q\\""}',
      '  {"body": "same"}',
      "",
      '{"body":"DROP"}',
      '{"body":"drop"}',
    ];
    const path = await file("in.jsonl", rows.join("\n"));
    const { code, out: said } = await inkstone(["clean", path, out, "--steps", "lower,duplicates", "--field", "body", "--json"]);
    expect(code).toBe(0);
    expect(await written()).toBe(
      '{"id": 12345678901234567890, "b" : [1.0, {"body":"X"}], "body":"a 中 \\"q\\""}\n  {"body": "same"}\n{"body":"drop"}\n',
    );
    expect(JSON.parse(said)).toMatchObject({
      texts: 4,
      kept: 3,
      dropped: 1,
      skipped: 0,
      steps: [
        { name: "lower", changed: 2 },
        { name: "duplicates", dropped: 1 },
      ],
    });
  });

  it.each<[string, string, RegExp]>([
    ["D01: what is not JSON, with its place", '{"text":"a"}\n\n{"text":oops}\n{"text":"b"}', /E_DATA_ROW: in\.jsonl:3:9: this is not JSON/],
    ["a row without the field", '{"text":"a"}\n{"other":1}\n{"text":"b"}', /E_DATA_ROW: in\.jsonl:2:1: it has no text in "text"/],
    ["a row that is no object", '{"text":"a"}\n"text"\n{"text":"b"}', /in\.jsonl:2:1/],
    ["D09: a row that nests too deep", `{"text":"a"}\n${"[".repeat(100_000)}\n{"text":"b"}`, /in\.jsonl:2:65: it nests deeper than 64/],
    ["D02: a row that is too long", `{"text":"a"}\n{"text":"${"x".repeat((16 << 20) + 1)}"}\n{"text":"b"}`, /E_INPUT_SIZE: .*16777216/],
  ])("%s: exit 65 and no file; with --skip-bad the row is skipped and counted", async (_, content, message) => {
    const path = await file("in.jsonl", content);
    const refused = await inkstone(["clean", path, out, "--steps", "lower"]);
    expect(refused).toMatchObject({ code: 65, out: "", err: expect.stringMatching(message) });
    expect(await readdir(folder)).toEqual(["in.jsonl"]);
    const skipped = await inkstone(["clean", path, out, "--steps", "lower", "--skip-bad"]);
    expect(skipped).toMatchObject({ code: 0, out: "2 texts, 2 kept, 0 dropped, 1 broken row skipped\n" });
    expect(await written()).toBe('{"text":"a"}\n{"text":"b"}\n');
  });

  it("D03: bytes that are no UTF-8 are refused with their place", async () => {
    const path = await file("in.txt", Buffer.from([0x61, 0x0a, 0x62, 0xff, 0x0a, 0x63]));
    expect(await inkstone(["clean", path, out, "--steps", "lower"])).toMatchObject({
      code: 65,
      err: expect.stringMatching(/E_INPUT_ENCODING: .* byte 3\./),
    });
    expect((await inkstone(["clean", path, out, "--steps", "lower", "--skip-bad"])).code).toBe(0);
    expect(await written()).toBe("a\nc\n");
  });

  it("L09: does not replace a file that is there, unless told to; then also its own input", async () => {
    const path = await file("in.txt", "A\n");
    await file("out", "old");
    const refused = await inkstone(["clean", path, out, "--steps", "lower"]);
    expect(refused).toMatchObject({ code: 73, err: expect.stringMatching(/E_IO_EXISTS: "out" [\s\S]*--force/) });
    expect(await written()).toBe("old");
    expect((await inkstone(["clean", path, path, "--steps", "lower", "--force"])).code).toBe(0);
    expect(await readFile(path, "utf8")).toBe("a\n");
  });

  it.each<[string[], number, RegExp]>([
    [["--steps", "upper"], 64, /E_OPTION: .*upper.*html, nfc/],
    [["--steps", ""], 64, /E_OPTION/],
    [["--steps", "near-duplicates:7"], 64, /E_OPTION: .*above 0 and at most 1/],
    [["--steps", "lower", "--format", "xml"], 64, /E_OPTION: .*lines, jsonl/],
    [["--steps", "lower", "--field", "a"], 64, /E_USAGE: --field/],
    [[], 64, /required option '--steps/],
  ])("%j is refused before anything is written", async (flags, code, message) => {
    const path = await file("in.txt", "A\n");
    expect(await inkstone(["clean", path, out, ...flags])).toMatchObject({ code, out: "", err: expect.stringMatching(message) });
    await expect(access(out)).rejects.toThrow();
  });

  it("D10: takes regular files only, and says which file is missing", async () => {
    for (const path of [join(folder, "none"), folder, "/dev/zero"])
      expect(await inkstone(["clean", path, out, "--steps", "lower"])).toMatchObject({ code: 66, err: expect.stringMatching(/E_INPUT_MISSING/) });
    const path = await file("in.txt", "A\n");
    expect((await inkstone(["clean", path, join(folder, "no", "out"), "--steps", "lower"])).code).toBe(73);
  });

  it("writes nothing under the name of an archive, which it would not be", async () => {
    const { code, err } = await inkstone(["clean", await file("in.txt", "ink\n"), `${out}.csv.gz`, "--steps", "whitespace"]);
    expect([code, err]).toEqual([64, expect.stringContaining("E_DATA_KIND")]);
    await expect(access(`${out}.csv.gz`)).rejects.toThrow();
  });

  it("makes an empty file of an empty one, and finds near duplicates among many rows", async () => {
    const empty = await file("empty.txt", "");
    expect((await inkstone(["clean", empty, out, "--steps", "lower"])).out).toBe("0 texts, 0 kept, 0 dropped\n");
    expect(await written()).toBe("");
    const rows = Array.from({ length: 3000 }, (_, i) =>
      JSON.stringify({ text: `row ${(i % 2500) * 7919} of a table ${i % 2500} with words ${(i % 2500) * 31}` }),
    );
    const many = await file("many.ndjson", rows.join("\n"));
    const { out: said } = await inkstone(["clean", many, out, "--steps", "near-duplicates:1", "--force"]);
    expect(said).toBe("3,000 texts, 2,500 kept, 500 dropped\n");
  });

  it("speaks Chinese where the locale does", async () => {
    const path = await file("in.txt", "Ａ\n");
    const { out: said } = await inkstone(["clean", path, out, "--steps", "half-width", "--report"], { env: { LANG: "zh_CN.UTF-8" } });
    expect(said).toBe('共 1 条，保留 1 条，丢弃 0 条\n  half-width  改动 1 条，共 1 处，丢弃 0 条\n    1: "Ａ" -> "A"\n');
  });
});

describe("withField", () => {
  it("changes the field and nothing else, for any row", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue({ maxDepth: 3 })),
        fc.string(),
        fc.string(),
        fc.constantFrom(undefined, 2, "\t"),
        (row, before, after, indent) => {
          const line = JSON.stringify({ ...row, text: before, end: "text" }, null, indent);
          expect(JSON.parse(withField(line, "text", after))).toEqual(JSON.parse(JSON.stringify({ ...row, text: after, end: "text" })));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("takes the last of two, as JSON.parse does", () => {
    expect(withField('{"text":"a","x":{"text":"b"},"text":"c"}', "text", "d")).toBe('{"text":"a","x":{"text":"b"},"text":"d"}');
    expect(withField('{"\\u0074ext" : "a\\\\"}', "text", "d")).toBe('{"\\u0074ext" : "d"}');
  });

  it("changes one column of a table, and neither its header nor its other cells", async () => {
    const path = await file("in.csv", 'ID,评论\n7,"SO GOOD,\n\nREALLY"\nX,\n');
    const to = join(folder, "clean.csv");
    expect(await inkstone(["clean", path, to, "--steps", "lower,non-empty"])).toMatchObject({ code: 0, out: "2 texts, 1 kept, 1 dropped\n" });
    expect(await readFile(to, "utf8")).toBe('ID,评论\n7,"so good,\n\nreally"\n');
    expect(await inkstone(["clean", path, to, "--steps", "lower", "--field", "text", "--force"])).toMatchObject({
      code: 65,
      err: expect.stringMatching(/E_DATA_COLUMN/),
    });
    const json = await file("in.json", "[]");
    expect(await inkstone(["clean", json, to, "--steps", "lower", "--force"])).toMatchObject({ code: 64, err: expect.stringMatching(/E_DATA_KIND/) });
  });
});
