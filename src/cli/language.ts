// Which language the command line speaks. Knows locale variables only.
import type { Language } from "../core/index.ts";

/**
 * Chinese when the first set one of LC_ALL, LC_MESSAGES, LANG names it; English otherwise.
 *
 * @example
 * languageOf({ LANG: "zh_CN.UTF-8" }); // "zh"
 */
export function languageOf(environment: Readonly<Record<string, string | undefined>>): Language {
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || "";
  return /^(zh|cmn|yue)([_.@-]|$)/i.test(locale) ? "zh" : "en";
}

/** A text in both languages. */
export interface Words {
  readonly en: string;
  readonly zh: string;
}
