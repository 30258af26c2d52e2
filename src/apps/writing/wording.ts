// Values as words of a language: numbers, per cents, money, dates, lists, counts with their nouns, measure words. Knows no templates.
import type { Wrong } from "./expression.ts";
import { type FieldValue, listOf, numberOf, truthOf } from "./expression.ts";

/** Languages of texts. */
export type WritingLanguage = "en" | "zh";

/** A filter: a value and its arguments to words. */
export type Filter = (value: FieldValue | undefined, args: readonly string[], language: WritingLanguage, wrong: Wrong) => string;

const locales = { en: "en-US", zh: "zh-CN" } as const;

function digitsOf(text: string | undefined, usual: number | undefined, wrong: Wrong): number | undefined {
  if (text === undefined || text === "") return usual;
  if (!/^\d$/.test(text)) throw wrong({ en: `"${text}" is not a number of digits`, zh: `“${text}”不是小数位数` });
  return Number(text);
}

function number(value: FieldValue | undefined, wrong: Wrong): number {
  const found = numberOf(value);
  if (found === undefined)
    throw wrong({ en: `${JSON.stringify(value) ?? "nothing"} is not a number`, zh: `${JSON.stringify(value) ?? "空值"} 不是数字` });
  return found;
}

const formats = new Map<string, Intl.NumberFormat>();
function formatted(value: number, language: WritingLanguage, least: number, most: number): string {
  const key = `${language} ${least} ${most}`;
  const format = formats.get(key) ?? new Intl.NumberFormat(locales[language], { minimumFractionDigits: least, maximumFractionDigits: most });
  formats.set(key, format);
  return format
    .format(value)
    .replace("-", "−")
    .replace(/^−(?=0(?:\.0*)?$)/, "");
}

/** A number as text: grouped, at most three digits behind the point. */
export const plainNumber = (value: number, language: WritingLanguage, digits?: number): string =>
  formatted(value, language, digits ?? 0, digits ?? 3);

const small = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");
const han = "零一二三四五六七八九十".split("");

/**
 * A whole number in Chinese characters, up to 9,999; `measure`: 两 for 2.
 *
 * @example
 * chineseNumber(105); // "一百零五"
 */
export function chineseNumber(value: number, measure = false): string {
  if (!Number.isInteger(value) || value < 0 || value > 9999) return plainNumber(value, "zh");
  if (value === 2 && measure) return "两";
  if (value <= 10) return han[value];
  let text = "";
  const digits = [...String(value)].map(Number);
  for (const [i, digit] of digits.entries()) {
    const unit = ["", "十", "百", "千"][digits.length - 1 - i];
    if (digit !== 0) text += han[digit] + unit;
    else if (!text.endsWith("零") && digits.slice(i).some((one) => one !== 0)) text += "零";
  }
  return text.replace(/^一十/, "十");
}

function ordinal(value: number, language: WritingLanguage): string {
  if (language === "zh") return `第${value <= 10 ? chineseNumber(value) : value}`;
  const [tens, ones] = [value % 100, value % 10];
  const ending = tens >= 11 && tens <= 13 ? "th" : ones === 1 ? "st" : ones === 2 ? "nd" : ones === 3 ? "rd" : "th";
  return `${plainNumber(value, "en")}${ending}`;
}

const units: Readonly<Record<WritingLanguage, readonly (readonly [number, string])[]>> = {
  en: [
    [1e12, " trillion"],
    [1e9, " billion"],
    [1e6, " million"],
  ],
  zh: [
    [1e12, "万亿"],
    [1e8, "亿"],
    [1e4, "万"],
  ],
};

function compact(value: number, language: WritingLanguage, digits: number): string {
  const [size, unit] = units[language].find(([least]) => Math.abs(value) >= least) ?? [1, ""];
  const text = formatted(value / size, language, 0, size === 1 ? 3 : digits);
  return size > 1 && language === "zh" ? text.replaceAll(",", "") + unit : text + unit;
}

const currencies: Readonly<Record<string, { en: readonly [string, string]; zh: string }>> = {
  USD: { en: ["$", ""], zh: "美元" },
  EUR: { en: ["€", ""], zh: "欧元" },
  GBP: { en: ["£", ""], zh: "英镑" },
  CNY: { en: ["¥", ""], zh: "元" },
  RMB: { en: ["RMB ", ""], zh: "元" },
  JPY: { en: ["¥", ""], zh: "日元" },
  HKD: { en: ["HK$", ""], zh: "港元" },
};

function money(value: FieldValue | undefined, [code = "USD", second, third]: readonly string[], language: WritingLanguage, wrong: Wrong): string {
  const currency = currencies[code];
  if (currency === undefined)
    throw wrong({
      en: `there is no currency "${code}"; there are ${Object.keys(currencies).join(", ")}`,
      zh: `没有货币“${code}”；可用：${Object.keys(currencies).join("、")}`,
    });
  const amount = number(value, wrong);
  const short = second === "compact" || third === "compact";
  const digits = digitsOf(second === "compact" ? undefined : second, undefined, wrong);
  const whole = Number.isInteger(amount) || code === "JPY";
  const size = short
    ? compact(Math.abs(amount), language, digits ?? 2)
    : formatted(Math.abs(amount), language, digits ?? (whole ? 0 : 2), digits ?? (whole ? 0 : 2));
  const sign = amount < 0 ? "−" : "";
  return language === "zh" ? `${sign}${size}${currency.zh}` : `${sign}${currency.en[0]}${size}${currency.en[1]}`;
}

