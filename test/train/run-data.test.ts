// What becomes of texts on their way into a run: documents stay apart from each other, nothing is dropped without a word, and a run never learns from other data than it says.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { InkstoneError } from "#core";
import { textFiles, textPieces } from "#data";
import { type BatchColumn, changesOf, openRun, type Recipe, RunFolder, readRecipe, recipeOf, trainRun, usualRecipe } from "#train";
import { sizesOf } from "../../dist/train/recipe/models.js";
import { TokenShard } from "../../dist/train/recipe/shards.js";
import { documentBegins, windowsInOrder } from "../../dist/train/recipe/windows.js";
import { inkstone } from "../cli/inkstone.ts";
import { inkLines } from "../support/ink-lines.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "inkstone-run-data-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const at = (name: string) => join(folder, name);
const recipe = (data: object, changes: object = {}): Recipe =>
  recipeOf({
    data: { check: false, validation: 0.2, ...data },
    model: { depth: 1, width: 16, heads: 1, contextLength: 8 },
    batch: { rows: 2 },
    budget: { steps: 2 },
    evaluation: { every: 2, batches: 1, sample: 0 },
    ...changes,
  });
const vocabularyOf = (run: string) =>
  (JSON.parse(readFileSync(join(run, "tokenizer.json"), "utf8")) as { model: { vocab: Record<string, number> } }).model.vocab;
// The text that a run of characters learns from.
const learned = (run: string, half = "train"): string => {
  const characters = Object.entries(vocabularyOf(run)).sort((a, b) => a[1] - b[1]);
  const bytes = readFileSync(join(run, "data", `${half}.bin`));
  return Array.from({ length: bytes.length / 2 }, (_, i) => characters[bytes.readUInt16LE(2 * i)][0]).join("");
};
const notesOf = async (run: string) => (await new RunFolder(run).log()).flatMap(({ note }) => note ?? []);

const filled = ({ type, shape, fill }: BatchColumn): number[] => {
  const size = shape.reduce((all, one) => all * one, 1);
  const into = type === "i32" ? new Int32Array(size) : new Float32Array(size);
  fill(into);
  return [...into];
};

