// A generator of evasions of words, by rule, with its own tables: written apart from the filter, half of its kinds never looked at while the filter was made.
import { seeded } from "./pii-texts.ts";

/** A text with a hidden word in it. */
export interface HiddenWord {
  readonly text: string;
  readonly word: string;
  readonly kind: string;
}

type Hide = (word: string, random: () => number) => string | undefined;

const fullWidth: Hide = (word) => word.replace(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0));
const spaced: Hide = (word) => [...word].join(" ");
const dotted: Hide = (word, random) => [...word].join([".", "-", "_", "*", "·"][Math.floor(random() * 5)]);
const invisible: Hide = (word, random) => {
  const at = 1 + Math.floor(random() * (word.length - 1));
  return word.slice(0, at) + ["\u200b", "\u200d", "\u2060", "\u00ad"][Math.floor(random() * 4)] + word.slice(at);
};
const numbers: Readonly<Record<string, string>> = { a: "4", e: "3", i: "1", o: "0", s: "5" };
const marks: Readonly<Record<string, string>> = { a: "@", s: "$", i: "!" };
const oneOf =
  (table: Readonly<Record<string, string>>): Hide =>
  (word, random) => {
    const places = [...word].flatMap((letter, i) => (table[letter] === undefined ? [] : [i]));
    if (places.length === 0) return undefined;
    const at = places[Math.floor(random() * places.length)];
    return word.slice(0, at) + table[word[at]] + word.slice(at + 1);
  };
const cyrillic: Readonly<Record<string, string>> = { a: "а", e: "е", o: "о", p: "р", c: "с", x: "х", y: "у", i: "і" };
const everyLook: Hide = (word) => (/[aeopcxyi]/.test(word) ? [...word].map((letter) => cyrillic[letter] ?? letter).join("") : undefined);
const dragged: Hide = (word, random) => {
  const at = Math.floor(random() * word.length);
  return word.slice(0, at) + word[at].repeat(4) + word.slice(at + 1);
};
const accents: Hide = (word) =>
  word
    .normalize("NFD")
    .replace(/[aeou]/, (one) => `${one}\u0301`)
    .normalize("NFC");
const capitals: Hide = (word) => [...word].map((letter, i) => (i % 2 === 0 ? letter.toUpperCase() : letter)).join("");
const starred: Hide = (word) => (/^.+[aeiou].+$/.test(word) && word.length >= 4 ? word.replace(/(?<=.)[aeiou](?=.)/, "*") : undefined);
const traditionalForms: Readonly<Record<string, string>> = {
  爱: "愛",
  裸: "裸",
  赌: "賭",
  妇: "婦",
  乱: "亂",
  处: "處",
  鸡: "雞",
  阴: "陰",
  兽: "獸",
  发: "發",
  枪: "槍",
  药: "藥",
  网: "網",
  杀: "殺",
  贩: "販",
  卖: "賣",
  双: "雙",
  干: "幹",
  种: "種",
  脑: "腦",
  残: "殘",
  贱: "賤",
};
const traditional: Hide = (word) =>
  [...word].some((one) => traditionalForms[one] !== undefined && traditionalForms[one] !== one)
    ? [...word].map((one) => traditionalForms[one] ?? one).join("")
    : undefined;
const stars: Hide = (word, random) => [...word].join(["*", " ", "|", "-", "★"][Math.floor(random() * 5)]);

const english: readonly (readonly [string, Hide])[] = [
  ["full width", fullWidth],
  ["spaced", spaced],
  ["dotted", dotted],
  ["invisible", invisible],
  ["digits", oneOf(numbers)],
  ["marks", oneOf(marks)],
  ["look-alikes", everyLook],
  ["dragged", dragged],
  ["accents", accents],
  ["capitals", capitals],
  ["masked", starred],
];
const chinese: readonly (readonly [string, Hide])[] = [
  ["marked", stars],
  ["invisible", invisible],
  ["traditional", traditional],
  ["spaced", spaced],
];

const frames = {
  en: ["hey X what now", "this is X honestly", "X", "they said X to me yesterday", "total X, all of it"],
  zh: ["你看这个X怎么样", "X", "有人在群里说X，怎么办", "今天又有X的消息了", "不要X！"],
};

/** Evasions of words: every word in turn with every way that changes it. */
export function hiddenWords(words: readonly string[], language: "en" | "zh", count: number, seed: number): HiddenWord[] {
  const random = seeded(seed);
  const found: HiddenWord[] = [];
  const ways = language === "en" ? english : chinese;
  for (let i = 0; found.length < count && i < count * 20; i++) {
    const word = words[Math.floor(random() * words.length)];
    const [kind, hide] = ways[i % ways.length];
    const hidden = hide(word, random);
    if (hidden === undefined || hidden === word) continue;
    const frame = frames[language][Math.floor(random() * frames[language].length)];
    found.push({ text: frame.replace("X", () => hidden), word, kind });
  }
  return found;
}
