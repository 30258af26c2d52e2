// Options of any call, held against rules: a name that is not known is refused with the nearest one, a value with what is allowed, in both languages. Knows no option.
import { InkstoneError, type Phrase, type Words } from "./errors/index.ts";
import { distance } from "./nearest.ts";

/** What an option may be, in words and as a test. */
export interface Rule {
  readonly allowed: Words;
  readonly holds: (value: unknown) => boolean;
}

/** One rule for each field of T: an option without one does not compile. */
export type Rules<T> = { readonly [Field in keyof Required<T>]: Rule };

const same = (words: string): Words => ({ en: words, zh: words });

/** Names in a row, in both languages: "a, b" and "a、b". */
export const listed = (names: readonly string[]): Words => ({ en: names.join(", "), zh: names.join("、") });

/** A whole number from `low` to `high`. */
export function whole(low: number, high: number = Number.MAX_SAFE_INTEGER): Rule {
  const open = high === Number.MAX_SAFE_INTEGER;
  return {
    allowed: open
      ? { en: `whole numbers from ${low}`, zh: `不小于 ${low} 的整数` }
      : { en: `whole numbers from ${low} to ${high}`, zh: `${low} 到 ${high} 的整数` },
    holds: (value) => Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high,
  };
}

/** Bounds of a number; those that are left out are open. */
export interface Bounds {
  /** The least that is allowed. */
  readonly from?: number;
  /** Allowed is what is larger. */
  readonly above?: number;
  /** The most that is allowed. */
  readonly to?: number;
  /** Allowed is what is smaller. */
  readonly below?: number;
}

/**
 * A finite number within bounds.
 *
 * @example
 * aNumber({ from: 0, below: 1 }).holds(1); // false
 */
export function aNumber({ from, above, to, below }: Bounds = {}): Rule {
  const en = [
    from !== undefined && `from ${from}`,
    above !== undefined && `above ${above}`,
    to !== undefined && `to ${to}`,
    below !== undefined && `below ${below}`,
  ];
  const zh = [
    from !== undefined && `不小于 ${from}`,
    above !== undefined && `大于 ${above}`,
    to !== undefined && `不大于 ${to}`,
    below !== undefined && `小于 ${below}`,
  ];
  const said = (parts: readonly (string | false)[]) => parts.filter((part) => part !== false);
  const [low, high] = [from ?? Number.NEGATIVE_INFINITY, to ?? Number.POSITIVE_INFINITY];
  const [over, under] = [above ?? Number.NEGATIVE_INFINITY, below ?? Number.POSITIVE_INFINITY];
  return {
    allowed: { en: ["numbers", ...said(en)].join(" "), zh: said(zh).length === 0 ? "有限的数" : `${said(zh).join("且")}的数` },
    holds: (value) =>
      Number.isFinite(value) && (value as number) >= low && (value as number) <= high && (value as number) > over && (value as number) < under,
  };
}

/** Learning rates. */
export const aboveZero: Rule = aNumber({ above: 0 });
/** Decays and small constants. */
export const fromZero: Rule = aNumber({ from: 0 });
/** Shares of what was; rates of dropout. */
export const belowOne: Rule = aNumber({ from: 0, below: 1 });
/** Shares of a whole. */
export const share: Rule = aNumber({ from: 0, to: 1 });
/** Any finite number. */
export const finite: Rule = aNumber();
/** Counts of steps. */
export const atLeastOne: Rule = whole(1);
/** Counts that may be none. */
export const countFromZero: Rule = whole(0);
/** True or false. */
export const aFlag: Rule = { allowed: same("true, false"), holds: (value) => typeof value === "boolean" };
/** Any text. */
export const aText: Rule = { allowed: { en: "a text", zh: "文本" }, holds: (value) => typeof value === "string" };
/** A text that is not empty. */
export const aName: Rule = {
  allowed: { en: "a text that is not empty", zh: "非空文本" },
  holds: (value) => typeof value === "string" && value !== "",
};
/** A signal to abort with. */
export const aSignal: Rule = { allowed: { en: "an AbortSignal", zh: "AbortSignal 对象" }, holds: (value) => value instanceof AbortSignal };
/** A function; how it is called is not looked at. */
export const aFunction: Rule = { allowed: { en: "a function", zh: "函数" }, holds: (value) => typeof value === "function" };
/** An object that is no list; what is in it is not looked at. */
export const anObject: Rule = {
  allowed: { en: "an object", zh: "对象" },
  holds: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};