describe("documents in a row", () => {
  it("do not grow together: a line ends between rows, and between files that do not end with one", async () => {
    put("rows.jsonl", `${JSON.stringify({ text: "ink stone" })}\n`.repeat(30));
    await trainRun(recipe({ files: at("rows.jsonl") }), { output: at("rows") });
    expect(learned(at("rows")).startsWith("ink stone\nink stone\nink")).toBe(true);
    mkdirSync(at("texts"));
    put("texts/a.txt", "ink ".repeat(20).trim());
    put("texts/b.txt", "stone\n".repeat(20));
    await trainRun(recipe({ files: at("texts"), validation: 0 }), { output: at("files") });
    expect(learned(at("files"))).toBe(`${"ink ".repeat(20).trim()}\n${"stone\n".repeat(20)}`);
  });

  it("have the token that ends a document between them, where the tokenizer has one", async () => {
    put("rows.jsonl", `${JSON.stringify({ text: "ink stone" })}\n`.repeat(30));
    await trainRun(recipe({ files: at("rows.jsonl"), documents: "apart" }), { output: at("rows") });
    expect(learned(at("rows"))).toMatch(/^(ink stone<\|endoftext\|>)+$/);
  });

  it("alone: a window begins with one, or a piece of a long one, and counts nothing behind its end", async () => {
    // 0: the end of a document; 3 is a document of one token, and one of five is two windows.
    const ids = [1, 2, 0, 3, 0, 0, 4, 5, 6, 7, 8, 0];
    writeFileSync(at("ids.bin"), Buffer.from(Uint16Array.from(ids).buffer));
    const shard = new TokenShard(at("ids.bin"), ids.length, 2);
    const begins = await documentBegins(shard, 0, 4);
    expect([...begins]).toEqual([0, 3, 6, 10]);
    const batches: (readonly unknown[])[] = [];
    for await (const { columns } of windowsInOrder(shard, 0, { rows: 4, length: 4, seed: 0, end: 0, begins })) batches.push(columns.map(filled));
    const none = -100;
    expect(batches).toEqual([
      [[1, 2, 0, 0, 3, 0, 0, 0, 4, 5, 6, 7, 8, 0, 0, 0], [2, 0, none, none, 0, none, none, none, 5, 6, 7, 8, 0, none, none, none], [8]],
    ]);
  });

  it("alone: what a model of words writes ends where a document does", async () => {
    put(
      "rows.jsonl",
      ["ink", "stone", "paper", "brush"]
        .map((text) => `${JSON.stringify({ text })}\n`)
        .join("")
        .repeat(30),
    );
    const settings = {
      optimizer: { learningRate: 0.02, warmup: 5 },
      batch: { rows: 16 },
      budget: { steps: 80 },
      evaluation: { every: 80, batches: 0, sample: 0 },
    };
    await trainRun(recipe({ files: at("rows.jsonl"), documents: "alone", validation: 0.1 }, settings), { output: at("rows") });
    const run = await openRun(at("rows"));
    for (const [start, word] of [
      ["i", "ink"],
      ["s", "stone"],
      ["p", "paper"],
      ["b", "brush"],
    ])
      expect(await run.write(start, 20, { temperature: 0 })).toBe(word);
  });

  it("of which the end is kept for validation are never cut within a character", async () => {
    put("faces.txt", "😀😁".repeat(101));
    await trainRun(recipe({ files: at("faces.txt"), validation: 0.33 }), { output: at("run") });
    expect(Object.keys(vocabularyOf(at("run"))).sort()).toEqual(["😀", "😁"].sort());
    expect(learned(at("run")) + learned(at("run"), "validation")).toBe("😀😁".repeat(101));
  });
});

describe("texts that are not as they should be", () => {
  const piecesOf = async (path: string, options?: Parameters<typeof textPieces>[1]) => {
    const pieces: string[] = [];
    for await (const { text } of textPieces([path], options)) pieces.push(text);
    return pieces;
  };

  it("one line without end is read in pieces, cut between words or at least between characters", async () => {
    const words = "ink stone paper ".repeat(400_000);
    const pieces = await piecesOf(put("words.txt", words));
    expect(pieces.join("")).toBe(words);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(1 << 20);
    for (const piece of pieces.slice(0, -1)) expect(piece.endsWith(" ")).toBe(true);
    const faces = "😀".repeat(1_200_000);
    const cut = await piecesOf(put("faces.txt", faces));
    expect(cut.join("")).toBe(faces);
    expect(cut.every((piece) => Buffer.from(piece).toString() === piece)).toBe(true);
  });

  it("bytes that are no UTF-8, and a NUL, are refused with their place; a named encoding is read", async () => {
    await expect(piecesOf(put("latin.txt", Buffer.from("ink\ncaf\u00e9 noir, d\u00e9j\u00e0 vu\n", "latin1")))).rejects.toMatchObject({
      code: "E_DATA_ENCODING",
      parameters: { line: 2, offset: 7 },
    });
    await expect(piecesOf(put("nul.txt", "ink\nst\0ne\n"))).rejects.toMatchObject({ code: "E_DATA_ENCODING", parameters: { line: 2, offset: 6 } });
    await expect(piecesOf(put("half.txt", Buffer.from("ink 墨").subarray(0, 6)))).rejects.toMatchObject({
      code: "E_DATA_ENCODING",
      parameters: { offset: 6 },
    });
    expect((await piecesOf(at("latin.txt"), { encoding: "windows-1252" })).join("")).toBe("ink\ncaf\u00e9 noir, d\u00e9j\u00e0 vu\n");
    put("long.txt", Buffer.from("d\u00e9j\u00e0 vu, caf\u00e9 noir\n".repeat(20), "latin1"));
    await trainRun(recipe({ files: at("long.txt"), encoding: "windows-1252" }), { output: at("run") });
    expect(learned(at("run")).startsWith("déjà vu, café noir\n")).toBe(true);
  });

  it("a folder without any is refused with what it has; what is left out of another stands in the log", async () => {
    mkdirSync(at("code"));
    put("code/a.py", "print(1)\n");
    await expect(textFiles(at("code"))).rejects.toMatchObject({ code: "E_DATA_FOLDER", message: expect.stringContaining("a.py") });
    put("code/poem.txt", inkLines(40));
    put("code/.hidden", "x");
    await trainRun(recipe({ files: at("code") }), { output: at("run") });
    expect(await notesOf(at("run"))).toEqual([expect.stringMatching(/a\.py \(1\)$/)]);
  });

  it("broken rows end a run before it begins, or are left out and counted", async () => {
    put("rows.jsonl", `{"text":"the ink is dry"}\n{"text": no}\n{"other":1}\n`.repeat(20));
    await expect(trainRun(recipe({ files: at("rows.jsonl") }), { output: at("run") })).rejects.toMatchObject({ code: "E_DATA_ROW" });
    await trainRun(recipe({ files: at("rows.jsonl"), skipBad: true }), { output: at("run") });
    expect(await notesOf(at("run"))).toEqual([expect.stringMatching(/broken rows: 40; the first: .*rows\.jsonl:2/)]);
    expect(learned(at("run"))).not.toContain("no");
    // A column that no row has is a wrong name.
    await expect(trainRun(recipe({ files: at("rows.jsonl"), skipBad: true, column: "body" }), { output: at("b") })).rejects.toMatchObject({
      code: "E_DATA_COLUMN",
    });
  });
});

