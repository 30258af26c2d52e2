// How the command line refuses and helps: exit codes, one clear line, both languages.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { visible } from "#cli";
import { languageOf } from "#core";
import { writeTinyLlama } from "../support/tiny-llama.ts";
import { inkstone } from "./inkstone.ts";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "inkstone-cli-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const offline = () => ({ INKSTONE_HOME: home, INKSTONE_OFFLINE: "1" });

describe("L01, L04: wrong use", () => {
  it.each<[string[], RegExp]>([
    [["run", "--temprature", "1", "m"], /Did you mean --temperature/],
    [["rnu", "m"], /unknown command 'rnu'/],
    [["run"], /missing required argument 'model'/],
    [["run", "m", "one", "two"], /too many arguments/],
    [["run", "m", "p", "--temperature", "hot"], /a number from 0 to 2/],
    [["run", "m", "p", "--temperature", "3"], /a number from 0 to 2/],
    [["run", "m", "p", "--max-tokens", "1.5"], /a whole number from 1/],
    [["run", "m", "p", "--max-tokens", "0x10"], /a whole number from 1/],
    [["run", "m", "p", "--precision", "half"], /--precision <p> cannot be 'half'; allowed: one of exact, bf16, fast\.$/m],
    [["run", "m", "p", "--seed", ""], /a whole number/],
    [["run", "m", "p", "--raw", "--system", "s"], /--raw takes no --system/],
    [["serve", "--port", "70000"], /from 0 to 65535/],
    [["data", "chek", "x.csv"], /what cannot be 'chek'; allowed: one of check.*\. Did you mean check\?/],
    [["keys", "list", "mine"], /keys list takes no name/],
    [["feedback", "list", "7"], /feedback list takes no id/],
    [["config", "list", "port"], /config list takes no name/],
    [["runs", "show"], /runs show needs a run\./],
    [["perplexity", "m"], /missing required argument 'file'/],
    [[], /a verb is missing/],
    [["ls"], /unknown command 'ls': here it is list\./],
    [["fine-tune", "m", "d"], /here it is finetune/],
    [["eval", "m"], /here it is evaluate/],
    [["embed", "m", "-o", "x"], /'-o': here it is --output/],
  ])("inkstone %j is a usage error", async (args, message) => {
    const { code, out, err } = await inkstone(args);
    expect(err).toMatch(message);
    expect(err).toMatch(/^inkstone: E_USAGE: .*\n {2}\S.*\n$/);
    expect([code, out]).toEqual([64, ""]);
  });

  it.each([
    ["INKSTONE_MAX_TOKENS", "abc", ["run", "m", "p"]],
    ["INKSTONE_PORT", "http", ["serve"]],
    ["INKSTONE_PRECISION", "half", ["run", "m", "p"]],
    ["HF_ENDPOINT", "ftp://x", ["pull", "owner/name"]],
    ["INKSTONE_HOME", "relative", ["pull", "owner/name"]],
  ])("L04: %s=%s is a configuration error that names it", async (variable, value, args) => {
    const { code, err } = await inkstone(args, { env: { INKSTONE_HOME: home, [variable]: value } });
    expect(err).toMatch(new RegExp(`^inkstone: E_ENVIRONMENT: .*${variable}.*${value}`));
    expect(code).toBe(78);
  });

  it("speaks Chinese where the locale does, LC_ALL before LANG", async () => {
    const { err } = await inkstone(["run", "--temperature", "9", "m"], { env: { LANG: "zh_CN.UTF-8" } });
    expect(err).toBe(
      "inkstone: E_USAGE: --temperature <t> 不能为“9”；允许：0 到 2 的数字。\n  “inkstone --help”列出全部命令，“inkstone 命令 --help”列出其选项。\n",
    );
    const { err: choice } = await inkstone(["data", "chek", "x.csv"], { env: { LANG: "zh_CN.UTF-8" } });
    expect(choice).toMatch(/what 不能为“chek”；允许：check.*。您是不是想输入 check？/);
    const { err: needed } = await inkstone(["insight", "x.csv"], { env: { LANG: "zh_CN.UTF-8" } });
    expect(needed).toContain("缺少必需的选项：--text <column>。");
    const { err: mistyped } = await inkstone(["run", "--temprature", "1", "m"], { env: { LANG: "zh_CN.UTF-8" } });
    expect(mistyped).toContain("未知选项：--temprature（您是不是想输入 --temperature？）。");
    expect((await inkstone(["--help"], { env: { LANG: "zh_TW.UTF-8" } })).out).toMatch(/在自己的机器上/);
    expect(languageOf({ LC_ALL: "en_US.UTF-8", LANG: "zh_CN.UTF-8" })).toBe("en");
    expect(languageOf({ LC_ALL: "", LC_MESSAGES: "zh", LANG: "en" })).toBe("zh");
    expect(languageOf({})).toBe("en");
  });
});

