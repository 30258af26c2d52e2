// Every example of a doc block runs, and gives what its comments say; every public function and class has one.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { InkstoneError } from "inkstone";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../support/processes.ts";
import { writeTinyLlama } from "../support/tiny-llama.ts";
import { allExamples, comparing, type ExampleBlock, exampleBlocks, identifiers, sourceFiles } from "./example-blocks.ts";
import { isSaid } from "./example-values.ts";

const packageFile = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, { default: string } | string>;
  imports: Record<string, string>;
};
const generated = join(root, ".cache", "examples");
const begunIn = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "inkstone-examples-"));

// A tokenizer.json in which "Hello" has the id that GPT-2 gives it.
function tokenizerJson(): string {
  const steps = ["H e", "He l", "Hel l", "Hell o"];
  const pieces = [..."Helo", "He", "Hel", "Hell"];
  const fillers = Array.from({ length: 15_496 - pieces.length }, (_, i) => `x${i}`);
  const vocab = Object.fromEntries([...pieces, ...fillers, "Hello"].map((token, id) => [token, id]));
  return JSON.stringify({ model: { type: "BPE", vocab, merges: steps }, pre_tokenizer: { type: "ByteLevel", add_prefix_space: false } });
}

// Examples run in a folder with a model.gguf, a tokenizer.json, an encoder.safetensors and its encoder.json.
beforeAll(() => {
  rmSync(generated, { recursive: true, force: true });
  mkdirSync(generated, { recursive: true });
  writeTinyLlama(join(folder, "model.gguf"));
  writeFileSync(join(folder, "tokenizer.json"), tokenizerJson());
  const encoders = join(root, "test/parity/fixtures/encoders");
  copyFileSync(join(encoders, "bert-words.safetensors"), join(folder, "encoder.safetensors"));
  writeFileSync(join(folder, "encoder.json"), JSON.stringify(JSON.parse(readFileSync(join(encoders, "bert-words.json"), "utf8")).config));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(begunIn);
  rmSync(folder, { recursive: true });
  rmSync(generated, { recursive: true, force: true });
});

const builtOf = (file: string) => join(root, file.replace(/^src/, "dist").replace(/\.ts$/, ".js"));
const namesOf = async (module: string): Promise<string[]> => Object.keys((await import(module)) as object);

// Where names come from: the public package, the room of the example, its own file, any other room, Node.
async function doors(file: string): Promise<string[]> {
  const own = pathToFileURL(builtOf(file)).href;
  const room = `#${file.split("/")[1]}`;
  const rooms = Object.keys(packageFile.imports);
  const first = rooms.includes(room) ? ["inkstone", room] : ["inkstone"];
  return [...first, ...(/\/(index|main)\.ts$/.test(file) ? [] : [own]), ...rooms.filter((other) => other !== room), "node:fs/promises"];
}

async function importsFor({ file, code }: ExampleBlock): Promise<string[]> {
  const wanted = identifiers(code.join("\n"));
  const lines: string[] = [];
  for (const door of await doors(file)) {
    const names = (await namesOf(door)).filter((name) => wanted.delete(name));
    if (names.length > 0) lines.push(`import { ${names.join(", ")} } from ${JSON.stringify(door)};`);
  }
  return lines;
}

const compare = {
  is(value: unknown, comment: string): void {
    if (!isSaid(value, comment)) expect(value, `the example says ${comment}`).toBe(comment);
  },
  async throws(work: () => unknown, code: string): Promise<void> {
    const error = await Promise.resolve()
      .then(work)
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error instanceof InkstoneError ? error.code : error, `the example says that it throws ${code}`).toBe(code);
  },
};

async function runExample(example: ExampleBlock, name: string): Promise<void> {
  const imports = await importsFor(example);
  const body = [...imports, "export default async function run(compare) {", ...comparing(example.code), "}"].join("\n");
  const path = join(generated, `${name.replace(/\W+/g, "-")}.ts`);
  writeFileSync(path, body);
  const { default: run } = (await import(pathToFileURL(path).href)) as { default: (hooks: typeof compare) => Promise<void> };
  await run(compare);
}

describe("examples of doc blocks", () => {
  it.each(allExamples().map((example) => [`${example.file}:${example.line}`, example] as const))("%s", async (name, example) => {
    await runExample(example, name);
  });
});

