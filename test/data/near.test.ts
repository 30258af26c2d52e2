// Near duplicates in the check of data: by the row's own number, with memory that is bounded.
import { describe, expect, it } from "vitest";
import { minHashFinder } from "#data";

describe("the finder of near duplicates", () => {
  it("names the row that a text nearly repeats, whatever its number, and nothing for other texts", () => {
    const finder = minHashFinder(0.5);
    const texts = ["Grind the ink slowly with little water.", "Wash the brush.", "Grind the ink slowly with a little water.", "Stone is stone."];
    expect(texts.map((text, i) => finder.meet(text, 100 + 10 * i))).toEqual([undefined, undefined, 100, undefined]);
  });

  it("refuses a share that is none", () => {
    expect(() => minHashFinder(2)).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});
