// The one store of the page's language. Words are given in pairs, so that a key that lacks one language does not compile. Knows no words.
import { keep, recall } from "../api/keep.ts";

export type Language = "en" | "zh";

function firstLanguage(): Language {
  const kept = recall("language");
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** The language of the page: the last choice, else the browser's. */
class Speech {
  language: Language = $state(firstLanguage());

  /** The other one, remembered for the next visit. */
  turn(): void {
    this.language = this.language === "en" ? "zh" : "en";
    keep("language", this.language);
  }
}

export const speech: Speech = new Speech();

/** Words of a view in both languages; the result gives those of the page's language, and follows it. */
export function defineWords<Words>(both: { en: Words; zh: NoInfer<Words> }): () => Words {
  return () => both[speech.language];
}

const locales = { en: "en-GB", zh: "zh-CN" } as const;

/** A number as the page's language writes it. */
export const number = (value: number, digits = 0): string =>
  value.toLocaleString(locales[speech.language], { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A share as per cent. */
export const percent = (share: number, digits = 1): string => `${number(share * 100, digits)} %`;

/** A count of bytes in the unit that fits. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [count, 0];
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${number(value, unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

/** A time of the clock. `seconds` since 1970. */
export const when = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleString(locales[speech.language], { dateStyle: "medium", timeStyle: "short" });

/** Hours, minutes and seconds of a time in seconds since 1970. */
export const clock = (seconds: number): string => new Date(seconds * 1000).toLocaleTimeString(locales[speech.language], { hour12: false });

/** A language by its code, as the page's language calls it. */
export const languageName = (code: string): string => new Intl.DisplayNames(locales[speech.language], { type: "language" }).of(code) ?? code;

/** Languages by their codes, one after another. */
export const languageNames = (codes: readonly string[]): string => codes.map(languageName).join(speech.language === "zh" ? "、" : ", ");

/** A stretch of time in seconds, in words as short as they can be. */
export function stretch(seconds: number): string {
  const zh = speech.language === "zh";
  if (seconds < 60) return `${number(seconds, seconds < 10 ? 1 : 0)} ${zh ? "秒" : "s"}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${number(minutes)} ${zh ? "分钟" : "min"}`;
  return `${number(Math.floor(minutes / 60))} ${zh ? "小时" : "h"} ${number(minutes % 60)} ${zh ? "分" : "min"}`;
}
