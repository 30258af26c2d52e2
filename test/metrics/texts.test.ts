// BLEU, chrF, TER and ROUGE against sacrebleu and rouge-score, and what they refuse.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BleuOptions,
  type BleuTokenizer,
  bleu,
  bleuCounts,
  bleuOfCounts,
  bleuWords,
  type ChrfOptions,
  chrf,
  type RougeScores,
  rouge,
  rougeScores,
  sentenceBleu,
  sentenceChrf,
  sentenceTer,
  type TerWords,
  ter,
} from "#metrics";
import { expectNumber, expectNumbers, readFixture } from "./fixture.ts";
import { failure, laterFailure } from "./refusals.ts";

interface Answer {
  readonly options: Readonly<Record<string, boolean | number | string>>;
  readonly score: number;
  readonly signature: string;
  readonly sentences: readonly number[];
}
interface Case {
  readonly name: string;
  readonly hypotheses: readonly string[];
  readonly references: readonly string[][];
  readonly bleu: readonly (Answer & { readonly precisions: number[]; readonly bp: number; readonly lengths: number[] })[];
  readonly chrf: readonly (Answer & { readonly name: string })[];
  readonly ter: readonly (Answer & { readonly edits: number; readonly length: number })[];
  readonly rouge: Readonly<Record<"english" | "stems" | "chinese", readonly Readonly<Record<keyof RougeScores, [number, number, number]>>[]>>;
}
type Tokens = { readonly line: string } & Readonly<Record<BleuTokenizer, string[]>>;
interface Fixture {
  readonly cases: readonly Case[];
  readonly tokens: readonly Tokens[];
  /** Hypothesis, reference, edits. */
  readonly edits: readonly (readonly [string, string, number])[];
  /** Prediction, reference, F of ROUGE-Lsum. */
  readonly lines: readonly (readonly [string, string, number])[];
}
const { cases, tokens, edits, lines } = readFixture<Fixture>("metrics-texts");

// What sacrebleu calls our options.
const ourNames: Readonly<Record<string, string>> = {
  tokenize: "tokenizer",
  smooth_method: "smoothing",
  smooth_value: "smoothingValue",
  max_ngram_order: "maxOrder",
  effective_order: "effectiveOrder",
  char_order: "characterOrder",
  word_order: "wordOrder",
  eps_smoothing: "epsilonSmoothing",
  no_punct: "noPunctuation",
  asian_support: "asian",
  case_sensitive: "caseSensitive",
};
const ours = <T>(options: Answer["options"]): T =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [ourNames[name] ?? name, value])) as T;

describe("the tokenizers", () => {
  it.each(["13a", "intl", "zh", "char", "none"] as const)("%s gives sacrebleu's words", (name) => {
    for (const one of tokens) expect([one.line, bleuWords(one.line, name)]).toEqual([one.line, one[name]]);
  });
});

describe.each(cases)("$name", ({ hypotheses, references, ...right }) => {
  it("have sacrebleu's BLEU, of the corpus and of each sentence, with its signature", async () => {
    for (const { options, score, precisions, bp, lengths, signature, sentences } of right.bleu) {
      const named: BleuOptions = { tokenizer: "13a", ...ours<BleuOptions>(options) };
      const found = await bleu(hypotheses, references, named);
      const what = JSON.stringify(options);
      expectNumber(found.score, score, what);
      expectNumbers(found.precisions, precisions, what);
      expectNumber(found.brevityPenalty, bp, what);
      expect([found.hypothesisLength, found.referenceLength, found.signature]).toEqual([...lengths, signature]);
      for (const [i, sentence] of sentences.entries())
        expectNumber(sentenceBleu(hypotheses[i], references[i], named).score, sentence, `${what} ${i}`);
    }
  });

  it("have sacrebleu's chrF and chrF++", async () => {
    for (const { options, score, name, signature, sentences } of right.chrf) {
      const named = ours<ChrfOptions>(options);
      const found = await chrf(hypotheses, references, named);
      const what = JSON.stringify(options);
      expectNumber(found.score, score, what);
      expect([found.name, found.signature]).toEqual([name, signature]);
      for (const [i, sentence] of sentences.entries())
        expectNumber(sentenceChrf(hypotheses[i], references[i], named).score, sentence, `${what} ${i}`);
    }
  });

  it("have sacrebleu's TER", async () => {
    for (const { options, score, edits, length, signature, sentences } of right.ter) {
      const named = ours<TerWords>(options);
      const found = await ter(hypotheses, references, named);
      const what = JSON.stringify(options);
      expectNumber(found.score, score, what);
      expectNumber(found.referenceLength, length, what);
      expect([found.edits, found.signature]).toEqual([edits, signature]);
      for (const [i, sentence] of sentences.entries()) expectNumber(sentenceTer(hypotheses[i], references[i], named).score, sentence, `${what} ${i}`);
    }
  });

  it.each([
    ["english", { language: "english" }],
    ["stems", { language: "english", stemmer: true }],
    ["chinese", { language: "chinese" }],
  ] as const)("have rouge-score's ROUGE: %s", async (name, options) => {
    const { rows, rouge1 } = await rouge(hypotheses, references, options);
    for (const [i, written] of right.rouge[name].entries()) {
      for (const [kind, [precision, recall, f]] of Object.entries(written)) {
        const found = rows[i][kind as keyof RougeScores];
        expectNumbers([found.precision, found.recall, found.f], [precision, recall, f], `${i} ${kind}`);
      }
    }
    expectNumber(rouge1.f, rows.reduce((all, row) => all + row.rouge1.f, 0) / rows.length);
  });
});

