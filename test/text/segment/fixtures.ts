// Right answers of NLTK and jieba, and the shared data sets where they are at hand.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../support/processes.ts";

/** A fixture of test/parity/fixtures. */
export const fixture = <T>(name: string): T => JSON.parse(readFileSync(join(root, "test/parity/fixtures", name), "utf8")) as T;

const data = join(root, "../shared/data");

/** Whether the shared data sets are at hand. */
export const hasData: boolean = existsSync(data);

const kept = new Map<string, string[]>();

/** The lines of a data set. */
export function dataLines(name: string): string[] {
  const lines = kept.get(name) ?? readFileSync(join(data, name), "utf8").split("\n");
  kept.set(name, lines);
  return lines;
}

/** How the fixtures keep the answer to a text that they may not hold. */
export const digest = (tokens: readonly string[]): string => createHash("sha256").update(tokens.join("\0")).digest("hex").slice(0, 16);

/** Texts that are hard on tokenizers: emoji of several parts, combining marks, lone surrogates, both languages, odd white space. */
export const hardTexts: readonly string[] = [
  "",
  " ",
  "👨‍👩‍👧👍🏽 it's 我爱😀北京。“真的？”她问… Dr. Who's \"x\"",
  "\ud800\udc00\ud800 a\udc00b\ud83d",
  "e\u0301\u0301 n\u0303ó \u200bzero\u200dwidth\ufeff",
  "a\r\nb\u2028c\u2029d\u0085e\x1cf\u3000g",
  "''``\"\"'' ``\"'\" '\"'",
  "3.14, 1,000: x:y 10:30 -- --- ‒–—― ... …… .. ?! ！？",
];
