// Splits, folds, weights and sampling: partitions, proportions, the same answers as scikit-learn, and the same answer whatever the order of keys.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  classWeights,
  countLabels,
  foldRows,
  groupFolds,
  hashSplit,
  kFolds,
  type Label,
  overSample,
  stratifiedFolds,
  stratifiedSplit,
  underSample,
} from "#data";

interface Case {
  readonly folds: number;
  readonly labels: Label[];
  readonly groups: string[];
  readonly k: number[];
  readonly stratified: number[];
  readonly grouped: number[];
  readonly classes: Label[];
  readonly weights: number[];
}
const fixture = JSON.parse(readFileSync(new URL("../parity/fixtures/folds.json", import.meta.url), "utf8")) as { cases: Case[] };

const labels = fc.array(fc.constantFrom<Label>("a", "b", "c", 1, 2), { minLength: 1, maxLength: 120 });
const seeds = fc.nat({ max: 2 ** 32 });

describe("like scikit-learn", () => {
  it.each(fixture.cases.map((one, i) => [i, one] as const))("case %i: folds, stratified folds, group folds, balanced weights", (_, one) => {
    const { folds } = one;
    expect([...kFolds(one.labels.length, { folds })]).toEqual(one.k);
    expect([...stratifiedFolds(one.labels, { folds })]).toEqual(one.stratified);
    expect([...groupFolds(one.groups, { folds })]).toEqual(one.grouped);
    const weights = [...classWeights(one.labels)];
    expect(weights.map(([label]) => label)).toEqual(one.classes);
    for (const [i, [, weight]] of weights.entries()) expect(weight).toBeCloseTo(one.weights[i], 12);
  });
});

describe("stratifiedSplit", () => {
  it("puts every row into one part, and every label into every part in proportion", () => {
    fc.assert(
      fc.property(labels, seeds, (all, seed) => {
        const shares = { train: 0.7, validation: 0.2, test: 0.1 };
        const parts = stratifiedSplit(all, { shares, seed });
        expect(
          Object.values(parts)
            .flat()
            .sort((a, b) => a - b),
        ).toEqual([...all.keys()]);
        for (const [part, share] of Object.entries(shares)) {
          expect(Math.abs(parts[part].length - share * all.length)).toBeLessThanOrEqual(1);
          for (const [label, count] of countLabels(all)) {
            const here = parts[part].filter((row) => all[row] === label).length;
            expect(Math.abs(here - share * count)).toBeLessThan(2);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is the same for the same seed and any order of the shares, and another for another seed", () => {
    const all = Array.from({ length: 200 }, (_, i) => (i % 3 === 0 ? "spam" : "ham"));
    const one = stratifiedSplit(all, { shares: { train: 0.8, validation: 0.1, test: 0.1 }, seed: 7 });
    expect(stratifiedSplit(all, { shares: { test: 0.1, validation: 0.1, train: 0.8 }, seed: 7 })).toEqual(one);
    expect(stratifiedSplit(all, { shares: { train: 0.8, validation: 0.1, test: 0.1 }, seed: 8 })).not.toEqual(one);
  });

  it("refuses shares that are none, and data without rows", () => {
    const wrong: Record<string, number>[] = [{}, { a: 1, b: 0 }, { a: 0.5, b: 0.4 }, { a: Number.NaN, b: 1 }];
    for (const shares of wrong) expect(() => stratifiedSplit(["x"], { shares })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
    expect(() => stratifiedSplit(["x"], { seed: 1.5 })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
    expect(() => stratifiedSplit([])).toThrow(expect.objectContaining({ code: "E_DATA_EMPTY", exit: 65 }));
  });
});

describe("hashSplit", () => {
  it("gives a text its part whatever else there is, duplicates the same one, and the parts their shares on average", () => {
    const partOf = hashSplit({ train: 0.8, test: 0.2 });
    const texts = Array.from({ length: 5000 }, (_, i) => `text ${i} 墨`);
    const parts = texts.map(partOf);
    expect(texts.map((text) => hashSplit({ test: 0.2, train: 0.8 })(` ${text.toUpperCase()}\n`))).toEqual(parts);
    const test = parts.filter((part) => part === "test").length;
    expect(Math.abs(test - 1000)).toBeLessThan(150);
    expect(texts.map(hashSplit({ train: 0.8, test: 0.2 }, "other"))).not.toEqual(parts);
  });
});

describe("folds", () => {
  it("with a seed hold every row once, in folds of the same sizes, with the labels as evenly spread", () => {
    fc.assert(
      fc.property(labels, seeds, fc.integer({ min: 2, max: 5 }), (all, seed, folds) => {
        fc.pre(all.length >= folds);
        const sizes = (assigned: Int32Array) => Array.from({ length: folds }, (_, f) => foldRows(assigned, f).test.length);
        expect(sizes(kFolds(all.length, { folds, seed }))).toEqual(sizes(kFolds(all.length, { folds })));
        fc.pre([...countLabels(all).values()].some((count) => count >= folds));
        const spread = (assigned: Int32Array) => [...assigned.keys()].map((row) => `${all[row]} ${assigned[row]}`).sort();
        expect(spread(stratifiedFolds(all, { folds, seed }))).toEqual(spread(stratifiedFolds(all, { folds })));
        const { train, test } = foldRows(kFolds(all.length, { folds, seed }), 1);
        expect([...train, ...test].sort((a, b) => a - b)).toEqual([...all.keys()]);
      }),
      { numRuns: 300 },
    );
  });

  it("by group never part a group", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 2 }), (groups) => {
        fc.pre(new Set(groups).size >= 2);
        const assigned = groupFolds(groups, { folds: 2 });
        for (const group of new Set(groups)) expect(new Set([...assigned].filter((_, row) => groups[row] === group)).size).toBe(1);
        expect(new Set(assigned).size).toBe(2);
      }),
    );
  });

  it("that cannot be are refused", () => {
    expect(() => kFolds(3, { folds: 4 })).toThrow(expect.objectContaining({ code: "E_DATA_SPLIT" }));
    expect(() => kFolds(3, { folds: 1 })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
    expect(() => stratifiedFolds(["a", "b", "c"], { folds: 2 })).toThrow(expect.objectContaining({ code: "E_DATA_SPLIT" }));
    expect(() => groupFolds(["a", "a", "a"], { folds: 2 })).toThrow(expect.objectContaining({ code: "E_DATA_SPLIT" }));
  });
});

describe("sampling", () => {
  it("over brings every label to the most frequent one and keeps all rows, under to the rarest and repeats none", () => {
    fc.assert(
      fc.property(labels, seeds, (all, seed) => {
        const counts = [...countLabels(all).values()];
        const over = overSample(all, seed);
        expect(over.slice(0, all.length)).toEqual([...all.keys()]);
        expect([...countLabels(over.map((row) => all[row])).values()]).toEqual(counts.map(() => Math.max(...counts)));
        const under = underSample(all, seed);
        expect(new Set(under).size).toBe(under.length);
        expect([...countLabels(under.map((row) => all[row])).values()]).toEqual(counts.map(() => Math.min(...counts)));
        expect(overSample(all, seed)).toEqual(over);
      }),
      { numRuns: 300 },
    );
  });
});