/** A list; what is in it is not looked at. */
export const aList: Rule = { allowed: { en: "a list", zh: "列表" }, holds: Array.isArray };
/** Whatever it is: whoever takes it looks at it more closely. */
export const anything: Rule = { allowed: { en: "anything", zh: "任意值" }, holds: () => true };

/** One of these values. */
export function oneOf(values: readonly (string | number)[]): Rule {
  return { allowed: listed(values.map(String)), holds: (value) => values.includes(value as string) };
}

/** What either of some rules allows. */
export function either(...rules: readonly Rule[]): Rule {
  const allowed = { en: rules.map((rule) => rule.allowed.en).join("; or "), zh: rules.map((rule) => rule.allowed.zh).join("；或 ") };
  return { allowed, holds: (value) => rules.some((rule) => rule.holds(value)) };
}

/** What a rule allows, or null. */
export const orNull = (rule: Rule): Rule => either(rule, { allowed: same("null"), holds: (value) => value === null });

/** A list whose every element a rule allows; `least` elements at least. */
export function listOf(rule: Rule, least: number = 0): Rule {
  const [en, zh] = least === 0 ? ["a list of", "的列表"] : [`a list of at least ${least} of`, `的列表（至少 ${least} 项）`];
  return {
    allowed: { en: `${en} ${rule.allowed.en}`, zh: `${rule.allowed.zh}${zh}` },
    holds: (value) => Array.isArray(value) && value.length >= least && Array.from(value).every(rule.holds),
  };
}

/** The names of a call's options: one that is left out, or one too many, does not compile. */
export type OptionNames<T> = { readonly [Field in keyof Required<T>]: true };

/**
 * Refuses an option that a call does not have; what values may be is looked at by whoever takes them.
 *
 * Errors: `E_OPTION_UNKNOWN` with the nearest name.
 *
 * @example
 * refuseUnknown<{ folds?: number }>("kFolds", { fold: 5 } as object, { folds: true }); // throws E_OPTION_UNKNOWN
 */
export function refuseUnknown<T extends object>(of: string, options: T, names: OptionNames<T>): void {
  knownOptions(of, options, Object.keys(names));
}

/**
 * Holds an object of options against its rules and gives it back; left out, it is an empty one. An option that is `undefined` counts as left out. `of` is whose options they are, as a user wrote it.
 *
 * Errors: `E_OPTION_UNKNOWN` with the nearest name, `E_OPTION` with the value and what is allowed.
 *
 * @example
 * interface Fit { batchSize?: number }
 * const rules: Rules<Fit> = { batchSize: whole(1) };
 * readOptions("fit", { batchSize: 2 }, rules).batchSize; // 2
 * readOptions("fit", { batchSize: 0 }, rules); // throws E_OPTION: The option "batchSize" cannot be 0; …
 * readOptions<Fit>("fit", { batch_size: 2 } as Fit, rules); // throws E_OPTION_UNKNOWN: … Did you mean "batchSize"?
 */
export function readOptions<T extends object>(of: string, given: T | undefined, rules: Rules<T>): Partial<T> & T {
  if (given === undefined) return {} as T;
  if (!anObject.holds(given)) refuseNoObject(of, given, Object.keys(rules));
  for (const option of Object.keys(given)) {
    if (!Object.hasOwn(rules, option)) throw unknownOption(of, option, Object.keys(rules));
    const value = given[option as keyof T];
    if (value !== undefined) checkOption(option, value, rules[option as keyof T]);
  }
  return given;
}

function refuseNoObject(of: string, given: unknown, names: readonly string[]): never {
  const { en, zh } = listed(names);
  refuseOption("options", given, { en: `an object with any of ${en}: ${of}({ … })`, zh: `含以下任意项的对象：${zh}，即 ${of}({ … })` });
}

/** Refuses options that are not among these names; the values are looked at by whoever takes them. Errors: `E_OPTION_UNKNOWN`, `E_OPTION`. */
export function knownOptions(of: string, given: object | undefined, names: readonly string[]): void {
  if (given === undefined) return;
  if (!anObject.holds(given)) refuseNoObject(of, given, names);
  for (const option of Object.keys(given)) if (!names.includes(option)) throw unknownOption(of, option, names);
}

