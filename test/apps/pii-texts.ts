// A generator of English and Chinese texts with personal data, whose places are known. Its names, streets and sentences are not those of the rules.
import { chineseCheck, creditCheck, luhnCheck } from "./check-digits.ts";

/** A text and what is in it. */
export interface PlantedText {
  readonly text: string;
  readonly planted: readonly { readonly kind: string; readonly start: number; readonly end: number }[];
}

const english = {
  given:
    "Priscilla Tobias Leonora Quentin Rosalind Barnaby Henrietta Cedric Winifred Ignatius Ottilie Percival Saoirse Caoimhe Dmitriy Yevgenia Mbali Olumide Rajesh Sunniva".split(
      " ",
    ),
  family:
    "Blackwood Fitzgerald Ramanathan Oyelaran Petrosyan Kowalczyk Lindqvist Abernathy Castellanos Montgomery Venkatesan Haraldsen Okonkwo Delacroix Winterbourne".split(
      " ",
    ),
  street: "Maple Street,Willowbrook Lane,Elm Avenue,Kingsway Road,Harbour Drive,Old Mill Court,Cedar Crest Boulevard,Foxglove Terrace".split(","),
  city: "Springfield,Lakeside,Portland,Brighton,Fairview,Rivertown".split(","),
};
const chinese = {
  family: "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕欧阳司马".match(/欧阳|司马|./gu)!,
  given: "志远 晓琳 建国 雨桐 浩然 思涵 丽娟 国庆 梓萱 俊杰 海燕 文博 秀英 天宇 佳怡 伟 敏 静 磊 洋".split(" "),
  road: "解放路,人民大街,建设北路,中山东路,学府路,滨江大道,长安街,文化巷".split(","),
  city: "上海市徐汇区,广东省深圳市南山区,北京市朝阳区,浙江省杭州市西湖区,四川省成都市武侯区,湖北省武汉市洪山区".split(","),
};