describe("public functions and classes", () => {
  const sources = sourceFiles("src").map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }));
  const declaration = (name: string) =>
    new RegExp(
      `(/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/)\\s*(?:// biome-ignore[^\\n]*\\n)*export (?:async )?(?:abstract )?(?:function\\*?|class|const) ${name}\\b`,
    );
  const doorsOfPackage = Object.entries(packageFile.exports).flatMap(([name, target]) =>
    typeof target === "string" ? [] : [[name, target.default] as const],
  );

  it.each(doorsOfPackage)("of inkstone%s have an example each", async (_, door) => {
    const module = (await import(pathToFileURL(join(root, door)).href)) as Record<string, unknown>;
    const bare: string[] = [];
    for (const [name, value] of Object.entries(module)) {
      if (typeof value !== "function") continue;
      const found = sources.flatMap(({ file, text }) => [...(declaration(name).exec(text)?.slice(1, 2) ?? [])].map((block) => ({ file, block })));
      expect(found.length, `${name} is declared nowhere with a doc block`).toBeGreaterThan(0);
      if (!found.some(({ block }) => block.includes("@example"))) bare.push(`${found[0].file}: ${name}`);
    }
    expect(bare).toEqual([]);
  });

  it("have examples that a program outside can run: with public names only", async () => {
    const open = new Set((await Promise.all(doorsOfPackage.map(([, door]) => namesOf(pathToFileURL(join(root, door)).href)))).flat());
    const inside = (await Promise.all(Object.keys(packageFile.imports).map(namesOf))).flat().filter((name) => !open.has(name));
    const documented =
      /\/\*\*((?:(?!\*\/)[\s\S])*?@example(?:(?!\*\/)[\s\S])*)\*\/\s*(?:\/\/[^\n]*\n)*export (?:async )?(?:abstract )?(?:function\*?|class|const) (\w+)/g;
    const closed = sources.flatMap(({ file, text }) =>
      [...text.matchAll(documented)]
        .filter(([, , name]) => open.has(name))
        .flatMap(([, block, name]) => {
          const used = identifiers(comparing(exampleBlocks(file, `/**${block}*/`).flatMap(({ code }) => code)).join("\n"));
          const own = new Set([...block.matchAll(/(?:const|let) (?:\{|\[)?\s*(\w+)|(\w+)(?=:)/g)].flatMap(([, a, b]) => [a, b]));
          return inside.filter((other) => used.has(other) && !own.has(other)).map((other) => `${file}: ${name} uses ${other}`);
        }),
    );
    expect(closed).toEqual([]);
  });
});

describe("the harness itself", () => {
  const run = (code: string) =>
    runExample({ file: "src/core/random.ts", line: 1, code: code.split("\n") }, `harness ${code.length} ${code}`.slice(0, 60));

  it("finds a wrong value, a missing failure, and a failure that is not announced", async () => {
    await run('philox([0, 0, 0, 0], [0, 0])[0]; // 0x6627e8d5\n[0.5, 1 / 3]; // [0.5, 0.3333]\nconst { a } = { a: 7 }; // 7\n"abc"; // "a…c"');
    await expect(run("1 + 1; // 3")).rejects.toThrow(/the example says 3/);
    await expect(run("const x = [1, 2]; // [1, 2, 3]")).rejects.toThrow(/the example says/);
    await expect(run("1 / 3; // 0.3334")).rejects.toThrow(/0\.3334/);
    await expect(run("({ a: 1, b: 2 }); // { a: 1 }")).rejects.toThrow(/the example says/);
    await expect(run('"abd"; // "a…c"')).rejects.toThrow(/the example says/);
    await expect(run("philox([0, 0, 0, 0], [0, 0]); // throws E_OPTION")).rejects.toThrow(/E_OPTION/);
    await expect(run("nothing.of.this;")).rejects.toThrow(/nothing/);
  });

  it("finds the examples of a text, to the end of their block", () => {
    const text = "/**\n * A.\n * @example\n * a(); // 1\n *\n * b();\n * @param x\n */\n  /**\n   * @example\n   * c();\n   */\n";
    expect(exampleBlocks("x.ts", text)).toEqual([
      { file: "x.ts", line: 3, code: ["a(); // 1", "", "b();"] },
      { file: "x.ts", line: 10, code: ["c();"] },
    ]);
    expect(existsSync(dirname(generated))).toBe(true);
  });
});
