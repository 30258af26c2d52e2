// Texts as sentences for a translator and back: what stands between them stays, long sentences are cut at marks; and the search over steps of a model.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beamSearch, type StepModel } from "#generate";
import { joined, piecesOf } from "../../dist/generate/translation/pieces.js";

const sentence = (text: string, fits: (part: string) => boolean = () => true) => piecesOf(text, fits).pieces.map((piece) => piece.text);

describe("sentences of a text", () => {
  it("are put back as they stood when nothing is translated", () => {
    const part = fc.constantFrom("Hello. ", "你好。", "One, two; three. ", "\n", "\n\n", "  ", "Dr. Li came. ", "🙂", "x");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        const pieces = piecesOf(text, () => true);
        const back = joined(
          pieces,
          pieces.pieces.map((piece) => piece.text),
        );
        expect(back.replace(/ +/g, "")).toBe(text.replace(/ +/g, ""));
      }),
    );
  });

  it("get a blank between them where their script has one, and none where it has not", () => {
    expect(
      joined(
        piecesOf("你好。再见。", () => true),
        ["Hello.", "Goodbye."],
      ),
    ).toBe("Hello. Goodbye.");
    expect(
      joined(
        piecesOf("Hello. Goodbye.", () => true),
        ["你好。", "再见。"],
      ),
    ).toBe("你好。再见。");
    expect(
      joined(
        piecesOf("A.\nB.", () => true),
        ["甲。", "乙。"],
      ),
    ).toBe("甲。\n乙。");
  });

  it("that are too long are cut at marks near their middle, in the end anywhere, and nothing is lost", () => {
    const fits = (part: string) => part.length <= 30;
    expect(sentence("The first half of it is here, the second half of it there.", fits)).toEqual([
      "The first half of it is here,",
      "the second half of it there.",
    ]);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "b", " ", ",", "，", "🙂", "é"), maxLength: 200 }), (text) => {
        const parts = sentence(text, (part) => part.length <= 8);
        expect(parts.every((part) => part.length <= 8)).toBe(true);
        expect(parts.join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
        expect(parts.some((part) => /\p{Surrogate}/u.test(part))).toBe(false);
      }),
    );
  });
});

/** A model whose likeliest next ids depend on the last id alone: a table of probabilities. */
function chain(table: readonly (readonly number[])[]): StepModel & { rows: number[] } {
  const rows: number[] = [];
  return {
    rows,
    begin: () => undefined,
    step({ ids, likeliest }) {
      rows.push(ids.length);
      const count = Math.min(likeliest, table[0].length);
      const sorted = ids.map((id) =>
        table[id]
          .map((p, next) => ({ next, logit: Math.log(p) }))
          .sort((a, b) => b.logit - a.logit || a.next - b.next)
          .slice(0, count),
      );
      return {
        count,
        values: Float32Array.from(sorted.flat().map(({ logit }) => logit)),
        indices: Int32Array.from(sorted.flat().map(({ next }) => next)),
        normalizers: new Float32Array(ids.length),
        logits: (row) => Float32Array.from(table[ids[row]], Math.log),
      };
    },
  };
}

describe("beam search", () => {
  // 0 begins, 1 ends. The greedy way 2 leads nowhere good; 3 is the better beginning.
  const table = [
    [0.01, 0.01, 0.5, 0.48],
    [0.25, 0.25, 0.25, 0.25],
    [0.01, 0.3, 0.35, 0.34],
    [0.01, 0.97, 0.01, 0.01],
  ];
  const options = { start: 0, end: 1, most: [6] };

  it("with one beam takes the likeliest each time, with more finds a better text", async () => {
    const [[greedy]] = await beamSearch(chain(table), 1, options);
    const [[best, second]] = await beamSearch(chain(table), 1, { ...options, beams: 3, best: 2, lengthPenalty: 0 });
    expect(greedy.ids.slice(0, 2)).toEqual([2, 2]);
    expect(best.ids).toEqual([3]);
    expect(best.score).toBeCloseTo(Math.log(0.48 * 0.97), 5);
    expect(best.score).toBeGreaterThan(second.score);
  });

  it("says nothing twice where it may not, ends at the most, and drops texts that are done", async () => {
    const [[written]] = await beamSearch(chain(table), 1, { ...options, most: [12], noRepeat: 2 });
    const pairs = written.ids.slice(1).map((id, i) => `${written.ids[i]} ${id}`);
    expect(new Set(pairs).size).toBe(pairs.length);
    const model = chain(table);
    const [one, two] = await beamSearch(model, 2, { ...options, most: [1, 4] });
    expect([one[0].ids.length, two[0].ids.length]).toEqual([1, 4]);
    expect(model.rows).toEqual([2, 1, 1, 1]);
    expect(await beamSearch(model, 0, { ...options, most: [] })).toEqual([]);
  });
});
