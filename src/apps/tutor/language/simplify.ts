// A text in simpler words and shorter sentences: words by a list, brackets and clauses that are no part of the matter. Rules; what is changed is said. No model.
import type { Language } from "../../../core/index.ts";
import { sentenceSpans } from "../../../text/index.ts";
import { simplerChinese, simplerEnglish } from "./words.ts";

/** Levels of a reader: A few words, B everyday ones, C most. */
export const readingLevels = ["A", "B", "C"] as const;

/** A level of a reader. */
export type ReadingLevel = (typeof readingLevels)[number];

/** A text that was simplified. */
export interface SimplifiedText {
  readonly text: string;
  /** What stood there and what stands there now. */
  readonly changes: readonly { readonly from: string; readonly to: string; readonly rule: "word" | "bracket" | "clause" | "split" }[];
}

type Change = SimplifiedText["changes"][number];

/**
 * Simplifies a text to a level: C replaces rare words, B also takes brackets out and cuts sentences in two at semicolons and at "and" or "but" with a subject of its own, A also takes
 * clauses between commas out. Numbers and names stay.
 *
 * @example
 * simplifyText("We utilise numerous tools; they facilitate work.", "B").text; // "We use many tools. They help work."
 */
export function simplifyText(
  text: string,
  level: ReadingLevel = "B",
  language: Language = /\p{Script=Han}/u.test(text) ? "zh" : "en",
): SimplifiedText {
  const changes: Change[] = [];
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: sentence } of sentenceSpans(text)) {
    parts.push(text.slice(at, start), simpler(sentence, level, language, changes));
    at = end;
  }
  return { text: [...parts, text.slice(at)].join(""), changes };
}

function simpler(sentence: string, level: ReadingLevel, language: Language, changes: Change[]): string {
  let now = replaced(sentence, language, changes);
  if (level === "C") return now;
  now = now.replace(language === "zh" ? /（[^（）\d]{1,40}）/g : / \((?![^)]*\d)[^()]{1,80}\)/g, (from) => {
    changes.push({ from, to: "", rule: "bracket" });
    return "";
  });
  if (level === "A" && language === "en")
    now = now.replace(/, (?:which|who|where|whose) [^,.;]{4,80},(?= [a-z])/g, (from) => {
      changes.push({ from, to: "", rule: "clause" });
      return "";
    });
  return language === "zh" ? cutChinese(now, changes) : cutEnglish(now, changes);
}

function replaced(sentence: string, language: Language, changes: Change[]): string {
  const told = (from: string, to: string): string => {
    changes.push({ from, to, rule: "word" });
    return to;
  };
  if (language === "zh") return sentence.replace(chinesePattern, (from) => told(from, simplerChinese[from]));
  return sentence.replace(englishPattern, (from, word: string, ending: string | undefined) => {
    const to = simplerEnglish[word.toLowerCase()];
    if (to === undefined) return from;
    const formed = withEnding(to, word.toLowerCase(), ending ?? "");
    return told(from, /^\p{Lu}/u.test(from) ? formed[0].toUpperCase() + formed.slice(1) : formed);
  });
}

const longestFirst = (words: readonly string[]): string => [...words].sort((a, b) => b.length - a.length).join("|");
const chinesePattern = new RegExp(longestFirst(Object.keys(simplerChinese)), "g");
const englishPattern = new RegExp(
  `\\b(${longestFirst(Object.keys(simplerEnglish).flatMap((word) => (word.endsWith("e") ? [word, word.slice(0, -1)] : word.endsWith("y") ? [word, word.slice(0, -1)] : [word])))})(s|es|d|ed|ing|ies|ied)?\\b`,
  "gi",
);

const past: Readonly<Record<string, string>> = {
  get: "got",
  make: "made",
  give: "gave",
  begin: "began",
  find: "found",
  show: "showed",
  buy: "bought",
  think: "thought",
  keep: "kept",
  leave: "left",
  build: "built",
  send: "sent",
  say: "said",
  see: "saw",
  let: "let",
  put: "put",
  set: "set",
  cut: "cut",
  tell: "told",
  need: "needed",
  help: "helped",
  "set up": "set up",
  "carry out": "carried out",
  "give up": "gave up",
  "take part": "took part",
  go: "went",
  know: "knew",
  meet: "met",
  "take apart": "took apart",
  hide: "hid",
  speed: "sped",
  choose: "chose",
  win: "won",
  hold: "held",
  feel: "felt",
};

function withEnding(to: string, word: string, ending: string): string {
  if (ending === "" && simplerEnglish[word] !== undefined) return to;
  const [first, ...rest] = to.split(" ");
  const tail = rest.length > 0 ? ` ${rest.join(" ")}` : "";
  if (ending === "s" || ending === "es" || ending === "ies")
    return `${/(?:s|sh|ch|x)$/.test(first) ? `${first}es` : /[^aeiou]y$/.test(first) ? `${first.slice(0, -1)}ies` : `${first}s`}${tail}`;
  if (ending === "ing")
    return `${/[^aeiou]e$/.test(first) && first.length > 2 ? first.slice(0, -1) : /^(?:get|begin|let|put|set|cut|stop|win)$/.test(first) ? first + first.at(-1) : first}ing${tail}`;
  if (ending === "ed" || ending === "d" || ending === "ied")
    return (
      past[to] ??
      (past[first] === undefined
        ? `${first.endsWith("e") ? `${first}d` : /[^aeiou]y$/.test(first) ? `${first.slice(0, -1)}ied` : /^(?:stop|plan)$/.test(first) ? `${first}${first.at(-1)}ed` : `${first}ed`}${tail}`
        : past[first] + tail)
    );
  return to;
}

const capital = (text: string): string => text.replace(/^\s*\p{Ll}/u, (letter) => letter.toUpperCase());

function cutEnglish(sentence: string, changes: Change[]): string {
  if (sentence.split(/\s+/).length < 6) return sentence;
  const cut = sentence.replace(
    /;\s+(?=\w)|, (?:and|but|so) (?=(?:he|she|it|they|we|I|you|this|these|the \w+|[A-Z][a-z]+) (?:is|are|was|were|has|have|had|will|can|could|would|did|does|do|also|\w+ed|\w+s)\b)/g,
    (from) => {
      const word = /but/.test(from) ? "But " : /so/.test(from) ? "So " : "";
      changes.push({ from, to: `. ${word}`, rule: "split" });
      return `. ${word === "" ? "\ue000" : word}`;
    },
  );
  return cut
    .replace(/\. \ue000(\p{L})/gu, (_, letter: string) => `. ${letter.toUpperCase()}`)
    .split(/(?<=[.!?]) (?=\p{Ll})/u)
    .map((one, i) => (i === 0 ? one : capital(one)))
    .join(" ");
}

function cutChinese(sentence: string, changes: Change[]): string {
  if (sentence.length < 24) return sentence;
  return sentence.replace(/；/g, (from) => {
    changes.push({ from, to: "。", rule: "split" });
    return "。";
  });
}
