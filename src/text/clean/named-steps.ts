// Steps by name, as the command line writes them: "nfkc", "urls:<url>", "language:en+zh", "near-duplicates:0.9".
import { InkstoneError, type Words } from "../../core/index.ts";
import { controls, fullWidth, halfWidth, zeroWidth } from "./characters.ts";
import { simplified, type TraditionalVariant, traditional } from "./chinese-variant.ts";
import { duplicates } from "./duplicates.ts";
import { html } from "./html.ts";
import { language } from "./language.ts";
import { nearDuplicates } from "./near-duplicates.ts";
import { normalForm } from "./normal-form.ts";
import { lowerCase, nonEmpty, quotes, repeats, whitespace } from "./spacing.ts";
import type { CleanStep } from "./step.ts";
import { emails, emoji, hashtags, mentions, urls } from "./web.ts";

/** A step of the list. */
export interface NamedStep {
  readonly summary: Words;
  /** What may stand behind the colon; none: nothing. */
  readonly argument?: string;
  make(argument: string | undefined): CleanStep;
}

const step = (en: string, zh: string, make: () => CleanStep): NamedStep => ({ summary: { en, zh }, make });
const withArgument = (argument: string, en: string, zh: string, make: (argument: string | undefined) => CleanStep): NamedStep => ({
  argument,
  summary: { en, zh },
  make,
});

// One of a few words.
function choice<T extends string>(given: string | undefined, known: readonly T[], fallback: T): T {
  if (given === undefined) return fallback;
  if (!(known as readonly string[]).includes(given)) throw new InkstoneError("E_OPTION", { option: "steps", value: given, allowed: known });
  return given as T;
}

/** All named steps, in the order in which they mostly make sense. */
export const namedSteps: Readonly<Record<string, NamedStep>> = {
  html: step("HTML to text", "HTML 转文本", html),
  nfc: step("Unicode form NFC (composed)", "Unicode 规范形式 NFC", () => normalForm("NFC")),
  nfd: step("Unicode form NFD (decomposed)", "Unicode 规范形式 NFD", () => normalForm("NFD")),
  nfkc: step("Unicode form NFKC (compatible, composed)", "Unicode 规范形式 NFKC", () => normalForm("NFKC")),
  nfkd: step("Unicode form NFKD (compatible, decomposed)", "Unicode 规范形式 NFKD", () => normalForm("NFKD")),
  controls: step("control characters and lone surrogates out", "去除控制字符与孤立代理项", controls),
  "zero-width": step("characters without width out", "去除零宽字符", zeroWidth),
  urls: withArgument("TEXT", "web addresses out, or replaced by TEXT", "去除网址，或替换为 TEXT", (replacement) => urls({ replacement })),
  emails: withArgument("TEXT", "mail addresses out, or replaced", "去除邮箱地址，或替换", (replacement) => emails({ replacement })),
  mentions: withArgument("TEXT", "@mentions out, or replaced", "去除 @提及，或替换", (replacement) => mentions({ replacement })),
  hashtags: withArgument("word|TEXT", "#hashtags out, only the sign out, or replaced", "去除 #话题，仅去符号，或替换", (given) =>
    hashtags(given === "word" ? { keepWord: true } : { replacement: given }),
  ),
  emoji: withArgument("remove|name|keep", "emoji out, by name, or only counted", "去除表情、换为名称，或仅计数", (mode) =>
    emoji(choice<"remove" | "name" | "keep">(mode, ["remove", "name", "keep"], "remove")),
  ),
  "half-width": withArgument("letters", "full width to half width (letters: only those)", "全角转半角（letters：仅字母和数字）", (only) =>
    halfWidth({ punctuation: choice(only, ["letters", "all"], "all") === "all" }),
  ),
  "full-width": withArgument("letters", "half width to full width (letters: only those)", "半角转全角（letters：仅字母和数字）", (only) =>
    fullWidth({ punctuation: choice(only, ["letters", "all"], "all") === "all" }),
  ),
  simplified: withArgument("t|tw|twp|hk", "traditional to simplified Chinese", "繁体转简体", (from) =>
    simplified(choice<TraditionalVariant>(from, ["t", "tw", "twp", "hk"], "t")),
  ),
  traditional: withArgument("t|tw|twp|hk", "simplified to traditional Chinese", "简体转繁体", (to) =>
    traditional(choice<TraditionalVariant>(to, ["t", "tw", "twp", "hk"], "t")),
  ),
  quotes: step("quotes, dashes and … to ASCII", "引号、破折号、省略号转 ASCII", quotes),
  repeats: step("repeated letters and marks cut", "压缩重复的字母和标点", () => repeats()),
  whitespace: withArgument("join", "white space in order; join: on one line", "整理空白；join：合为一行", (lines) =>
    whitespace({ lines: choice<"keep" | "join">(lines, ["keep", "join"], "keep") }),
  ),
  lower: step("lower case", "转小写", lowerCase),
  "non-empty": step("texts without anything but white space dropped", "丢弃仅含空白的文本", nonEmpty),
  language: withArgument("en+zh", "texts in other languages dropped", "丢弃其他语言的文本", (codes) => language({ keep: codes?.split("+") ?? [] })),
  duplicates: step("exact duplicates dropped", "丢弃完全重复的文本", () => duplicates()),
  "near-duplicates": withArgument("0.8", "near duplicates dropped, by Jaccard similarity", "按 Jaccard 相似度丢弃近似重复", (threshold) =>
    nearDuplicates(threshold === undefined ? {} : { threshold: shareOf(threshold) }),
  ),
};

/**
 * A step by its name and argument.
 *
 * Errors: E_OPTION for a name that is not in the list (which the error names), an argument where there is none, or a wrong one.
 *
 * @example
 * cleanText("see http://a.b", [namedStep("urls:<url>")]); // "see <url>"
 * namedStep("upper"); // throws E_OPTION
 */
export function namedStep(text: string): CleanStep {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  const argument = colon < 0 ? undefined : text.slice(colon + 1);
  const found = Object.hasOwn(namedSteps, name) ? namedSteps[name] : undefined;
  if (found === undefined) throw new InkstoneError("E_OPTION", { option: "steps", value: text, allowed: Object.keys(namedSteps) });
  if (argument !== undefined && found.argument === undefined) throw new InkstoneError("E_OPTION", { option: "steps", value: text, allowed: [name] });
  return found.make(argument);
}

function shareOf(text: string): number {
  const share = Number(text);
  if (share > 0 && share <= 1) return share;
  throw new InkstoneError("E_OPTION", { option: "near-duplicates", value: text, allowed: { en: "above 0 and at most 1", zh: "大于 0 且不超过 1" } });
}
