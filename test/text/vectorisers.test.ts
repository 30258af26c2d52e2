// Vectorisers against scikit-learn's on fixtures, the native service against its twin, and what is refused.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SparseMatrix } from "#core";
import { createReferenceExecutor } from "#native";
import { CountVectorizer, HashingVectorizer, TfidfVectorizer, type Vectoriser, VectorizerUnion, vectoriserFromJSON } from "#text";
import { executors } from "../support/devices.ts";

interface Rows {
  readonly columns: number;
  readonly starts: number[];
  readonly indices: number[];
  readonly values: number[];
}
interface Case {
  readonly kind: "CountVectorizer" | "TfidfVectorizer" | "HashingVectorizer";
  readonly texts: string;
  readonly options: object;
  readonly fitted: Rows;
  readonly transformed: Rows | null;
  readonly names?: string[];
  readonly idf?: number[];
}
const fixture = JSON.parse(readFileSync(new URL("../parity/fixtures/vectorisers.json", import.meta.url), "utf8")) as {
  texts: Record<string, string[]>;
  cases: Case[];
  union: { fitted: Rows; names: string[] };
};
const kinds = { CountVectorizer, TfidfVectorizer, HashingVectorizer };
const code = (name: string, parameters: object = {}) => expect.objectContaining({ code: name, parameters: expect.objectContaining(parameters) });

function expectRows(matrix: SparseMatrix, expected: Rows): void {
  expect({ columns: matrix.columns, starts: [...matrix.starts], indices: [...matrix.indices] }).toEqual({
    columns: expected.columns,
    starts: expected.starts,
    indices: expected.indices,
  });
  const worst = expected.values.reduce((most, value, i) => Math.max(most, Math.abs(value - matrix.values[i]) / Math.max(1, Math.abs(value))), 0);
  expect(worst).toBeLessThanOrEqual(1e-9);
}

