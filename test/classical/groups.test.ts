// Neighbours and clusters against scikit-learn; topics, keywords and summaries against what they promise.
import { describe, expect, it } from "vitest";
import { KMeans, KNeighborsClassifier, summarize, Topics, textRankKeywords, tfidfKeywords } from "#classical";
import { sparseMatrix, sparseRows } from "#core";
import { CountVectorizer, TfidfVectorizer } from "#text";
import { classicalCases, code, drawn, expectNear, matrixOf } from "./support.ts";

describe.each(classicalCases.map((one) => [one.name, one] as const))("with %s", (_, one) => {
  const [x, test] = [matrixOf(one.x), matrixOf(one.test)];

  it.each(one.neighbours.map((expected) => [`${expected.metric}, ${expected.weights}`, expected] as const))(
    "KNeighborsClassifier (%s) gives scikit-learn's probabilities",
    async (_, { metric, weights, probabilities }) => {
      const model = await new KNeighborsClassifier({ metric, weights }).fit(x, one.y);
      for (const [i, row] of model.probabilities(test).entries()) expectNear(row, probabilities[i], 1e-9);
      const back = KNeighborsClassifier.fromJSON(JSON.parse(JSON.stringify(model)));
      expect(back.probabilities(test)).toEqual(model.probabilities(test));
    },
  );

  it("KMeans from the same rows finds scikit-learn's clusters", async () => {
    const { start, labels, inertia, centres } = one.kmeans;
    const model = await new KMeans({ nClusters: 3, init: start, tol: 0 }).fit(x);
    expect([...model.labels]).toEqual(labels);
    expect(model.inertia).toBeCloseTo(inertia, 9);
    for (const [i, centre] of centres.entries()) expectNear(model.centre(i), centre, 1e-10);
    expect([...(await model.predict(x))]).toEqual(labels);
  });
});

describe("KNeighborsClassifier", () => {
  it("takes the earlier of rows at the same distance, and rows that touch for all there is", async () => {
    const x = sparseMatrix([[[0, 1]], [[0, 1]], [[1, 1]]], 2);
    const near = await new KNeighborsClassifier({ nNeighbors: 2, weights: "distance" }).fit(x, ["a", "b", "b"]);
    expect(near.neighbours(sparseMatrix([[[0, 1]]], 2))[0]).toEqual([
      { row: 0, distance: 0 },
      { row: 1, distance: 0 },
    ]);
    expect(near.predict(sparseMatrix([[[0, 1]], [[1, 1]]], 2))).toEqual(["a", "b"]);
  });

  it("refuses more neighbours than rows, other metrics, broken saved rows", async () => {
    const { x, y } = drawn(4, 5, 2);
    await expect(new KNeighborsClassifier({ nNeighbors: 5 }).fit(x, y)).rejects.toThrow(code("E_OPTION", { option: "nNeighbors" }) as Error);
    expect(() => new KNeighborsClassifier({ metric: "cityblock" as "cosine" })).toThrow(code("E_OPTION", { option: "metric" }) as Error);
    expect(() => new KNeighborsClassifier().predict(x)).toThrow(code("E_NOT_FITTED") as Error);
    const saved = JSON.parse(JSON.stringify(await new KNeighborsClassifier({ nNeighbors: 1 }).fit(x, y))) as Record<string, unknown>;
    for (const broken of [
      { ...saved, columns: 1 },
      { ...saved, starts: "" },
      { ...saved, labels: saved["values"] },
      { ...saved, type: "KMeans" },
    ]) {
      expect(() => KNeighborsClassifier.fromJSON(broken)).toThrow(code("E_SAVED_MODEL") as Error);
    }
  });
});

