// Postal addresses in English forms and in Chinese, by street words, numbers and places. Knows no map.
import { chineseCities, chineseProvinces } from "./places.ts";
import type { PiiMatch } from "./types.ts";

const suffix =
  "(?:Street|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Circle|Cir|Place|Pl|Square|Sq|Terrace|Ter|Way|Parkway|Pkwy|Highway|Hwy|Route|Trail|Trl|Crescent|Close|Row|Mews|Walk|Gardens|Grove|Hill|Loop|Alley|Plaza|Pike|Quay|Rue|Via|Calle|Rua|Avenida|Straße|Strasse|Str|Weg|Gasse|Platz|Allee)";
const word = "[\\p{Lu}][\\p{L}'’.-]*";
const anyWord = "(?:[\\p{Lu}\\d][\\p{L}\\d'’.-]*|of|de|la|le|du|des|van|der|den|y|do|da)";
const unit =
  "(?:(?:Apt|Apartment|Suite|Ste|Unit|Flat|Room|Rm|Floor|Fl|Building|Bldg|No|PO Box|P\\.O\\. Box)\\.?\\s?#?\\s?[A-Z\\d-]{1,6}|#\\s?\\d+[A-Z]?)";
// What may follow a street: units, places, state and post code, over commas and line ends.
const tail = `(?:[,\\s]{1,3}${unit})?(?:(?:\\s?[,\\n]\\s?|\\s)*(?:[A-Z]{2}\\b|${word}(?: ${word}){0,3})?,?\\s{0,2}(?:[A-Z]{2}\\s)?(?:\\d{4,6}(?:-\\d{3,4})?|[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2})\\b)?`;
const places = `(?:[,\\n]\\s?${word}(?: ${word}){0,3}(?=[,\\n]|$|\\s\\d{4}|\\s[A-Z]{2}\\b)){0,2}`;

const monthNames =
  "(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\\b";
