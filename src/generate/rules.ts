// What a caller may ask for, field by field: a field that is not known is refused by name, a value out of range with what is allowed. Knows no model.
import { InkstoneError, type Phrase } from "../core/index.ts";

/** What a field may be, in words and as a test. */
export interface Rule {
  readonly allowed: Phrase;
  readonly holds: (value: unknown) => boolean;
}

/** One rule for each field of T. */
export type Rules<T> = { readonly [Field in keyof Required<T>]: Rule };

/** A whole number from `low` to `high`. */
export function whole(low: number, high: number = Number.MAX_SAFE_INTEGER): Rule {
  const top = high === Number.MAX_SAFE_INTEGER ? "2^53 - 1" : high;
  return {
    allowed: { en: `a whole number from ${low} to ${top}`, zh: `${low} 到 ${top} 的整数` },
    holds: (value) => Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high,
  };
}

/** A number from `low` to `high`; `above`: `low` itself is not allowed. */
export function number(low: number, high: number, above = false): Rule {
  return {
    allowed: above
      ? { en: `a number above ${low}, at most ${high}`, zh: `大于 ${low} 且不超过 ${high} 的数` }
      : { en: `a number from ${low} to ${high}`, zh: `${low} 到 ${high} 的数` },
    holds: (value) => typeof value === "number" && (above ? value > low : value >= low) && value <= high,
  };
}

/** One of these texts. */
export function oneOf(values: readonly string[]): Rule {
  return { allowed: values.join(", "), holds: (value) => values.includes(value as string) };
}

/** True or false. */
export const flag: Rule = { allowed: "true, false", holds: (value) => typeof value === "boolean" };
/** Any text. */
export const text: Rule = { allowed: { en: "a text", zh: "文本" }, holds: (value) => typeof value === "string" };
/** A signal to abort with. */
export const aSignal: Rule = { allowed: { en: "an AbortSignal", zh: "AbortSignal 对象" }, holds: (value) => value instanceof AbortSignal };
/** A function; how it is called is not looked at. */
export const aFunction: Rule = { allowed: { en: "a function", zh: "函数" }, holds: (value) => typeof value === "function" };

/**
 * Holds an object of options against its rules. `undefined` counts as left out.
 *
 * Errors: `E_OPTION` with the option, its value and what is allowed.
 *
 * @example
 * check({ window: 1 }, { window: whole(2) }); // throws E_OPTION: The option "window" cannot be 1; …
 */
export function check<T extends object>(given: T, rules: Rules<T>): void {
  const names = Object.keys(rules);
  if (typeof given !== "object" || given === null || Array.isArray(given))
    refuse("options", given, { en: `an object of ${names.join(", ")}`, zh: `包含 ${names.join("、")} 的对象` });
  for (const [option, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, option)) refuse(option, value, names.join(", "));
    if (value !== undefined) checkValue(option, value, rules[option as keyof T]);
  }
}

/** Holds one value against its rule. Errors: `E_OPTION`. */
export function checkValue(option: string, value: unknown, rule: Rule): void {
  if (!rule.holds(value)) refuse(option, value, rule.allowed);
}

/** Throws `E_OPTION`. */
export function refuse(option: string, value: unknown, allowed: Phrase): never {
  throw new InkstoneError("E_OPTION", { option, value: shown(value), allowed });
}

// Texts in quotes: "1" is not 1. What JSON cannot say (NaN, functions, cycles) is told by its kind.
function shown(value: unknown): unknown {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean" || value === null || Number.isFinite(value)) return value;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object") return String(value);
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return Object.prototype.toString.call(value);
  }
}
