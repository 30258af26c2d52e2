// The CRF tagger against CRFsuite, and Kneser-Ney models against what they promise and a hand computation.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CrfTagger, KneserNey } from "#classical";
import { code, expectNear, places } from "./support.ts";

interface Sequence {
  readonly features: string[][];
  readonly labels: string[];
}
const fixture = JSON.parse(readFileSync(new URL("../parity/fixtures/crf.json", import.meta.url), "utf8")) as {
  train: Sequence[];
  test: Sequence[];
  cases: {
    parameters: Record<string, unknown>;
    states: [string, string, number][];
    transitions: [string, string, number][];
    tags: string[][];
    marginals: number[][][];
  }[];
};
const featuresOf = (rows: readonly Sequence[]) => rows.map(({ features }) => features);
const labelsOf = (rows: readonly Sequence[]) => rows.map(({ labels }) => labels);

function optionsOf(parameters: Record<string, unknown>): ConstructorParameters<typeof CrfTagger>[0] {
  return {
    c2: Number(parameters["c2"]),
    allPossibleStates: parameters["feature.possible_states"] === true,
    allPossibleTransitions: parameters["feature.possible_transitions"] === true,
    delta: 1e-14,
    maxIterations: 10_000,
  };
}

describe("CrfTagger", () => {
  it.each(fixture.cases.map((one) => [JSON.stringify(one.parameters), one] as const))(
    "with %s finds CRFsuite's weights, tags and probabilities",
    async (_, one) => {
      const tagger = await new CrfTagger(optionsOf(one.parameters)).fit(featuresOf(fixture.train), labelsOf(fixture.train));
      const near = 2e-3; // CRFsuite stops earlier
      for (const [feature, label, weight] of one.states) expect(tagger.contributions([feature], label)[0].weight).toBeCloseTo(weight, 2);
      expectNear(
        one.transitions.map(([from, to]) => tagger.transition(from, to)),
        one.transitions.map(([, , weight]) => weight),
        near,
      );
      expect(tagger.predict(featuresOf(fixture.test))).toEqual(one.tags);
      expect([...tagger.labels]).toEqual([...new Set(labelsOf(fixture.train).flat())].sort());
      for (const [i, { features }] of fixture.test.entries()) {
        for (const [t, row] of tagger.marginals(features).entries()) expectNear(row, one.marginals[i][t], near);
      }
    },
  );

  it("gives the same bits on both executors, on any threads", async () => {
    const fitted = await Promise.all(
      places.map(async ({ executor }) => {
        const tagger = new CrfTagger({ c2: 0.1, executor: executor() });
        return JSON.stringify(await tagger.fit(featuresOf(fixture.train), labelsOf(fixture.train)));
      }),
    );
    for (const one of fitted) expect(one).toBe(fitted[0]);
  });

  it("is saved and read back with the same tags; the features that decide come loudest first", async () => {
    const tagger = await new CrfTagger({ c2: 0.1 }).fit(featuresOf(fixture.train), labelsOf(fixture.train));
    const text = JSON.stringify(tagger);
    const back = CrfTagger.fromJSON(JSON.parse(text));
    expect(back.predict(featuresOf(fixture.test))).toEqual(tagger.predict(featuresOf(fixture.test)));
    expect(JSON.stringify(back)).toBe(text);
    const told = back.contributions(["word=cancer", "before=colon", "after=", "never seen"], "I-disease");
    expect(told.map(({ feature }) => feature)[0]).toBe("word=cancer");
    expect(told).toHaveLength(3);
    expect(() => back.contributions(["a"], "nothing")).toThrow(code("E_OPTION", { option: "label" }) as Error);
    const saved = JSON.parse(text) as Record<string, unknown>;
    for (const broken of [
      { ...saved, formatVersion: 3 },
      { ...saved, labels: [1] },
      { ...saved, states: "AAAA" },
      { ...saved, features: ["a", "a"] },
      {},
    ]) {
      expect(() => CrfTagger.fromJSON(broken)).toThrow(code("E_SAVED_MODEL") as Error);
    }
  });

  it("takes empty sequences and features that it never saw", async () => {
    const tagger = await new CrfTagger().fit([[], [["a"], ["b"]]], [[], ["x", "y"]]);
    expect(tagger.predict([[], [["new"], []]])).toEqual([[], expect.arrayContaining(["x", "y"])]);
    expect(tagger.marginals([])).toEqual([]);
    for (const row of tagger.marginals([["a"], ["?"]])) expect(row[0] + row[1]).toBeCloseTo(1, 12);
  });

  it("refuses what does not go together, and names the sequence", async () => {
    const refused = (sequences: string[][][], labels: string[][], error: unknown) =>
      expect(new CrfTagger().fit(sequences, labels)).rejects.toThrow(error as Error);
    await refused([[["a"]]], [], code("E_FIT_LABELS", { rows: 1, labels: 0 }));
    await refused([[["a"]], [["a"], ["b"]]], [["x"], ["y"]], code("E_FIT_SEQUENCE", { row: 1, tokens: 2, labels: 1 }));
    await refused([], [], code("E_FIT_EMPTY"));
    await refused([[]], [[]], code("E_FIT_EMPTY"));
    await refused([[["a"], ["b"]]], [["x", "x"]], code("E_FIT_ONE_CLASS", { label: "x" }));
    await refused([[["a"]]], [[undefined as unknown as string]], code("E_FIT_LABEL", { row: 0 }));
    expect(() => new CrfTagger().predict([])).toThrow(code("E_NOT_FITTED") as Error);
    expect(() => new CrfTagger({ c2: -1 })).toThrow(code("E_OPTION", { option: "c2" }) as Error);
    const stopped = new CrfTagger().fit(featuresOf(fixture.train), labelsOf(fixture.train), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toThrow(code("E_CANCELLED") as Error);
  });
});

describe("KneserNey", () => {
  const sentences = fixture.train.map(({ features }) => features.map(([word]) => word));

  it("sums to 1 over the vocabulary in every context, seen or not", async () => {
    const word = fc.constantFrom("a", "b", "c", "d", "new");
    const texts = fc.array(fc.array(word, { maxLength: 6 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.integer({ min: 1, max: 4 }),
        fc.array(word, { maxLength: 4 }),
        fc.boolean(),
        async (all, order, context, atStart) => {
          const model = await new KneserNey({ order, minCount: 1 + (all.length % 2) }).fit(all);
          const sum = model.vocabulary.reduce((total, one) => total + model.probability(one, context, { atStart }), 0);
          expect(sum).toBeCloseTo(1, 10);
          for (const one of model.vocabulary) expect(model.probability(one, context)).toBeGreaterThan(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("is what a hand computation gives", async () => {
    // Bigrams: <s> a, a b, b </s>, <s> a, a c, c </s>. Too few for measured discounts: 1/2, 1, 3/2.
    const model = await new KneserNey({ order: 2 }).fit([
      ["a", "b"],
      ["a", "c"],
    ]);
    // Words before: a 1, b 1, c 1, </s> 2 of 5 kinds of bigrams. Vocabulary: a, b, c, </s>, <unk>.
    const left = (3 * 0.5 + 1) / 5;
    const one = (word: string) => ({ a: 0.5, b: 0.5, c: 0.5, "</s>": 1 })[word as "a"] / 5 + left / 5;
    expect(model.probability("a")).toBeCloseTo(one("a"), 12);
    expect(model.probability("</s>")).toBeCloseTo(one("</s>"), 12);
    expect(model.probability("anything else")).toBeCloseTo(left / 5, 12);
    expect(model.probability("b", ["a"])).toBeCloseTo(0.5 / 2 + (1 / 2) * one("b"), 12);
    expect(model.probability("a", [], { atStart: true })).toBeCloseTo(1 / 2 + (1 / 2) * one("a"), 12);
    expect(model.probability("b", ["never"])).toBeCloseTo(one("b"), 12);
    const expected =
      Math.log(model.probability("a", [], { atStart: true })) + Math.log(model.probability("b", ["a"])) + Math.log(model.probability("</s>", ["b"]));
    expect(model.logProbability(["a", "b"])).toBeCloseTo(expected, 12);
    expect(model.perplexity([["a", "b"]])).toBeCloseTo(Math.exp(-expected / 3), 12);
  });

  it("knows what it was fitted on better than shuffled words, and better with more words before", async () => {
    const held = fixture.test.map(({ features }) => features.map(([word]) => word));
    const [one, three] = await Promise.all([1, 3].map((order) => new KneserNey({ order }).fit(sentences)));
    expect(three.perplexity(sentences)).toBeLessThan(one.perplexity(sentences));
    expect(one.perplexity(sentences)).toBeLessThan(one.vocabulary.length);
    expect(three.perplexity(held)).toBeLessThan(2 * three.vocabulary.length);
  });

  it("is saved and read back with the same probabilities", async () => {
    const model = await new KneserNey({ order: 3 }).fit(sentences);
    const text = JSON.stringify(model);
    const back = KneserNey.fromJSON(JSON.parse(text));
    expect(back.perplexity(sentences)).toBe(model.perplexity(sentences));
    expect(JSON.stringify(back)).toBe(text);
    const saved = JSON.parse(text) as Record<string, unknown>;
    for (const broken of [
      { ...saved, levels: [] },
      { ...saved, discounts: [[1]] },
      { ...saved, words: 1 },
      { ...saved, formatVersion: 0 },
      { ...saved, levels: [[["", ["x", 1]]], [], []] },
    ]) {
      expect(() => KneserNey.fromJSON(broken)).toThrow(code("E_SAVED_MODEL") as Error);
    }
  });

  it("refuses no sentences, no fit, and orders that are none", async () => {
    await expect(new KneserNey().fit([])).rejects.toThrow(code("E_FIT_EMPTY") as Error);
    expect(() => new KneserNey().probability("a")).toThrow(code("E_NOT_FITTED") as Error);
    for (const order of [0, 11, 1.5]) expect(() => new KneserNey({ order })).toThrow(code("E_OPTION", { option: "order" }) as Error);
  });
});
