// What changed between two reports on the same source: shares of mentions, praise, the mean rating, aspects that came and went. Only what stands against chance. Knows no files.
import { InkstoneError } from "../../core/index.ts";
import type { AspectFinding, Insight } from "./analyse.ts";
import type { InsightChanges } from "./change-types.ts";
import { type Estimate, shareOf, standing, trendOf } from "./statistics.ts";

const apart = (one: Estimate, other: Estimate): boolean => one.high < other.low || other.high < one.low;

/**
 * What changed since an earlier report.
 *
 * @example
 * const rows = (word) => Array.from({ length: 40 }, (_, i) => ({ line: i + 2, text: `The battery is ${word}.` }));
 * const { praise } = changesSince(await analyseRows(rows("great")), await analyseRows(rows("awful")));
 * praise.map(({ aspect, before, now }) => [aspect, before.value, now.value]); // [["battery", 1, 0]]
 */
export function changesSince(before: Insight, now: Insight): InsightChanges {
  const earlier = new Map(before.aspects.map((one) => [one.aspect, one]));
  const both = now.aspects.flatMap((one) => {
    const other = earlier.get(one.aspect);
    return other === undefined ? [] : [{ one, other }];
  });
  // A sentence is a mention: of a row with several, one is counted.
  const countIn = ({ mentions }: AspectFinding, rows: number): number => Math.min(mentions, rows);
  const counts = both.map(({ one, other }) => [countIn(other, before.rows), countIn(one, now.rows)] as const);
  const stands = standing(counts.map((pair) => trendOf(pair, [before.rows, now.rows]).p));
  const listed = new Set(now.aspects.map(({ aspect }) => aspect));
  const ratings = [before.ratings?.mean, now.ratings?.mean] as const;
  return {
    rows: before.rows,
    mentions: both
      .map(({ one: { aspect, rows } }, i) => ({ aspect, before: shareOf(counts[i][0], before.rows), now: shareOf(counts[i][1], now.rows), rows }))
      .filter((_, i) => stands[i]),
    praise: both
      .filter(({ one, other }) => apart(one.praise, other.praise))
      .map(({ one: { aspect, praise, rows }, other }) => ({ aspect, before: other.praise, now: praise, rows })),
    appeared: now.aspects.filter(({ aspect }) => !earlier.has(aspect)).map(({ aspect }) => aspect),
    gone: before.aspects.filter(({ aspect }) => !listed.has(aspect)).map(({ aspect }) => aspect),
    ...(ratings[0] !== undefined && ratings[1] !== undefined && apart(ratings[0], ratings[1])
      ? { rating: { before: ratings[0], now: ratings[1] } }
      : {}),
    tested: both.length,
  };
}

/**
 * An earlier report from its JSON. Errors: E_DATA_ROW for what is none; `file` is shown.
 *
 * @example
 * parseInsight("{}", "old.json"); // throws E_DATA_ROW
 */
export function parseInsight(text: string, file: string): Insight {
  let found: Partial<Insight> | null = null;
  try {
    found = JSON.parse(text) as Partial<Insight> | null;
  } catch {
    // refused below
  }
  const isEstimate = (one: Partial<Estimate> | undefined): boolean => [one?.value, one?.low, one?.high].every(Number.isFinite);
  const isAspect = (one: Partial<AspectFinding> | null): boolean =>
    typeof one?.aspect === "string" && Number.isFinite(one.mentions) && isEstimate(one.praise);
  if (typeof found === "object" && found !== null && Number.isInteger(found.rows) && Array.isArray(found.aspects) && found.aspects.every(isAspect))
    return found as Insight;
  const why = { en: "this is no report of `inkstone insight … --output REPORT.json`", zh: "不是“inkstone insight … --output 报告.json”写出的报告" };
  throw new InkstoneError("E_DATA_ROW", { file, line: 1, column: 1, why });
}