/** Holds one value against its rule: `undefined` is a value here. Errors: `E_OPTION`. */
export function checkOption(option: string, value: unknown, rule: Rule): void {
  if (!rule.holds(value)) refuseOption(option, value, rule.allowed);
}

/** Holds values against being whole numbers from 1. Errors: `E_OPTION`. */
export function checkCounts(options: Readonly<Record<string, unknown>>): void {
  for (const [option, value] of Object.entries(options)) checkOption(option, value, whole(1));
}

/** Holds a value against being a text. Errors: `E_OPTION`. */
export function checkText(option: string, value: unknown): asserts value is string {
  if (typeof value !== "string") refuseOption(option, value, { en: "a text", zh: "文本" });
}

/** Throws `E_OPTION`. */
export function refuseOption(option: string, value: unknown, allowed: Phrase): never {
  throw new InkstoneError("E_OPTION", { option, value: shown(value), allowed });
}

/** The error of a name that is not known; the words name the one that was probably meant. */
export function unknownOption(of: string, option: string, known: readonly string[]): InkstoneError<"E_OPTION_UNKNOWN"> {
  const nearest = meant(option, known);
  const remedy: Words =
    nearest === undefined
      ? known.length === 0
        ? { en: "It has none.", zh: "它没有任何选项。" }
        : { en: `There is: ${known.join(", ")}.`, zh: `可用：${known.join("、")}。` }
      : { en: `Did you mean "${nearest}"?`, zh: `您是指“${nearest}”吗？` };
  return new InkstoneError("E_OPTION_UNKNOWN", { of, option, nearest, remedy });
}

/**
 * The name that was probably meant: the same but for case and underscores, one of whose words it is the initials of ("lr"), whose words its own words begin, one that holds it, or one that few edits lead to.
 *
 * @example
 * meant("vocab_size", ["kind", "vocabularySize"]); // "vocabularySize"
 * meant("batch_size", ["epochs", "batchSize"]); // "batchSize"
 * meant("lr", ["epsilon", "learningRate"]); // "learningRate"
 * meant("stateful", ["units", "activation"]); // undefined
 */
export function meant(option: string, known: readonly string[]): string | undefined {
  const wanted = plain(option.slice(0, 64)); // what is longer is no mistyped name
  const near = (candidate: string): number => distance(wanted, plain(candidate));
  const initials = (candidate: string) => candidate.replace(/(?<=.)[a-z0-9_]+/g, "").toLowerCase();
  const closest = [...known].sort((a, b) => near(a) - near(b)).at(0);
  return (
    known.find((candidate) => plain(candidate) === wanted) ??
    known.find((candidate) => wanted.length > 1 && initials(candidate) === wanted) ??
    known.find((candidate) => isShortened(wordsOf(option), wordsOf(candidate))) ??
    (closest !== undefined && near(closest) <= Math.max(1, Math.floor(wanted.length / 4)) ? closest : undefined) ??
    known.find((candidate) => wanted.length > 2 && (plain(candidate).includes(wanted) || (candidate.length > 3 && wanted.includes(plain(candidate)))))
  );
}

const wordsOf = (option: string): string[] =>
  option
    .slice(0, 64)
    .split(/[^\p{L}\p{N}]+|(?<=\p{Ll})(?=\p{Lu})/u)
    .map((word) => word.toLowerCase());

// "vocab_size" of "vocabularySize": as many words, each begun with three letters or more.
const isShortened = (short: readonly string[], long: readonly string[]): boolean =>
  short.length > 1 && short.length === long.length && short.every((word, i) => word.length > 2 && long[i].startsWith(word));

const plain = (option: string): string =>
  option
    .slice(0, 64)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");

// Texts in quotes: "1" is not 1. What JSON cannot say (NaN, functions, cycles) is told by its kind.
function shown(value: unknown): unknown {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean" || value === null || Number.isFinite(value)) return value;
  if (value === undefined) return { en: "left out", zh: "空缺" };
  if (typeof value === "function") return { en: "a function", zh: "函数" };
  if (typeof value !== "object") return String(value);
  try {
    const text = JSON.stringify(value);
    return text.length > 200 ? Object.prototype.toString.call(value) : JSON.parse(text);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