describe("a run that cannot be read", () => {
  it("is told, and hides no other from the list", async () => {
    put("text.txt", inkLines(40));
    mkdirSync(at("runs"));
    await trainRun(recipe({ files: at("text.txt") }), { output: at("runs/whole") });
    mkdirSync(at("runs/broken"));
    put("runs/broken/recipe.json", "{bad");
    mkdirSync(at("runs/newer"));
    put("runs/newer/recipe.json", JSON.stringify({ data: { files: "x" }, sparkle: 1 }));
    await expect(openRun(at("runs/broken"))).rejects.toMatchObject({ code: "E_RUN_FOLDER" });
    const { code, out, err } = await inkstone(["runs", "list", "--folder", at("runs"), "--json"]);
    expect([code, (JSON.parse(out) as { run: string }[]).map(({ run }) => run)]).toEqual([0, [at("runs/whole")]]);
    expect(err).toMatch(/recipe\.json is not JSON/);
    expect(err).toMatch(/sparkle/);
  });
});

describe("a recipe in a module", () => {
  it("that throws is refused with what it said", async () => {
    await expect(readRecipe(put("broken.mjs", 'throw new Error("no data today")'))).rejects.toMatchObject({
      code: "E_RECIPE",
      message: expect.stringContaining("no data today"),
    });
  });
});

