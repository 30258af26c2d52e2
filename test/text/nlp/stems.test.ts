// Stems are NLTK's.
import { describe, expect, it } from "vitest";
import { porterStem, snowballStem } from "#text";
import { dataLines, digest, fixture, hasData } from "../segment/fixtures.ts";

interface Stems {
  words: string;
  porter: string;
  snowball: string;
  drawn: { files: string[]; count: number; porter: string; snowball: string };
}
const answers = fixture<Stems>("stems.json");
const stemmers = { porter: porterStem, snowball: snowballStem };

describe.each(["porter", "snowball"] as const)("%s", (name) => {
  it("gives NLTK's stem of each of 4,000 words", () => {
    const words = answers.words.split(" ");
    const right = answers[name].split(" ");
    expect(words.length).toBeGreaterThan(4000);
    const wrong = words.flatMap((word, i) => (stemmers[name](word) === right[i] ? [] : [[word, stemmers[name](word), right[i]]]));
    expect(wrong).toEqual([]);
  });

  it.runIf(hasData)("gives NLTK's stems of every word of ten data sets", () => {
    const found = answers.drawn.files.flatMap(
      (file) =>
        dataLines(file)
          .join("\n")
          .toLowerCase()
          .match(/[a-z]+(?:['’][a-z]+)*/g) ?? [],
    );
    const words = [...new Set(found)].sort();
    expect(words.length).toBe(answers.drawn.count);
    expect(digest(words.map(stemmers[name]))).toBe(answers.drawn[name]);
  });

  it("keeps what is no English word, whatever its length", () => {
    for (const word of ["", "y", "砚", "😀", "😀😀", "12", "\ud800"]) expect(stemmers[name](word)).toBe(word);
    expect(stemmers[name]("y".repeat(100_000)).length).toBeGreaterThan(99_990);
  });
});
