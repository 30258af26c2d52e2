// Which language a process speaks to whoever started it. Knows locale variables only.
import type { Language } from "./errors/index.ts";

/**
 * Chinese when the first set one of LC_ALL, LC_MESSAGES, LANG names it; English otherwise.
 *
 * @example
 * languageOf({ LANG: "zh_CN.UTF-8" }); // "zh"
 */
export function languageOf(environment: Readonly<Record<string, string | undefined>>): Language {
  const locale = environment["LC_ALL"] || environment["LC_MESSAGES"] || environment["LANG"] || "";
  return /^(zh|cmn|yue)([_.@-]|$)/i.test(locale) ? "zh" : "en";
}
