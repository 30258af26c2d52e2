// Token patterns as Python writes them, for JavaScript: \w, \d, \s and \b know every script. Knows no texts.
import { InkstoneError, type Phrase } from "../../core/index.ts";

/** The pattern of scikit-learn: words of two and more characters. */
export const DEFAULT_PATTERN = "(?u)\\b\\w\\w+\\b";

const WORD = "\\p{L}\\p{N}_";
const inClass: Readonly<Record<string, string>> = { w: WORD, d: "\\p{Nd}", s: "\\s\\x1c-\\x1f\\x85" };
const outside: Readonly<Record<string, string>> = {
  w: `[${WORD}]`,
  W: `[^${WORD}]`,
  d: "\\p{Nd}",
  D: "\\P{Nd}",
  s: "[\\s\\x1c-\\x1f\\x85]",
  S: "[^\\s\\x1c-\\x1f\\x85]",
  b: `(?:(?<![${WORD}])(?=[${WORD}])|(?<=[${WORD}])(?![${WORD}]))`,
  B: `(?:(?<![${WORD}])(?![${WORD}])|(?<=[${WORD}])(?=[${WORD}]))`,
};

/** Characters of the shortest token of a pattern that the native scanner knows; undefined for any other. */
export function shortestOf(pattern: string | RegExp): number | undefined {
  if (typeof pattern !== "string") return undefined;
  const bare = pattern.replace("(?u)", "");
  return bare === "\\b\\w\\w+\\b" ? 2 : bare === "\\b\\w+\\b" ? 1 : undefined;
}

/**
 * A pattern as a function that finds the tokens of a text.
 *
 * Errors: `E_OPTION` for a pattern that cannot be read, or one with several groups.
 */
export function tokensByPattern(pattern: string | RegExp): (text: string) => string[] {
  const compiled = compile(pattern);
  const groups = new RegExp(`${compiled.source}|`, compiled.flags).exec("")?.length ?? 1;
  if (groups > 2) throw misfit(pattern, { en: "at most one group", zh: "至多一个分组" });
  return (text) => Array.from(text.matchAll(compiled), (match) => match[groups - 1] ?? "");
}

function compile(pattern: string | RegExp): RegExp {
  if (typeof pattern !== "string") return new RegExp(pattern.source, [...new Set(`${pattern.flags.replace("y", "")}g`)].join(""));
  try {
    return new RegExp(translated(pattern.replace("(?u)", "")), "gu");
  } catch {
    throw misfit(pattern, { en: "a regular expression", zh: "正则表达式" });
  }
}

function misfit(pattern: string | RegExp, allowed: Phrase): InkstoneError {
  return new InkstoneError("E_OPTION", { option: "tokenPattern", value: String(pattern), allowed });
}

function translated(pattern: string): string {
  let text = "";
  let isClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i];
    if (character === "\\") {
      const next = pattern[++i] ?? "";
      text += (isClass ? inClass : outside)[next] ?? `\\${next}`;
      continue;
    }
    if (character === "[") isClass = true;
    if (character === "]") isClass = false;
    text += character;
  }
  return text;
}