describe("KMeans", () => {
  const { x } = drawn(200, 30, 4);

  it("gives the same clusters for the same seed, each with rows, none farther than its centre needs", async () => {
    const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => new KMeans({ nClusters: 6, seed }).fit(x)));
    expect([...a.labels]).toEqual([...b.labels]);
    expect(JSON.stringify(a)).toBe(JSON.stringify(b));
    expect([...a.labels]).not.toEqual([...c.labels]);
    expect(new Set(a.labels)).toEqual(new Set([0, 1, 2, 3, 4, 5]));
    const one = await new KMeans({ nClusters: 1 }).fit(x);
    expect(a.inertia).toBeLessThan(one.inertia);
  });

  it("finds groups that lie apart, whatever the seed", async () => {
    const rows = Array.from({ length: 30 }, (_, i): [number, number][] => [
      [i % 3, 10 + (i % 2)],
      [3, (i % 5) / 10],
    ]);
    for (const seed of [0, 1, 2, 3, 4]) {
      const { labels } = await new KMeans({ nClusters: 3, seed }).fit(sparseMatrix(rows, 4));
      for (let i = 3; i < 30; i++) expect(labels[i]).toBe(labels[i % 3]);
    }
  });

  it("fills a cluster that lost its rows", async () => {
    const rows = sparseMatrix([[[0, 1]], [[0, 1]], [[0, 1]], [[0, 9]]], 1);
    const model = await new KMeans({ nClusters: 2, init: [0, 1] }).fit(rows);
    expect(model.labels[0]).not.toBe(model.labels[3]);
    expect(model.inertia).toBeCloseTo(0, 12);
  });

  it("reads back what it saved", async () => {
    const model = await new KMeans({ nClusters: 3 }).fit(x);
    const back = KMeans.fromJSON(JSON.parse(JSON.stringify(model)));
    expect([...(await back.predict(x))]).toEqual([...model.labels]);
    expect(() => KMeans.fromJSON({ ...model.toJSON(), count: 4 })).toThrow(code("E_SAVED_MODEL") as Error);
  });

  it("refuses more clusters than rows, other rows to begin from, values that are none, and stops when told", async () => {
    const refused = (work: Promise<unknown>, error: unknown) => expect(work).rejects.toThrow(error as Error);
    await refused(new KMeans({ nClusters: 201 }).fit(x), code("E_OPTION", { option: "nClusters" }));
    await refused(new KMeans({ nClusters: 2, init: [0, 200] }).fit(x), code("E_OPTION", { option: "init" }));
    await refused(new KMeans().fit(sparseMatrix([], 3)), code("E_FIT_EMPTY"));
    await refused(
      new KMeans({ nClusters: 1 }).fit({ ...sparseMatrix([[[0, 1]]], 1), values: Float64Array.of(Number.NaN) }),
      code("E_FIT_VALUE", { row: 0 }),
    );
    await refused(new KMeans().fit(x, { signal: AbortSignal.abort() }), code("E_CANCELLED"));
    const model = await new KMeans({ nClusters: 2 }).fit(x);
    await refused(model.predict(sparseMatrix([[]], 31)), code("E_FIT_WIDTH"));
    expect(() => new KMeans().labels).toThrow(code("E_NOT_FITTED") as Error);
  });
});

const news = [
  "the cat chased the dog and the dog chased the cat",
  "a dog is a loyal animal and a cat is a proud animal",
  "the animal shelter has a cat and a dog",
  "stock prices fell and bond prices rose",
  "the bank sold a bond and bought a stock",
  "prices at the bank rose with stock prices",
];

