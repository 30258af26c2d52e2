// The code of the README in both languages, run as it is written there, with the real model.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nativeStatus } from "#native";
import { finish, mainFile, root, type Served, serve } from "../support/processes.ts";

const pages = ["README.md", "README.zh.md"];
const blocks = (page: string, language: string) =>
  [...readFileSync(join(root, page), "utf8").matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map((block) => block[1]);
const commandsOf = (page: string) =>
  blocks(page, "sh").flatMap((block) =>
    block
      .replace(/\\\n\s*/g, "")
      .trim()
      .split("\n"),
  );
const commands = [...new Set(pages.flatMap(commandsOf).map((line) => line.replace(/\s+#.*/, "")))];

describe("the commands of the README", () => {
  it("are the same in both languages, but for remarks and the text that is tokenized, and show every verb", () => {
    const shown = (page: string) => commandsOf(page).map((line) => line.replace(/\s+#.*/, "").replace(/(tokenize \S+) .*/, "$1"));
    expect(shown("README.zh.md")).toEqual(shown("README.md"));
    for (const verb of ["run", "serve", "tokenize", "perplexity", "pull", "data", "classify", "evaluate"])
      expect(shown("README.md").join("\n")).toContain(`npx inkstone ${verb}`);
  });

  it("of npm are scripts of the package", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const named = commands.filter((line) => line.startsWith("npm ")).map((line) => line.split(" ")[1]);
    expect(new Set(named)).toEqual(new Set(["start", "test"]));
    for (const name of named) expect(scripts).toHaveProperty(name);
  });
});

// On the reference kernels they would take minutes.
describe.runIf(nativeStatus().available)("with the real model", () => {
  const hasCurl = spawnSync("curl", ["--version"]).status === 0;
  let server: Served;
  let folder: string; // inside the clone, where "inkstone" is the package itself
  beforeAll(async () => {
    server = await serve([]); // `npx inkstone serve`, on a free port
    mkdirSync(join(root, ".cache"), { recursive: true });
    folder = mkdtempSync(join(root, ".cache", "readme-"));
    for (const name of ["README.md", "examples"]) symlinkSync(join(root, name), join(folder, name));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await server?.stop();
  });

  it.each(commands.filter((line) => /^npx (?!inkstone serve)/.test(line)))("%s", async (line) => {
    const command = line.replace("npx inkstone", `"${process.execPath}" "${mainFile}"`);
    const { code, stdout, stderr } = await finish("/bin/sh", ["-c", command], { cwd: folder, input: "What is ink?" });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/\S/);
  });

  it.runIf(hasCurl).each(commands.filter((line) => line.startsWith("curl")))("%s", async (line) => {
    const { code, stdout, stderr } = await finish("/bin/sh", ["-c", line.replace("http://127.0.0.1:11435", `-sS ${server.url}`)]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout).choices[0].message.content).toMatch(/\S/);
  });

  const programs = pages.flatMap((page) => blocks(page, "ts").map((program, i) => [page, i + 1, program] as const));
  it.each(programs)("%s, program %i", async (page, number, program) => {
    const path = join(folder, `${page}.${number}.mjs`);
    writeFileSync(path, program);
    const { code, stdout, stderr } = await finish(process.execPath, [path]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.trim().length).toBeGreaterThan(20);
  });
});
