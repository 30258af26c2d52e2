// The lessons of docs/learn: their code runs, block after block as one program, and gives what its comments say; both languages have the same lessons.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../support/processes.ts";
import { comparing } from "./example-blocks.ts";
import { isSaid } from "./example-values.ts";

const folder = join(root, "docs/learn");
const lessons = readdirSync(folder).filter((name) => name.endsWith(".md"));
const generated = join(root, ".cache", "lessons");
afterAll(() => rmSync(generated, { recursive: true, force: true }));

const compare = {
  is(value: unknown, comment: string): void {
    if (!isSaid(value, comment)) expect(value, `the lesson says ${comment}`).toBe(comment);
  },
};

const codeOf = (name: string) =>
  [...readFileSync(join(folder, name), "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm)].flatMap(([, code]) => code.trimEnd().split("\n"));

async function run(name: string): Promise<void> {
  const code = codeOf(name);
  const isImport = (line: string) => line.startsWith("import ");
  const body = [
    ...code.filter(isImport),
    "export default async function run(compare) {",
    ...comparing(code.filter((line) => !isImport(line))),
    "}",
  ].join("\n");
  mkdirSync(generated, { recursive: true });
  const path = join(generated, `${name}.ts`);
  writeFileSync(path, body);
  const { default: lesson } = (await import(pathToFileURL(path).href)) as { default: (hooks: typeof compare) => Promise<void> };
  await lesson(compare);
}

describe("lessons", () => {
  it("are there in English and in Chinese", () => {
    const english = lessons.filter((name) => !name.endsWith(".zh.md"));
    expect(lessons.length).toBe(2 * english.length);
    for (const name of english) expect(lessons).toContain(name.replace(/\.md$/, ".zh.md"));
  });

  it.each(lessons)("%s does what it says", async (name) => {
    expect(codeOf(name).length).toBeGreaterThan(20);
    await run(name);
  });
});