describe("help", () => {
  it("lists every verb, and every option of a verb, with exit 0", async () => {
    const { code, out, err } = await inkstone(["--help"]);
    expect([code, err]).toEqual([0, ""]);
    for (const verb of ["pull", "run", "serve", "tokenize", "perplexity"]) expect(out).toMatch(new RegExp(`^ {2}${verb} `, "m"));
    const run = (await inkstone(["run", "--help"])).out;
    for (const option of ["--system", "--raw", "--temperature", "--top-p", "--max-tokens", "--seed", "--precision", "--json", "--debug"])
      expect(run).toContain(option);
    expect((await inkstone(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("several processes of one launcher", () => {
  it.each([
    ["finetune", "model", "rows.jsonl", "--output", "x"],
    ["tune", "recipe.toml"],
  ])("are refused where one does the work: %s", async (...args) => {
    const of = (rank: string) => inkstone(args, { env: { OMPI_COMM_WORLD_SIZE: "2", OMPI_COMM_WORLD_RANK: rank } });
    expect(await of("0")).toMatchObject({ code: 64, out: "", err: expect.stringMatching(/E_USAGE.*without mpirun/) });
    expect(await of("1")).toMatchObject({ code: 64, out: "", err: "" });
  });
});

describe("help on a terminal of 80 columns", () => {
  // A Chinese character takes two columns.
  const columns = (line: string) => [...line].reduce((sum, c) => sum + (/[\u3000-\u9fff\uff00-\uff60]/.test(c) ? 2 : 1), 0);

  it.each(["", "run", "serve", "pull", "tokenize", "clean", "perplexity", "train", "tune"])(
    "of %j fits, has headings in one language, and one bracket an option",
    async (verb) => {
      for (const [LANG, heading, foreign] of [
        ["C", "Options:", /[\u4e00-\u9fff]/],
        ["zh_CN.UTF-8", "选项：", /Options:|Usage:|default:/],
      ] as const) {
        const { out } = await inkstone([...(verb ? [verb] : []), "--help"], { env: { LANG } });
        expect(out).toContain(`\n${heading}\n`);
        expect(out).not.toMatch(foreign);
        expect(out).not.toMatch(/(default: |默认：)[)）]/);
        expect(out.split("\n").filter((line) => columns(line) > 80 || /\) \(|）（/.test(line))).toEqual([]);
      }
    },
  );
});

describe("models that are not there", () => {
  it.each<[string, number, RegExp]>([
    ["smolm2", 66, /E_MODEL_UNKNOWN.*\n.*smollm2:135m/],
    ["./none.gguf", 66, /E_MODEL_FILE_MISSING/],
    ["/dev/null.gguf", 66, /E_MODEL_FILE_MISSING/],
    ["/dev", 65, /E_MODEL_NOT_A_FILE/],
    ["a\\..\\b", 64, /E_MODEL_NAME/],
    ["smollm2:135m", 75, /E_MODEL_OFFLINE/],
    ["owner/name", 75, /E_MODEL_OFFLINE/],
  ])("run %s", async (model, exit, message) => {
    const { code, out, err } = await inkstone(["run", model, "hi"], { env: offline() });
    expect(err).toMatch(message);
    expect([code, out]).toEqual([exit, ""]);
  });

  it("D10: neither a pipe nor a device is opened as a model", async () => {
    for (const path of ["/dev/zero", "/dev/null"]) expect((await inkstone(["run", path, "hi"], { env: offline() })).code).toBe(65);
  });

  it("--debug shows where it came from, and nothing else does", async () => {
    expect((await inkstone(["run", "smolm2", "hi"], { env: offline() })).err).not.toMatch(/\n\s+at /);
    expect((await inkstone(["run", "smolm2", "hi", "--debug"], { env: offline() })).err).toMatch(/\n\s+at .*reference/);
  });
});

describe("input", () => {
  it("refuses an empty prompt and an empty standard input", async () => {
    expect(await inkstone(["run", "m.gguf", ""], { env: offline() })).toMatchObject({ code: 65, err: expect.stringMatching(/E_INPUT_EMPTY/) });
    expect(await inkstone(["run", "m.gguf"], { env: offline(), input: "\n" })).toMatchObject({
      code: 65,
      err: expect.stringMatching(/E_INPUT_EMPTY/),
    });
  });

  it("L10: caps standard input, with exit 65", async () => {
    const { code, err } = await inkstone(["run", "m.gguf"], { env: offline(), input: Buffer.alloc(17 << 20, 0x61) });
    expect([code, err]).toEqual([65, expect.stringMatching(/E_INPUT_SIZE.*16777216/)]);
  });

  it("refuses what is not UTF-8, with the byte, instead of guessing; a byte order mark is no part of a text", async () => {
    const latin = Buffer.from("caf\u00e9 noir", "latin1");
    const path = join(home, "latin.txt");
    await writeFile(path, latin);
    for (const args of [
      ["run", "m.gguf"],
      ["tokenize", "m.gguf", "-"],
      ["perplexity", "m.gguf", path],
    ])
      expect(await inkstone(args, { env: offline(), input: latin })).toMatchObject({
        code: 65,
        out: "",
        err: expect.stringMatching(/E_INPUT_ENCODING: .* byte 3\./),
      });
    // A sequence that is cut short looks, byte by byte, like the replacement character.
    const cut = await inkstone(["run", "m.gguf"], { env: offline(), input: Buffer.from([0x61, 0xef, 0xbf]) });
    expect(cut).toMatchObject({ code: 65, err: expect.stringMatching(/ byte 1\./) });
    const vocabulary = writeTinyLlama(join(home, "vocabulary.gguf"), { vocabularyOnly: true });
    const marked = await inkstone(["tokenize", vocabulary, "--json"], { input: "\ufeffHello" });
    expect(JSON.parse(marked.out).tokens).toEqual(["Hello"]);
  });

  it("names a text file that is not there, or is none", async () => {
    for (const path of [join(home, "none.txt"), home, "/dev/zero"])
      expect(await inkstone(["perplexity", "m.gguf", path], { env: offline() })).toMatchObject({
        code: 66,
        err: expect.stringMatching(/E_INPUT_MISSING/),
      });
    await writeFile(join(home, "empty.txt"), "");
    expect(await inkstone(["perplexity", "m.gguf", join(home, "empty.txt")], { env: offline() })).toMatchObject({
      code: 65,
      err: expect.stringMatching(/E_INPUT_EMPTY/),
    });
  });
});

describe("L03, L07, L12: output", () => {
  it("a disk that is full is exit 74, also for an answer of one line", async () => {
    const main = new URL("../../dist/cli/main.js", import.meta.url).pathname;
    for (const args of ["--help", "run --help", "--version"]) {
      const child = spawn("/bin/sh", ["-c", `"${process.execPath}" "${main}" ${args} > /dev/full`], { stdio: ["ignore", "ignore", "pipe"] });
      let err = "";
      child.stderr.on("data", (piece) => {
        err += piece;
      });
      const code = await new Promise((done) => child.on("close", done));
      expect([code, err], args).toEqual([74, expect.stringMatching(/^inkstone: E_OUTPUT: .*ENOSPC/)]);
    }
  });

  it("a reader that has seen enough is no error", async () => {
    const main = new URL("../../dist/cli/main.js", import.meta.url).pathname;
    const child = spawn("/bin/sh", ["-c", `"${process.execPath}" "${main}" run --help | head -c 1; exit 0`], { stdio: ["ignore", "pipe", "pipe"] });
    let err = "";
    child.stderr.on("data", (piece) => {
      err += piece;
    });
    await new Promise((done) => child.on("close", done));
    expect(err).toBe("");
  });

  it("escapes nothing into a pipe, and everything that drives a terminal", () => {
    expect(visible("a\u001b[31mred\u0007\u009b\u202e\r")).toBe("a\\u001b[31mred\\u0007\\u009b\\u202e\\u000d");
    expect(visible("ordinary\n\ttext 砚 \u{1F600}")).toBe("ordinary\n\ttext 砚 \u{1F600}");
  });

  it("no escape reaches a dumb or absent terminal", async () => {
    const { out, err } = await inkstone(["run", "--help"], { env: { LC_ALL: "C", TERM: "dumb", COLUMNS: "20" } });
    expect(out + err).not.toContain("\u001b");
  });
});
