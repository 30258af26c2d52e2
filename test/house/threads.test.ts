// The files that threads start from, joined: they do what the modules did, and find what lies beside them.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { root } from "../support/processes.ts";

const { bundleThreads, threadFiles } = (await import(new URL("../../tools/bundle-threads.mjs", import.meta.url).href)) as {
  readonly threadFiles: readonly string[];
  bundleThreads(dist: string, files?: readonly string[]): Promise<string[]>;
};

const write = (folder: string, files: Readonly<Record<string, string>>) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
};

it("joined files keep one instance of a shared module, its place, and what a module does by being there", async () => {
  const dist = mkdtempSync(join(tmpdir(), "threads-"));
  write(dist, {
    "package.json": '{"type":"module","sideEffects":false}',
    "a/one.js": 'import { count, place } from "../deep/er/shared.js";\nexport const first = () => [count(), place];\n',
    "b/two.js":
      'import { count, place } from "../deep/er/shared.js";\nimport { noted } from "../deep/note.js";\nexport const second = () => [count(), place, noted()];\n',
    "deep/er/shared.js": 'let n = 0;\nexport const count = () => ++n;\nexport const place = new URL("../../native/x.node", import.meta.url).href;\n',
    "deep/note.js": "let seen = 0;\nseen = 7;\nexport const noted = () => seen;\n",
  });
  await bundleThreads(dist, ["a/one", "b/two"]);
  const { first } = (await import(join(dist, "a/one.js"))) as { first: () => unknown };
  const { second } = (await import(join(dist, "b/two.js"))) as { second: () => unknown };
  const native = pathToFileURL(join(dist, "native/x.node")).href;
  expect([first(), second()]).toEqual([
    [1, native],
    [2, native, 7],
  ]);
});

it("every module that a thread or a child process of the library starts from is joined, but those that call what a user brought", () => {
  const source = join(root, "src");
  const started = new Set<string>();
  for (const name of readdirSync(source, { recursive: true, encoding: "utf8" }).filter((each) => each.endsWith(".ts")))
    for (const [, file] of readFileSync(join(source, name), "utf8").matchAll(/new URL\("\.\/([\w-]+)\.js", import\.meta\.url\)/g))
      if (!/-work$|^run-process$|^isolated-process$/.test(file)) started.add(join(dirname(name), file));
  expect(threadFiles).toEqual([...started].sort());
});
