// Checks what a caller asks for, before anything is computed. Every route goes through here: a field that is not known is refused by name.
import { InkstoneError } from "../core/index.ts";
import type { GenerateOptions, Message } from "./types.ts";

/** Options with every default filled in; `maxTokens` undefined means "what fits, at most 512". */
export interface CheckedOptions {
  readonly maxTokens: number | undefined;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly repetitionPenalty: number;
  readonly seed: number;
  readonly stop: readonly string[];
  readonly special: boolean;
}

interface Rule {
  readonly allowed: string;
  readonly holds: (value: unknown) => boolean;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isStop = (value: unknown) => typeof value === "string" && value.length >= 1 && value.length <= 256;

const rules: Readonly<Record<keyof GenerateOptions, Rule>> = {
  maxTokens: { allowed: "a whole number from 1 to 1048576", holds: (v) => isWhole(v) && v >= 1 && v <= 1_048_576 },
  temperature: { allowed: "a number from 0 to 100", holds: (v) => isNumber(v) && v >= 0 && v <= 100 },
  topK: { allowed: "a whole number from 0", holds: (v) => isWhole(v) && v >= 0 },
  topP: { allowed: "a number above 0, at most 1", holds: (v) => isNumber(v) && v > 0 && v <= 1 },
  minP: { allowed: "a number from 0 to 1", holds: (v) => isNumber(v) && v >= 0 && v <= 1 },
  repetitionPenalty: { allowed: "a number above 0, at most 100", holds: (v) => isNumber(v) && v > 0 && v <= 100 },
  seed: { allowed: "a whole number from 0 to 2^53 - 1", holds: (v) => isWhole(v) && v >= 0 },
  stop: { allowed: "up to 4 texts of 1 to 256 characters", holds: (v) => Array.isArray(v) && v.length <= 4 && v.every(isStop) },
  special: { allowed: "true or false", holds: (v) => typeof v === "boolean" },
  signal: { allowed: "an AbortSignal", holds: (v) => v instanceof AbortSignal },
};

/**
 * Fills in defaults. `undefined` counts as left out.
 *
 * Errors: `E_OPTION` with the option, its value and what is allowed.
 *
 * @example
 * checkOptions({ temperature: 0.5, seed: 1 }).topP; // 1
 */
export function checkOptions(options: GenerateOptions = {}): CheckedOptions {
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, option)) throw new InkstoneError("E_OPTION", { option, value, allowed: Object.keys(rules).join(", ") });
    const rule = rules[option as keyof GenerateOptions];
    if (value !== undefined && !rule.holds(value)) throw new InkstoneError("E_OPTION", { option, value: shown(value), allowed: rule.allowed });
  }
  return {
    maxTokens: options.maxTokens,
    temperature: options.temperature ?? 0,
    topK: options.topK ?? 0,
    topP: options.topP ?? 1,
    minP: options.minP ?? 0,
    repetitionPenalty: options.repetitionPenalty ?? 1,
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 48),
    stop: options.stop ?? [],
    special: options.special ?? false,
  };
}

// NaN and Infinity would become null in JSON.
const shown = (value: unknown) => (typeof value === "number" ? String(value) : value);

const roles = new Set(["system", "user", "assistant"]);

/**
 * Checks a prompt: a text, or at least one message.
 *
 * Errors: `E_MESSAGES` with the path of what is wrong.
 */
export function checkPrompt(prompt: string | readonly Message[]): void {
  if (typeof prompt === "string") return;
  if (!Array.isArray(prompt) || prompt.length === 0) throw new InkstoneError("E_MESSAGES", { param: "messages", why: "at least one is needed" });
  for (const [i, message] of (prompt as readonly unknown[]).entries()) {
    const { role, content } = (message ?? {}) as Partial<Message>;
    if (!roles.has(String(role))) throw new InkstoneError("E_MESSAGES", { param: `messages[${i}].role`, why: `${JSON.stringify(role)} is no role` });
    if (typeof content !== "string") throw new InkstoneError("E_MESSAGES", { param: `messages[${i}].content`, why: "it is not text" });
  }
}
