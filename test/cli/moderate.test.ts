// moderate as a person types it: verdicts, a policy with a mistake, training and a dry run.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { inkstone } from "./inkstone.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-moderate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe("inkstone moderate", () => {
  it("judges a post a line, in JSON with labels, places and a reason", async () => {
    const { code, out } = await inkstone(["moderate", "-", "--json"], { input: "nice day\n刷单返利，加微信\n" });
    expect(code).toBe(0);
    const [first, second] = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ action: "allow", labels: {}, spans: [] });
    expect(second).toMatchObject({ action: "remove", labels: { fraud: 0.9, advertising: 0.6 }, reason: "fraud 0.90" });
    expect(second.spans[0]).toEqual({ start: 0, end: 4, label: "fraud", rule: "word:刷单返利" });
  });

  it("names the line of a policy that cannot be read, and refuses an empty post", async () => {
    const wrong = await inkstone(["moderate", "x", "--policy", file("p.yml", "usual: {review: 1}\nruls: []\n")]);
    expect(wrong.code).toBe(65);
    expect(wrong.err).toContain("ruls:2");
    expect((await inkstone(["moderate", "-"], { input: "\n" })).code).toBe(65);
    expect((await inkstone(["moderate", "-", "--format", "jsonl"], { input: '{"txt": 1}\n' })).err).toContain("-:1");
  });

  it("trains a classifier and tries a policy on history", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => (i % 2 ? `cheap pills ${i},spam,remove` : `see you at ${i},none,allow`));
    const data = file("posts.csv", `text,label,then\n${rows.join("\n")}\n`);
    const trained = await inkstone([
      "moderate",
      "train",
      data,
      "--folds",
      "3",
      "--model",
      "linear-svm",
      "--output",
      join(folder, "m.json"),
      "--json",
    ]);
    expect(trained.code, trained.err).toBe(0);
    expect(JSON.parse(trained.out)).toMatchObject({ examples: 40, macroF1: 1 });
    const policy = file("q.yml", "classifiers: [{file: m.json}]\nlabels: {spam: {review: 0.3, remove: 0.5}, none: {review: 2, remove: 2}}\n");
    const run = await inkstone(["moderate", "dry-run", data, "--policy", policy, "--decision", "then", "--json"]);
    expect(JSON.parse(run.out)).toMatchObject({ posts: 40, decided: 40, agreed: 40 });
  });
});
