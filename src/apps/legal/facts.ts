// Parties, days, sums and spans of time of a contract, with their places. Rules for English and Chinese.

/** A place of a contract. */
export interface ContractSpan {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A party, with what the contract calls it. */
export interface ContractParty extends ContractSpan {
  readonly role?: string;
}

/** A day. */
export interface ContractDate extends ContractSpan {
  /** As 2026-03-05; undefined where the year, month or day is not said. */
  readonly iso?: string;
  readonly kind: "agreement" | "effective" | "expiration" | "other";
}

/** A sum of money. */
export interface ContractMoney extends ContractSpan {
  readonly amount: number;
  /** ISO 4217, where it is said. */
  readonly currency?: string;
}

/** A span of time, as `12 months`. */
export interface ContractPeriod extends ContractSpan {
  readonly count: number;
  readonly unit: "day" | "month" | "year";
}

const span = (text: string, start: number, end: number): ContractSpan => ({ start, end, text: text.slice(start, end) });
const two = (value: string | number): string => String(value).padStart(2, "0");

const company =
  "(?:[A-Z][\\w&.'’-]*|of|and|the|&)(?:,? (?:[A-Z][\\w&.'’-]*|of|and|the|&|de|for)){0,8},? (?:Inc|Incorporated|Corp|Corporation|LLC|L\\.L\\.C|Ltd|Limited|LP|L\\.P|LLP|PLC|plc|GmbH|AG|S\\.A|SA|N\\.V|B\\.V|Co|Company|Bank|Trust|Foundation|University|Partners|Holdings|Group)\\b\\.?";
const role =
  "[\\s\\S]{0,220}?\\((?:(?:the|each|hereinafter|hereafter|referred to as|collectively|together|individually|as|called|a)[ ,]*){0,6}[\"“']([A-Z][\\w &/-]{1,40}?)[\"”'](?:[^)]{0,60})?\\)";
const chineseRole =
  /(甲方|乙方|丙方|丁方|出租人|承租人|出租方|承租方|买方|卖方|出卖人|买受人|委托方|受托方|委托人|受托人|发包人|承包人|发包方|承包方|用人单位|劳动者|许可方|被许可方|借款人|出借人|贷款人|供方|需方|转让方|受让方)\s*(?:[（(][^）)\n]{0,24}[）)])?\s*[:：]\s*([^\n，,。；;（(]{2,50})/g;

/** The parties: companies that are given a role, "between A and B", "甲方：…". */
export function partiesOf(text: string): ContractParty[] {
  const head = text.slice(0, 8000);
  const found: ContractParty[] = [];
  const add = (start: number, name: string, called?: string): void => {
    const kept = name
      .trim()
      .replace(/^(?:and|of|the|between|by) /i, "")
      .replace(/[,\s]+$/, "");
    const from = start + name.indexOf(kept);
    if (kept.length < 2 || found.some((one) => from < one.end && from + kept.length > one.start) || found.some((one) => one.text === kept)) return;
    found.push({ ...span(text, from, from + kept.length), ...(called === undefined ? {} : { role: called }) });
  };
  for (const { 1: called, 2: name, index, 0: whole } of head.matchAll(chineseRole))
    if (!/^[_＿\s]+$/.test(name)) add(index + whole.lastIndexOf(name), name, called);
  for (const { 1: name, 2: called, index } of head.matchAll(new RegExp(`(${company})${role}`, "g")))
    if (!/^(?:Agreement|Effective Date|Term)$/.test(called)) add(index, name, called);
  const between =
    /\b(?:by and between|between|by and among|among)\s+([^,(\n]{2,80}?)(?:,|\s\(|\s+and\s)[\s\S]{0,300}?\band\s+([A-Z][^,(\n.]{1,80}?)(?=,|\s\(|\.|\n)/.exec(
      head,
    );
  if (between !== null && found.length < 2) {
    const at = between.index;
    add(at + between[0].indexOf(between[1]), between[1]);
    add(at + between[0].lastIndexOf(between[2]), between[2]);
  }
  return found.sort((a, b) => a.start - b.start);
}

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const month =
  "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\.?";
const dates = new RegExp(
  `\\b${month} \\d{1,2}(?:st|nd|rd|th)?,? \\d{4}\\b|\\b\\d{1,2}(?:st|nd|rd|th)?(?: day)?(?: of)? ${month},? \\d{4}\\b|\\b\\d{4}-\\d{2}-\\d{2}\\b|\\b\\d{1,2}\\/\\d{1,2}\\/\\d{4}\\b|\\d{4}\\s?年\\s?\\d{1,2}\\s?月\\s?\\d{1,2}\\s?日`,
  "g",
);

function isoOf(written: string): string | undefined {
  const [, y, m, d] = /^(\d{4})\D+(\d{1,2})\D+(\d{1,2})/.exec(written) ?? [];
  if (y !== undefined) return `${y}-${two(m)}-${two(d)}`;
  const [, a, b, year] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(written) ?? [];
  // Both readings of 3/5/2026 are days: which is meant is not known.
  if (year !== undefined) return Number(a) > 12 ? `${year}-${two(b)}-${two(a)}` : Number(b) > 12 ? `${year}-${two(a)}-${two(b)}` : undefined;
  const named = months.indexOf(
    (
      /[A-Za-z]{3}(?=[a-z.]*\.?,? ?\d|[a-z]*\.?,? \d{4})/.exec(
        written.replace(/\d(?:st|nd|rd|th)|day|of/g, (one) => (/^\d/.test(one) ? one[0] : "")),
      )?.[0] ?? ""
    ).toLowerCase(),
  );
  const full = /\d{4}/.exec(written)?.[0];
  const own = /(?<!\d)\d{1,2}(?!\d)/.exec(written)?.[0];
  return named < 0 || full === undefined || own === undefined ? undefined : `${full}-${two(named + 1)}-${two(own)}`;
}

/** The days, and which of them begin or end the contract, by the words around them. */
export function datesOf(text: string): ContractDate[] {
  return Array.from(text.matchAll(dates), ({ 0: written, index }): ContractDate => {
    const before = text.slice(Math.max(0, index - 80), index).toLowerCase();
    const after = text.slice(index + written.length, index + written.length + 40).toLowerCase();
    const kind =
      /expir|terminat|until|through|ending|end on|至\s*$|到期|截止|届满/.test(before.slice(-48)) || /^.{0,6}(?:止|届满|到期)/.test(after)
        ? "expiration"
        : /effective|commenc|beginning|starting|as of|from\s*$|生效|自\s*$|起始/.test(before.slice(-48)) ||
            /^.{0,16}(?:effective date)|^\s*起/.test(after)
          ? "effective"
          : index < 3000 && /made|entered|dated|executed|day of|签订|签署|订立|日期/.test(before)
            ? "agreement"
            : "other";
    const iso = isoOf(written);
    return { ...span(text, index, index + written.length), ...(iso === undefined ? {} : { iso }), kind };
  });
}

const currencies: Readonly<Record<string, string>> = {
  $: "USD",
  us$: "USD",
  usd: "USD",
  "u.s. dollars": "USD",
  dollars: "USD",
  "€": "EUR",
  eur: "EUR",
  euros: "EUR",
  "£": "GBP",
  gbp: "GBP",
  pounds: "GBP",
  "¥": "CNY",
  "￥": "CNY",
  cny: "CNY",
  rmb: "CNY",
  人民币: "CNY",
  元: "CNY",
  万元: "CNY",
  亿元: "CNY",
  美元: "USD",
  万美元: "USD",
  欧元: "EUR",
  港元: "HKD",
};
const sizes: Readonly<Record<string, number>> = { thousand: 1e3, million: 1e6, billion: 1e9, 万元: 1e4, 万美元: 1e4, 亿元: 1e8 };
const money =
  /(US\$|[$€£¥￥]|\b(?:USD|EUR|GBP|CNY|RMB)\b|人民币)?\s?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?:\s?(thousand|million|billion))?\s?(U\.S\. dollars|dollars|euros|pounds|USD|EUR|GBP|CNY|RMB|万美元|亿元|万元|美元|欧元|港元|元)?/gi;

/** Sums of money. */
export function moneyOf(text: string): ContractMoney[] {
  return Array.from(text.matchAll(money)).flatMap(({ 0: whole, 1: before, 2: digits, 3: size, 4: after, index }): ContractMoney[] => {
    if (before === undefined && after === undefined) return [];
    const currency = currencies[(before ?? after ?? "").toLowerCase()] ?? currencies[(after ?? "").toLowerCase()];
    const start = index + (whole.length - whole.trimStart().length);
    const amount = Number(digits.replace(/,/g, "")) * (sizes[(size ?? "").toLowerCase()] ?? sizes[after ?? ""] ?? 1);
    return [{ ...span(text, start, index + whole.trimEnd().length), amount, ...(currency === undefined ? {} : { currency }) }];
  });
}

const numbers = "one two three four five six seven eight nine ten eleven twelve".split(" ");
const tens: Readonly<Record<string, number>> = {
  fifteen: 15,
  eighteen: 18,
  twenty: 20,
  "twenty-four": 24,
  thirty: 30,
  "thirty-six": 36,
  forty: 40,
  "forty-five": 45,
  sixty: 60,
  ninety: 90,
};
const period = new RegExp(
  `\\b(?:(\\d{1,4})|(${[...numbers, ...Object.keys(tens)].sort((a, b) => b.length - a.length).join("|")})(?:[ -]?\\((\\d{1,4})\\))?)(?:[ -](?:calendar|business|full|consecutive))?[ -](day|month|year)s?\\b|([\\d]{1,4}|[一二两三四五六七八九十]{1,3})\\s?(?:个)?(工作日|日|天|个月|月|年)(?!\\s?\\d)`,
  "gi",
);
const chineseUnits: Readonly<Record<string, ContractPeriod["unit"]>> = {
  工作日: "day",
  日: "day",
  天: "day",
  个月: "month",
  月: "month",
  年: "year",
};

function chineseCount(written: string): number {
  if (/^\d+$/.test(written)) return Number(written);
  const digits = "零一二三四五六七八九";
  const [tensPart, unitPart] = written.replace(/两/g, "二").includes("十") ? written.split("十") : ["", written];
  const high = written.includes("十") ? (tensPart === "" ? 10 : digits.indexOf(tensPart.replace("两", "二")) * 10) : 0;
  return high + Math.max(0, digits.indexOf(unitPart.replace("两", "二") || "零"));
}

/** Spans of time: "thirty (30) days", "三年". */
export function periodsOf(text: string): ContractPeriod[] {
  return Array.from(text.matchAll(period)).flatMap(
    ({ 0: whole, 1: digits, 2: word, 3: again, 4: unit, 5: chinese, 6: chineseUnit, index }): ContractPeriod[] => {
      const place = span(text, index, index + whole.length);
      if (chinese !== undefined) {
        const before = text.slice(Math.max(0, index - 6), index);
        // A day of a calendar is no span of time.
        if (/\d{4}\s?年\s?$|月\s?$/.test(before) || (/^\d{4}$/.test(chinese) && chineseUnit === "年")) return [];
        if (chineseUnit === "月" || (chineseUnit === "日" && !/[内前后起]|以/.test(text.slice(index + whole.length, index + whole.length + 2))))
          return [];
        return [{ ...place, count: chineseCount(chinese), unit: chineseUnits[chineseUnit] }];
      }
      const said = word?.toLowerCase() ?? "";
      const count = digits !== undefined ? Number(digits) : again !== undefined ? Number(again) : (tens[said] ?? numbers.indexOf(said) + 1);
      return [{ ...place, count, unit: unit.toLowerCase() as ContractPeriod["unit"] }];
    },
  );
}
