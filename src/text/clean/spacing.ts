// White space, quotes and dashes, repeated characters, case. Knows no language.
import { refuseUnknown } from "../../core/index.ts";
import { type CleanStep, plainStep, replaced, replacingStep } from "./step.ts";

/**
 * One space for a run of spaces and tabs (of any kind), one \n for each line break, at most one empty line in a row, nothing at the two ends. With `lines: "join"` line
 * breaks become spaces too. One change for each run that became something else.
 *
 * @example
 * cleanText("  a \t b\r\n\r\n\r\nc\u3000d ", [whitespace()]); // "a b\n\nc d"
 */
export function whitespace({ lines = "keep" }: { readonly lines?: "keep" | "join" } = {}): CleanStep {
  return plainStep(lines === "join" ? "whitespace:join" : "whitespace", (text) => {
    let changes = 0;
    // A run of white space is looked at whole, so a long one is read once.
    const result = text.replace(/[\s\u0085]+/g, (run: string, at: number) => {
      const inner = at > 0 && at + run.length < text.length;
      const breaks = lines === "join" ? 0 : Math.min(2, run.replaceAll("\r\n", "\n").match(/[\n\r\u0085\u2028\u2029]/g)?.length ?? 0);
      const to = inner ? (breaks > 0 ? "\n".repeat(breaks) : " ") : "";
      if (to !== run) changes++;
      return to;
    });
    return { text: result, changes };
  });
}

const plainMarks: ReadonlyMap<string, string> = new Map([
  ...[..."“”„‟«»〝〞＂″"].map((mark) => [mark, '"'] as const),
  ...[..."‘’‚‛‹›＇′´"].map((mark) => [mark, "'"] as const),
  ...[..."‐‑‒–—―−﹣－"].map((mark) => [mark, "-"] as const),
  ["…", "..."],
]);
const marks = new RegExp(`[${[...plainMarks.keys()].join("")}]`, "g");

/**
 * Quotes, apostrophes, dashes and … to their ASCII forms. Chinese uses “” and —— too, and they change as well. One change a character.
 *
 * @example
 * cleanText("“It’s” — fine…", [quotes()]); // "\"It's\" - fine..."
 */
export function quotes(): CleanStep {
  return replacingStep("quotes", marks, (mark) => plainMarks.get(mark)!);
}

/** How many of the same are kept. */
export interface RepeatOptions {
  /** Of the same letter in a row (default 2; a run of 3 or more is cut, of capital letters one of 4 or more: AAA and VIII are words). */
  readonly letters?: number;
  /** Of the same mark in a row (default 1); "..." and "……" stay, and two of the marks that join or begin words: --flag, a__b. */
  readonly marks?: number;
}

/**
 * Cuts what is repeated for stress: "soooo" to "soo", "哈哈哈哈" to "哈哈", "!!!!" to "!", "......" to "...". Digits stay. One change a run.
 *
 * @example
 * cleanText("Soooo good!!!! 哈哈哈哈哈……", [repeats()]); // "Soo good! 哈哈……"
 */
export function repeats(options: RepeatOptions = {}): CleanStep {
  refuseUnknown<RepeatOptions>("repeats", options, { letters: true, marks: true });
  const { letters = 2, marks: kept = 1 } = options;
  return plainStep("repeats", (text) => {
    const first = replaced(text, /(?<!\p{L})www(?=\.)|(\p{Lu})\1{3,}|(?!\p{Lu})(\p{L})\2{2,}/gu, (run, capital, small) => {
      const letter = capital ?? small;
      return letter === undefined ? run : letter.repeat(Math.min(letters, run.length / letter.length));
    });
    const second = replaced(first.text!, /([!?！？。，,;；：、])\1+|([:~～*=_#-])\2{2,}/g, (run) => run[0].repeat(Math.min(kept, run.length)));
    const third = replaced(second.text!, /\.{4,}|…{3,}/g, (run) => (run[0] === "." ? "..." : "……"));
    return { text: third.text, changes: first.changes + second.changes + third.changes };
  });
}

/**
 * Lower case by Unicode's rules, no language's. One change a letter.
 *
 * @example
 * cleanText("Ink AND Ö", [lowerCase()]); // "ink and ö"
 */
export function lowerCase(): CleanStep {
  return plainStep("lower", (text) => {
    const result = text.toLowerCase();
    return { text: result, changes: result === text ? 0 : (text.match(/[\p{Lu}\p{Lt}]/gu)?.length ?? 1) };
  });
}

/**
 * Drops texts in which nothing but white space is left. One change a dropped text.
 *
 * @example
 * cleanTexts(["ink", " ", "😀"], [emoji(), nonEmpty()]); // ["ink"]
 */
export function nonEmpty(): CleanStep {
  return plainStep("non-empty", (text) => (text.trim() === "" ? { text: undefined, changes: 1 } : { text, changes: 0 }));
}
