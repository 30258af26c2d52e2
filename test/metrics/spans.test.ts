// Answers against the official scripts of SQuAD and CMRC, entities against seqeval, and what they refuse.
import { describe, expect, it } from "vitest";
import { type AnswerScores, cmrc, type EntityScores, entitiesOf, entityScores, squad, type TagScheme } from "#metrics";
import { expectNumber, expectNumbers, readFixture, type Written } from "./fixture.ts";
import { failure } from "./refusals.ts";

interface Answers {
  readonly pairs: readonly (readonly [string, string[]])[];
  readonly rows: readonly (readonly [number, number])[];
  readonly exact: number;
  readonly f1: number;
  readonly answerable?: { readonly exact: number; readonly f1: number; readonly total: number };
  readonly unanswerable?: { readonly exact: number; readonly f1: number; readonly total: number };
}
type Found = Readonly<Record<"types" | "micro" | "macro" | "weighted", Written[]>> & { readonly types: Written[][] };
interface EntityCase {
  readonly name: string;
  readonly truth: readonly string[][];
  readonly predicted: readonly string[][];
  readonly scheme: "IOB2" | "IOBES" | "BILOU";
  readonly accuracy: Written;
  readonly strict: Readonly<Record<string, Found>>;
  readonly lenient: Readonly<Record<string, Found>>;
  readonly strictEntities: readonly (readonly (readonly [number | string, number | string, number])[])[];
  readonly lenientEntities?: readonly (readonly (readonly [string, number, number])[])[];
}
interface Fixture {
  readonly squad1: Answers;
  readonly squad2: Answers;
  readonly cmrc: Answers;
  readonly entities: readonly EntityCase[];
}
const fixture = readFixture<Fixture>("metrics-spans");

describe.each([
  ["SQuAD 1.1", fixture.squad1, (p: string[], a: string[][]) => squad(p, a)],
  ["SQuAD 2.0", fixture.squad2, (p: string[], a: string[][]) => squad(p, a, { version: "2.0" })],
  ["CMRC 2018", fixture.cmrc, (p: string[], a: string[][]) => cmrc(p, a)],
] as const)("%s", (_, right, metric) => {
  const found = metric(
    right.pairs.map(([prediction]) => prediction),
    right.pairs.map(([, answers]) => answers),
  );

  it("has the official script's exact match and F1 of every answer", () => {
    for (const [i, [exact, f1]] of right.rows.entries()) {
      expect([right.pairs[i], found.rows[i].exactMatch]).toEqual([right.pairs[i], exact]);
      expectNumber(found.rows[i].f1, f1, JSON.stringify(right.pairs[i]));
    }
  });

  it("has the official script's means", () => {
    expectNumber(found.exactMatch, right.exact);
    expectNumber(found.f1, right.f1);
    for (const part of ["answerable", "unanswerable"] as const) {
      const scores = (found as Partial<Record<typeof part, AnswerScores>>)[part];
      expect(scores?.total).toBe(right[part]?.total);
      if (scores === undefined) continue;
      expectNumber(scores.exactMatch, right[part]!.exact, part);
      expectNumber(scores.f1, right[part]!.f1, part);
    }
  });

  it("names the question that has no text, no answers, no partner", () => {
    expect(failure(() => metric(["a", "b"], [["a"]]))).toMatchObject({ code: "E_METRIC_LENGTH", parameters: { row: 1 } });
    expect(failure(() => metric([], [])).code).toBe("E_METRIC_EMPTY");
    expect(failure(() => metric(["a", undefined as unknown as string], [["a"], ["b"]]))).toMatchObject({ parameters: { at: "predictions[1]" } });
    expect(failure(() => metric(["a", "b"], [["a"], "b" as unknown as string[]]))).toMatchObject({ parameters: { at: "answers[1]" } });
    expect(failure(() => metric(["a", "b"], [["a"], [null as unknown as string]]))).toMatchObject({ parameters: { at: "answers[1]" } });
  });
});

describe("a question without answers", () => {
  it("is refused by SQuAD 1.1 and by CMRC, which have none such", () => {
    for (const metric of [squad, cmrc])
      expect(failure(() => metric(["a", "b"], [["a"], []]))).toMatchObject({ code: "E_METRIC_ROW", parameters: { row: 1 } });
    expect(failure(() => squad(["a"], [["a"]], { version: "3" as "2.0" })).code).toBe("E_OPTION");
  });
});

function expectScores(found: EntityScores, right: Found, what: string): void {
  for (const [at, name] of (["precision", "recall", "f", "support"] as const).entries()) {
    expectNumbers(
      found.types.map((one) => one[name]),
      right.types[at],
      `${what} ${name}`,
    );
  }
  for (const kind of ["micro", "macro", "weighted"] as const) {
    const { precision, recall, f } = found[kind];
    expectNumbers([precision, recall, f], right[kind], `${what} ${kind}`);
  }
}

describe.each(fixture.entities)("tags: $name", (one) => {
  const scheme = one.scheme.toLowerCase() as TagScheme;

  it("have seqeval's scores, by the letter and leniently, for either zero division", () => {
    for (const [zero, right] of Object.entries(one.strict))
      expectScores(entityScores(one.truth, one.predicted, { scheme, zeroDivision: Number(zero) }), right, `strict ${zero}`);
    for (const [zero, right] of Object.entries(one.lenient)) {
      expectScores(entityScores(one.truth, one.predicted, { zeroDivision: Number(zero) }), right, `lenient ${zero}`);
    }
  });

  it("have seqeval's entities and accuracy", () => {
    const plain = (tags: readonly string[], as: TagScheme) => entitiesOf(tags, as).map(({ type, start, end }) => [type, start, end]);
    for (const [i, tags] of one.predicted.entries()) {
      expect(plain(tags, scheme)).toEqual(one.strictEntities[i]);
      if (one.lenientEntities !== undefined) expect(plain(tags, "lenient")).toEqual(one.lenientEntities[i]);
    }
    expectNumber(entityScores(one.truth, one.predicted, { scheme }).tagAccuracy, one.accuracy);
  });
});

describe("tags", () => {
  it("of sentences without any entity have scores that are the zero division", () => {
    const { micro, macro, weighted, types } = entityScores([["O"]], [["O"]], { zeroDivision: 1 });
    expect(types).toEqual([]);
    expect([micro.f, macro.f, weighted.f]).toEqual([1, 1, 1]);
  });

  it("are refused, with sentence and word, when they are none of the scheme", () => {
    for (const wrong of ["X-PER", "PER", "b-PER", "", "S-PER", undefined] as string[]) {
      expect(failure(() => entityScores([["O"], ["O", "O"]], [["O"], ["O", wrong]], { scheme: "iob2" }))).toMatchObject({
        code: "E_METRIC_ROW",
        parameters: { at: "predicted[1][1]", row: 1 },
      });
    }
  });

  it("are refused for a sentence of another length, for no sentence, for an unknown scheme", () => {
    expect(failure(() => entityScores([["O"], ["O", "O"]], [["O"], ["O"]]))).toMatchObject({
      code: "E_METRIC_ROW",
      parameters: { at: "predicted[1]" },
    });
    expect(failure(() => entityScores([["O"]], [])).code).toBe("E_METRIC_LENGTH");
    expect(failure(() => entityScores([], [])).code).toBe("E_METRIC_EMPTY");
    expect(failure(() => entityScores([["O"]], [["O"]], { scheme: "iob1" as "iob2" })).code).toBe("E_OPTION");
  });
});
