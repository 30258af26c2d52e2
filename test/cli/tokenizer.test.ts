// The verb `tokenizer`: learns from files and folders, shows, compares; what it refuses.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inkstone } from "./inkstone.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkstone-tokenizer-"));
  await writeFile(join(folder, "poem.txt"), "the ink is on the stone\n".repeat(50));
  await writeFile(join(folder, "rows.jsonl"), '{"text":"墨在砚上"}\n{"text":"墨在砚上"}\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("tokenizer", () => {
  it("learns from a folder, shows what it learnt, and compares by writing", async () => {
    const output = join(folder, "made.json");
    const made = await inkstone(["tokenizer", "train", folder, "--size", "300", "--special", "<|end|>", "--output", output, "--json"]);
    expect([made.code, made.err]).toEqual([0, ""]);
    expect(JSON.parse(made.out)).toMatchObject({ file: output, kind: "byte-level" });
    const shown = await inkstone(["tokenizer", "show", output, "--json"]);
    expect(JSON.parse(shown.out)).toMatchObject({ special: [{ id: 0, token: "<|end|>" }] });
    const compared = await inkstone(["tokenizer", "compare", output, "--on", join(folder, "poem.txt"), "--on", join(folder, "rows.jsonl"), "--json"]);
    const [{ languages }] = JSON.parse(compared.out) as { languages: { language: string; coverage: number }[] }[];
    expect(languages.map(({ language, coverage }) => [language, coverage])).toEqual([
      ["Latin", 1],
      ["Han", 1],
      ["all", 1],
    ]);
  });

  it("never replaces a file unasked, and names what is missing", async () => {
    const output = join(folder, "poem.txt");
    expect((await inkstone(["tokenizer", "train", folder, "--output", output])).err).toContain("E_IO_EXISTS");
    expect((await inkstone(["tokenizer", "train", join(folder, "none")])).err).toContain("E_FORMAT_NO_FILE");
    expect((await inkstone(["tokenizer", "compare", output])).err).toContain("--on");
    const other = join(folder, "other.json");
    expect((await inkstone(["tokenizer", "train", join(folder, "rows.jsonl"), "--column", "body", "--output", other])).err).toContain(
      "E_DATA_COLUMN",
    );
  });
});
