// The glossary's column of words that are not used, held against every Chinese sentence that a reader meets: errors, the command line, the page, README, lessons, examples.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorCatalogue } from "#core";

const root = new URL("../../", import.meta.url).pathname;
const read = (path: string) => readFileSync(join(root, path), "utf8");
const filesIn = (folder: string, name: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).flatMap((path) => (name.test(path) ? [join(folder, path)] : []));

// Words of the column that are right elsewhere: as part of another term, or in another sense.
const right: Readonly<Record<string, RegExp>> = {
  提示: /提示词|提示：|错误提示|提示信息/g,
  系统提示: /系统提示词/g,
  标记: /标记语言|标记集/g,
  你: /你好|你们|\/[^/\n]*你[^/\n]*\//g,
  文字: /转写为文字|改写(?:下面|后)的文字|这段文字|所需文字/g,
  令牌: /访问令牌/g,
  目录: /目录结构/g,
};

/** The column, as { word: the row that forbids it }. */
function forbidden(): Map<string, string> {
  const rows = read("docs/glossary.md").matchAll(/^\| (.+?) \| (.+?) \| (.+?) \|$/gm);
  const found = new Map<string, string>();
  for (const [, english, chinese, not] of rows) {
    if (english === "English" || english.startsWith("---")) continue;
    for (const word of not.split(/[、，]/).map((one) => one.trim())) if (word !== "") found.set(word, `${english}: ${chinese}`);
  }
  return found;
}

// The Chinese sentences of a source file: what stands behind `zh:`, or second in a call that takes both languages.
function chineseOf(source: string): string[] {
  const strings = source
    .replace(/^\s*(?:\/\/|\*|\/\*\*).*$/gm, "")
    .matchAll(/(?<=\bzh: ?)(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)/g);
  return Array.from(strings, ([text]) => text).filter((text) => /\p{Script=Han}/u.test(text));
}

// The page keeps its words in objects of one language each.
const pageWords = (source: string): string[] =>
  Array.from(source.matchAll(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g), ([text]) => text).filter((text) => /\p{Script=Han}/u.test(text));

const prose = (text: string): string[] => text.replace(/```[\s\S]*?```/g, "").split("\n");

function sentences(): [place: string, text: string][] {
  const of = (path: string, texts: readonly string[]): [string, string][] => texts.map((text) => [path, text]);
  const hints = ({ hint }: (typeof errorCatalogue)["E_OPTION"]["zh"]) => (typeof hint === "string" ? [hint] : Object.values(hint));
  return [
    ...Object.entries(errorCatalogue).flatMap(([code, { zh }]) => of(code, [zh.message, ...hints(zh)])),
    ...filesIn("src", /\.ts$/).flatMap((path) => of(path, chineseOf(read(path)))),
    ...filesIn("studio/src", /(?:words|i18n[^/]*|text)\.ts$/).flatMap((path) => of(path, pageWords(read(path)))),
    ...["README.zh.md", ...filesIn("docs", /\.zh\.md$/)].flatMap((path) => of(path, prose(read(path)))),
  ];
}

const words = forbidden();
const all = sentences();

describe("docs/glossary.md", () => {
  it("is read, and so are the sentences", () => {
    expect(words.get("归档")).toBe("archive (zip): 压缩包");
    expect(words.size).toBeGreaterThan(15);
    expect(all.length).toBeGreaterThan(1500);
  });

  it.each([...words])("“%s” is written nowhere (%s)", (word) => {
    const found = all.filter(([, text]) => text.replace(right[word] ?? /$^/g, "").includes(word));
    expect(found).toEqual([]);
  });
});

describe("facts of errors that are the same in every language", () => {
  it("are names, not sentences in one of them", () => {
    const fact =
      /\b(?:allowed|expected|why|reason|problems|what|kind|operand): \[(?<names>(?:"[^"\n]*"|'[^'\n]*'|`[^`\n]*`)(?:, *(?:"[^"\n]*"|'[^'\n]*'|`[^`\n]*`))*)\]/g;
    const prose = filesIn("src", /\.ts$/).flatMap((path) =>
      Array.from(read(path).matchAll(fact), ({ groups }) => `${path}: ${groups?.["names"]}`).filter((found) =>
        /[a-z]{2,} [a-z]{2,} [a-z]{2,}/.test(found),
      ),
    );
    expect(prose).toEqual([]);
  });
});

describe("Chinese sentences", () => {
  it("have marks of full width between Chinese characters", () => {
    const wrong = all.filter(([, text]) =>
      /\p{Script=Han}(?:[,;:!?] |[;!?])\p{Script=Han}|\p{Script=Han} ?\([^)]*\p{Script=Han}[^)]*\)|[，。：；！？] \p{Script=Han}/u.test(
        text.replace(/\[[^\]]*\]/g, ""),
      ),
    );
    expect(wrong).toEqual([]);
  });
});