const dateParts: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  long: { year: "numeric", month: "long", day: "numeric" },
  short: { month: "short", day: "numeric" },
  day: { month: "long", day: "numeric" },
  month: { year: "numeric", month: "long" },
  weekday: { weekday: "long" },
  year: { year: "numeric" },
};

function date(value: FieldValue | undefined, [how = "long"]: readonly string[], language: WritingLanguage, wrong: Wrong): string {
  const [, year, month, day] = /^(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?/.exec(String(value)) ?? [];
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1));
  if (year === undefined || new Date(time).getUTCMonth() !== Number(month) - 1)
    throw wrong({
      en: `${JSON.stringify(value) ?? "nothing"} is not a date such as 2024-03-05`,
      zh: `${JSON.stringify(value) ?? "空值"} 不是 2024-03-05 形式的日期`,
    });
  const parts = Object.hasOwn(dateParts, how) ? dateParts[how] : undefined;
  if (parts === undefined)
    throw wrong({
      en: `"${how}" is no form of a date; there are ${Object.keys(dateParts).join(", ")}`,
      zh: `“${how}”不是日期形式；可用：${Object.keys(dateParts).join("、")}`,
    });
  return new Intl.DateTimeFormat(locales[language], { ...parts, timeZone: "UTC" }).format(time);
}

/**
 * A noun in the plural, by rule.
 *
 * @example
 * plural("city"); // "cities"
 */
export function plural(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(?:s|x|z|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

const isOne = (value: FieldValue | undefined): boolean => (Array.isArray(value) ? value.length === 1 : numberOf(value) === 1);

/** A list in words: "a, b and c", “a、b和c”. */
export function inWords(items: readonly string[], language: WritingLanguage, joint?: string): string {
  if (items.length < 2) return items.join("");
  const [comma, last] = language === "zh" ? ["、", joint === "or" ? "或" : "和"] : [", ", joint === "or" ? " or " : " and "];
  return items.slice(0, -1).join(comma) + last + items.at(-1);
}

/** A value as it stands: numbers in the language's form, lists in words. */
export function plainText(value: FieldValue | undefined, language: WritingLanguage): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return plainNumber(value, language);
  if (Array.isArray(value))
    return inWords(
      value.map((one) => plainText(one, language)),
      language,
    );
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

/** All filters by name. */
export const filters: Readonly<Record<string, Filter>> = {
  number: (value, [digits], language, wrong) => plainNumber(number(value, wrong), language, digitsOf(digits, undefined, wrong)),
  integer: (value, _, language, wrong) => plainNumber(Math.round(number(value, wrong)), language, 0),
  year: (value, _, __, wrong) => String(Math.trunc(number(value, wrong))),
  percent: (value, [digits], language, wrong) => `${formatted(number(value, wrong), language, 0, digitsOf(digits, 1, wrong)!)}%`,
  points: (value, [digits], language, wrong) => formatted(Math.abs(number(value, wrong)), language, 0, digitsOf(digits, 1, wrong)!),
  signed: (value, [digits], language, wrong) =>
    (number(value, wrong) > 0 ? "+" : "") + plainNumber(number(value, wrong), language, digitsOf(digits, undefined, wrong)),
  abs: (value, _, language, wrong) => plainNumber(Math.abs(number(value, wrong)), language),
  compact: (value, [digits], language, wrong) => compact(number(value, wrong), language, digitsOf(digits, 1, wrong)!),
  currency: money,
  words: (value, _, language, wrong) =>
    language === "zh" ? chineseNumber(number(value, wrong)) : (small[number(value, wrong)] ?? plainNumber(number(value, wrong), "en")),
  ordinal: (value, _, language, wrong) => ordinal(number(value, wrong), language),
  date,
  list: (value, [joint], language) =>
    inWords(
      listOf(value).map((one) => plainText(one, language)),
      language,
      joint,
    ),
  // "1 goal", "3 goals"; Chinese nouns do not change.
  count: (value, [one = "", many], language, wrong) => `${plainNumber(number(value, wrong), language)} ${isOne(value) ? one : (many ?? plural(one))}`,
  // The noun or the verb alone, agreeing with a number or a list: "is" or "are".
  agree: (value, [one = "", many]) => (isOne(value) ? one : (many ?? plural(one))),
  // Chinese measure words: 两场, 3台.
  measure: (value, [word = "个"], language, wrong) => {
    const found = number(value, wrong);
    return (
      (language === "zh" && Number.isInteger(found) && found >= 0 && found <= 10 ? chineseNumber(found, true) : plainNumber(found, language)) + word
    );
  },
  either: (value, [yes = "", no = ""]) => (truthOf(value) ? yes : no),
  default: (value, [text = ""], language) => plainText(value, language) || text,
  // What somebody said, in the marks of the language, to stand at an end: in Chinese its full stop is inside, in English that of the sentence is enough.
  quoted: (value, _, language) => {
    const said = plainText(value, language).trim();
    return language === "zh" ? `“${/[。！？…!?]$/u.test(said) ? said : `${said.replace(/\.$/, "")}。`}”` : `“${said.replace(/[.,。]$/u, "")}”`;
  },
  lower: (value, _, language) => plainText(value, language).toLowerCase(),
  upper: (value, _, language) => plainText(value, language).toUpperCase(),
  title: (value, _, language) => plainText(value, language).replace(/(?<![\p{L}\p{N}'])\p{Ll}/gu, (letter) => letter.toUpperCase()),
  spaced: (value, _, language) => plainText(value, language).replace(/[_-]+/g, " "),
};