describe("Topics", () => {
  const words = new CountVectorizer({ stopWords: ["the", "and", "is", "at", "has", "with"] });
  const x = words.fitTransform(news);

  it("lower the error in every round, and find what texts are about", async () => {
    const model = await new Topics({ nTopics: 2, seed: 4, tol: 0 }).fit(x);
    for (const [i, error] of model.errors.entries()) if (i > 0) expect(error).toBeLessThanOrEqual(model.errors[i - 1] * (1 + 1e-12));
    const shares = await model.shares(x);
    const strongest = shares.map((row) => row.indexOf(Math.max(...row)));
    expect(new Set(strongest.slice(0, 3)).size).toBe(1);
    expect(new Set(strongest.slice(3)).size).toBe(1);
    expect(strongest[0]).not.toBe(strongest[3]);
    for (const row of shares) expect(row[0] + row[1]).toBeCloseTo(1, 12);
    const top = model.topWords(words.featureNames(), 3);
    expect(top[strongest[0]].map(({ text }) => text)).toContain("dog");
    expect(top[strongest[3]].map(({ text }) => text)).toContain("prices");
  });

  it("count texts by period, periods in order", async () => {
    const model = await new Topics({ nTopics: 2, seed: 4 }).fit(x);
    const periods = await model.overTime(x, [2024, 2024, 2023, 2023, 2023, 2024]);
    expect(periods.map(({ period, texts }) => [period, texts])).toEqual([
      [2023, 3],
      [2024, 3],
    ]);
    for (const { counts, shares, texts } of periods) {
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(texts);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    }
    await expect(model.overTime(x, [1])).rejects.toThrow(code("E_FIT_LABELS", { rows: 6, labels: 1 }) as Error);
  });

  it("give the same bits for the same seed, are read back, and know nothing of an empty text", async () => {
    const [a, b] = await Promise.all([1, 1].map((seed) => new Topics({ nTopics: 3, seed }).fit(x)));
    expect(JSON.stringify(a)).toBe(JSON.stringify(b));
    const back = Topics.fromJSON(JSON.parse(JSON.stringify(a)));
    expect(await back.shares(x)).toEqual(await a.shares(x));
    expect(await a.shares(sparseMatrix([[]], x.columns))).toEqual([new Float64Array(3)]);
    expect(() => Topics.fromJSON({ ...a.toJSON(), topics: 9 })).toThrow(code("E_SAVED_MODEL") as Error);
    await expect(new Topics().fit({ ...x, values: x.values.map(() => -1) })).rejects.toThrow(code("E_FIT_VALUE", { row: 0 }) as Error);
  });
});

describe("keywords", () => {
  it("by TF-IDF are the heaviest features of each text", () => {
    const found = tfidfKeywords(news, new TfidfVectorizer(), { most: 2 });
    expect(found).toHaveLength(news.length);
    for (const list of found) expect(list[0].score).toBeGreaterThanOrEqual(list[1].score);
    expect(found[2].map(({ text }) => text).sort()).toEqual(["has", "shelter"]);
    expect(() => tfidfKeywords(news, new TfidfVectorizer(), { most: 0 })).toThrow(code("E_OPTION", { option: "most" }) as Error);
  });

  it("by TextRank join words that follow each other, in any script", () => {
    const tokens = ["自然", "语言", "处理", "让", "机器", "理解", "自然", "语言", "，", "自然", "语言", "模型", "很", "大"];
    const found = textRankKeywords(tokens, { most: 3, separator: "", keep: (token) => !["让", "很", "，", "大"].includes(token) });
    expect(found.map(({ text }) => text)).toContain("自然语言");
    expect(textRankKeywords(["!", "?"])).toEqual([]);
    expect(textRankKeywords([])).toEqual([]);
  });
});

describe("summarize", () => {
  const sentences = [
    "The new library opened on Monday.",
    "Hundreds of readers came to the new library on Monday.",
    "Tickets for the opera are sold out.",
    "Readers of the library can borrow books and films.",
    "It rained.",
  ];

  it.each(["textrank", "centroid"] as const)("by %s keeps sentences that are like the others, in their order", (method) => {
    const found = summarize(sentences, { most: 3, method });
    expect(found.map(({ index }) => index)).toEqual([0, 1, 3]);
    expect(found.map(({ text }) => text)).toEqual([0, 1, 3].map((i) => sentences[i]));
    expect(summarize(sentences, { most: 99, method })).toHaveLength(5);
  });

  it("takes a vectoriser that cuts Chinese, and refuses nothing to summarise", () => {
    const chinese = ["图书馆周一开放。", "周一有许多读者来到图书馆。", "歌剧的票已售完。"];
    const vectoriser = new TfidfVectorizer({ analyzer: "char", ngramRange: [1, 2] });
    expect(summarize(chinese, { most: 2, vectoriser }).map(({ index }) => index)).toEqual([0, 1]);
    expect(() => summarize([])).toThrow(code("E_FIT_EMPTY") as Error);
    expect(() => summarize(sentences, { method: "lsa" as "centroid" })).toThrow(code("E_OPTION", { option: "method" }) as Error);
  });
});

describe("rows", () => {
  it("of a sparse matrix can be drawn out and told from again", async () => {
    const { x, y } = drawn(40, 12, 3);
    const model = await new KNeighborsClassifier({ nNeighbors: 1 }).fit(x, y);
    expect(model.predict(sparseRows(x, [7, 3]))).toEqual([y[7], y[3]]);
  });
});
