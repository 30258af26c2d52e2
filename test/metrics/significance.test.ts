// Intervals and paired tests against NumPy, SciPy and sacrebleu on the same draws, and what they promise and refuse.
import { describe, expect, it } from "vitest";
import { approximateRandomization, bleuCounts, bleuOfCounts, bootstrap, type Label, mcnemar, pairedBootstrap, rocAuc } from "#metrics";
import { expectNumber, expectNumbers, readFixture } from "./fixture.ts";
import { failure, laterFailure } from "./refusals.ts";

interface Interval {
  readonly rows: readonly number[];
  readonly seed: number;
  readonly resamples: number;
  readonly confidence: number;
  readonly scores: readonly number[];
  readonly percentile: readonly number[];
  readonly bca: readonly number[];
  readonly standardError: number;
}
interface Paired {
  readonly first: readonly number[];
  readonly second: readonly number[];
  readonly seed: number;
  readonly resamples: number;
  readonly bootstrap: number;
  readonly ends: readonly number[];
  readonly better: number;
  readonly randomization: number;
}
interface Fixture {
  readonly intervals: readonly Interval[];
  readonly paired: readonly Paired[];
  readonly translations: { readonly first: string[]; readonly second: string[]; readonly references: string[]; readonly randomization: number };
  readonly mcnemar: readonly { readonly onlyFirst: number; readonly onlySecond: number; readonly exact: number; readonly chi: number }[];
}
const fixture = readFixture<Fixture>("metrics-significance");
const mean = (rows: readonly number[]) => rows.reduce((all, one) => all + one, 0) / rows.length;

describe.each(fixture.intervals)("the interval of $resamples resamples", ({ rows, seed, resamples, confidence, ...right }) => {
  it("has NumPy's percentiles on the same draws", async () => {
    const found = await bootstrap(rows, mean, { seed, resamples, confidence });
    expectNumbers([...found.scores.slice(0, 5)], right.scores, "draws");
    expectNumbers([found.low, found.high], right.percentile, "ends");
    expectNumber(found.standardError, right.standardError, "standard error");
    expectNumber(found.estimate, mean(rows), "estimate");
  });

  it("has SciPy's BCa ends", async () => {
    const found = await bootstrap(rows, mean, { seed, resamples, confidence, method: "bca" });
    expectNumbers([found.low, found.high], right.bca, "ends");
  });
});

describe.each(fixture.paired)("the paired tests of $resamples resamples", ({ first, second, seed, resamples, ...right }) => {
  it("have the p-values of their definitions on the same draws", async () => {
    const boot = await pairedBootstrap(first, second, mean, { seed, resamples });
    expectNumber(boot.pValue, right.bootstrap, "bootstrap");
    expectNumbers([boot.low, boot.high], right.ends, "ends");
    expectNumber(boot.secondBetter, right.better, "better");
    const swapped = await approximateRandomization(first, second, mean, { seed, resamples });
    expectNumber(swapped.pValue, right.randomization, "randomization");
    expectNumber(swapped.difference, mean(second) - mean(first), "difference");
  });
});

describe("two systems of translation", () => {
  const { first, second, references, randomization } = fixture.translations;

  it("have sacrebleu's p-value, up to the chance of ten thousand other trials", async () => {
    const [one, other] = [await bleuCounts(first, references), await bleuCounts(second, references)];
    const { pValue } = await approximateRandomization(one, other, (rows) => bleuOfCounts(rows), { resamples: 2000 });
    const spread = Math.sqrt(randomization * (1 - randomization) * (1 / 2000 + 1 / 10_000));
    expect(Math.abs(pValue - randomization)).toBeLessThan(4 * spread);
  });

  it("do not differ when they are one", async () => {
    const rows = await bleuCounts(first, references);
    expect((await approximateRandomization(rows, rows, (some) => bleuOfCounts(some), { resamples: 50 })).pValue).toBe(1);
    expect((await pairedBootstrap(rows, rows, (some) => bleuOfCounts(some), { resamples: 50 })).pValue).toBe(1);
  });
});