describe.each(executors.filter(({ name }, i) => name === "reference" || i === executors.length - 1))("vectorisers on $name", ({ executor: make }) => {
  const executor = make();

  it.each(fixture.cases.map((one) => [`${one.kind} ${JSON.stringify(one.options)} on ${one.texts}`, one] as const))(
    "%s gives scikit-learn's numbers, columns in its order",
    (_, { kind, texts, options, fitted, transformed, names, idf }) => {
      const all = fixture.texts[texts];
      const made = new kinds[kind]({ ...options, executor });
      expectRows(made.fitTransform(all), fitted);
      expectRows(made.transform(all), fitted);
      if (names) expect(made.featureNames()).toEqual(names);
      if (idf && made instanceof TfidfVectorizer) for (const [i, value] of idf.entries()) expect(made.idf[i]).toBeCloseTo(value, 9);
      const half = new kinds[kind]({ ...options, executor }).fit(all.slice(0, all.length / 2));
      if (transformed) expectRows(half.transform(all), transformed);
    },
  );

  it("VectorizerUnion puts columns side by side as FeatureUnion does", () => {
    const characters = new TfidfVectorizer({ analyzer: "char", minDf: 12, executor });
    const union = new VectorizerUnion({ words: new CountVectorizer({ minDf: 3, executor }), characters });
    expectRows(union.fitTransform(fixture.texts["english"]), fixture.union.fitted);
    expect(union.featureNames()).toEqual(fixture.union.names);
  });

  it("a function cuts texts in place of the pattern, or gives the features as they are", () => {
    const words = (text: string) => text.split("/");
    const whole = new CountVectorizer({ analyzer: words, executor });
    expect(whole.fit(["上海/天气/上海", "B/b"]).featureNames()).toEqual(["B", "b", "上海", "天气"]);
    const pairs = new CountVectorizer({ tokenizer: words, ngramRange: [1, 2], stopWords: ["x"], executor });
    expect(pairs.fit(["A/x/b", ""]).featureNames()).toEqual(["", "a", "a b", "b"]);
    expect([...whole.transform(["上海/c/上海"]).values]).toEqual([2]);
  });

  it("is saved and read back as the same vectoriser", () => {
    const all = fixture.texts["english"];
    const made: Vectoriser[] = [
      new CountVectorizer({ ngramRange: [1, 2], minDf: 2, executor }),
      new TfidfVectorizer({ analyzer: "char_wb", ngramRange: [2, 3], tokenPattern: /x/gu, executor }),
      new HashingVectorizer({ nFeatures: 99, executor }),
      new VectorizerUnion({ a: new CountVectorizer({ executor }), b: new TfidfVectorizer({ tokenPattern: /\p{L}+/u, executor }) }),
    ];
    const own = { tokenPattern: /\p{L}+/u };
    for (const one of made) {
      const before = one.fitTransform(all);
      const saved = JSON.parse(JSON.stringify(one));
      const back = one instanceof VectorizerUnion ? VectorizerUnion.fromJSON(saved, { b: own }) : vectoriserFromJSON(saved, { tokenPattern: /x/gu });
      expect(back.transform(all)).toEqual(before);
      expect(JSON.stringify(back)).toBe(JSON.stringify(one));
    }
  });

  it("takes no pattern of its own from a file: matching it may never end", () => {
    const saved = JSON.parse(JSON.stringify(new CountVectorizer({ tokenPattern: /(?:a+)+$/gu, executor }).fit(["aa"])));
    expect(() => vectoriserFromJSON(saved)).toThrow(code("E_SAVED_MODEL"));
    expect(() => vectoriserFromJSON({ ...saved, options: { tokenPattern: null, ngramRange: null } })).not.toThrow();
  });

  it("gives the same off the event loop, several calls at once too", async () => {
    const all = fixture.texts["english"];
    const made = [
      () => new CountVectorizer({ ngramRange: [1, 2], executor }),
      () => new TfidfVectorizer({ analyzer: "char", ngramRange: [2, 4], executor }),
      () => new HashingVectorizer({ nFeatures: 999, executor }),
      () => new VectorizerUnion({ a: new CountVectorizer({ executor }), b: new TfidfVectorizer({ executor }) }),
    ];
    for (const make of made) {
      const [one, two] = [make(), make()];
      expect(await two.fitTransformAsync(all)).toEqual(one.fitTransform(all));
      const halves = [all.slice(0, 9), all.slice(9)];
      expect(await Promise.all(halves.map((half) => two.transformAsync(half)))).toEqual(halves.map((half) => one.transform(half)));
      expect(two.transform(all)).toEqual(one.transform(all));
    }
    await expect(new CountVectorizer({ executor }).fitTransformAsync(all, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
  });

  it("the most frequent features stay, the earlier of equals, as scikit-learn sorts them", () => {
    const made = new CountVectorizer({ analyzer: "char", maxFeatures: 3, executor }).fit(["ddccbbba", "aaad"]);
    expect(made.featureNames()).toEqual(["a", "b", "d"]);
  });

  it("counts on correctly after thousands of single rows", () => {
    const made = new CountVectorizer({ executor }).fit(["one two", "two three"]);
    for (let i = 0; i < 3000; i++) expect(made.transform(["two two one"]).values).toEqual(Float64Array.of(1, 2));
  });
});

describe("both executors", () => {
  const reference = createReferenceExecutor();
  const native = executors[executors.length - 1].executor();
  const analyzers = fc.constantFrom("word", "char", "char_wb" as const) as fc.Arbitrary<"word" | "char" | "char_wb">;
  const character = fc.oneof(
    fc.constantFrom(..."ab _9 \t\n\u00a0\u3000é中文😀\u0301\u0000\u001d,.".split("")),
    fc.string({ unit: "binary", maxLength: 2 }),
  );
  const texts = fc.array(
    fc.array(character, { maxLength: 30 }).map((parts) => parts.join("")),
    { minLength: 1, maxLength: 6 },
  );

  it("count and hash any texts alike", () => {
    fc.assert(
      fc.property(texts, analyzers, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 20 }), (all, analyzer, least, more) => {
        const options = { analyzer, ngramRange: [least, least + more] as const };
        const [a, b] = [reference, native].map((executor) => {
          const hashed = new HashingVectorizer({ ...options, executor, nFeatures: 37 }).transform(all);
          const counter = new CountVectorizer({ ...options, executor, maxFeatures: 9 });
          try {
            return { hashed, counted: counter.fitTransform(all), names: counter.featureNames() };
          } catch (error) {
            return { hashed, error };
          }
        });
        expect(a).toEqual(b);
      }),
      { numRuns: 200 },
    );
  });

  it("tell apart names that begin alike, short, long, and with zeros", () => {
    const names = ["a", "a\0", "a\0\0", "abcdefghijklmno", "abcdefghijklmnop", "abcdefghijklmno\0", "abcdefghijklmnopq", "", "\u{10ffff}", "\uffee"];
    for (const executor of [reference, native]) {
      const made = new CountVectorizer({ analyzer: (text) => text.split("|"), executor });
      const matrix = made.fitTransform([names.join("|"), [...names, ...names].join("|")]);
      expect(made.featureNames()).toEqual([...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      expect([...matrix.values]).toEqual([...names.map(() => 1), ...names.map(() => 2)]);
    }
  });
});

describe("what is refused", () => {
  it("texts that are none, named by row", () => {
    const texts = ["a b", null, "c"] as unknown as string[];
    expect(() => new CountVectorizer().fit(texts)).toThrow(code("E_TEXT_VALUE", { row: 1, got: "null" }));
    expect(() => new HashingVectorizer().transform([7 as unknown as string])).toThrow(code("E_TEXT_VALUE", { row: 0, got: "number" }));
    expect(() => new TfidfVectorizer().fit("one text" as unknown as string[])).toThrow(code("E_OPTION", { option: "texts" }));
    expect(() => new VectorizerUnion({ a: new TfidfVectorizer() }).fit("one text" as unknown as string[])).toThrow(
      code("E_OPTION", { option: "texts" }),
    );
    expect(() => new TfidfVectorizer().fit(undefined as unknown as string[])).toThrow(code("E_OPTION", { option: "texts" }));
  });

  it("and leaves the vectoriser usable", () => {
    const made = new CountVectorizer().fit(["red wine"]);
    expect(() => made.transform(["red", undefined as unknown as string])).toThrow(code("E_TEXT_VALUE", { row: 1 }));
    expect([...made.transform(["wine"]).values]).toEqual([1]);
  });

  it("no texts, no tokens, nothing left, nothing learnt", () => {
    expect(() => new CountVectorizer().fit([])).toThrow(code("E_FIT_EMPTY"));
    expect(() => new TfidfVectorizer({ vocabulary: ["a"] }).fit([])).toThrow(code("E_FIT_EMPTY"));
    expect(() => new CountVectorizer().fit(["a", "!"])).toThrow(code("E_VOCABULARY"));
    expect(() => new CountVectorizer({ stopWords: ["the"] }).fit(["the"])).toThrow(code("E_VOCABULARY"));
    // Cut as texts are: what a pattern tears is left out in its pieces.
    expect(new CountVectorizer({ stopWords: ["Don't", "THE"] }).fit(["don't mind the gap"]).featureNames()).toEqual(["gap", "mind"]);
    expect(() => new CountVectorizer({ minDf: 3 }).fit(["aa", "bb"])).toThrow(code("E_OPTION", { option: "maxDf" }));
    expect(() => new CountVectorizer({ minDf: 2 }).fit(["aa", "bb"])).toThrow(code("E_VOCABULARY"));
    for (const made of [new CountVectorizer(), new TfidfVectorizer()]) {
      expect(() => made.transform(["a"])).toThrow(code("E_NOT_FITTED"));
      expect(() => made.featureNames()).toThrow(code("E_NOT_FITTED"));
    }
  });

  it.each<[string, object]>([
    ["ngramRange", { ngramRange: [2, 1] }],
    ["ngramRange", { ngramRange: [0, 1] }],
    ["ngramRange", { ngramRange: [1, 1e9] }],
    ["analyzer", { analyzer: "words" }],
    ["stopWords", { analyzer: "char", stopWords: ["a"] }],
    ["stopWords", { stopWords: [1] }],
    ["stopWords", { stopWords: "english" }],
    ["tokenPattern", { tokenPattern: "(a)(b)" }],
    ["tokenPattern", { tokenPattern: "(" }],
    ["minDf", { minDf: 1.5 }],
    ["minDf", { minDf: -1 }],
    ["maxDf", { maxDf: Number.NaN }],
    ["maxFeatures", { maxFeatures: 0 }],
    ["norm", { norm: "max" }],
  ])("the option %s of %j", (option, options) => {
    expect(() => new TfidfVectorizer(options)).toThrow(code("E_OPTION", { option }));
  });

  it("vocabularies with a name twice, or none", () => {
    for (const vocabulary of [["a", "a"], [], [1] as unknown as string[]])
      expect(() => new CountVectorizer({ vocabulary })).toThrow(code("E_VOCABULARY"));
  });

  it("hashing to no columns, unions of nothing", () => {
    for (const nFeatures of [0, -1, 1.5, 2 ** 31])
      expect(() => new HashingVectorizer({ nFeatures })).toThrow(code("E_OPTION", { option: "nFeatures" }));
    expect(() => new VectorizerUnion({})).toThrow(code("E_OPTION"));
  });

  it.each<[string, unknown]>([
    ["another type", { formatVersion: 1, type: "LinearSVC" }],
    ["a later version", { formatVersion: 2, type: "CountVectorizer", options: {}, vocabulary: ["a"] }],
    ["no object", null],
    ["names that are none", { formatVersion: 1, type: "CountVectorizer", options: {}, vocabulary: [1] }],
    ["too few weights", { formatVersion: 1, type: "TfidfVectorizer", options: {}, vocabulary: ["a", "b"], idf: [1] }],
    ["a broken pattern", { formatVersion: 1, type: "CountVectorizer", options: { tokenPattern: { source: "(", flags: "" } }, vocabulary: ["a"] }],
    ["a union of nothing", { formatVersion: 1, type: "VectorizerUnion", parts: {} }],
    ["a function that is not given again", { formatVersion: 1, type: "CountVectorizer", options: { analyzer: "function" }, vocabulary: ["a"] }],
  ])("saved ones with %s", (_, saved) => {
    expect(() => vectoriserFromJSON(saved)).toThrow(code("E_SAVED_MODEL"));
  });
});
