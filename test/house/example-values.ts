// Whether a value is what a comment says. Numbers count as far as they are written out, "…" in a text stands for anything.
import { isDeepStrictEqual } from "node:util";

/** What a comment says, as a value. Errors: SyntaxError when it is none. */
export function saidValue(comment: string): unknown {
  return new Function(`"use strict"; return (${comment});`)();
}

/** Whether a value is what a comment says. */
export function isSaid(value: unknown, comment: string): boolean {
  return same(plain(value), saidValue(comment), decimals(comment));
}

// The fewest decimals with which the comment writes a fraction: [0, 0.8412] says four.
function decimals(comment: string): number {
  const found = [...comment.matchAll(/\d\.(\d+)(?!\d*e)/g)].map((match) => match[1].length);
  return found.length === 0 ? 15 : Math.min(...found);
}

function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as unknown as ArrayLike<unknown>);
  if (value instanceof Set) return [...value];
  return value;
}

function same(value: unknown, said: unknown, digits: number): boolean {
  if (typeof said === "number" && typeof value === "number") return Object.is(said, value) || Math.abs(value - said) <= 0.5001 * 10 ** -digits;
  if (typeof said === "string" && typeof value === "string" && said.includes("…")) return matches(value, said);
  if (Array.isArray(said)) {
    const list = plain(value);
    return Array.isArray(list) && list.length === said.length && said.every((one, i) => same(list[i], one, digits));
  }
  if (typeof said === "object" && said !== null && typeof value === "object" && value !== null) {
    const [a, b] = [value, said] as Record<string, unknown>[];
    return isDeepStrictEqual(Object.keys(a).sort(), Object.keys(b).sort()) && Object.keys(b).every((key) => same(a[key], b[key], digits));
  }
  return Object.is(value, said);
}

function matches(value: string, said: string): boolean {
  const pattern = said.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join("[\\s\\S]*")}$`).test(value);
}
