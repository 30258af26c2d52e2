// Classifiers against scikit-learn on fixtures; the same bits everywhere; explanations that add up; saving; what is refused.
import { describe, expect, it } from "vitest";
import { BernoulliNB, ComplementNB, type ExplainingClassifier, type Label, LinearSVC, LogisticRegression, MultinomialNB } from "#classical";
import { type SparseMatrix, sparseMatrix, sparseRows } from "#core";
import { camel, classicalCases, code, drawn, expectNear, type LinearCase, matrixOf, places } from "./support.ts";

const bayes = { MultinomialNB, ComplementNB, BernoulliNB };
const kinds: readonly { name: string; make: () => ExplainingClassifier; read: (saved: unknown) => ExplainingClassifier }[] = [
  { name: "LinearSVC", make: () => new LinearSVC(), read: (saved) => LinearSVC.fromJSON(saved) },
  { name: "LogisticRegression", make: () => new LogisticRegression(), read: (saved) => LogisticRegression.fromJSON(saved) },
  { name: "MultinomialNB", make: () => new MultinomialNB(), read: (saved) => MultinomialNB.fromJSON(saved) },
  { name: "ComplementNB", make: () => new ComplementNB({ norm: true }), read: (saved) => ComplementNB.fromJSON(saved) },
  { name: "BernoulliNB", make: () => new BernoulliNB({ binarize: 0.5 }), read: (saved) => BernoulliNB.fromJSON(saved) },
];

describe.each(classicalCases.map((one) => [one.name, one] as const))("with %s", (_, one) => {
  const [x, test] = [matrixOf(one.x), matrixOf(one.test)];

  function expectLinear(model: LinearSVC | LogisticRegression, expected: LinearCase, tolerance: number): void {
    const rows = expected.coefficients.length === 1 ? [model.classes[1]] : model.classes;
    for (const [i, label] of rows.entries()) expectNear(model.coefficients(label), expected.coefficients[i], tolerance);
    const intercepts = expected.intercepts.length < rows.length ? rows.map(() => 0) : expected.intercepts;
    expectNear(model.intercepts, intercepts, tolerance);
    expect(model.predict(test)).toEqual(expected.predicted);
  }

  it.each(one.bayes.map((expected) => [`${expected.kind} ${JSON.stringify(expected.options)}`, expected] as const))(
    "%s gives scikit-learn's probabilities",
    async (_, { kind, options, probabilities, predicted }) => {
      const model = await new bayes[kind](camel(options)).fit(x, one.y);
      for (const [i, row] of model.probabilities(test).entries()) expectNear(row, probabilities[i], 1e-10);
      expect(model.predict(test)).toEqual(predicted);
    },
  );

  it.each(one.svm.map((expected) => [JSON.stringify(expected.options), expected] as const))(
    "LinearSVC %s finds scikit-learn's coefficients",
    async (_, expected) => {
      const model = await new LinearSVC({ ...camel(expected.options), tol: 1e-9, maxIter: 1e7 }).fit(x, one.y);
      expectLinear(model, expected, 1e-7);
    },
  );

  it.each(one.logistic.map((expected) => [JSON.stringify(expected.options), expected] as const))(
    "LogisticRegression %s finds scikit-learn's coefficients",
    async (_, expected) => {
      const model = await new LogisticRegression({ ...camel(expected.options), tol: 1e-9, maxIter: 1e5 }).fit(x, one.y);
      // Both stop near the optimum: with a small price of length it is flat.
      expectLinear(model, expected, 1e-4);
      for (const [i, row] of model.probabilities(test).entries()) expectNear(row, expected.probabilities[i], 1e-5);
    },
  );

  it("LinearSVC and LogisticRegression are near scikit-learn with the default tolerance", async () => {
    const svm = await new LinearSVC().fit(x, one.y);
    expectLinear(svm, one.svm[0], 2e-3);
    const logistic = await new LogisticRegression().fit(x, one.y);
    expectLinear(logistic, one.logistic[0], 2e-2);
  });
});

describe("the same seed gives the same bits", () => {
  const { x, y } = drawn(150, 40, 7);
  it.each([
    ["LinearSVC", (place: (typeof places)[number]) => new LinearSVC({ seed: 3, executor: place.executor() })],
    ["LogisticRegression", (place: (typeof places)[number]) => new LogisticRegression({ executor: place.executor() })],
  ] as const)("of %s on both executors, on any threads", async (_, make) => {
    const fitted = await Promise.all(places.map(async (place) => JSON.stringify((await make(place).fit(x, y)).toJSON())));
    for (const one of fitted) expect(one).toBe(fitted[0]);
  });

  it("and another seed another way to the same optimum", async () => {
    const [a, b] = await Promise.all([1, 2].map((seed) => new LinearSVC({ seed, tol: 1e-10, maxIter: 1e6 }).fit(x, y)));
    expect(a.coefficients("class 1")).not.toEqual(b.coefficients("class 1"));
    expectNear(a.coefficients("class 1"), [...b.coefficients("class 1")], 1e-8);
  });
});

