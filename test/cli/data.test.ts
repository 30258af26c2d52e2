// The verb `data check` as a process: a report in both languages, JSON, and exit codes.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inkstone } from "./inkstone.ts";

let folder: string;
let train: string;
let test: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkstone-data-"));
  train = join(folder, "train.csv");
  test = join(folder, "test.csv");
  await writeFile(train, "review,stars\nInk is black.,1\n\u001b[31mred,0\n");
  await writeFile(test, 'review,stars\n"INK is black.",1\nPaper,0\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const columns = ["--text", "review", "--label", "stars"];

describe("data check", () => {
  it("finds the leak between two files, in English, in Chinese and as JSON", async () => {
    const english = await inkstone(["data", "check", train, test, ...columns]);
    expect([english.code, english.err]).toEqual([0, ""]);
    expect(english.out).toMatch(/^4 rows in 2 files\n/);
    expect(english.out).toContain("1 row of test.csv also in train.csv\n");
    expect((await inkstone(["data", "check", train, test, ...columns], { env: { LANG: "zh_CN.UTF-8" } })).out).toMatch(/^2 个文件，共 4 行\n/);
    const { duplicates } = JSON.parse((await inkstone(["data", "check", train, test, ...columns, "--json"])).out);
    expect(duplicates.leaks).toEqual([{ from: "train.csv", to: "test.csv", rows: 1 }]);
    expect(duplicates.examples).toEqual([{ first: { file: "train.csv", line: 2 }, again: { file: "test.csv", line: 2 } }]);
  });

  it("takes a file behind --near, with or without a share, and says what is missing", async () => {
    const plain = await inkstone(["data", "check", ...columns, "--near", train, test]);
    expect([plain.code, plain.err]).toEqual([0, ""]);
    expect(plain.out).toMatch(/^4 rows in 2 files\n/);
    expect((await inkstone(["data", "check", "--near", "0.5", train, test, ...columns])).out).toMatch(/^4 rows in 2 files\n/);
    expect((await inkstone(["data", "check", "--near", "3", train, ...columns])).err).toContain("a number from 0.1 to 1");
    expect((await inkstone(["data", "check", "--near"])).err).toContain("E_USAGE: it needs a file to look through.");
  });

  it("says that there is no column of labels, and which labels look like one", async () => {
    const bare = join(folder, "bare.csv");
    await writeFile(bare, "text, label\nhi,pos\n");
    expect((await inkstone(["data", "check", bare])).out).toContain('No column "label": the columns are "text", " label".\n');
    const odd = join(folder, "odd.csv");
    await writeFile(odd, "text,label\na,1\nb,1.0\nc,pos\nd,POS\ne,ｐｏｓ\nf,neg\n");
    const { out } = await inkstone(["data", "check", odd], { env: { LANG: "zh_CN.UTF-8" } });
    expect(out).toContain("这些标签看起来是同一个：“1”、“1.0”\n");
    expect(out).toMatch(/这些标签看起来是同一个：“(?:pos|POS|ｐｏｓ)”、“(?:pos|POS|ｐｏｓ)”、“(?:pos|POS|ｐｏｓ)”\n/);
    expect(out).not.toContain("neg”");
  });

  it("ends at a broken row with exit 65 and its place; with --skip-bad it counts it", async () => {
    const broken = join(folder, "broken.jsonl");
    await writeFile(broken, '{"text": "a"}\n{"text": "b"}\n{"text": }\n');
    const refused = await inkstone(["data", "check", broken]);
    expect(refused).toMatchObject({
      code: 65,
      out: "",
      err: expect.stringMatching(/^inkstone: E_DATA_ROW: broken\.jsonl:3:10: .*\n.*--skip-bad.*\n$/),
    });
    const counted = await inkstone(["data", "check", broken, "--skip-bad", "--json"]);
    expect(counted.code).toBe(0);
    expect(JSON.parse(counted.out)).toMatchObject({ rows: 2, broken: { count: 1 } });
  });

  it("reads tables without a header by the numbers of their columns", async () => {
    const bare = join(folder, "bare.tsv");
    await writeFile(bare, 'ham\t"hello\nspam\twin\n');
    const { out } = await inkstone(["data", "check", bare, "--no-header", "--text", "2", "--label", "1", "--json"]);
    expect(JSON.parse(out).files[0]).toMatchObject({ rows: 2, labels: { ham: 1, spam: 1 } });
  });

  it("refuses what it cannot use: no file, no data, another verb, a column that is not there", async () => {
    for (const [args, code, message] of [
      [["data", "check", join(folder, "none.csv")], 66, /E_FORMAT_NO_FILE/],
      [["data", "check", "/dev/zero"], 65, /E_FORMAT_NOT_A_FILE: "zero" is not a regular file/],
      [["data", "check", train], 65, /E_DATA_COLUMN: .*review, stars/],
      [["data", "guess", train], 64, /E_USAGE: .*check/],
      [["data", "check"], 64, /E_USAGE/],
    ] as const)
      expect(await inkstone(args)).toMatchObject({ code, out: "", err: expect.stringMatching(message) });
  });
});

describe("data split", () => {
  const rowsIn = async (path: string) =>
    (await readFile(path, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

  it("deals every row into one part, repeats of a text into the same, each label in proportion where one is named", async () => {
    const file = join(folder, "many.csv");
    const rows = Array.from({ length: 300 }, (_, i) => `text ${i % 250},${i % 250 < 200 ? "often" : "seldom"}`);
    await writeFile(file, `review,stars\n${rows.join("\n")}\n`);
    for (const more of [[], ["--label", "stars"]]) {
      const output = join(folder, `parts${more.length}`);
      const done = await inkstone(["data", "split", file, "--output", output, "--shares", "0.8,0.2", ...more, "--json"]);
      expect(done.code, done.err).toBe(0);
      const [train, test] = [await rowsIn(join(output, "train.jsonl")), await rowsIn(join(output, "test.jsonl"))];
      expect(JSON.parse(done.out).parts).toEqual({ train: train.length, test: test.length });
      expect([...train, ...test].map(({ review }) => review).sort()).toEqual(rows.map((row) => row.split(",")[0]).sort());
      const learned = new Set(train.map(({ review }) => review));
      expect(test.filter(({ review }) => learned.has(review))).toEqual([]);
      if (more.length > 0) expect(new Set(test.filter(({ stars }) => stars === "seldom").map(({ review }) => review)).size).toBe(10);
    }
    expect((await inkstone(["data", "split", file, "--output", join(folder, "parts0"), "--shares", "0.8,0.2"])).code).toBe(73);
  });

  it("says what it cannot do", async () => {
    for (const [more, words] of [
      [["--shares", "0.8,0.1"], "sum to 1"],
      [["--shares", "a,b"], "sum to 1"],
      [["--near"], "belong to check"],
      [["--text", "words"], "words"],
    ] as const) {
      const refused = await inkstone(["data", "split", train, "--output", join(folder, "none"), ...more]);
      expect([(refused.code ?? 0) > 0, refused.err.includes(words)], refused.err).toEqual([true, true]);
    }
    expect((await inkstone(["data", "split", train])).err).toContain("--output FOLDER");
    expect((await inkstone(["data", "check", train, "--output", "x"])).err).toContain("belong to split");
  });
});
