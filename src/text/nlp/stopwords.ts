// Words that carry little: a small list of our own for English and for Chinese, and the full lists of stopwords-iso.
// Source of the full lists: stopwords-iso 1.1.0 (MIT), which joins many published lists; its English one is very broad ("important", "world", "system" are in it).
import { InkstoneError } from "../../core/index.ts";
import { requireJson } from "../peer.ts";

const english =
  "a about above after again against all also am an and any are aren't as at be because been before being below between both but by can can't cannot could couldn't did didn't do does " +
  "doesn't doing don't down during each few for from further had hadn't has hasn't have haven't having he her here hers herself him himself his how i if in into is isn't it its itself " +
  "just let's me more most my myself no nor not now of off on once only or other our ours ourselves out over own same shan't she should shouldn't so some such than that the their theirs " +
  "them themselves then there these they this those through to too under until up us very was wasn't we were weren't what when where which while who whom why will with won't would " +
  "wouldn't you your yours yourself yourselves 'd 'll 'm 're 's 've n't ca wo";

const chinese =
  "的 了 着 过 地 得 之 者 所 是 在 有 和 与 及 或 而 且 但 但是 而且 并 并且 因为 所以 由于 因此 如果 虽然 然而 不过 即 则 于 对 对于 关于 从 自 由 向 往 到 至 把 被 让 给 为 为了 以 以及 以便 " +
  "用 按 比 跟 同 将 就 才 又 也 都 还 再 很 太 更 最 已 已经 正在 曾 会 能 可 可以 要 应 应该 我 你 您 他 她 它 我们 你们 他们 她们 它们 咱们 自己 这 那 哪 这个 那个 这些 那些 这里 那里 " +
  "这样 那样 什么 怎么 怎样 谁 多少 几 一 一个 一些 一种 个 些 种 每 各 其 其他 某 该 此 等 等等 吗 呢 吧 啊 呀 哦 嗯 嘛 啦 么 们 不 没 没有 别 上 下 里 中 内 外 前 后 时 时候 来 去 说";

const names: Readonly<Record<string, "en" | "zh">> = { en: "en", english: "en", zh: "zh", chinese: "zh" };
const small: Readonly<Record<"en" | "zh", string>> = { en: english, zh: chinese };
const made = new Map<string, ReadonlySet<string>>();

/** Languages that have stop words, with NLTK's names too. */
export type StopwordLanguage = "en" | "english" | "zh" | "chinese";

/**
 * The stop words of a language, lower case: `small` (default; 155 in English, 155 in Chinese, function words only) or `full` (stopwords-iso: 1,298 and 794).
 *
 * Errors: E_OPTION for another language or size.
 *
 * @example
 * stopwords("en").has("the"); // true
 * stopwords("zh").has("的"); // true
 * stopwords("en", "full").size; // 1298
 */
export function stopwords(language: StopwordLanguage, size: "small" | "full" = "small"): ReadonlySet<string> {
  if (!Object.hasOwn(names, language))
    throw new InkstoneError("E_OPTION", { option: "language", value: language, allowed: ["en", "english", "zh", "chinese"] });
  if (size !== "small" && size !== "full") throw new InkstoneError("E_OPTION", { option: "size", value: size, allowed: ["small", "full"] });
  const code = names[language];
  const key = `${code} ${size}`;
  const words = made.get(key) ?? new Set(size === "small" ? small[code].split(" ") : iso(code));
  made.set(key, words);
  return words;
}

function iso(code: "en" | "zh"): readonly string[] {
  const lists = requireJson(
    { name: "stopwords-iso", purpose: { en: "full lists of stop words", zh: "完整停用词表" } },
    "stopwords-iso/stopwords-iso.json",
  );
  return (lists as Readonly<Record<string, readonly string[]>>)[code];
}