describe("resampling", () => {
  const rows = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1];

  it("is the same for the same seed, and another for another", async () => {
    const [a, b, c] = await Promise.all([7, 7, 8].map((seed) => bootstrap(rows, mean, { seed, resamples: 50 })));
    expect(a).toEqual(b);
    expect(a.scores).not.toEqual(c.scores);
  });

  it("leaves out resamples whose score is unknown, as an area without positives is", async () => {
    const pairs = [[1, 0.9], [0, 0.2], [0, 0.1]] as [Label, number][]; // biome-ignore format: pairs
    const area = (some: readonly [Label, number][]) =>
      rocAuc(
        some.map(([label]) => label),
        some.map(([, score]) => score),
      );
    const { low, high, scores } = await bootstrap(pairs, area, { resamples: 100 });
    expect(scores.some(Number.isNaN)).toBe(true);
    expect([low, high]).toEqual([1, 1]);
  });

  it("has an interval of one point where every row is alike, by either method", async () => {
    for (const method of ["percentile", "bca"] as const) {
      const { low, high, standardError } = await bootstrap([1, 1, 1, 1], mean, { method, resamples: 20 });
      expect([low, high, standardError]).toEqual([1, 1, 0]);
    }
  });

  it("tells how far it is, and stops when told", async () => {
    const told: number[] = [];
    await bootstrap(rows, mean, { resamples: 30, onProgress: ({ done, total }) => told.push(done / total) });
    expect(told.at(-1)).toBe(1);
    const signal = AbortSignal.abort(new Error("stop"));
    await expect(bootstrap(rows, mean, { signal })).rejects.toThrow("stop");
    await expect(pairedBootstrap(rows, rows, mean, { signal })).rejects.toThrow("stop");
    await expect(approximateRandomization(rows, rows, mean, { signal })).rejects.toThrow("stop");
  });

  it("refuses nothing, rows without partner, and options that are none", async () => {
    expect((await laterFailure(() => bootstrap([], mean))).code).toBe("E_METRIC_EMPTY");
    for (const test of [pairedBootstrap, approximateRandomization]) {
      expect(await laterFailure(() => test([1, 2, 3], [1, 2], mean))).toMatchObject({ code: "E_METRIC_LENGTH", parameters: { row: 2 } });
    }
    for (const options of [{ resamples: 0 }, { resamples: 1e15 }, { confidence: 1 }, { seed: -1 }, { seed: 0.5 }, { method: "t" as "bca" }]) {
      expect((await laterFailure(() => bootstrap(rows, mean, options))).code).toBe("E_OPTION");
    }
  });
});

describe("McNemar's test", () => {
  // Rows that both have right, only the first, only the second.
  const rights = (both: number, first: number, second: number) => {
    const truth = Array<string>(both + first + second).fill("a");
    return [truth, truth.map((_, i) => (i < both + first ? "a" : "b")), truth.map((_, i) => (i < both || i >= both + first ? "a" : "b"))] as const;
  };

  it.each(fixture.mcnemar)("has SciPy's p-values for $onlyFirst and $onlySecond", ({ onlyFirst, onlySecond, exact, chi }) => {
    const rows = rights(3, onlyFirst, onlySecond);
    expect(mcnemar(...rows)).toMatchObject({ onlyFirst, onlySecond });
    expect(Math.abs(mcnemar(...rows).pValue / exact - 1), "exact").toBeLessThan(1e-9);
    expect(Math.abs(mcnemar(...rows, { exact: false }).pValue / chi - 1), "χ²").toBeLessThan(1e-9);
  });

  it("is 1 where both are right on the same rows", () => {
    expect(mcnemar(...rights(4, 0, 0)).pValue).toBe(1);
  });

  it("names the list and the row at fault", () => {
    expect(failure(() => mcnemar(["a", "b"], ["a"], ["a", "b"]))).toMatchObject({ code: "E_METRIC_LENGTH", parameters: { what: "first", row: 1 } });
    expect(failure(() => mcnemar(["a", "b"], ["a", "b"], ["a", 1]))).toMatchObject({ code: "E_METRIC_ROW", parameters: { at: "second[1]" } });
  });
});
