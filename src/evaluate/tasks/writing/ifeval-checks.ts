// The 25 kinds of instructions of IFEval that a program can check (Zhou et al. 2023). Each says whether a text holds to it.
import { openLanguageDetector, sentTokenize, wordTokenize } from "../../../text/index.ts";

/** The particulars of an instruction, as the data set writes them. */
export type Particulars = Readonly<Record<string, unknown>>;
type Check = (text: string, wanted: Particulars) => boolean | Promise<boolean>;

const words = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
const related = (counted: number, relation: unknown, wanted: unknown): boolean =>
  relation === "less than" ? counted < Number(wanted) : counted >= Number(wanted);

// Parts between marks; those at the ends may be empty, one in the middle may not.
function parts(text: string, mark: RegExp): number | undefined {
  const found = text.split(mark).map((part) => part.trim());
  if (found.slice(1, -1).includes("")) return undefined;
  return found.filter((part) => part !== "").length;
}

async function isIn(text: string, language: unknown): Promise<boolean> {
  const detector = await openLanguageDetector();
  return detector.detect(text).language === language;
}

const wordCount = (text: string): number => count(text, /[\p{L}\p{N}_]+/gu);
const capitals = (text: string): number => wordTokenize(text).filter((word) => word === word.toUpperCase() && word !== word.toLowerCase()).length;
const isUpper = (text: string): boolean => text === text.toUpperCase() && text !== text.toLowerCase();
const isLower = (text: string): boolean => text === text.toLowerCase() && text !== text.toUpperCase();

function firstWord(text: string, wanted: Particulars): boolean {
  const paragraphs = text.split("\n\n");
  const filled = paragraphs.filter((paragraph) => paragraph.trim() !== "").length;
  const nth = paragraphs[Number(wanted.nth_paragraph) - 1]?.trim() ?? "";
  const word = /^['"]*([^\s.,?!'"]*)/.exec(nth)?.[1].toLowerCase() ?? "";
  return filled === Number(wanted.num_paragraphs) && word !== "" && word === String(wanted.first_word).toLowerCase();
}

function postscript(text: string, marker: string): boolean {
  const pattern = marker === "P.P.S" ? String.raw`p\.\s?p\.\s?s` : marker === "P.S." ? String.raw`p\.\s?s\.` : escaped(marker.toLowerCase());
  return new RegExp(String.raw`\s*${pattern}.*$`, "m").test(text.toLowerCase());
}

function highlights(text: string): number {
  const single = (text.match(/\*[^\n*]*\*/g) ?? []).filter((found) => found.replaceAll("*", "").trim() !== "");
  const double = (text.match(/\*\*[^\n*]*\*\*/g) ?? []).filter((found) => found.slice(2, -2).trim() !== "");
  return single.length + double.length;
}

function isJson(text: string): boolean {
  const bare = text
    .trim()
    .replace(/^```(?:json|Json|JSON)?/, "")
    .replace(/```$/, "")
    .trim();
  try {
    JSON.parse(bare);
    return true;
  } catch {
    return false;
  }
}

function twoResponses(text: string): boolean {
  const found = text.split("******");
  if (found.slice(1, -1).some((part) => part.trim() === "")) return false;
  const said = found.map((part) => part.trim()).filter((part) => part !== "");
  return said.length === 2 && said[0] !== said[1];
}

/** By the names that the data set gives them. */
export const instructionChecks: Readonly<Record<string, Check>> = {
  "keywords:existence": (text, { keywords }) => words(keywords).every((word) => text.toLowerCase().includes(word.toLowerCase())),
  "keywords:frequency": (text, { keyword, frequency, relation }) =>
    related(count(text, new RegExp(escaped(String(keyword)), "gi")), relation, frequency),
  "keywords:forbidden_words": (text, wanted) =>
    !words(wanted.forbidden_words).some((word) => new RegExp(String.raw`\b${escaped(word)}\b`, "i").test(text)),
  "keywords:letter_frequency": (text, wanted) =>
    related(
      [...text.toLowerCase()].filter((letter) => letter === String(wanted.letter).toLowerCase()).length,
      wanted.let_relation,
      wanted.let_frequency,
    ),
  "language:response_language": (text, { language }) => isIn(text, language),
  "length_constraints:number_sentences": (text, wanted) => related(sentTokenize(text).length, wanted.relation, wanted.num_sentences),
  "length_constraints:number_paragraphs": (text, wanted) => parts(text, /\s?\*\*\*\s?/) === Number(wanted.num_paragraphs),
  "length_constraints:number_words": (text, wanted) => related(wordCount(text), wanted.relation, wanted.num_words),
  "length_constraints:nth_paragraph_first_word": firstWord,
  "detectable_content:number_placeholders": (text, wanted) => count(text, /\[.*?\]/g) >= Number(wanted.num_placeholders),
  "detectable_content:postscript": (text, wanted) => postscript(text, String(wanted.postscript_marker)),
  "detectable_format:number_bullet_lists": (text, wanted) =>
    count(text, /^\s*\*[^*].*$/gm) + count(text, /^\s*-.*$/gm) === Number(wanted.num_bullets),
  "detectable_format:constrained_response": (text) => /My answer is (?:yes|no|maybe)\./.test(text),
  "detectable_format:number_highlighted_sections": (text, wanted) => highlights(text) >= Number(wanted.num_highlights),
  "detectable_format:multiple_sections": (text, wanted) =>
    text.split(new RegExp(String.raw`\s?${escaped(String(wanted.section_spliter))}\s?\d+\s?`)).length - 1 >= Number(wanted.num_sections),
  "detectable_format:json_format": isJson,
  "detectable_format:title": (text) => (text.match(/<<[^\n]+>>/g) ?? []).some((title) => title.replace(/^<+|>+$/g, "").trim() !== ""),
  "combination:two_responses": twoResponses,
  "combination:repeat_prompt": (text, wanted) => text.trim().toLowerCase().startsWith(String(wanted.prompt_to_repeat).trim().toLowerCase()),
  "startend:end_checker": (text, wanted) =>
    text
      .trim()
      .replace(/^"+|"+$/g, "")
      .toLowerCase()
      .endsWith(String(wanted.end_phrase).trim().toLowerCase()),
  "startend:quotation": (text) => text.trim().length > 1 && text.trim().startsWith('"') && text.trim().endsWith('"'),
  "change_case:capital_word_frequency": (text, wanted) => related(capitals(text), wanted.capital_relation, wanted.capital_frequency),
  "change_case:english_capital": async (text) => isUpper(text) && (await isIn(text, "en")),
  "change_case:english_lowercase": async (text) => isLower(text) && (await isIn(text, "en")),
  "punctuation:no_comma": (text) => !text.includes(","),
};
