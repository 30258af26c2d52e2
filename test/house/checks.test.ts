// The checks of the house hold for this tree, and each of them can fail: small wrong trees, one for each rule.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { root } from "../support/processes.ts";

async function tool<T>(name: string): Promise<T> {
  return (await import(new URL(`../../tools/${name}.mjs`, import.meta.url).href)) as T;
}
const { importBreaches } = await tool<{ importBreaches(src?: string): string[] }>("check-imports");
const { mapBreaches } = await tool<{ mapBreaches(tree?: string): string[] }>("check-map");
const { sizeBreaches } = await tool<{ sizeBreaches(tree?: string): string[] }>("check-size");
const { breachesOf, unsafeBreaches } = await tool<{ breachesOf(source: string): number[]; unsafeBreaches(): string[] }>("check-unsafe");

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

// A tree of files with these contents.
function tree(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "inkstone-house-"));
  made.push(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

describe("this tree", () => {
  it("imports only downwards, through the doors of the rooms, without cycles", () => {
    expect(importBreaches()).toEqual([]);
  });

  it("is the one of ARCHITECTURE.md", () => {
    expect(mapBreaches()).toEqual([]);
  });

  it("gives its reason for every unsafe block of the native part", () => {
    expect(unsafeBreaches()).toEqual([]);
    const source = "let p = q;\nunsafe { *p };\n// SAFETY: never shared.\n#[cfg(unix)]\nunsafe impl Send for A {}\nunsafe impl Sync for A {}\n";
    expect(breachesOf(source)).toEqual([2, 6]);
  });

  it("keeps its budgets, and every export has its doc block", () => {
    expect(sizeBreaches()).toEqual([]);
  });

  it("has the rooms by # that package.json names, each with a door", () => {
    const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { imports: Record<string, string> };
    for (const [name, door] of Object.entries(imports)) {
      expect(door).toBe(`./dist/${name.slice(1)}/index.js`);
      expect(readFileSync(join(root, "src", name.slice(1), "index.ts"), "utf8")).not.toBe("");
    }
  });
});

describe("check-imports", () => {
  const good = { "core/index.ts": "export const a = 1;", "text/index.ts": 'export { a } from "../core/index.ts";' };
  it.each<[string, Record<string, string>, RegExp[]]>([
    ["nothing where nothing is wrong", {}, []],
    ["an import upwards", { "core/b.ts": 'import { a } from "../text/index.ts";' }, [/core\/b\.ts \(rank 0\) imports text\/index\.ts \(rank 2\)/]],
    [
      "an import of the same rank",
      { "tensor/b.ts": 'import { a } from "../text/index.ts";' },
      [/tensor\/b\.ts \(rank 2\) imports text\/index\.ts \(rank 2\)/],
    ],
    ["a type import upwards", { "core/b.ts": 'import type { A } from "../text/index.ts";' }, [/rank 0.*rank 2/]],
    ["an import over several lines", { "core/b.ts": 'import {\n  a,\n  b,\n} from "../text/index.ts";' }, [/rank 0.*rank 2/]],
    ["an export upwards", { "core/b.ts": 'export * from "../text/index.ts";' }, [/rank 0.*rank 2/]],
    ["an import for its effects upwards", { "core/b.ts": 'import "../text/index.ts";' }, [/rank 0.*rank 2/]],
    ["an import() upwards", { "core/b.ts": 'const later = () => import("../text/index.ts");' }, [/rank 0.*rank 2/]],
    ["an import past the door", { "text/b.ts": 'import { c } from "../core/c.ts";' }, [/text\/b\.ts imports core\/c\.ts, not core\/index\.ts/]],
    [
      "an import past the door by the package root",
      { "index.ts": 'export { c } from "./core/c.ts";' },
      [/index\.ts imports core\/c\.ts, not core\/index\.ts/],
    ],
    ["an import of the package root", { "text/b.ts": 'import { c } from "../index.ts";' }, [/rooms do not import the package root/]],
    ["an import from outside", { "text/b.ts": 'import { c } from "../../tools/c.ts";' }, [/outside src/]],
    ["a room without a rank", { "magic/index.ts": "" }, [/room "magic" has no rank/]],
    [
      "a cycle of files",
      { "text/b.ts": 'import "./c.ts";', "text/c.ts": 'import { b } from "./b.ts";' },
      [/^cycle: text\/b\.ts -> text\/c\.ts -> text\/b\.ts$/],
    ],
    ["a native file loaded elsewhere", { "text/b.ts": 'createRequire(url)("./x.node");' }, [/text\/b\.ts loads a native file/]],
    ["arguments read elsewhere", { "text/b.ts": "const args = process.argv;" }, [/text\/b\.ts reads process\.argv/]],
  ])("names %s", (_, wrong, breaches) => {
    const found = importBreaches(tree({ ...good, ...wrong }));
    expect(found).toHaveLength(breaches.length);
    for (const [i, breach] of breaches.entries()) expect(found[i]).toMatch(breach);
  });
});

describe("check-map", () => {
  const folders = { "src/core/index.ts": "", "studio/x": "", "tools/x": "", "bench/x": "", "docs/x": "", "native/kernels/x": "", "test/core/x": "" };
  const map = (rows: readonly string[]) => `# A\n\n\`\`\`tree\n${rows.map((row) => `${row} words`).join("\n")}\n\`\`\`\n`;
  const all = ["src/core/", "studio/", "tools/", "bench/", "docs/", "native/kernels/", "test/core/"];

  it.each<[string, string, Record<string, string>, string[]]>([
    ["nothing where it fits", map(all), {}, []],
    ["a room that is not there", map([...all, "src/text/"]), {}, ["ARCHITECTURE.md names src/text/, which is not there"]],
    ["a room that is not named", map(all), { "src/text/x": "" }, ["ARCHITECTURE.md does not name src/text/"]],
    ["a folder of tests that is not named", map(all), { "test/text/x": "" }, ["ARCHITECTURE.md does not name test/text/"]],
    ["folders that are made, never", map(all), { "native/target/x": "", "src/dist/x": "" }, []],
    ["a page without a map", "# A\n", {}, ["ARCHITECTURE.md has no ```tree block"]],
  ])("names %s", (_, page, more, breaches) => {
    expect(mapBreaches(tree({ ...folders, ...more, "ARCHITECTURE.md": page }))).toEqual(breaches);
  });
});

describe("check-size", () => {
  const lines = (count: number, line = "// x") => `${Array(count).fill(line).join("\n")}\n`;
  const body = (count: number) => lines(count, "  x();");

  it.each<[string, Record<string, string>, RegExp[]]>([
    ["nothing where all is well", { "src/core/a.ts": "// A.\n\n/** One. */\nexport const one = 1;\n" }, []],
    ["a file over 500 lines", { "src/core/a.ts": lines(500) }, [/src\/core\/a\.ts: 501 lines \(at most 500\)/]],
    ["not a table that is generated", { "src/core/a.ts": `// Generated by x.\n${lines(900)}` }, []],
    ["a test file over 500 lines", { "test/core/a.test.ts": lines(500) }, [/501 lines/]],
    ["a file that does not say what it is", { "src/core/a.ts": "const a = 1;\n" }, [/does not open with what it is/]],
    ["a function over 80 lines", { "src/core/a.ts": `// A.\nfunction long() {\n${body(79)}}\n` }, [/src\/core\/a\.ts:2 long: 81 lines/]],
    ["one of 80 lines, never", { "src/core/a.ts": `// A.\nfunction long() {\n${body(78)}}\n` }, []],
    [
      "a method over 80 lines",
      { "src/core/a.ts": `// A.\nclass A {\n  async #run(x: number): Promise<void> {\n${lines(79, "    x();")}  }\n}\n` },
      [/a\.ts:3 #run: 81 lines/],
    ],
    ["an arrow over 80 lines", { "src/core/a.ts": `// A.\nconst long = (x: number): void => {\n${body(79)}};\n` }, [/a\.ts:2 long: 81 lines/]],
    [
      "a Rust function over 80 lines",
      { "native/kernels/a.rs": `//! A.\npub fn long(x: f32) -> f32 {\n${body(79)}}\n` },
      [/native\/kernels\/a\.rs:2 long/],
    ],
    [
      "an export without a doc block",
      { "src/core/a.ts": "// A.\nexport function a(): void {}\n" },
      [/src\/core\/a\.ts:2 has no doc block: export function a/],
    ],
    [
      "an interface without one, after one that has it",
      { "src/core/a.ts": "// A.\n/** B. */\nexport interface B {}\nexport interface C {}\n" },
      [/a\.ts:4 has no doc block/],
    ],
    ["a type without one", { "src/core/a.ts": "// A.\n\nexport type B = 1;\n" }, [/a\.ts:3 has no doc block/]],
    [
      "overloads of a documented function, never",
      {
        "src/core/a.ts":
          "// A.\n/** B. */\nexport function b(x: 1): 1;\nexport function b(x: 2): 2;\nexport function b(x: number): number {\n  return x;\n}\n",
      },
      [],
    ],
    [
      "a folder of more than 25 files",
      Object.fromEntries(Array.from({ length: 26 }, (_, i) => [`src/core/a${i}.ts`, "// A.\n"])),
      [/src\/core: 26 files \(at most 25\)/],
    ],
  ])("names %s", (_, files, breaches) => {
    const found = sizeBreaches(tree(files));
    expect(found).toHaveLength(breaches.length);
    for (const [i, breach] of breaches.entries()) expect(found[i]).toMatch(breach);
  });
});
