// How long a model stays open after a request, as Ollama's clients say it. Knows no routes.
import { z } from "zod";

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Seconds, or a text such as "5m", "1h30m", "-1"; below 0: for ever. */
export const keepAliveSchema: z.ZodType<number | string | null | undefined> = z
  .union([z.number(), z.string().regex(/^-?(?:\d+(?:\.\d+)?(?:ms|s|m|h)?)+$/)])
  .nullish();

/**
 * The same in milliseconds; undefined where nothing is said.
 *
 * @example
 * keepAliveMs("1h30m"); // 5400000
 * keepAliveMs(-1); // Infinity
 */
export function keepAliveMs(given: number | string | null | undefined): number | undefined {
  if (given == null) return undefined;
  if (typeof given === "number") return given < 0 ? Number.POSITIVE_INFINITY : given * 1000;
  if (given.startsWith("-")) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (const [, count, unit = "s"] of given.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)?/g)) sum += Number(count) * units[unit];
  return sum;
}