/** Numbers in [0, 1) from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

type Maker = (random: () => number) => string;
const pick = <T>(items: readonly T[], random: () => number): T => items[Math.floor(random() * items.length)];
const number = (digits: number, random: () => number): string => Array.from({ length: digits }, () => Math.floor(random() * 10)).join("");
const between = (low: number, high: number, random: () => number): number => low + Math.floor(random() * (high - low + 1));
const two = (value: number): string => String(value).padStart(2, "0");

const makers: Readonly<Record<string, Maker>> = {
  "en:name": (r) => `${pick(english.given, r)} ${pick(english.family, r)}`,
  "en:phone": (r) =>
    pick(
      [
        `(${between(201, 989, r)}) ${between(201, 989, r)}-${number(4, r)}`,
        `${between(201, 989, r)}-${between(201, 989, r)}-${number(4, r)}`,
        `+44 20 7${number(3, r)} ${number(4, r)}`,
      ],
      r,
    ),
  "en:email": (r) => `${pick(english.family, r).toLowerCase()}.${number(3, r)}@${pick(["example.org", "mail.example.co.uk", "firm-mail.com"], r)}`,
  "en:address": (r) =>
    `${between(2, 9999, r)} ${pick(english.street, r)}, ${pick(english.city, r)}, ${pick(["CA", "NY", "TX", "OR"], r)} ${number(5, r)}`,
  "en:date": (r) =>
    pick(
      [
        `${between(1, 12, r)}/${between(1, 28, r)}/${between(1930, 2024, r)}`,
        `March ${between(1, 28, r)}, ${between(1930, 2024, r)}`,
        `${between(1930, 2024, r)}-${two(between(1, 12, r))}-${two(between(1, 28, r))}`,
      ],
      r,
    ),
  "en:card": (r) => luhnCheck(`4${number(14, r)}`),
  "en:ssn": (r) => `${between(100, 665, r)}-${two(between(1, 99, r))}-${between(1000, 9999, r)}`,
  "en:ip": (r) => Array.from({ length: 4 }, () => between(1, 250, r)).join("."),
  "zh:name": (r) => pick(chinese.family, r) + pick(chinese.given, r),
  "zh:phone": (r) => pick([`1${pick(["38", "59", "77", "86", "99"], r)}${number(8, r)}`, `0${between(21, 29, r)}-8${number(7, r)}`], r),
  "zh:address": (r) => `${pick(chinese.city, r)}${pick(chinese.road, r)}${between(1, 400, r)}号${between(1, 30, r)}栋${between(101, 2909, r)}室`,
  "zh:date": (r) => `${between(1940, 2024, r)}年${between(1, 12, r)}月${between(1, 28, r)}日`,
  "zh:cn-id": (r) =>
    chineseCheck(
      `${pick(["110105", "310104", "440305", "510107"], r)}${between(1940, 2010, r)}${two(between(1, 12, r))}${two(between(1, 28, r))}${number(3, r)}`,
    ),
  "zh:bank-account": (r) => luhnCheck(`6222${number(14, r)}`),
  "zh:plate": (r) => `${pick([..."京沪粤苏浙川鄂"], r)}${pick([..."ABCDE"], r)}${pick([..."ABCDEFGHJK"], r)}${number(4, r)}`,
  "zh:credit-code": (r) => creditCheck(`91${between(110000, 659999, r)}MA${number(7, r)}`),
  "zh:medical-record": (r) => number(8, r),
};

const frames: readonly string[] = [
  "Please update the delivery for {en:name}: the new address is {en:address}, and the phone is {en:phone}.",
  "Dear {en:name}, your card {en:card} was charged on {en:date}. Questions go to {en:email}.",
  "Claim note. Claimant: {en:name}. SSN: {en:ssn}. Date of birth {en:date}. Lives at {en:address}.",
  "I spoke with Mr. {en:name} yesterday; call back at {en:phone} after six.",
  "{en:name} wrote from {en:email} that the meeting of {en:date} is cancelled.",
  "Login from {en:ip} by {en:email} failed three times.",
  "Regards,\n{en:name}\n{en:address}\nTel: {en:phone}",
  "My name is {en:name} and my social security number is {en:ssn}.",
  "联系人：{zh:name}，电话：{zh:phone}，收货地址：{zh:address}。",
  "患者{zh:name}，男，身份证号{zh:cn-id}，病历号：{zh:medical-record}，于{zh:date}入院。",
  "您好，我叫{zh:name}，手机号是{zh:phone}，请把快递送到{zh:address}，谢谢！",
  "原告：{zh:name}，住{zh:address}。被告：{zh:name}，出生于{zh:date}。",
  "请将货款汇至银行卡号{zh:bank-account}，户名：{zh:name}。",
  "车牌号{zh:plate}的车主{zh:name}先生请到前台，您的电话是{zh:phone}吗？",
  "甲方统一社会信用代码：{zh:credit-code}，法定代表人：{zh:name}，签订日期{zh:date}。",
  "{zh:name}医生您好，我是{zh:name}的家属，可以拨打{zh:phone}联系我。",
];

/** Sentences without personal data, which must stay as they are. */
export const harmless: readonly string[] = [
  "The order has 12 items and weighs 3.5 kg in total.",
  "Please restart the router and wait 30 seconds before trying again.",
  "Revenue grew 14.2 % to 1,204,500 in the last quarter.",
  "How do I change the limit of my account?",
  "今天天气不错，适合出门散步。",
  "本产品保修一年，请妥善保管发票。",
  "公司计划在下半年推出三款新产品，预计增长百分之二十。",
  "请问怎么修改密码？我已经试过三次了。",
];

/** `count` texts from a seed. */
export function plantedTexts(count: number, seed: number): PlantedText[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    let text = "";
    const planted: { kind: string; start: number; end: number }[] = [];
    for (const piece of pick(frames, random).split(/(\{[^}]+\})/)) {
      const maker = makers[piece.slice(1, -1)];
      const value = maker === undefined ? piece : maker(random);
      if (maker !== undefined) planted.push({ kind: piece.slice(4, -1), start: text.length, end: text.length + value.length });
      text += value;
    }
    return { text, planted };
  });
}
