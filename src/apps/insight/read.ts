// Rows for insight from a table: which columns are text, time, rating and segment. Computes nothing.
import { InkstoneError } from "../../core/index.ts";
import { openRows } from "../../data/index.ts";
import type { InsightRow } from "./analyse.ts";

/** Columns by name. */
export interface InsightColumns {
  readonly text: string;
  readonly time?: string;
  readonly rating?: string;
  readonly segment?: string;
}

/**
 * The rows of a table. Times become months (2026-03), or years where no month is given; a rating is a number (4.5, 4/5, 5 stars, 5星), anything else is none.
 *
 * Errors: E_DATA_COLUMN for a column that is not there; those of the table's reader.
 *
 * @example
 * await writeFile("r.csv", "text,when\nGood ink.,2026-03-05\n");
 * await readInsightRows("r.csv", { text: "text", time: "when" }); // [{ line: 2, text: "Good ink.", period: "2026-03", rating: undefined, segment: undefined }]
 */
export async function readInsightRows(
  path: string,
  { text, time, rating, segment }: InsightColumns,
  { signal }: { signal?: AbortSignal } = {},
): Promise<InsightRow[]> {
  const rows: InsightRow[] = [];
  for await (const { value, line } of openRows(path, { signal })) {
    for (const column of [text, time, rating, segment])
      if (column !== undefined && !Object.hasOwn(value, column))
        throw new InkstoneError("E_DATA_COLUMN", { file: path, column, found: Object.keys(value).join(", ") });
    const field = (column: string | undefined): string | undefined =>
      column === undefined || value[column] === null || value[column] === "" ? undefined : String(value[column]);
    const when = field(time);
    rows.push({
      line,
      text: field(text) ?? "",
      period: when === undefined ? undefined : insightPeriod(when),
      rating: ratingOf(field(rating)),
      segment: field(segment),
    });
  }
  return rows;
}

function ratingOf(rating: string | undefined): number | undefined {
  const [, number] = /^\s*(-?\d+(?:[.,]\d+)?)\s*(?:\/\s*\d+|(?:out )?of \d+|stars?|星|分|★)?\s*$/iu.exec(rating ?? "") ?? [];
  return number === undefined ? undefined : Number(number.replace(",", "."));
}

/**
 * The month of a time (`2026-03`), its quarter or week where it names one, its year where it names nothing else; undefined where it says none of them.
 *
 * @example
 * ["2026-03-05T10:00Z", "2026年3月", "2026-Q2", "1999", "2026-13", "soon"].map(insightPeriod); // ["2026-03", "2026-03", "2026-Q2", "1999", undefined, undefined]
 */
export function insightPeriod(time: string): string | undefined {
  const [, of, part] = /(?<!\d)(\d{4})\s*-?\s*(Q[1-4]|W(?:0[1-9]|[1-4]\d|5[0-3]))(?!\d)/iu.exec(time) ?? [];
  if (of !== undefined) return `${of}-${part.toUpperCase()}`;
  const [, year, month] = /(?<!\d)(\d{4})(?!\d)(?:\s*[-/.年]\s*(\d{1,2}))?/u.exec(time) ?? [];
  if (year === undefined || month === undefined) return year;
  return Number(month) >= 1 && Number(month) <= 12 ? `${year}-${month.padStart(2, "0")}` : undefined;
}
