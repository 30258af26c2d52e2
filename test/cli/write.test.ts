// write as a person types it: a table and a template to texts, with their traces, and what is refused.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { inkstone } from "./inkstone.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-write-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const data = join(folder, "cities.csv");
writeFileSync(data, "city,low,high\n北京,5,12\n上海,9,15\n");

describe("inkstone write", () => {
  it("writes a text a row, in Chinese, with the cell of each value", async () => {
    const output = join(folder, "texts.jsonl");
    const { code, err } = await inkstone(["write", "weather", data, "--language", "zh", "--trace", "--output", output]);
    expect(code, err).toBe(0);
    const rows = readFileSync(output, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(2);
    for (const { text, trace } of rows) for (const one of trace) expect(text.slice(one.start, one.end)).toBe(one.text);
    expect(rows[1].text).toContain("上海");
  });

  it("writes files into a folder, replaces none unasked, and writes nothing when a row does not fit", async () => {
    const template = join(folder, "own.txt");
    writeFileSync(template, "{city}: {low} to {high}");
    const output = join(folder, "out");
    expect((await inkstone(["write", template, data, "--output", output])).code).toBe(0);
    expect(readFileSync(join(output, "000001.txt"), "utf8")).toBe("北京: 5 to 12\n");
    expect((await inkstone(["write", template, data, "--output", output])).code).toBe(73);
    writeFileSync(template, "{town}");
    const refused = await inkstone(["write", template, data, "--output", join(folder, "none")]);
    expect(refused.code).toBe(65);
    expect(existsSync(join(folder, "none"))).toBe(false);
    expect((await inkstone(["write", "wether", data, "--output", output])).err).toContain("weather");
  });
});
