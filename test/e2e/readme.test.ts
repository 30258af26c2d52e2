// Every command and the program of both README files, as written there, with the real model.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nativeStatus } from "#native";
import { finish, mainFile, root, type Served, serve } from "../support/processes.ts";

const files = ["README.md", "README.zh.md"];
const blocks = (name: string, language: string) =>
  [...readFileSync(join(root, name), "utf8").matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"))].map((block) => block[1]);
const lines = files.flatMap((name) => blocks(name, "sh").flatMap((block) => block.replaceAll("\\\n", " ").trim().split("\n")));

// The reference kernels would take minutes: there, the verbs are tested on a tiny model.
describe.runIf(nativeStatus().available)("README", () => {
  let server: Served;
  let folder: string; // inside the clone, where "inkstone" is the package itself
  beforeAll(async () => {
    mkdirSync(join(root, ".cache"), { recursive: true });
    folder = mkdtempSync(join(root, ".cache", "readme-"));
    server = await serve([]);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await server?.stop();
  });

  it("has the two commands and no others but npx inkstone and curl", () => {
    const heads = new Set(lines.map((line) => line.split(" ").slice(0, 2).join(" ")));
    expect([...heads].sort()).toEqual(["curl http://127.0.0.1:11435/v1/chat/completions", "npm start", "npm test", "npx inkstone"]);
  });

  it.each(lines.filter((line) => line.startsWith("npx")))("%s", async (line) => {
    const command = line.replace("npx inkstone", `"${process.execPath}" "${mainFile}"`);
    const chat = !line.includes('"') && line.includes(" run ");
    const { code, stdout, stderr } = await finish("/bin/sh", ["-c", command], { input: chat ? "What is ink?" : "" });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/\S/);
  });

  const hasCurl = spawnSync("curl", ["--version"]).status === 0;
  it.runIf(hasCurl).each(lines.filter((line) => line.startsWith("curl")))("%s", async (line) => {
    const { code, stdout, stderr } = await finish("/bin/sh", ["-c", line.replace("http://127.0.0.1:11435", `-sS ${server.url}`)]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout).choices[0].message.content).toMatch(/\S/);
  });

  it.each(files)("the program of %s", async (name) => {
    const [program] = blocks(name, "ts");
    writeFileSync(join(folder, "program.mjs"), program);
    const { code, stdout, stderr } = await finish(process.execPath, [join(folder, "program.mjs")]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/\S/);
  });
});
