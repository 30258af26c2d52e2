// The code of the README in both languages: the programs run, the commands are ones that the command line takes.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { nativeStatus } from "#native";
import { finish, root } from "../support/processes.ts";

const pages = ["README.md", "README.zh.md"];
const scripts = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> }).scripts;

function blocks(page: string, language: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => match[1]);
}

// Words as a shell splits them: quotes hold together, # begins a remark.
function words(line: string): string[] {
  const found: string[] = [];
  for (const [, quoted, single, bare] of line.matchAll(/"([^"]*)"|'([^']*)'|(#.*|[^\s"'#]+)/g)) {
    if (bare?.startsWith("#")) break;
    found.push(quoted ?? single ?? bare);
  }
  return found;
}

// What the command line would do with these words, without doing it.
async function parse([name, ...args]: readonly string[]): Promise<{ operands: string[]; options: Record<string, unknown> }> {
  const { verb } = (await import(join(root, "dist/cli/verbs", `${name}.js`))) as {
    verb: { define(command: Command, say: (words: { en: string }) => string, around: object): void };
  };
  const command = new Command(name)
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => undefined });
  verb.define(command, ({ en }) => en, {});
  await command.action(() => undefined).parseAsync(args, { from: "user" });
  return { operands: command.args, options: command.opts() };
}

const commands = pages.flatMap((page) =>
  blocks(page, "sh").flatMap((block) =>
    block
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => [page, line] as const),
  ),
);

describe("the commands of the README", () => {
  it.each(commands)("%s: %s", async (_, line) => {
    const [program, ...args] = words(line);
    if (program === "npx") {
      expect(args[0]).toBe("inkstone");
      expect((await parse(args.slice(1))).operands).not.toContain("");
    } else if (program === "npm" && args[0] !== "install") expect(Object.keys(scripts)).toContain(args[0] === "run" ? args[1] : args[0]);
    else expect([program, args[0]]).toEqual(["npm", "install"]);
  });

  it("are checked: a verb, an option or an argument that is not there fails", async () => {
    expect((await parse(["run", "m", "hello you", "--max-tokens", "3"])).options).toMatchObject({ maxTokens: 3 });
    await expect(parse(["runs", "m"])).rejects.toThrow();
    await expect(parse(["run", "m", "hello", "you"])).rejects.toThrow(/too many arguments/);
    await expect(parse(["run", "m", "--maxtokens", "3"])).rejects.toThrow(/unknown option/);
    await expect(parse(["tokenize"])).rejects.toThrow(/missing required argument/);
    expect(words("npx inkstone run m \"a # b\" 'c d' # e")).toEqual(["npx", "inkstone", "run", "m", "a # b", "c d"]);
  });

  it("show every verb, in both languages alike", () => {
    const shown = (page: string) =>
      commands
        .filter(([of]) => of === page)
        .map(([, line]) =>
          words(line)
            .join(" ")
            .replace(/smollm2:135m .*/, ""),
        );
    expect(shown("README.zh.md")).toEqual(shown("README.md"));
    for (const verb of ["run", "serve", "tokenize", "perplexity", "pull"]) expect(shown("README.md").join("\n")).toContain(`inkstone ${verb}`);
  });
});

// On the reference kernels they would take minutes.
describe.runIf(nativeStatus().available)("the programs of the README", () => {
  it.each(pages)("%s: run, and say something", async (page) => {
    const programs = blocks(page, "ts");
    expect(programs).not.toEqual([]);
    const folder = join(root, ".cache", "readme");
    mkdirSync(folder, { recursive: true });
    for (const [i, program] of programs.entries()) {
      const path = join(folder, `${page}-${i}.mjs`);
      writeFileSync(path, program);
      const { code, stdout, stderr } = await finish(process.execPath, [path]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout.trim().length).toBeGreaterThan(20);
      rmSync(path);
    }
  });
});
