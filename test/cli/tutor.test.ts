// tutor as a person types it: items, grades, an outline, and what it refuses.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { inkstone } from "./inkstone.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-tutor-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const source = join(folder, "source.md");
writeFileSync(
  source,
  "# Ink\n\nPhotosynthesis is the process by which green plants make sugar from light. Marie Curie discovered radium in 1898 in Paris.\n",
);

describe("inkstone tutor", () => {
  it("makes items, grades answers to them and says how many were right", async () => {
    const { code, out } = await inkstone(["tutor", "items", source, "--json"]);
    expect(code).toBe(0);
    const { items } = JSON.parse(out) as { items: { id: string; type: string; key: string }[] };
    writeFileSync(join(folder, "items.json"), out);
    writeFileSync(join(folder, "answers.json"), JSON.stringify(Object.fromEntries(items.map(({ id, key }, i) => [id, i === 0 ? "?x" : key]))));
    const graded = await inkstone(["tutor", "grade", join(folder, "items.json"), "--answers", join(folder, "answers.json"), "--json"]);
    expect(JSON.parse(graded.out)).toMatchObject({ right: items.length - 1, of: items.length });
    expect((await inkstone(["tutor", "outline", source, "--json"])).out).toContain('"title":"Ink"');
  });

  it("refuses an empty source, items that are none, an item that is not there", async () => {
    expect((await inkstone(["tutor", "items", "-"], { input: " \n" })).code).toBe(65);
    expect((await inkstone(["tutor", "items", join(folder, "nowhere.md")])).code).toBe(66);
    expect((await inkstone(["tutor", "grade", source, "--item", "a", "--answer", "b"])).err).toContain("not JSON");
    expect((await inkstone(["tutor", "grade", join(folder, "items.json"), "--item", "a", "--answer", "b"])).code).toBe(66);
    expect((await inkstone(["tutor", "grade", join(folder, "items.json")])).code).toBe(64);
  });
});
