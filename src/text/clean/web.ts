// What the web leaves in texts: addresses of pages and mail, mentions, hashtags, emoji.
import { requireJson } from "../peer.ts";
import { type Cleaner, type CleanStep, replaced, replacingStep } from "./step.ts";

/** What stands in for what is taken out. */
export interface Replacement {
  /** Default "": nothing. */
  readonly replacement?: string;
}

const url =
  /(?<![A-Za-z0-9])(?:(?:https?|ftp):\/\/|www\.)[^\s<>"'`“”‘’\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff5e]{1,4096}/giu;
const trailing = /[.,;:!?…)\]}]+$/;

/**
 * Takes out addresses of web pages (http, https, ftp, www.), not the punctuation behind them. An address ends before a Chinese, Japanese or Korean character. One change an
 * address.
 *
 * @example
 * cleanText("See https://example.com/a?b=1, 或www.example.cn。", [urls({ replacement: "<url>" })]); // "See <url>, 或<url>。"
 */
export function urls({ replacement = "" }: Replacement = {}): CleanStep {
  return replacingStep("urls", url, (match) => {
    const end = trailing.exec(match.slice(-64))?.[0] ?? "";
    const balanced = end.startsWith(")") && match.includes("(") ? end.slice(1) : end;
    return replacement + balanced;
  });
}

/**
 * Takes out addresses of mail. One change an address.
 *
 * @example
 * cleanText("Write to li.wei@example.com now", [emails({ replacement: "<email>" })]); // "Write to <email> now"
 */
export function emails({ replacement = "" }: Replacement = {}): CleanStep {
  return replacingStep("emails", /(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?![\w-])/gi, replacement);
}

/**
 * Takes out mentions: @name, as on X, Weibo and elsewhere. Also behind // (a repost on Weibo). One change a mention; addresses of mail and paths (a/@b) stay.
 *
 * @example
 * cleanText("@li_wei 你好，a@b.cn", [mentions()]); // " 你好，a@b.cn"
 */
export function mentions({ replacement = "" }: Replacement = {}): CleanStep {
  return replacingStep("mentions", /(?<![\w.+@-]|(?<!\/)\/|:\/\/)[@＠](?=[\p{L}\p{N}_])[\p{L}\p{N}\p{M}_-]{1,64}/gu, replacement);
}

/** What becomes of hashtags. */
export interface HashtagOptions extends Replacement {
  /** Keep the word and drop the sign (default false). */
  readonly keepWord?: boolean;
}

/**
 * Takes out hashtags: #word, and #话题# as on Weibo. A number behind the sign (#1) is none. One change a hashtag.
 *
 * @example
 * cleanText("#ink is #1 #写字#", [hashtags({ keepWord: true })]); // "ink is #1 写字"
 */
export function hashtags({ replacement = "", keepWord = false }: HashtagOptions = {}): CleanStep {
  const pattern = /(?<![\p{L}\p{N}_&/#])[#＃](?:([^\s#＃]{1,64}?)[#＃](?![\p{L}\p{N}_])|(?!\p{N}+(?![\p{L}\p{N}_]))([\p{L}\p{N}\p{M}_]{1,128}))/gu;
  return replacingStep("hashtags", pattern, (_, between, single) => (keepWord ? (between ?? single) : replacement));
}

// Signs that are text unless they ask to be shown as emoji: ©, ™, ‼, ↔ and others below U+2600, and 〰 〽 ㊗ ㊙.
const pictograph =
  "(?:(?![\\u3030-\\u33ff])(?=[\\u2600-\\u{1ffff}])\\p{Extended_Pictographic}|\\p{Extended_Pictographic}(?=\\ufe0f))(?:\\ufe0f|\\p{Emoji_Modifier})?";
const emojiPattern = new RegExp(
  `\\p{Regional_Indicator}{2}|[0-9#*]\\ufe0f?\\u20e3|\\u{1f3f4}[\\u{e0020}-\\u{e007e}]{1,8}\\u{e007f}|${pictograph}(?:\\u200d\\p{Extended_Pictographic}(?:\\ufe0f|\\p{Emoji_Modifier})?)*`,
  "gu",
);

/**
 * Emoji: removed, replaced by their English Unicode name (":grinning_face:", needs the package unicode-emoji-json), or kept and only counted.
 * A sequence (family, flag, skin tone) is one emoji. One change an emoji.
 *
 * Errors: E_PACKAGE_MISSING when the step is opened with "name".
 *
 * @example
 * await (await clean([emoji("name")]).open())("好👍🏽"); // "好:thumbs_up:"
 */
export function emoji(mode: "remove" | "name" | "keep" = "remove"): CleanStep {
  return { name: mode === "remove" ? "emoji" : `emoji:${mode}`, open: () => emojiCleaner(mode) };
}

function emojiCleaner(mode: "remove" | "name" | "keep"): Cleaner {
  if (mode === "remove") return (text) => replaced(text, emojiPattern, "");
  if (mode === "keep") return (text) => ({ text, changes: text.match(emojiPattern)?.length ?? 0 });
  const names = emojiNames();
  return (text) => replaced(text, emojiPattern, (one) => `:${names.get(bare(one)) ?? names.get(bare(one.split("\u200d")[0])) ?? "emoji"}:`);
}

// Skin tones and the emoji selector make no other name.
const bare = (sequence: string): string => sequence.replace(/[\ufe0f\u{1f3fb}-\u{1f3ff}]/gu, "");

function emojiNames(): ReadonlyMap<string, string> {
  const peer = { name: "unicode-emoji-json", purpose: { en: "the names of emoji", zh: "表情符号的名称" } };
  const table = requireJson(peer, "unicode-emoji-json/data-by-emoji.json") as Readonly<Record<string, { slug: string }>>;
  return new Map(Object.entries(table).map(([sequence, { slug }]) => [bare(sequence), slug]));
}
