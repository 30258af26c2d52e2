// From rows to findings: aspects with their opinions, what rises and falls, what moves the rating, how segments differ. Each finding has its rows, its interval, and a test. Knows no files.
import { InkstoneError } from "../../core/index.ts";
import { findAspects, type Mention, SentenceReader } from "./aspects.ts";
import type { InsightChanges } from "./change-types.ts";
import { averageOf, differenceOf, type Estimate, shareOf, standing, trendOf } from "./statistics.ts";

/** A row of reviews, posts or news. */
export interface InsightRow {
  /** Its line in the file, by which a reader finds it again. */
  readonly line: number;
  readonly text: string;
  /** Period in an order that sorts, such as 2026-03. */
  readonly period?: string;
  readonly rating?: number;
  readonly segment?: string;
}

/** What is said of an aspect. */
export interface AspectFinding {
  readonly aspect: string;
  readonly mentions: number;
  /** Share of praise among praise and blame. */
  readonly praise: Estimate;
  /** Lines of the rows, at most 50. */
  readonly rows: readonly number[];
  readonly quotes: readonly { readonly line: number; readonly text: string; readonly opinion: number }[];
}

/** What rises or falls. */
export interface TrendFinding {
  readonly aspect: string;
  readonly direction: "rising" | "falling";
  /** Cochran-Armitage. */
  readonly p: number;
  readonly periods: readonly { readonly period: string; readonly share: Estimate }[];
  readonly rows: readonly number[];
}

/** How rows with an aspect are rated beside the others. */
export interface DriverFinding {
  readonly aspect: string;
  readonly difference: Estimate;
  readonly p: number;
  readonly rows: readonly number[];
}

/** How an aspect differs between a segment and all others. */
export interface SegmentFinding {
  readonly segment: string;
  readonly aspect: string;
  readonly share: Estimate;
  readonly elsewhere: Estimate;
  readonly p: number;
  readonly rows: readonly number[];
}

/** Everything that was found. What is not here did not stand against chance. */
export interface Insight {
  readonly rows: number;
  readonly aspects: readonly AspectFinding[];
  readonly trends: readonly TrendFinding[];
  readonly drivers: readonly DriverFinding[];
  readonly segments: readonly SegmentFinding[];
  readonly ratings: { readonly mean: Estimate; readonly count: number } | undefined;
  /** How many things were tested: of those that stand, one in twenty may be chance. */
  readonly tested: { readonly trends: number; readonly drivers: number; readonly segments: number };
  /** What changed since an earlier report, where one was given. */
  readonly changes?: InsightChanges;
}

