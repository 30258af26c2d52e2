// Scores of rankings: how many of the right documents stand high up, query by query.
import { InkstoneError, refuseUnknown } from "../core/index.ts";
import { isNumber, needNumbers, needPairs, needRows, needWhole, numberError, rowError } from "./checks.ts";
import { mean, sum } from "./numbers.ts";

/** A document: its name or number. */
export type DocumentId = string | number;

/** One query: what came, best first, and what is right, either all alike or each with its gain (0 is not relevant). */
export interface RankedQuery {
  readonly ranked: readonly DocumentId[];
  readonly relevant: readonly DocumentId[] | ReadonlyMap<DocumentId, number>;
}

/** Options of rankings. */
export interface RankingOptions {
  /** Only the first k count. Default: all. */
  readonly k?: number;
  /** How much a document of gain g adds to nDCG: g, or 2^g - 1. Default "linear". */
  readonly gain?: "linear" | "exponential";
}

/** Scores of one query, or their means: from 0 to 1. */
export interface RankingScores {
  /** Relevant documents among the first k / all relevant ones. */
  readonly recall: number;
  /** Relevant documents among the first k / k, however few came. */
  readonly precision: number;
  /** 1 if any relevant document is among the first k. */
  readonly hitRate: number;
  /** 1 / rank of the first relevant document; 0 if none is among the first k. */
  readonly reciprocalRank: number;
  /** Σ over relevant documents among the first k of precision at their rank / all relevant ones. */
  readonly averagePrecision: number;
  /** Discounted cumulative gain / that of the best order: Σ gain / log2(rank + 1). */
  readonly ndcg: number;
}

// The gains of one query, checked: something is relevant, nothing came twice.
function gainsOf({ ranked, relevant }: RankedQuery, row: number): ReadonlyMap<DocumentId, number> {
  const gains =
    relevant instanceof Map ? (relevant as ReadonlyMap<DocumentId, number>) : new Map([...(relevant as DocumentId[])].map((id) => [id, 1]));
  for (const [id, gain] of gains) if (!isNumber(gain, 0)) throw numberError(`queries[${row}].relevant[${JSON.stringify(id)}]`, row, gain, 0);
  if (![...gains.values()].some((gain) => gain > 0)) {
    throw rowError("queries", row, { en: "nothing is relevant to it", zh: "没有相关文档" });
  }
  if (new Set(ranked).size !== ranked.length) throw rowError("queries", row, { en: "a document came twice", zh: "同一文档出现了两次" });
  return gains;
}

const discounted = (gains: readonly number[]): number => sum(gains.map((gain, i) => gain / Math.log2(i + 2)));

function scoreQuery(query: RankedQuery, row: number, { k, gain = "linear" }: RankingOptions): RankingScores {
  const gains = gainsOf(query, row);
  const first = query.ranked.slice(0, k);
  const hits = first.map((id) => ((gains.get(id) ?? 0) > 0 ? 1 : 0));
  const relevant = [...gains.values()].filter((one) => one > 0);
  let found = 0;
  const precisions = hits.map((hit, i) => (hit === 1 ? ++found / (i + 1) : 0));
  const worth = (one: number) => (gain === "linear" ? one : 2 ** one - 1);
  const best = relevant.sort((a, b) => b - a).slice(0, k);
  const top = hits.indexOf(1);
  return {
    recall: found / relevant.length,
    precision: found / (k ?? Math.max(1, first.length)),
    hitRate: found > 0 ? 1 : 0,
    reciprocalRank: top < 0 ? 0 : 1 / (top + 1),
    averagePrecision: sum(precisions) / relevant.length,
    ndcg: discounted(first.map((id) => worth(gains.get(id) ?? 0))) / discounted(best.map(worth)),
  };
}

const names = ["recall", "precision", "hitRate", "reciprocalRank", "averagePrecision", "ndcg"] as const;

/**
 * All scores of rankings: the means over queries, and each query's.
 *
 * Errors: `E_METRIC_EMPTY`; `E_METRIC_ROW` (a query to which nothing is relevant, a document that came twice); `E_METRIC_NUMBER` (a gain); `E_OPTION`.
 * Source: Järvelin & Kekäläinen 2002, doi:10.1145/582415.582418 (nDCG); Manning et al. 2008, chapter 8; trec_eval.
 *
 * @example
 * rankingScores([{ ranked: ["a", "b", "c"], relevant: ["b", "d"] }], { k: 2 }).means.ndcg; // 0.3869
 */
