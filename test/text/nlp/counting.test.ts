// Counts, n-grams, concordance and collocations: NLTK's answers on a public-domain text.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Collocation, collocations, concordance, FreqDist, ngrams, type PairMeasure, pairMeasures, stopwords, treebankTokens } from "#text";
import { root } from "../../support/processes.ts";
import { fixture } from "../segment/fixtures.ts";

interface Answers {
  collocations: Record<string, [string, string, number][]>;
  frequencies: { total: number; size: number; common: [string, number][]; hapaxes: number };
  concordance: [string, string[]][];
}
const answers = fixture<Answers>("words.json");
const tokens = treebankTokens(readFileSync(join(root, "test/parity/fixtures/public-domain.txt"), "utf8"));

function expectRanking(found: readonly Collocation[], right: readonly [string, string, number][]): void {
  expect(found.map(({ words }) => words)).toEqual(right.map(([first, second]) => [first, second]));
  for (const [i, { score }] of found.entries()) expect(Math.abs(score - right[i][2])).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(right[i][2])));
}

describe("collocations", () => {
  it.each(Object.keys(pairMeasures) as PairMeasure[])("ranked by %s are NLTK's first thirty, with their scores", (measure) => {
    expectRanking(collocations(tokens, { measure, limit: 30 }), answers.collocations[measure]);
  });

  it("in a window of four words, at least twice, are NLTK's", () => {
    expectRanking(collocations(tokens, { window: 4, least: 2, limit: 30 }), answers.collocations.window4);
  });

  it("leave out what is to be ignored, and refuse a window of one", () => {
    const ignored = stopwords("en");
    const found = collocations(tokens, { ignore: (word) => ignored.has(word.toLowerCase()), limit: 1000 });
    expect(found.length).toBeGreaterThan(10);
    expect(found.flatMap(({ words }) => words).filter((word) => ignored.has(word.toLowerCase()))).toEqual([]);
    expect(collocations([])).toEqual([]);
    expect(() => collocations(tokens, { window: 1 })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});

describe("FreqDist", () => {
  it("counts as NLTK's, equals in the order in which they came", () => {
    const counts = new FreqDist(tokens);
    expect([counts.total, counts.size, counts.hapaxes().length]).toEqual([
      answers.frequencies.total,
      answers.frequencies.size,
      answers.frequencies.hapaxes,
    ]);
    expect(counts.mostCommon(20)).toEqual(answers.frequencies.common);
    expect(counts.max()).toBe(answers.frequencies.common[0][0]);
  });

  it("of nothing has no most frequent thing and shares of 0", () => {
    const counts = new FreqDist<string>();
    expect([counts.max(), counts.freq("x"), counts.mostCommon(), [...counts]]).toEqual([undefined, 0, [], []]);
  });
});

describe("concordance", () => {
  it.each(answers.concordance)("of %s has NLTK's lines", (word, lines) => {
    expect(concordance(tokens, word).map(({ line }) => line)).toEqual(lines);
  });

  it("finds phrases, and tells upper from lower case when asked", () => {
    expect(concordance(tokens, ["civil", "war"]).length).toBe(1);
    expect(concordance(tokens, "FOUR").length).toBeGreaterThan(0);
    expect(concordance(tokens, "FOUR", { ignoreCase: false })).toEqual([]);
    expect(concordance(tokens, [])).toEqual([]);
  });
});

describe("ngrams", () => {
  it("are none of a sequence that is too short, and the sequence's runs otherwise", () => {
    expect([...ngrams([1, 2], 3)]).toEqual([]);
    expect([...ngrams(tokens, 3)].length).toBe(tokens.length - 2);
    expect([...ngrams("ab", 1)]).toEqual([["a"], ["b"]]);
    expect(() => [...ngrams([1], 0)]).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});

describe("stopwords", () => {
  it("have a small list of function words within reach and the full list of stopwords-iso", () => {
    for (const language of ["en", "zh"] as const) {
      const [small, full] = [stopwords(language), stopwords(language, "full")];
      expect(small.size).toBeLessThan(200);
      expect(full.size).toBe({ en: 1298, zh: 794 }[language]);
      expect(stopwords(({ en: "english", zh: "chinese" } as const)[language])).toBe(small);
    }
    expect(stopwords("en").has("world")).toBe(false);
    expect(() => stopwords("xx" as "en")).toThrow(expect.objectContaining({ code: "E_OPTION" }));
    expect(() => stopwords("toString" as "en")).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});