describe.each(kinds)("$name", ({ name, make, read }) => {
  it.each([2, 5])("of %i classes explains itself: what the features add is what the scores differ by", async (classes) => {
    const { x, y } = drawn(80, 20, classes);
    const model = await make().fit(x, y);
    const all = sparseRows(x, [0, 1, 2, 3, 4, 5, 6, 7]);
    const scores = model.scores(all);
    const base = model.scores({ ...all, rows: 1, starts: Int32Array.of(0, 0), indices: new Int32Array(0), values: new Float64Array(0) })[0];
    for (const [index, label] of model.classes.entries()) {
      const told = (row: Float64Array) => {
        const others = [...row].filter((_, i) => i !== index).reduce((sum, score) => sum + score, 0) / (classes - 1);
        return name.endsWith("NB") ? row[index] - others : row[index];
      };
      for (const [i, list] of model.contributions(all, label, { most: 20 }).entries()) {
        const sum = list.reduce((total, one) => total + one.contribution, 0);
        expect(sum).toBeCloseTo(told(scores[i]) - told(base), 9);
        const sizes = list.map((one) => Math.abs(one.contribution));
        expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
      }
    }
    expect(model.contributions(all, model.classes[0], { most: 2 })[0]).toHaveLength(2);
    expect(() => model.contributions(all, "none")).toThrow(code("E_OPTION", { option: "label" }));
  });

  it("is saved and read back with the same scores", async () => {
    const { x, y } = drawn(60, 15, 3);
    const model = await make().fit(x, y);
    const text = JSON.stringify(model);
    const back = read(JSON.parse(text));
    expect(back.scores(x)).toEqual(model.scores(x));
    expect(back.classes).toEqual(model.classes);
    expect(JSON.stringify(back)).toBe(text);
    const saved = JSON.parse(text) as Record<string, unknown>;
    for (const broken of [
      null,
      { ...saved, type: "Other" },
      { ...saved, formatVersion: 2 },
      { ...saved, classes: ["one"] },
      { ...saved, columns: 16 },
      { ...saved, coefficients: "AAAA" },
      { ...saved, intercepts: 7 },
      { ...saved, options: undefined },
    ]) {
      expect(() => read(broken)).toThrow(code("E_SAVED_MODEL"));
    }
  });

  it.each<[string, Label[], Label[]]>([
    ["numbers by size", [10, 9, -1], [-1, 9, 10]],
    ["texts by code points", ["b", "\u{1f600}", "\uffee", "10", "9", "B"], ["10", "9", "B", "b", "\uffee", "\u{1f600}"]],
  ])("sorts %s", async (_what, y, sorted) => {
    const x = sparseMatrix(
      y.map((_, i) => [[i, 1]]),
      y.length,
    );
    const model = await make().fit(x, y);
    expect(model.classes).toEqual(sorted);
    expect(model.predict(x)).toEqual(y);
  });

  it("refuses what it cannot be fitted on, and names the row", async () => {
    const x = sparseMatrix([[[0, 1]], [[1, 2]], []], 2);
    const y = ["a", "b", "a"];
    const refused = (x: SparseMatrix, y: readonly unknown[], error: unknown) => expect(make().fit(x, y as Label[])).rejects.toThrow(error as Error);
    await refused(sparseMatrix([], 2), [], code("E_FIT_EMPTY"));
    await refused(sparseMatrix([[], []], 0), ["a", "b"], code("E_FIT_EMPTY"));
    await refused(x, ["a", "b"], code("E_FIT_LABELS", { rows: 3, labels: 2 }));
    await refused(x, ["a", "a", "a"], code("E_FIT_ONE_CLASS", { label: "a" }));
    await refused(x, ["a", undefined, "b"], code("E_FIT_LABEL", { row: 1 }));
    await refused(x, [1, Number.NaN, 2], code("E_FIT_LABEL", { row: 1 }));
    await refused(x, [1, 2, "1"], code("E_FIT_LABEL_KINDS", { row: 2, label: '"1"', first: "1" }));
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      await refused({ ...x, values: Float64Array.of(1, value) }, y, code("E_FIT_VALUE", { row: 1, column: 1, value: String(value) }));
    }
    if (name.endsWith("NB")) await refused({ ...x, values: Float64Array.of(-1, 1) }, y, code("E_FIT_VALUE", { row: 0, column: 0 }));
  });

  it("refuses lists of numbers in place of a sparse matrix, and says what makes one", async () => {
    for (const x of [
      [
        [1, 2],
        [3, 4],
      ],
      undefined,
      {},
      7,
    ]) {
      await expect(make().fit(x as unknown as SparseMatrix, ["a", "b"])).rejects.toThrow(/sparseMatrix\(rows, columns\)/);
    }
    expect(() => sparseMatrix([[1, 2]] as never, 2)).toThrow(/pairs \[column, value\]/);
  });

  it("refuses to predict before it was fitted, from rows of another width, and from what is no number", async () => {
    const x = sparseMatrix([[[0, 1]], [[1, 2]]], 2);
    expect(() => make().predict(x)).toThrow(code("E_NOT_FITTED", { what: name }));
    expect(() => make().classes).toThrow(code("E_NOT_FITTED"));
    const model = await make().fit(x, ["a", "b"]);
    expect(() => model.predict(sparseMatrix([[]], 3))).toThrow(code("E_FIT_WIDTH", { expected: 2, got: 3 }));
    expect(() => model.predict({ ...x, values: Float64Array.of(1, Number.NaN) })).toThrow(code("E_FIT_VALUE", { row: 1 }));
    expect(model.predict(sparseMatrix([], 2))).toEqual([]);
  });

  it("that is cancelled keeps what it had", async () => {
    const { x, y } = drawn(60, 15, 3);
    const model = await make().fit(x, y);
    const before = JSON.stringify(model);
    await expect(model.fit(x, [...y].reverse(), { signal: AbortSignal.abort() })).rejects.toThrow(code("E_CANCELLED") as Error);
    expect(JSON.stringify(model)).toBe(before);
  });
});

