// Values of slots, as customers write them: numbers, dates, mails, telephone numbers, choices. Knows no dialogue.
import type { SlotRule } from "./types.ts";

const digits = "零一二三四五六七八九";
const units: Readonly<Record<string, number>> = { 十: 10, 百: 100, 千: 1000, 万: 10_000, 亿: 100_000_000 };
const words: Readonly<Record<string, number>> = Object.fromEntries(
  "zero one two three four five six seven eight nine ten eleven twelve".split(" ").map((word, i) => [word, i]),
);

function chineseNumber(text: string): number | undefined {
  let [total, section, digit] = [0, 0, 0];
  for (const character of text.replaceAll("两", "二").replaceAll("〇", "零")) {
    const unit = units[character];
    if (unit === undefined) digit = digits.indexOf(character);
    else if (unit < 10_000) {
      section += (digit || 1) * unit;
      digit = 0;
    } else {
      total = (total + section + digit) * unit;
      [section, digit] = [0, 0];
    }
  }
  return total + section + digit;
}

/**
 * The first number of a text: digits (with commas, k, 万), small words, Chinese numerals.
 *
 * @example
 * [parseNumber("about 1,200 please"), parseNumber("三百五十块"), parseNumber("2.5万")]; // [1200, 350, 25000]
 */
export function parseNumber(text: string): number | undefined {
  const plain = text.normalize("NFKC");
  const found = /-?\d[\d,]*(?:\.\d+)?\s*(?:k\b|万|亿)?/iu.exec(plain)?.[0];
  if (found !== undefined) {
    const scale = /k$/i.test(found) ? 1000 : found.endsWith("万") ? 1e4 : found.endsWith("亿") ? 1e8 : 1;
    return Number((Number(found.replace(/[,\sk万亿]/gi, "")) * scale).toPrecision(15));
  }
  const chinese = /[零〇一二两三四五六七八九十百千万亿]+/u.exec(plain)?.[0];
  if (chinese !== undefined) return chineseNumber(chinese);
  const word = plain
    .toLowerCase()
    .split(/[^a-z]+/)
    .find((one) => Object.hasOwn(words, one));
  return word === undefined ? undefined : words[word];
}

function parseDate(text: string): string | undefined {
  const match = /(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})/u.exec(text.normalize("NFKC"));
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.toISOString().slice(0, 10) : undefined;
}

const yes = /^(?:yes|yeah|yep|sure|ok(?:ay)?|correct|right|please do|go ahead|confirm|affirmative|y)\b|^(?:是|对|好|可以|行|确认|没错|嗯|要)/iu;
const no = /^(?:no|nope|not|don'?t|cancel|wrong|n)\b|^(?:不|否|别|取消|算了|没有)/iu;

/**
 * Yes, no, or neither.
 *
 * @example
 * [parseYesNo("Yes, please"), parseYesNo("不用了"), parseYesNo("my name is Yesenia")]; // [true, false, undefined]
 */
export function parseYesNo(text: string): boolean | undefined {
  const plain = text.trim();
  return yes.test(plain) ? true : no.test(plain) ? false : undefined;
}

/**
 * What a text gives a slot, or undefined where it gives nothing that the slot takes.
 *
 * @example
 * slotValue("it is a-1234", { type: "text", pattern: "[A-Z]-\\d{4}" }); // "A-1234"
 */
export function slotValue(text: string, rule: SlotRule): string | number | boolean | undefined {
  const plain = text.normalize("NFKC").trim();
  if (plain === "" || plain.length > 500) return undefined;
  switch (rule.type) {
    case "number": {
      const value = parseNumber(plain);
      return value === undefined || value < (rule.least ?? value) || value > (rule.most ?? value) ? undefined : value;
    }
    case "date":
      return parseDate(plain);
    case "email":
      return /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/u.exec(plain)?.[0];
    case "phone":
      return /\+?\d[\d\s-]{5,18}\d/u.exec(plain)?.[0].replace(/[\s-]/g, "");
    case "bool":
      return parseYesNo(plain);
    case "categorical": {
      const lower = plain.toLowerCase();
      return rule.values?.find((value) => lower === value.toLowerCase()) ?? rule.values?.find((value) => lower.includes(value.toLowerCase()));
    }
    default:
      return rule.pattern === undefined ? plain : patterned(plain, rule.pattern);
  }
}

// The first part that matches; a pattern of capitals takes small letters too.
function patterned(text: string, pattern: string): string | undefined {
  for (const one of [text, text.toUpperCase()]) {
    const found = new RegExp(`(?<![A-Za-z\\d])(?:${pattern})(?![A-Za-z\\d])`, "u").exec(one)?.[0];
    if (found !== undefined) return found;
  }
  return undefined;
}
