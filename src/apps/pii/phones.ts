// Telephone numbers: those that libphonenumber knows as valid, and labelled ones; extension and fax too. Knows no numbering plan of its own but China's short forms.
import { optionalPackage } from "../../formats/index.ts";
import type { PiiMatch } from "./types.ts";

/** Finds telephone numbers in a text. */
export type PhoneFinder = (text: string) => PiiMatch[];

const chinese = /(?<![\d.A-Za-z-])(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\d-]|\.\d)/g;
const chineseFixed = /(?<![\d.A-Za-z-])(?:\(0\d{2,3}\)|（0\d{2,3}）|0\d{2,3})[- ]?[2-8]\d{6,7}(?:[-转]\d{1,5})?(?![\d-])/g;
const american =
  /(?<![\d.A-Za-z-])(?:\+?1[-. ]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-.]|[2-9]\d{2} )[2-9]\d{2}[-. ]\d{4}(?: ?(?:x|ext\.?) ?\d{1,6})?(?![\d-])/g;
const international = /(?<![\d.A-Za-z-])(?:\+|00)\d{1,3}[- ]?(?:\(0\) ?)?\d[\d ().-]{5,17}\d(?: ?(?:x|ext\.?) ?\d{1,6})?(?![\d-])/g;
const announced =
  /(?<=\b(?:at|to|on|number|registered|me at|[Cc]all|[Mm]obile:|[Dd]esk:|[Oo]ffice:|[Ff]ax:|[Pp]hone:|[Cc]ell:)[ \n])\(?\d{2,4}\)?(?:[ .-]\d{2,4}){1,4}(?:x\d{1,6})?(?![\d-]|\.\d)|(?<![\d.-])\(?\d{2,4}\)?(?:[ .-]\d{2,4}){1,4}(?:x\d{1,6})?(?=[ -](?:office|fax|mobile|cell|home|work|Office|Fax|Mobile)\b)/g;
const trunk = /(?<![\d.A-Za-z-])0\d{2,4}(?:[ -]\d{2,4}){2,4}(?![\d-]|\.\d)/g;
const labelled =
  /(?:\b(?:[Tt]el(?:ephone)?|[Pp]hone|[Mm]obile|[Cc]ell|[Ff]ax|PHONE|TEL|FAX|[Cc]all(?: me)?(?: at| on)?|[Nn]umber is)|电话|手机号?码?|传真|座机|联系方式|热线)\s*(?:is|为|是)?\s*[:：.]?\s*(\+?[\d(][\d ().-]{5,20}\d(?: ?(?:x|ext\.?) ?\d{1,6})?)(?!\d)/dg;

const byForm: readonly (readonly [string, RegExp, number])[] = [
  ["phone-cn-mobile", chinese, 0.9],
  ["phone-cn-fixed", chineseFixed, 0.85],
  ["phone-us", american, 0.8],
  ["phone-international", international, 0.85],
  ["phone-announced", announced, 0.75],
  ["phone-trunk", trunk, 0.75],
];

/**
 * Opens the finder. `countries`: numbers without an international prefix are tried as numbers of these (ISO 3166-1), in order.
 *
 * Errors: E_PACKAGE_MISSING without libphonenumber-js.
 */
export async function openPhones(countries: readonly string[]): Promise<PhoneFinder> {
  const purpose = { en: "finding telephone numbers", zh: "识别电话号码" };
  const { findPhoneNumbersInText, isSupportedCountry } = await optionalPackage(
    "libphonenumber-js@1.13.16",
    purpose,
    () => import("libphonenumber-js/max"),
  );
  const known = countries.filter((country) => isSupportedCountry(country));
  return (text) => {
    const found: PiiMatch[] = byForm.flatMap(([rule, pattern, confidence]) =>
      [...text.matchAll(pattern)]
        .filter(([written]) => digits(written) >= 7 && digits(written) <= 17)
        .map((match) => ({ kind: "phone" as const, rule, confidence, start: match.index, end: match.index + match[0].length })),
    );
    for (const match of text.matchAll(labelled))
      found.push({ kind: "phone", rule: "phone-label", confidence: 0.85, start: match.indices![1]![0], end: match.indices![1]![1] });
    if (!/\d{3}/.test(text)) return found;
    for (const country of known)
      for (const { startsAt, endsAt, number } of findPhoneNumbersInText(text, { defaultCountry: country as "US", extended: false }))
        if (number.isValid() && plausible(text.slice(startsAt, endsAt)))
          found.push({ kind: "phone", rule: `phone-${country.toLowerCase()}`, confidence: 0.75, start: startsAt, end: endsAt });
    return found;
  };
}

const digits = (written: string): number => written.match(/\d/g)?.length ?? 0;

// A bare run of digits is a number of many things; a telephone number is written with a mark, or is long enough.
const plausible = (written: string): boolean =>
  /[+()\s.-]/.test(written.trim()) ? !/^\d{1,2}[.]\d|^\d{4}-\d{2}-\d{2}/.test(written) : written.length >= 10;
