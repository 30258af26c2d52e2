// Scores of rankings, of numbers and of language models against scikit-learn's and SciPy's, and what they refuse.
import { describe, expect, it } from "vitest";
import {
  bitsPerByte,
  hitRateAtK,
  meanAbsoluteError,
  meanAveragePrecision,
  meanReciprocalRank,
  meanSquaredError,
  ndcg,
  ndcgOfScores,
  pearson,
  perplexity,
  precisionAtK,
  r2,
  rankingScores,
  recallAtK,
  spearman,
} from "#metrics";
import { expectNumber, readFixture, type Written } from "./fixture.ts";
import { failure } from "./refusals.ts";

interface RankingCase {
  readonly gains: readonly number[];
  readonly scores: readonly number[];
  readonly order: readonly number[];
  readonly ndcgTies: Readonly<Record<string, Written>>;
  readonly ndcg: Readonly<Record<string, Written>>;
  readonly ap: Written;
}
interface RegressionCase {
  readonly name: string;
  readonly truth: readonly number[];
  readonly predicted: readonly number[];
  readonly right: { readonly mse: Written; readonly mae: Written; readonly r2: Written; readonly pearson: Written; readonly spearman: Written };
}
const fixture = readFixture<{ readonly rankings: RankingCase[]; readonly regression: RegressionCase[] }>("metrics-labels");

describe("rankings", () => {
  it.each(fixture.rankings)("have scikit-learn's nDCG and average precision: %#", ({ gains, scores, order, ...right }) => {
    const query = { ranked: order, relevant: new Map(gains.map((gain, id) => [id, gain])) };
    for (const [k, written] of Object.entries(right.ndcg)) expectNumber(ndcg([query], { k: Number(k) }), written, `nDCG at ${k}`);
    for (const [k, written] of Object.entries(right.ndcgTies)) expectNumber(ndcgOfScores(gains, scores, { k: Number(k) }), written, `ties at ${k}`);
    expectNumber(meanAveragePrecision([query]), right.ap, "average precision");
  });

  const queries = [
    { ranked: ["a", "b", "c", "d"], relevant: ["b", "d", "x"] },
    { ranked: ["a", "b"], relevant: ["a"] },
    { ranked: [], relevant: ["a"] },
  ];

  it("count what is among the first k", () => {
    expectNumber(recallAtK(queries, 2), (1 / 3 + 1 + 0) / 3);
    expectNumber(precisionAtK(queries, 2), (1 / 2 + 1 / 2 + 0) / 3);
    expectNumber(hitRateAtK(queries, 1), 1 / 3);
    expectNumber(meanReciprocalRank(queries), (1 / 2 + 1 + 0) / 3);
    expectNumber(meanReciprocalRank(queries, 1), 1 / 3);
    expectNumber(meanAveragePrecision(queries), ((1 / 2 + 2 / 4) / 3 + 1 + 0) / 3);
    expectNumber(meanAveragePrecision(queries, 2), (1 / 2 / 3 + 1 + 0) / 3);
  });

  it("are means of what each query has", () => {
    const { means, rows } = rankingScores(queries, { k: 3 });
    expect(rows.map((row) => row.hitRate)).toEqual([1, 1, 0]);
    expectNumber(means.ndcg, rows.reduce((all, row) => all + row.ndcg, 0) / 3);
  });

  it("weigh gains as they are, or exponentially", () => {
    const query = [{ ranked: ["a", "b"], relevant: new Map([["a", 1], ["b", 2]]) }]; // biome-ignore format: pairs
    expectNumber(ndcg(query), (1 + 2 / Math.log2(3)) / (2 + 1 / Math.log2(3)));
    expectNumber(ndcg(query, { gain: "exponential" }), (1 + 3 / Math.log2(3)) / (3 + 1 / Math.log2(3)));
  });

  it("refuse a query to which nothing is relevant, a document that came twice, a gain that is none, and name the query", () => {
    const good = { ranked: ["a"], relevant: ["a"] };
    const refused = (query: { ranked: string[]; relevant: string[] | Map<string, number> }) => failure(() => ndcg([good, query]));
    expect(refused({ ranked: ["a"], relevant: [] })).toMatchObject({ code: "E_METRIC_ROW", parameters: { row: 1 } });
    expect(refused({ ranked: ["a"], relevant: new Map([["a", 0]]) })).toMatchObject({ code: "E_METRIC_ROW", parameters: { row: 1 } });
    expect(refused({ ranked: ["a", "b", "a"], relevant: ["a"] })).toMatchObject({ code: "E_METRIC_ROW", parameters: { row: 1 } });
    expect(refused({ ranked: ["a"], relevant: new Map([["a", -1]]) })).toMatchObject({ code: "E_METRIC_NUMBER", parameters: { row: 1 } });
    expect(failure(() => ndcg([])).code).toBe("E_METRIC_EMPTY");
    expect(failure(() => recallAtK([good], 0)).code).toBe("E_OPTION");
    expect(failure(() => ndcg([good], { gain: "cubic" as "linear" })).code).toBe("E_OPTION");
    expect(failure(() => ndcgOfScores([1, 2], [1])).code).toBe("E_METRIC_LENGTH");
  });
});

describe.each(fixture.regression)("numbers: $name", ({ truth, predicted, right }) => {
  it("have scikit-learn's and SciPy's errors and correlations", () => {
    expectNumber(meanSquaredError(truth, predicted), right.mse, "mse");
    expectNumber(meanAbsoluteError(truth, predicted), right.mae, "mae");
    expectNumber(r2(truth, predicted), right.r2, "r2");
    expectNumber(pearson(truth, predicted), right.pearson, "Pearson");
    expectNumber(spearman(truth, predicted), right.spearman, "Spearman");
  });
});

describe("numbers", () => {
  it.each([meanSquaredError, meanAbsoluteError, r2, pearson, spearman])("%o refuses rows without partner, nothing, and NaN", (metric) => {
    expect(failure(() => metric([1, 2], [1]))).toMatchObject({ code: "E_METRIC_LENGTH", parameters: { row: 1 } });
    expect(failure(() => metric([], [])).code).toBe("E_METRIC_EMPTY");
    expect(failure(() => metric([1, 2], [1, Number.NaN]))).toMatchObject({ code: "E_METRIC_NUMBER", parameters: { at: "predicted[1]" } });
  });

  it("are unknown for one row where there is nothing to explain", () => {
    expect([r2([1], [2]), pearson([1], [2]), spearman([1], [2])]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });
});

describe("language models", () => {
  it("have the perplexity of a fair choice among n, and the bits of bytes", () => {
    expectNumber(perplexity(Array(7).fill(Math.log(50))), 50);
    expectNumber(bitsPerByte(24 * Math.log(2), 3), 8);
    expect(perplexity([0])).toBe(1);
  });

  it("refuse probabilities above 1, nothing, and no bytes", () => {
    expect(failure(() => perplexity([0.1, -0.1]))).toMatchObject({ code: "E_METRIC_NUMBER", parameters: { row: 1 } });
    expect(failure(() => perplexity([])).code).toBe("E_METRIC_EMPTY");
    expect(failure(() => bitsPerByte(1, 0)).code).toBe("E_OPTION");
    expect(failure(() => bitsPerByte(Number.NaN, 1)).code).toBe("E_METRIC_NUMBER");
  });
});
