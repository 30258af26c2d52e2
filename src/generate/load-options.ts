// Checks how a model is to be opened.
import { InkstoneError } from "../core/index.ts";
import type { LoadOptions } from "./types.ts";

const isWholeFrom = (low: number, high: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high;
const isOneOf = (values: readonly string[]) => (value: unknown) => values.includes(value as string);
const precisions = ["exact", "bf16", "fast"];
const executors = ["auto", "native", "reference"];

const rules: Readonly<Record<keyof LoadOptions, { allowed: string; holds: (value: unknown) => boolean }>> = {
  precision: { allowed: precisions.join(", "), holds: isOneOf(precisions) },
  threads: { allowed: "a whole number from 1 to 64", holds: isWholeFrom(1, 64) },
  contextLength: { allowed: "a whole number from 8 to 1048576", holds: isWholeFrom(8, 1_048_576) },
  slots: { allowed: "a whole number from 1 to 64", holds: isWholeFrom(1, 64) },
  executor: { allowed: executors.join(", "), holds: isOneOf(executors) },
  tier: { allowed: "the name of a tier", holds: (value) => typeof value === "string" },
  signal: { allowed: "an AbortSignal", holds: (value) => value instanceof AbortSignal },
  onProgress: { allowed: "a function", holds: (value) => typeof value === "function" },
};

/** Errors: `E_OPTION` with the option, its value and what is allowed; an option that is not known is refused by name. */
export function checkLoad(options: LoadOptions): void {
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, option)) throw new InkstoneError("E_OPTION", { option, value: String(value), allowed: Object.keys(rules).join(", ") });
    const rule = rules[option as keyof LoadOptions];
    if (value !== undefined && !rule.holds(value)) throw new InkstoneError("E_OPTION", { option, value: String(value), allowed: rule.allowed });
  }
}