export function rankingScores(
  queries: readonly RankedQuery[],
  options: RankingOptions = {},
): { readonly means: RankingScores; readonly rows: readonly RankingScores[] } {
  needRows("queries", queries.length);
  if (options.k !== undefined) needWhole("k", options.k);
  if (options.gain !== undefined && options.gain !== "linear" && options.gain !== "exponential") {
    throw new InkstoneError("E_OPTION", { option: "gain", value: options.gain, allowed: ["linear", "exponential"] });
  }
  const rows = queries.map((query, i) => scoreQuery(query, i, options));
  const means = names.map((name) => [name, mean(rows.map((row) => row[name]))] as const);
  return { means: Object.fromEntries(means) as unknown as RankingScores, rows };
}

/**
 * Recall at k: the mean share of the relevant documents that are among the first k.
 *
 * Errors: as `rankingScores`.
 *
 * @example
 * recallAtK([{ ranked: ["a", "b", "c"], relevant: ["b", "d"] }], 2); // 0.5
 */
export function recallAtK(queries: readonly RankedQuery[], k: number): number {
  return rankingScores(queries, { k }).means.recall;
}

/**
 * Precision at k: the mean of relevant documents among the first k / k.
 *
 * Errors: as `rankingScores`.
 *
 * @example
 * precisionAtK([{ ranked: ["a", "b", "c"], relevant: ["b", "c"] }], 3); // 0.6667
 */
export function precisionAtK(queries: readonly RankedQuery[], k: number): number {
  return rankingScores(queries, { k }).means.precision;
}

/**
 * Hit rate at k: the share of queries with a relevant document among the first k.
 *
 * Errors: as `rankingScores`.
 *
 * @example
 * hitRateAtK([{ ranked: [7, 8], relevant: [8] }, { ranked: [7, 8], relevant: [9] }], 2); // 0.5
 */
export function hitRateAtK(queries: readonly RankedQuery[], k: number): number {
  return rankingScores(queries, { k }).means.hitRate;
}

/**
 * Mean reciprocal rank of the first relevant document (among the first k).
 *
 * Errors: as `rankingScores`. Source: Voorhees 1999, "The TREC-8 question answering track report".
 *
 * @example
 * meanReciprocalRank([{ ranked: ["a", "b"], relevant: ["b"] }, { ranked: ["a"], relevant: ["a"] }]); // 0.75
 */
export function meanReciprocalRank(queries: readonly RankedQuery[], k?: number): number {
  return rankingScores(queries, { k }).means.reciprocalRank;
}

/**
 * Mean average precision (of the first k).
 *
 * Errors: as `rankingScores`. Source: Manning et al. 2008, section 8.4.
 *
 * @example
 * meanAveragePrecision([{ ranked: ["a", "b", "c"], relevant: ["a", "c"] }]); // 0.8333
 */
export function meanAveragePrecision(queries: readonly RankedQuery[], k?: number): number {
  return rankingScores(queries, { k }).means.averagePrecision;
}

/**
 * Normalised discounted cumulative gain of rankings.
 *
 * Errors: as `rankingScores`. Source: Järvelin & Kekäläinen 2002.
 *
 * @example
 * ndcg([{ ranked: ["a", "b"], relevant: new Map([["a", 1], ["b", 3]]) }]); // 0.7967
 */
export function ndcg(queries: readonly RankedQuery[], options: RankingOptions = {}): number {
  refuseUnknown<RankingOptions>("ndcg", options, { k: true, gain: true });
  return rankingScores(queries, options).means.ndcg;
}

/**
 * nDCG of one list of documents by their scores: documents of equal score share the mean of their gains (as if every order of them were tried).
 * 0 where nothing is relevant.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_NUMBER`; `E_OPTION`. Source: McSherry & Najork 2008 (ties); scikit-learn's `ndcg_score`.
 *
 * @example
 * ndcgOfScores([10, 0, 0, 1, 5], [1, 0, 0, 0, 1], { k: 4 }); // 0.9185
 */
export function ndcgOfScores(gains: ArrayLike<number>, scores: ArrayLike<number>, options: { readonly k?: number } = {}): number {
  const { k = gains.length } = options;
  needPairs("scores", scores.length, "gains", gains.length);
  needWhole("k", k);
  needNumbers("gains", gains, 0);
  needNumbers("scores", scores);
  const discount = (rank: number) => (rank < k ? 1 / Math.log2(rank + 2) : 0);
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
  let total = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && scores[order[to]] === scores[order[from]]) to++;
    const tied = [...order.subarray(from, to)];
    total += mean(tied.map((i) => gains[i])) * sum(tied.map((_, at) => discount(from + at)));
    from = to;
  }
  const ideal = [...Array.from(gains)].sort((a, b) => b - a);
  const best = sum(ideal.map((gain, rank) => gain * discount(rank)));
  return best === 0 ? 0 : total / best;
}
