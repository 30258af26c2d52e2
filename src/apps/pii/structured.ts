// Personal data by its form: addresses on the net, cards, identity numbers, codes, and what a label names ("MRN: 12345"). Knows no names of people.
import { chineseIdentity, creditCode, iban, luhn, vehicleNumber } from "./checks.ts";
import type { PiiKind, PiiMatch } from "./types.ts";

interface Form {
  readonly kind: PiiKind;
  readonly rule: string;
  readonly confidence: number;
  /** Group 1, where there is one, is the place. */
  readonly pattern: RegExp;
  readonly check?: (found: string) => boolean;
}

const bare = (text: string): string => text.replace(/[\s-]/g, "");
const digit = "(?<![\\d.,-])";
const cardLike = `${digit}(\\d(?:[ -]?\\d){11,18})(?![\\d]|[.,]\\d|-\\d)`;
const value = "([A-Za-z]{0,4}[- ]?\\d[A-Za-z0-9-]{2,24}|[A-Z0-9][A-Z0-9-]{4,24})";
const labelled = (label: string): RegExp => new RegExp(`(?:${label})\\s*(?:is|为|是)?\\s*[:：#＃=]?\\s*#?\\s*${value}(?![A-Za-z0-9])`, "dg");
const hasDigit = (text: string): boolean => /\d/.test(text);
const en = (words: string): string => `\\b(?:${words})(?:\\s+(?:[Nn]umber|[Nn]o\\.?|NUMBER|NO\\.?|ID|[Cc]ode))?`;