describe("edits", () => {
  it("are sacrebleu's where its limits decide: longest run, farthest shift, beam, number of tries, order of equal shifts", () => {
    for (const [hypothesis, reference, right] of edits)
      expect([hypothesis, sentenceTer(hypothesis, reference, { caseSensitive: true }).edits]).toEqual([hypothesis, right]);
  });
});

describe("one text in place of a list", () => {
  it.each([
    ["bleu", bleu],
    ["chrf", chrf],
    ["ter", ter],
  ] as const)("is refused by %s", async (_, metric) => {
    const any = metric as unknown as (...texts: readonly unknown[]) => unknown;
    for (const sides of [
      ["a cat", ["a cat"]],
      [["a cat"], "a cat"],
      [["a cat"], undefined],
    ]) {
      await expect((async () => await any(...sides))()).rejects.toThrow(/"(hypotheses|references)".*\[text\] for one/);
    }
  });
});

describe("lines", () => {
  it("have rouge-score's ROUGE-Lsum where several subsequences are equally long", () => {
    for (const [prediction, reference, right] of lines) expectNumber(rougeScores(prediction, reference).rougeLsum.f, right, prediction);
  });
});

const [english] = cases;

describe("a corpus", () => {
  it("has the BLEU of the sum of its rows' counts", async () => {
    const { score } = await bleu(english.hypotheses, english.references);
    expectNumber(bleuOfCounts(await bleuCounts(english.hypotheses, english.references)), score);
  });

  it("may be given references without lists", async () => {
    const plain = english.references.map(([one]) => one);
    expect(await bleu(english.hypotheses, plain)).toEqual(await bleu(english.hypotheses, english.references));
  });

  it("says how far it is, and stops when told", async () => {
    const told: number[] = [];
    await bleu(english.hypotheses, english.references, { onProgress: ({ done }) => told.push(done) });
    expect(told.at(-1)).toBe(english.hypotheses.length);
    const stopped = AbortSignal.abort(new Error("stop"));
    for (const metric of [bleu, chrf, ter, rouge]) await expect(metric(["a"], ["a"], { signal: stopped })).rejects.toThrow("stop");
  });

  it("leaves the event loop its turns", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await chrf(
      Array.from({ length: 600 }, (_, i) => english.hypotheses[i % english.hypotheses.length]),
      Array.from({ length: 600 }, (_, i) => english.references[i % english.hypotheses.length]),
      { wordOrder: 2 },
    );
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});

describe("Chinese texts, with nothing said about them,", () => {
  it("are compared by their characters: equal ones score the most, in a corpus and alone", async () => {
    const text = "我喜欢在清晨喝一杯热茶。";
    expect((await bleu([text], [text])).score).toBeCloseTo(100, 8);
    expect((await bleu([text], [text])).signature).toContain("tok:zh");
    expect(sentenceBleu(text, text).score).toBeCloseTo(100, 8);
    expect(rougeScores(text, text).rougeL.f).toBe(1);
    expect(rougeScores("我喜欢茶", text, { language: "english" }).rougeL.f).toBe(0); // as rouge-score
    expect((await bleu(["Green tea is tea."], ["Green tea is tea."])).signature).toContain("tok:13a");
  });
});

describe("any text", () => {
  const text = fc.string({ unit: "binary", maxLength: 40 });
  const kind = fc.oneof(text, fc.string({ maxLength: 30 }), fc.constantFrom("好的。", "a b c", "\ud800", ""));

  it("has scores within their range, the highest against itself", () => {
    fc.assert(
      fc.property(kind, kind, (a, b) => {
        for (const tokenizer of ["13a", "intl", "zh", "char", "none"] as const) {
          const { score } = sentenceBleu(a, b, { tokenizer });
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(100 + 1e-9);
          if (bleuWords(a, tokenizer).length > 0) expect(sentenceBleu(a, a, { tokenizer }).score).toBeCloseTo(100, 8);
        }
        const { score } = sentenceChrf(a, b);
        expect(score >= 0 && score <= 100 + 1e-9).toBe(true);
        expect(sentenceTer(a, a).score).toBe(0);
        const { rougeL } = rougeScores(a, b, { language: "chinese" });
        expect(rougeL.f >= 0 && rougeL.f <= 1).toBe(true);
      }),
    );
  });

  it("that is long costs no more than its length asks for", () => {
    const spaces = " ".repeat(200_000);
    expect(sentenceBleu(`a${spaces}b`, `a${spaces}b`).hypothesisLength).toBe(2);
    expect(bleuWords(`${".".repeat(50_000)}a${"-".repeat(50_000)}`, "zh").length).toBeGreaterThan(1);
    expect(rougeScores("a ".repeat(3000), "a ".repeat(3000)).rougeL.f).toBe(1);
  });
});

describe("wrong rows", () => {
  it.each([
    ["bleu", bleu],
    ["chrf", chrf],
    ["ter", ter],
    ["rouge", rouge],
  ] as const)("%s names the row without partner, without reference, without text; and refuses nothing", async (_, metric) => {
    expect(await laterFailure(() => metric(["a", "b"], ["a"]))).toMatchObject({ code: "E_METRIC_LENGTH", parameters: { row: 1 } });
    expect(await laterFailure(() => metric([], []))).toMatchObject({ code: "E_METRIC_EMPTY" });
    expect(await laterFailure(() => metric(["a", "b"], ["a", []]))).toMatchObject({ code: "E_METRIC_ROW", parameters: { at: "references[1]" } });
    for (const wrong of [undefined, null, 7] as unknown as string[]) {
      expect(await laterFailure(() => metric(["a", wrong], ["a", "b"]))).toMatchObject({ code: "E_METRIC_ROW", parameters: { at: "hypotheses[1]" } });
      expect(await laterFailure(() => metric(["a", "b"], ["a", ["b", wrong]]))).toMatchObject({
        code: "E_METRIC_ROW",
        parameters: { at: "references[1]" },
      });
    }
  });

  it("are those that would hold the event loop for minutes", async () => {
    const long = "a b c d e ".repeat(2500);
    expect(await laterFailure(() => rouge(["a", long], ["a", long]))).toMatchObject({ code: "E_METRIC_ROW", parameters: { at: "predictions[1]" } });
    expect(await laterFailure(() => ter(["a", long], ["a", long]))).toMatchObject({ code: "E_METRIC_ROW", parameters: { at: "hypotheses[1]" } });
  });

  it("are options that are none", () => {
    expect(failure(() => sentenceChrf("a", "a", { characterOrder: 1e9 })).code).toBe("E_OPTION");
    expect(failure(() => sentenceBleu("a", "a", { maxOrder: 1e9 })).code).toBe("E_OPTION");
    expect(failure(() => sentenceBleu("a", "a", { tokenizer: "mecab" as "zh" })).code).toBe("E_OPTION");
    expect(failure(() => sentenceBleu("a", "a", { smoothing: "more" as "exp" })).code).toBe("E_OPTION");
    expect(failure(() => sentenceBleu("a", "a", { smoothing: "floor", smoothingValue: -1 })).code).toBe("E_OPTION");
    expect(failure(() => sentenceBleu("a", "a", { maxOrder: 0 })).code).toBe("E_OPTION");
    expect(failure(() => sentenceChrf("a", "a", { beta: 0 })).code).toBe("E_OPTION");
    expect(failure(() => rougeScores("a", "a", { language: "french" as "english" })).code).toBe("E_OPTION");
  });
});
