// The pages of examples/: every command that they show runs and prints what they say; every program too.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../support/processes.ts";
import { inkstone } from "./inkstone.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-pages-"));
cpSync(join(root, "examples"), folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Command {
  readonly line: string;
  readonly output: readonly string[];
}

function commandsOf(page: string): Command[] {
  const blocks = [...page.matchAll(/```console\n([\s\S]*?)```/g)].map(([, block]) => block.split("\n"));
  return blocks.flatMap((lines) => {
    const starts = lines.flatMap((line, i) => (line.startsWith("$ ") ? [i] : []));
    return starts.map((at, i) => ({
      line: lines[at].slice(2),
      output: lines.slice(at + 1, starts[i + 1] ?? lines.length).filter((line) => line !== ""),
    }));
  });
}

const wordsOf = (line: string): string[] => Array.from(line.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain);

describe("examples/", () => {
  const pages = readdirSync(folder).filter((name) => /^[a-z]+\.md$/.test(name) && readFileSync(join(folder, name), "utf8").includes("Over HTTP"));

  it("has a page for each application", () => {
    expect(pages.sort()).toEqual([
      "education.md",
      "insight.md",
      "law.md",
      "medicine.md",
      "moderation.md",
      "support.md",
      "translation.md",
      "writing.md",
    ]);
  });

  it.each(pages)(
    "%s",
    async (name) => {
      const page = readFileSync(join(folder, name), "utf8");
      const environment = { INKSTONE_DATA: join(folder, `data-${name}`), INKSTONE_LANG: "en" };
      for (const { line, output } of commandsOf(page)) {
        const [command, file] = line.split(" < ");
        const input = file === undefined ? undefined : readFileSync(join(folder, file), "utf8");
        const { code, out, err } = await inkstone(wordsOf(command).slice(1), { cwd: folder, env: environment, input });
        expect(code, `${line}\n${err}`).toBe(0);
        const printed = out.split("\n").map((one) => one.trimEnd());
        for (const said of output) if (said !== "…") expect(printed, line).toContain(said);
      }
      for (const [, program] of page.matchAll(/```js\n([\s\S]*?)```/g)) {
        const script = join(root, ".cache", `example-${process.pid}.mjs`);
        writeFileSync(script, program);
        const { stdout } = spawnSync(process.execPath, [script], { encoding: "utf8", cwd: root });
        rmSync(script);
        const said = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, text]) => text);
        expect(stdout.trim().split("\n")).toEqual(said);
      }
    },
    120_000,
  );
});