const forms: readonly Form[] = [
  {
    kind: "email",
    rule: "email",
    confidence: 0.95,
    pattern: /(?<![\w.+%-])[\w.+%-]{1,64}@(?:[A-Za-z0-9\u00a1-\uffff](?:[A-Za-z0-9\u00a1-\uffff-]{0,62})\.)+[A-Za-z]{2,24}(?![A-Za-z0-9])/dg,
  },
  {
    kind: "url",
    rule: "url",
    confidence: 0.9,
    pattern: /(?:https?:\/\/|\bwww\.)[^\s<>"'，。；！？、（）《》“”]{3,2000}?(?=[.,;:!?)\]]*(?:[\s<>"'，。；！？、（）《》“”]|$))/dg,
  },
  {
    kind: "ip",
    rule: "ip-v4",
    confidence: 0.9,
    pattern: /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]*\d)/dg,
  },
  { kind: "ip", rule: "ip-v6", confidence: 0.9, pattern: /(?<![\w:])(?:[0-9a-fA-F]{1,4}:){2,7}(?::?[0-9a-fA-F]{1,4}){1,6}(?![\w:])/dg },
  { kind: "device", rule: "mac", confidence: 0.9, pattern: /(?<![\w:-])(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}(?![\w:-])/dg },
  { kind: "cn-id", rule: "cn-id-checksum", confidence: 0.99, pattern: /(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])/dg, check: chineseIdentity },
  {
    kind: "cn-id",
    rule: "cn-id-label",
    confidence: 0.9,
    pattern: /(?:身份证(?:号码?|件号)?|公民身份号码)\s*(?:为|是)?\s*[:：]?\s*(\d{15}(?:\d{2}[\dXx])?)(?!\d)/dg,
  },
  {
    kind: "credit-code",
    rule: "credit-code-checksum",
    confidence: 0.99,
    pattern: /(?<![A-Za-z\d])[1-9A-Y][\dA-HJ-NP-RTUW-Y]{17}(?![A-Za-z\d])/dg,
    check: creditCode,
  },
  {
    kind: "credit-code",
    rule: "credit-code-label",
    confidence: 0.9,
    pattern: /(?:统一社会信用代码|社会信用代码|信用代码)\s*(?:为|是)?\s*[:：]?\s*([\dA-Z]{18})(?![A-Za-z\d])/dg,
  },
  {
    kind: "card",
    rule: "card-luhn",
    confidence: 0.97,
    pattern: new RegExp(cardLike, "dg"),
    check: (found) =>
      /^(?:4\d{12}(?:\d{3})?(?:\d{3})?|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d)\d{12}|35\d{14}|(?:5[0678]|6\d)\d{10,17}|1800\d{11}|2131\d{11})$/.test(
        bare(found),
      ) &&
      luhn(bare(found)) &&
      !/^62/.test(bare(found)),
  },
  {
    kind: "bank-account",
    rule: "bank-card-luhn",
    confidence: 0.97,
    pattern: new RegExp(`${digit}(62\\d{2}(?:[ -]?\\d){12,15})(?!\\d)`, "dg"),
    check: (found) => luhn(bare(found)),
  },
  {
    kind: "bank-account",
    rule: "bank-card-label",
    confidence: 0.9,
    pattern: /(?:银行卡号?|银行账[号户]|卡号|账号|帐号|收款账户|开户账号)\s*(?:为|是)?\s*[:：]?\s*(\d(?:[ -]?\d){8,22})(?!\d)/dg,
  },
  {
    kind: "bank-account",
    rule: "iban",
    confidence: 0.99,
    pattern: /(?<![A-Za-z\d])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?![A-Za-z\d])/dg,
    check: iban,
  },
  {
    kind: "ssn",
    rule: "us-ssn",
    confidence: 0.9,
    pattern: /(?<![\d-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\d-]|\.\d)/dg,
  },
  {
    kind: "ssn",
    rule: "ssn-label",
    confidence: 0.9,
    pattern: /\b(?:SSN|[Ss]ocial [Ss]ecurity(?: [Nn]umber)?)\s*(?:is)?\s*[:#]?\s*(\d{3}[- ]?\d{2}[- ]?\d{4})(?!\d)/dg,
  },
  {
    kind: "passport",
    rule: "cn-passport",
    confidence: 0.8,
    pattern: /(?<![A-Za-z\d])(?:[EGDSPH]\d{8}|E[A-HJ-NP-Z]\d{7}|14\d{7}|15\d{7})(?![A-Za-z\d])(?<=[A-Z]\w{7,8})/dg,
  },
  {
    kind: "passport",
    rule: "passport-label",
    confidence: 0.9,
    pattern:
      /(?:\b[Pp]assport(?:\s+(?:[Nn]umber|[Nn]o\.?))?|护照(?:号码?)?|通行证(?:号码?)?)\s*(?:is|为|是)?\s*[:：#]?\s*([A-Z]{0,2}\d{6,9})(?![A-Za-z\d])/dg,
  },
  {
    kind: "plate",
    rule: "cn-plate",
    confidence: 0.95,
    pattern:
      /[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-HJ-NP-Z][·•\s-]?(?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]|[DF][A-HJ-NP-Z0-9]\d{4}|\d{5}[DF])(?![A-Za-z\d])/dg,
  },
  {
    kind: "plate",
    rule: "plate-label",
    confidence: 0.9,
    pattern:
      /(?:\b[Ll]icen[cs]e [Pp]late(?:\s+(?:[Nn]umber|[Nn]o\.?))?|\b[Pp]late (?:[Nn]umber|[Nn]o\.?)|\b[Rr]egistration plate)\s*(?:is)?\s*[:#]?\s*([A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,5})(?![A-Za-z\d])/dg,
    check: hasDigit,
  },
  {
    kind: "vehicle",
    rule: "vin",
    confidence: 0.97,
    pattern: /(?<![A-Za-z\d])[A-HJ-NPR-Z\d]{17}(?![A-Za-z\d])/dg,
    check: (found) => /[A-Z]/.test(found) && vehicleNumber(found),
  },
  {
    kind: "medical-record",
    rule: "record-label",
    confidence: 0.9,
    pattern: labelled(
      `${en("MRN|[Mm]edical [Rr]ecord|[Cc]hart|[Pp]atient ID|[Aa]ccession|[Ss]pecimen|[Ee]ncounter")}|病历号|病案号|住院号|门诊号|就诊号|就诊卡号|登记号|检查号|标本号|患者编号`,
    ),
    check: hasDigit,
  },
  {
    kind: "health-plan",
    rule: "plan-label",
    confidence: 0.9,
    pattern: labelled(
      `${en("[Hh]ealth [Pp]lan|[Mm]ember ID|[Bb]eneficiary|[Mm]edicare|[Mm]edicaid|[Ii]nsurance (?:ID|[Nn]umber|[Pp]olicy)|[Gg]roup [Nn]umber")}|医保卡?号|社保卡?号|社会保障号码?|保单号|医保编号`,
    ),
    check: hasDigit,
  },
  {
    kind: "account",
    rule: "account-label",
    confidence: 0.9,
    pattern: labelled(
      `${en("[Aa]ccount|[Aa]cct\\.?|ACCT|[Cc]ustomer (?:ID|[Nn]umber)|[Uu]ser ID|[Ii]nvoice")}|客户号|客户编号|会员号|工号|学号|订单号`,
    ),
    check: (found) => (found.match(/\d/g)?.length ?? 0) >= 4,
  },
  {
    kind: "driver-license",
    rule: "driver-label",
    confidence: 0.9,
    pattern: labelled(`${en("[Dd]river'?s? [Ll]icen[cs]e|DL")}|驾驶证号?码?|驾照号?码?`),
    check: hasDigit,
  },
  {
    kind: "license",
    rule: "license-label",
    confidence: 0.85,
    pattern: labelled(
      `${en("(?:[Mm]edical |[Pp]rofessional |[Nn]ursing )?[Ll]icen[cs]e|DEA|NPI|[Cc]ertificate")}|执业证号?|医师证号?|证书编号|执照号`,
    ),
    check: hasDigit,
  },
  {
    kind: "device",
    rule: "device-label",
    confidence: 0.85,
    pattern: labelled(`${en("IMEI|[Ss]erial|[Dd]evice (?:ID|[Ss]erial)|[Ii]mplant serial|[Pp]acemaker serial")}|序列号|设备编号|设备号`),
    check: hasDigit,
  },
  {
    kind: "age",
    rule: "age-90",
    confidence: 0.85,
    pattern: /(?<![\d.])(?:9\d|1[01]\d)(?:[- ]?(?:year|yr)s?[- ]?old|[- ]y\/?o\b|岁|\s*years of age)/dg,
  },
];

/**
 * What has a form of its own: nets, cards, numbers with check digits, labelled identifiers. In the order of the rules, overlaps and all.
 *
 * @example
 * structuredPii("mail a@b.org").map(({ kind, start, end }) => [kind, start, end]); // [["email", 5, 12]]
 */
export function structuredPii(text: string): PiiMatch[] {
  const found: PiiMatch[] = [];
  for (const { kind, rule, confidence, pattern, check } of forms) {
    for (const match of text.matchAll(pattern)) {
      const [start, end] = match.indices?.[1] !== undefined && rule !== "us-ssn" ? match.indices[1] : match.indices![0]!;
      if (check === undefined || check(text.slice(start, end))) found.push({ kind, rule, confidence, start, end });
    }
  }
  return found;
}
