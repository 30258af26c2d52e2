// The catalogue of errors as a whole: both languages, the same facts, known exit codes and statuses, and its page in docs/.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type ErrorCode, type ErrorWords, errorCatalogue, InkstoneError } from "#core";

const exits = [64, 65, 66, 70, 73, 74, 75, 78, 130, 143];
const statuses = [400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 431, 499, 500, 501, 503, 507];
const entries = Object.entries(errorCatalogue);

const surfaces = ["cli", "http", "library"] as const;
const hintsOf = ({ hint }: ErrorWords): string[] => (typeof hint === "string" ? [hint] : surfaces.map((surface) => hint[surface]));
const facts = (words: ErrorWords): string[] =>
  [...new Set([...`${words.message} ${hintsOf(words).join(" ")}`.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort();

describe("every error", () => {
  it("has words in both languages, the Chinese ones in Chinese", () => {
    for (const [code, { en, zh }] of entries) {
      for (const words of [en.message, ...hintsOf(en), zh.message, ...hintsOf(zh)]) expect(words.trim(), code).not.toBe("");
      expect([en.message, ...hintsOf(en)].join(" "), code).not.toMatch(/\p{Script=Han}/u);
      for (const words of hintsOf(zh)) expect(words, code).toMatch(/\p{Script=Han}|\{\w+\}/u);
    }
  });

  it("tells the same facts in both languages", () => {
    for (const [code, { en, zh }] of entries) expect({ code, facts: facts(zh) }).toEqual({ code, facts: facts(en) });
  });

  it("names flags and verbs of the terminal nowhere but there, and calls of the library not over HTTP", () => {
    for (const [code, { en, zh }] of entries)
      for (const { hint } of [en, zh]) {
        const at = (surface: (typeof surfaces)[number]) => (typeof hint === "string" ? hint : hint[surface]);
        for (const surface of ["http", "library"] as const) expect(at(surface), `${code}, ${surface}`).not.toMatch(/(?<![\w-])--[a-z]/);
        expect(at("http"), code).not.toMatch(/LanguageModel|executor:|\bmaxTokens\b|tokenBudget/);
      }
  });

  it("has an exit code, a status and a type of the contract", () => {
    for (const [code, { exit, status, type }] of entries) {
      expect(code).toMatch(/^E_[A-Z0-9_]+$/);
      expect(exits, code).toContain(exit);
      expect(statuses, code).toContain(status);
      expect(type, code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    }
  });

  it("has its place in docs/errors.md, as `node tools/gen-errors.mjs` writes it", async () => {
    const { errorsPage } = (await import(new URL("../../tools/gen-errors.mjs", import.meta.url).href)) as { errorsPage(): string };
    const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
    expect(page === errorsPage(), "docs/errors.md is stale: run node tools/gen-errors.mjs").toBe(true);
  });
});

describe("InkstoneError", () => {
  it("shows facts from hostile files escaped and cut", () => {
    const error = new InkstoneError("E_FORMAT_MISSING", { field: `\u001b[31m\u202e${"x".repeat(2000)}` });
    expect(error.message).toMatch(/\\u001b\[31m\\u202ex+…/);
    expect(error.message.length).toBeLessThan(600);
  });

  it("gives facts that have words of their own in the language that is asked for", () => {
    const error = new InkstoneError("E_FORMAT_UNREADABLE", { file: "m", why: { en: "permission denied", zh: "没有权限" } });
    expect(error.describe("en").message).toBe('"m" cannot be read: permission denied.');
    expect(error.describe("zh").message).toBe("无法读取“m”：没有权限。");
  });

  it("gives names in a row as each language writes them", () => {
    const error = new InkstoneError("E_OPTION", { option: "method", value: "x", allowed: ["percentile", "bca"] });
    expect(error.message).toBe('The option "method" cannot be x; allowed: percentile, bca.');
    expect(error.describe("zh").message).toBe("选项“method”不能为 x；允许：percentile、bca。");
  });

  it("gives the hint that helps where it is read", () => {
    const error = new InkstoneError("E_IO_EXISTS", { file: "m.json" });
    expect(error.describe("en", "cli").hint).toBe("Give --force to replace it, or choose another name.");
    expect(error.describe("zh", "http").hint).toBe("请先删除它，或另选文件名。");
    expect(error.hint).toBe(error.describe("en", "library").hint);
  });

  it("writes a space between Chinese and Latin characters, and none between Chinese ones, whatever a fact is", () => {
    const about = (what: { en: string; zh: string } | string[]) => new InkstoneError("E_INPUT_EMPTY", { what }).describe("zh").message;
    expect([about(["a.txt"]), about({ en: "the input", zh: "标准输入" })]).toEqual(["a.txt 为空。", "标准输入为空。"]);
    const cancelled = new InkstoneError("E_CANCELLED", { what: { en: "The fit", zh: "拟合" } });
    expect(cancelled.describe("zh").message).toBe("拟合已取消。");
    const shape = new InkstoneError("E_SHAPE", { operation: { en: 'Layer "a"', zh: "层“a”" }, expected: { en: "a matrix", zh: "矩阵" }, got: [2] });
    expect(shape.describe("zh").message).toBe("层“a”需要矩阵，实际为 [2]。");
  });

  it("crosses a boundary as plain data, with bigints too, and comes back the same", () => {
    const error = new InkstoneError("E_FORMAT_LIMIT", { field: "n_kv", offset: 16, value: 2n ** 64n - 1n, limit: 65_536 });
    const back = InkstoneError.from(structuredClone(error.toJSON()) as { code: ErrorCode; parameters: never });
    expect(back.message).toBe("n_kv at byte 16 is 18446744073709551615; the limit is 65536.");
    expect([back.code, back.exit, back.status, back.hint]).toEqual([error.code, error.exit, error.status, error.hint]);
  });
});