const english: readonly (readonly [string, RegExp, number])[] = [
  [
    "address-street",
    new RegExp(
      `(?<![\\p{L}\\d.])\\d{1,6}[A-Za-z]?(?:-\\d{1,5})?,? (?:${anyWord} ){0,5}${suffix}\\b\\.?(?: (?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\\b\\.?)?(?:[,\\s]{1,3}${unit})?${places}${tail}`,
      "gu",
    ),
    0.85,
  ],
  ["address-number-unit", new RegExp(`(?<![\\p{L}\\d.])\\d{1,6} (?:${anyWord} ){1,6}${unit}${places}${tail}`, "gu"), 0.8],
  [
    "address-street-first",
    new RegExp(
      `(?<![\\p{L}\\d])(?:${word}(?:straße|strasse|weg|gasse|platz|allee|gatan|vägen|katu|tie|gade|vej|laan|straat)|(?:Rue|Via|Calle|Rua|Avenida|Rúa|Piazza|Plaza)(?: ${anyWord}){1,4}) \\d{1,5}[A-Za-z]?${places}${tail}`,
      "gu",
    ),
    0.8,
  ],
  [
    "address-city-state-zip",
    new RegExp(
      `${word}(?: ${word}){0,2},? (?:AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY) \\d{5}(?:-\\d{4})?\\b`,
      "gu",
    ),
    0.85,
  ],
  // After words that announce it: to the end of the sentence or of the line, if it has a number.
  [
    "address-announced",
    /(?<=\b(?:[Aa]ddress(?: is| with|:)|[Ll]ives? (?:at|on|near)|[Ll]iving at|[Ll]ived at|[Rr]esid(?:es|ing) at|[Ll]ocated at|[Mm]eet(?: you)? at|[Dd]eliver(?:ed|y)?(?: it)? to|[Ss]hip(?:ped)?(?: it)? to|[Mm]oved to|corner of|to stop at|taxi to) {1,8})(?=[^\n.;!?]{0,40}\d)(?:the corner of )?[\p{Lu}\d][\p{L}\d'’./# -]{3,60}(?:,? ?(?:Apt|Suite|Unit)\.? ?\d+)?(?:[,\n]{1,2} {0,4}[\p{Lu}\d][\p{L}\d'’.() -]{1,40}(?=[,\n]|$|\. |\.$)){0,4}/gu,
    0.75,
  ],
  // A line that is a house, and the lines of capitals, units and post codes below it.
  [
    "address-lines",
    new RegExp(
      `(?<=^[>?\\s]{0,6})\\d{1,6} ${word}(?: (?:${anyWord}|\\d{1,5}\\.?)){0,5},?(?:\\n[>?\\s]{0,8}(?:${unit}|,? ?[A-Z]{2,3}\\b|(?:[\\p{Lu}][\\p{L}'’.()-]*,? ?){1,5}(?:\\d{3,6}(?:[- ]\\d{2,4})?)?|\\d{4,6})(?=\\s*(?:\\n|$))){1,5}`,
      "gmu",
    ),
    0.8,
  ],
  [
    "address-military",
    /\b(?:(?:PSC \d{1,4}, Box|Unit \d{1,5} Box|USNS|USS|USNV|USCGC) ?[\p{L}\d]{1,20}\n ?)?(?:[AFD](?:PO|po)) A[AEPaep] \d{5}\b/gu,
    0.9,
  ],
  // A line with a number, the unit below it, and what follows to a post code.
  [
    "address-block",
    new RegExp(
      `(?<=^[>?\\s]{0,6})(?=[^\\n]{0,60}\\d)[\\p{L}\\d][^\\n:@]{3,60}\\n[>?\\t ]{0,8}${unit}(?:(?:\\s{0,3}\\n[>?\\t ]{0,8}\\p{L}[^\\n:@\\d]{1,40}){1,3} \\d{4,6}\\b)?`,
      "gimu",
    ),
    0.75,
  ],
  [
    "address-street-first-hu-pl",
    new RegExp(
      `(?<![\\p{L}\\d])(?:(?:\\d{1,5} )?(?:${word} ){1,3}(?:u\\.|utca|út|útja|tér|krt\\.|tee)|(?:\\d{1,5} )?(?:ul|al|pl)\\. ${word}(?: ${word}){0,2}) \\d{1,4}[A-Za-z]?\\b\\.?`,
      "gu",
    ),
    0.8,
  ],
  [
    "address-code",
    /(?<=\b(?:[Zz][Ii][Pp](?: ?[Cc]ode)?|[Pp]ost(?:al)?(?: ?[Cc]ode))(?: is|:| ?=) {0,3})(?:\d{3,6}(?:-\d{3,4})?|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})\b|(?<=邮政?编码?(?:是|为)?[:：]?\s?)\d{6}(?!\d)/gu,
    0.85,
  ],
  // Post codes of Canada and Britain are nothing else; those of digits stand behind their place.
  [
    "address-post-code",
    /(?<![\p{L}\d-])(?:[A-CEGHJ-NPR-TVXY]\d[A-CEGHJ-NPR-TV-Z] \d[A-CEGHJ-NPR-TV-Z]\d|[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2})(?![\p{L}\d-])/gu,
    0.75,
  ],
  [
    "address-place-code",
    new RegExp(
      `(?<=\\b(?:in|to|from|near|at|of) (?!${monthNames})(?:${word} ){1,3})(?!(?:19|20)\\d\\d\\b)\\d{4,6}(?= (?:in|at|to|for|and|with)\\b|[.,;!?]?(?:\\s|$))(?! (?:times|people|years|miles|km|dollars))`,
      "gu",
    ),
    0.6,
  ],
  [
    "address-on-street",
    new RegExp(`(?<=\\b(?:on|at|near|along|down|off) )${word}(?: ${word}){0,3} (?:Street|Avenue|Road|Boulevard|Lane|Drive)\\b`, "gu"),
    0.7,
  ],
  [
    "address-at-number",
    /(?<=\b(?:at|on|to|from) )\d{1,6} (?:[\p{L}\d'’.-]+ ){1,6}(?:St|Street|Ave|Avenue|Rd|Road|Blvd|Boulevard|Dr|Drive|Ln|Lane)\b\.?/gu,
    0.7,
  ],
  // A house number before, another behind: "72134 Coronilla 3599".
  [
    "address-two-numbers",
    new RegExp(`(?<![\\p{L}\\d.,:/-])\\d{1,6} (?!${monthNames})${word}(?: ${anyWord}){0,3} \\d{1,5}(?=\\s*(?:[\\n,]|$))${places}${tail}`, "gu"),
    0.65,
  ],
  ["address-unit", /(?:\b(?:Apt|Suite|Ste)\.? \d{1,5}\b)/gu, 0.6],
  ["address-box", /\bP\.?\s?O\.? Box \d{1,6}\b/gu, 0.9],
  [
    "address-multiline",
    new RegExp(
      `(?<![\\p{L}\\d.])\\d{1,6} ${word}(?: ${word}){0,4}(?: (?:Apt|Suite|Unit)\\.? \\d+)?\\n\\s?(?:${word}(?: ${word}){0,3}),?\\s?[\\n,]?\\s?(?:[A-Z]{2,3})?\\s?\\n?\\s?(?:${word}(?: ${word}){0,2})?\\s?\\d{4,6}(?:-\\d{3,4})?`,
      "gu",
    ),
    0.8,
  ],
];

const han = "\\u4e00-\\u9fff";
const start = `(?:(?:${chineseProvinces.join("|")})(?:省|市|自治区|特别行政区|壮族自治区|回族自治区|维吾尔自治区)?|(?:${chineseCities.join("|")})市?)`;
const labelledStart = "(?:(?<=(?:住址|地址|住所|家住|住在|现住|户籍|籍贯|寄到|寄至|寄往|送到|送至|位于|居住于|住于)(?:是|为|在)?[:：]?\\s?))";
const admin = `(?:[${han}]{1,7}?(?:省|市|自治州|地区|盟|区|县|旗|镇|乡|街道|开发区|新区))`;
const road = `(?:[${han}]{1,8}?(?:大道|大街|路|街|巷|弄|胡同|道|里|村|屯|组|小区|花园|花苑|公寓|大厦|广场|家园|新村|苑|园|城|中心|医院|大学|学校|酒店|宾馆))`;
const number = `(?:[A-Za-z]?[\\d一二三四五六七八九十百零]{1,5}[A-Za-z]?(?:-\\d{1,4})*(?:号楼|号院|号|弄|栋|幢|座|单元|室|楼|层|房|组|队|门)(?:之[一二三四五\\d])?)`;
const chinese: readonly (readonly [string, RegExp, number])[] = [
  ["address-zh", new RegExp(`${start}${admin}{0,4}(?:${road}|${number}|[A-Z\\d]{1,4}(?:座|栋)){1,8}`, "g"), 0.85],
  ["address-zh-label", new RegExp(`${labelledStart}(?=[${han}A-Za-z-]{0,40}\\d)[${han}]${admin}{0,4}(?:${road}|${number}){1,8}`, "g"), 0.85],
  [
    "address-zh-road",
    new RegExp(
      `(?<![${han}])${admin}{0,3}${road}${number}{1,4}|[${han}]{2,4}(?:区|县)${road}?${number}{1,4}|${admin.replace("{1,7}?", "{2,4}")}{1,2}${road}${number}{1,4}`,
      "g",
    ),
    0.7,
  ],
  ["address-zh-place", new RegExp(`${start}${admin}{1,4}`, "g"), 0.75],
];

/**
 * Addresses of a text.
 */
export function addressPii(text: string): PiiMatch[] {
  const rules = /[\u4e00-\u9fff]/.test(text) ? [...english, ...chinese] : english;
  return rules.flatMap(([rule, pattern, confidence]) =>
    [...text.matchAll(pattern)].map((match) => {
      const kept = match[0].replace(/[\s,，。.]+$/, "");
      return { kind: "address" as const, rule, confidence, start: match.index, end: match.index + kept.length };
    }),
  );
}