describe.each(places)("a fit on $name", ({ executor }) => {
  it("can be cancelled while it runs, and tells how far it is", async () => {
    const { x, y } = drawn(3000, 500, 8);
    const stop = new AbortController();
    const seen: number[] = [];
    const model = new LinearSVC({ tol: 1e-300, maxIter: 1e9, executor: executor() });
    const onProgress = ({ done }: { done: number }) => {
      seen.push(done);
      if (done > 8) stop.abort();
    };
    await expect(model.fit(x, y, { signal: stop.signal, onProgress })).rejects.toThrow(code("E_CANCELLED") as Error);
    expect(seen.at(-1)).toBeGreaterThan(8);
    expect(() => model.classes).toThrow(code("E_NOT_FITTED"));
  });
});

describe("options that are refused", () => {
  it.each<[string, object]>([
    ["C", { C: 0 }],
    ["C", { C: Number.NaN }],
    ["tol", { tol: -1 }],
    ["maxIter", { maxIter: 0 }],
    ["maxIter", { maxIter: 1.5 }],
    ["interceptScaling", { interceptScaling: 0 }],
    ["seed", { seed: -1 }],
  ])("%s of %j", (option, options) => {
    expect(() => new LinearSVC(options)).toThrow(code("E_OPTION", { option }));
  });

  it("weights of classes that are none, counts below nothing", async () => {
    const { x, y } = drawn(20, 5, 2);
    await expect(new LinearSVC({ classWeight: { "class 1": -2 } }).fit(x, y)).rejects.toThrow(
      code("E_OPTION", { option: 'classWeight["class 1"]' }) as Error,
    );
    for (const alpha of [0, -1, Number.NaN]) expect(() => new MultinomialNB({ alpha })).toThrow(code("E_OPTION", { option: "alpha" }));
    expect(() => new BernoulliNB({ binarize: -1 })).toThrow(code("E_OPTION", { option: "binarize" }));
  });

  it("and a weight given by name or by map is the same", async () => {
    const { x, y } = drawn(60, 10, 3);
    const weighed = (classWeight: NonNullable<ConstructorParameters<typeof LinearSVC>[0]>["classWeight"]) => new LinearSVC({ classWeight }).fit(x, y);
    const [named, mapped, none] = await Promise.all([weighed({ "class 1": 3 }), weighed(new Map([["class 1", 3]])), weighed(null)]);
    expect(named.coefficients("class 1")).toEqual(mapped.coefficients("class 1"));
    expect(named.coefficients("class 1")).not.toEqual(none.coefficients("class 1"));
  });
});