describe("the data of a run", () => {
  it("that was refused or stopped before its first step are made anew from the files as they are now", async () => {
    put("text.txt", "ink");
    const output = at("run");
    await expect(trainRun(recipe({ files: at("text.txt") }), { output })).rejects.toMatchObject({
      code: "E_DATA_SHORT",
      parameters: { found: 2, needed: 9 },
    });
    put("text.txt", inkLines(40));
    await trainRun(recipe({ files: at("text.txt") }), { output: at("other") });
    cpSync(join(at("other"), "data"), join(output, "data"), { recursive: true });
    cpSync(join(at("other"), "tokenizer.json"), join(output, "tokenizer.json"));
    put("text.txt", "quite another text\n".repeat(20));
    await trainRun(recipe({ files: at("text.txt") }), { output });
    expect(learned(output).startsWith("quite another text\nquite")).toBe(true);
  });

  it("are made anew where the recipe names others and that is allowed, by the tokenizer that the run has; another tokenizer is refused", async () => {
    put("a.txt", inkLines(40));
    put("b.txt", "the ink, and other letters: XYZ\n".repeat(20));
    const output = at("run");
    await trainRun(recipe({ files: at("a.txt") }), { output });
    const before = vocabularyOf(output);
    const other = recipe({ files: at("b.txt") }, { budget: { steps: 4 } });
    await expect(trainRun(other, { output, resume: true })).rejects.toMatchObject({ code: "E_RUN_CHANGED" });
    await trainRun(other, { output, resume: true, allowMismatch: true });
    expect(learned(output).startsWith("the ink")).toBe(true);
    expect(learned(output)).not.toContain("X");
    expect(vocabularyOf(output)).toEqual(before);
    expect(await notesOf(output)).toEqual([expect.stringMatching(/data\.files.*data: /)]);
    // And goes on with them, no change any more.
    await trainRun(recipe({ files: at("b.txt") }, { budget: { steps: 6 } }), { output, resume: true });
    const learnt = recipe({ files: at("b.txt") }, { budget: { steps: 8 }, tokenizer: { train: { size: 300 } } });
    await expect(trainRun(learnt, { output, resume: true, allowMismatch: true })).rejects.toMatchObject({ code: "E_RECIPE" });
  });

  it("of a table come from the only column of text, or from the one that is named", async () => {
    put("one.csv", "body,n\nthe ink is dry,1\n");
    put("two.csv", "title,body\nInk,the ink is dry\n");
    const columnOf = async (file: string, column?: string) => (await usualRecipe({ name: "x", files: at(file), depth: 2, column })).data.column;
    expect(await columnOf("one.csv")).toBe("body");
    await expect(columnOf("two.csv")).rejects.toMatchObject({ code: "E_DATA_COLUMN", message: expect.stringContaining("title, body") });
    expect(await columnOf("two.csv", "body")).toBe("body");
    await expect(columnOf("two.csv", "boby")).rejects.toMatchObject({ code: "E_DATA_COLUMN" });
  });
});

describe("a recipe", () => {
  it.each<[object, RegExp]>([
    [{ model: { depth: 0 } }, /model\.depth.*more than 0/],
    [{ model: { depth: "two" } }, /model\.depth.*must be a number/],
    [{ model: { depth: 1.5 } }, /model\.depth.*a whole number/],
    [{ optimizer: { name: "adam" } }, /optimizer\.name.*adamw.*did you mean "adamw"/],
    [{ evaluation: { sample: 9999 } }, /evaluation\.sample.*at most 4096/],
    [{ model: { width: 16, heads: 3 } }, /model\.heads.*3 heads.*16/],
    [{ model: { architecture: "llama", heads: 4, keyValueHeads: 3 } }, /model\.keyValueHeads.*4 heads.*3/],
    [{ data: {} }, /data\.files/],
  ])("%o is refused in words, in Chinese without any of English", (changes, message) => {
    const given = { data: { files: "x" }, ...changes };
    try {
      recipeOf(given);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "E_RECIPE", message: expect.stringMatching(message) });
      expect((error as InkstoneError).describe("zh").message).not.toMatch(/expected|Invalid|Too/);
    }
  });

  it("that gives a width or heads alone has the other so that they share it evenly", () => {
    const sizes = (model: object) => {
      const { width, heads } = sizesOf(recipeOf({ data: { files: "x" }, model }));
      return [width, heads];
    };
    expect(sizes({ width: 100 })).toEqual([100, 2]);
    expect(sizes({ depth: 4, heads: 3 })).toEqual([129, 3]);
    expect(sizes({ depth: 4 })).toEqual([128, 4]);
  });

  it("is compared with another in all that it has, budget and evaluation too", () => {
    const [a, b] = [recipe({ files: "x" }), recipe({ files: "x" }, { budget: { steps: 9 } })];
    expect(changesOf(a, b)).toEqual([]);
    expect(changesOf(a, b, { all: true })).toContain("budget.steps: 2 -> 9");
  });
});