/** How much is looked at. */
export interface InsightOptions {
  /** At most so many aspects, 20 by default. */
  readonly aspects?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

const keptRows = 50;

/**
 * What rows of texts say. Trends need periods, drivers ratings, comparisons segments; each is tested, and only what stands among all that was tested is a finding.
 *
 * Errors: E_DATA_EMPTY without any text; E_PACKAGE_MISSING without wink-nlp for English; the signal's reason.
 *
 * @example
 * const rows = Array.from({ length: 12 }, (_, i) => ({ line: i + 2, text: i % 2 ? "The battery is great." : "The screen is terrible.", rating: i % 2 ? 5 : 1 }));
 * const { aspects, drivers } = await analyseRows(rows);
 * drivers.map(({ aspect, difference }) => [aspect, difference.value]).sort(); // [["battery", 4], ["screen", -4]]
 */
export async function analyseRows(rows: readonly InsightRow[], { aspects: most = 20, signal, onProgress }: InsightOptions = {}): Promise<Insight> {
  const texts = rows.filter(({ text }) => text.trim() !== "");
  if (texts.length === 0) throw new InkstoneError("E_DATA_EMPTY", { what: { en: "the texts", zh: "文本" } });
  const reader = await SentenceReader.open(texts.slice(0, 200).map(({ text }) => text));
  const sentences = [];
  for (const [i, { text }] of texts.entries()) {
    if (i % 16 === 15) await new Promise(setImmediate);
    signal?.throwIfAborted();
    sentences.push(...reader.read(text, i));
    onProgress?.({ done: i + 1, total: texts.length });
  }
  const found = [...findAspects(sentences)];
  const withRows = found.map(([aspect, mentions]) => ({ aspect, mentions, in: new Set(mentions.map(({ row }) => row)) }));
  const top = withRows.slice(0, most);
  const [trends, drivers, segments] = [trendsOf(texts, withRows), driversOf(texts, withRows), segmentsOf(texts, top)];
  const ratings = texts.flatMap(({ rating }) => (rating === undefined ? [] : [rating]));
  return {
    rows: texts.length,
    aspects: top.map(({ aspect, mentions, in: where }) => aspectOf(aspect, mentions, where, texts)),
    trends: trends.stand,
    drivers: drivers.stand,
    segments: segments.stand,
    ratings: ratings.length === 0 ? undefined : { mean: averageOf(ratings), count: ratings.length },
    tested: { trends: trends.tested, drivers: drivers.tested, segments: segments.tested },
  };
}

interface Located {
  readonly aspect: string;
  readonly mentions: readonly Mention[];
  readonly in: ReadonlySet<number>;
}

const linesOf = (where: Iterable<number>, texts: readonly InsightRow[]): number[] => [...where].slice(0, keptRows).map((row) => texts[row].line);

function aspectOf(aspect: string, mentions: readonly Mention[], where: ReadonlySet<number>, texts: readonly InsightRow[]): AspectFinding {
  const praised = mentions.filter(({ opinion }) => opinion > 0);
  const blamed = mentions.filter(({ opinion }) => opinion < 0);
  const quotes = [...praised.slice(0, 2), ...blamed.slice(0, 2)].map(({ row, sentence, opinion }) => ({
    line: texts[row].line,
    text: sentence,
    opinion,
  }));
  return { aspect, mentions: mentions.length, praise: shareOf(praised.length, praised.length + blamed.length), rows: linesOf(where, texts), quotes };
}

function trendsOf(texts: readonly InsightRow[], aspects: readonly Located[]): { stand: TrendFinding[]; tested: number } {
  const names = [...new Set(texts.flatMap(({ period }) => (period === undefined ? [] : [period])))].sort();
  if (names.length < 3) return { stand: [], tested: 0 };
  const place = new Map(names.map((name, i) => [name, i]));
  const sizes = names.map((name) => texts.filter(({ period }) => period === name).length);
  const tested = aspects.map((one) => {
    const counts = names.map(() => 0);
    for (const row of one.in) {
      const at = place.get(texts[row].period ?? "");
      if (at !== undefined) counts[at]++;
    }
    return { ...one, counts, ...trendOf(counts, sizes) };
  });
  const stands = standing(tested.map(({ p }) => p));
  const stand = tested
    .filter((_, i) => stands[i])
    .map(({ aspect, counts, z, p, in: where }): TrendFinding => {
      const periods = names.map((period, i) => ({ period, share: shareOf(counts[i], sizes[i]) }));
      return { aspect, direction: z > 0 ? "rising" : "falling", p, periods, rows: linesOf(where, texts) };
    });
  return { stand: stand.sort((one, other) => one.p - other.p), tested: tested.length };
}

function driversOf(texts: readonly InsightRow[], aspects: readonly Located[]): { stand: DriverFinding[]; tested: number } {
  const tested = aspects.flatMap(({ aspect, in: where }) => {
    const of = (inside: boolean): number[] => texts.flatMap(({ rating }, row) => (rating !== undefined && where.has(row) === inside ? [rating] : []));
    const [some, others] = [of(true), of(false)];
    if (some.length < 3 || others.length < 3) return [];
    const { p, ...difference } = differenceOf(some, others);
    return [{ aspect, difference, p, rows: linesOf(where, texts) }];
  });
  const stands = standing(tested.map(({ p }) => p));
  return {
    stand: tested.filter((_, i) => stands[i]).sort((one, other) => Math.abs(other.difference.value) - Math.abs(one.difference.value)),
    tested: tested.length,
  };
}

function segmentsOf(texts: readonly InsightRow[], aspects: readonly Located[]): { stand: SegmentFinding[]; tested: number } {
  const names = [...new Set(texts.flatMap(({ segment }) => (segment === undefined ? [] : [segment])))].sort().slice(0, 50);
  if (names.length < 2) return { stand: [], tested: 0 };
  const tested = names.flatMap((segment) => {
    const size = texts.filter((row) => row.segment === segment).length;
    return aspects.map(({ aspect, in: where }): SegmentFinding => {
      const inside = [...where].filter((row) => texts[row].segment === segment);
      const { p } = trendOf([where.size - inside.length, inside.length], [texts.length - size, size]);
      return {
        segment,
        aspect,
        share: shareOf(inside.length, size),
        elsewhere: shareOf(where.size - inside.length, texts.length - size),
        p,
        rows: linesOf(inside, texts),
      };
    });
  });
  const stands = standing(tested.map(({ p }) => p));
  return {
    stand: tested
      .filter((_, i) => stands[i])
      .sort((one, other) => one.p - other.p)
      .slice(0, 50),
    tested: tested.length,
  };
}
