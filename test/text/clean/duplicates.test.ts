// Exact and near duplicates, in bounded memory.
import { describe, expect, it } from "vitest";
import { philox } from "#core";
import { cleanTexts, duplicates, lowerCase, NearDuplicateIndex, nearDuplicates, shingles, whitespace } from "#text";

// Random words; the same for the same number.
function words(seed: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => (philox([i, 0, 0, 0], [seed, 0])[0] % 20_000).toString(36));
}

function jaccard(a: string, b: string): number {
  const [left, right] = [new Set(shingles(a)), new Set(shingles(b))];
  const both = [...left].filter((one) => right.has(one)).length;
  return both / (left.size + right.size - both);
}

describe("duplicates", () => {
  it("drop what came before, to the character, and what earlier steps made equal", () => {
    expect(cleanTexts(["a", "b", "a", "A", "a ", "b"], [duplicates()])).toEqual(["a", "b", "A", "a "]);
    expect(cleanTexts(["a", "A", " a "], [whitespace(), lowerCase(), duplicates()])).toEqual(["a"]);
    expect(cleanTexts(["", "", "\ud800", "\udc00", "\ud800"], [duplicates()])).toEqual(["", "\ud800", "\udc00"]);
  });

  it("remember the last half of their capacity at least, and forget in the end", () => {
    const texts = Array.from({ length: 10_000 }, (_, i) => `text ${i}`);
    expect(cleanTexts([...texts, ...texts.slice(-500), texts[0]], [duplicates({ capacity: 1000 })])).toEqual([...texts, texts[0]]);
    expect(cleanTexts([...texts, ...texts], [duplicates()])).toEqual(texts);
    expect(() => duplicates({ capacity: 1 })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });

  it("have no memory of an earlier run", () => {
    const step = duplicates();
    for (let run = 0; run < 2; run++) expect(cleanTexts(["x", "x"], [step])).toEqual(["x"]);
  });
});

describe("near duplicates", () => {
  it("estimate Jaccard similarity within its sampling error", () => {
    const size = 256;
    let worst = 0;
    for (let i = 0; i < 60; i++) {
      const common = words(i, 40 + i * 2);
      const [a, b] = [[...common, ...words(1000 + i, 1 + (i % 30))].join(" "), [...common, ...words(2000 + i, 1 + (i % 17))].join(" ")];
      const index = new NearDuplicateIndex({ threshold: 0.01, permutations: size });
      index.add(a);
      const exact = jaccard(a, b);
      const found = index.add(b);
      worst = Math.max(worst, Math.abs((found?.similarity ?? 0) - exact) / Math.sqrt((exact * (1 - exact)) / size + 1 / size));
    }
    expect(worst).toBeLessThan(4);
  });

  it("are found above the threshold and not below it", () => {
    let [found, wrong, pairs] = [0, 0, 0];
    for (let i = 0; i < 200; i++) {
      const base = words(i, 60);
      const index = new NearDuplicateIndex({ seed: i });
      const changed = base.map((word, j) => (j === i % 60 ? "changed" : word)).join(" ");
      const other = [...base.slice(0, 30), ...words(5000 + i, 30)].join(" ");
      index.add(base.join(" "));
      if (jaccard(base.join(" "), changed) > 0.85) {
        pairs++;
        if (index.add(changed)?.of === 0) found++;
      }
      if (index.add(other) !== undefined) wrong++;
    }
    expect(pairs).toBeGreaterThan(150);
    expect(found / pairs).toBeGreaterThanOrEqual(0.98);
    expect(wrong).toBe(0);
  });

  it("of texts that share nothing there are none among thousands, and planted ones are found across growth", () => {
    const index = new NearDuplicateIndex({ permutations: 64 });
    const texts = Array.from({ length: 3000 }, (_, i) => words(i, 30).join(" "));
    expect(texts.filter((text) => index.add(text) !== undefined)).toEqual([]);
    for (const i of [0, 100, 255, 256, 1500, 2999]) expect(index.add(`${texts[i]} x`)?.of, `text ${i}`).toBe(i);
    expect(index.size).toBe(3006);
  });

  it("are forgotten when capacity others have come", () => {
    const index = new NearDuplicateIndex({ capacity: 300 });
    const texts = Array.from({ length: 1000 }, (_, i) => words(i, 30).join(" "));
    for (const text of texts) expect(index.add(text)).toBeUndefined();
    expect(index.add(texts[10])).toBeUndefined();
    expect(index.add(texts[900])).toMatchObject({ of: 900, similarity: 1 });
  });

  it("work on Chinese, on short texts, by words, and with one seed alike", () => {
    expect(
      cleanTexts(["我们今天去北京天安门看升旗仪式然后吃烤鸭", "我们今天去北京天安门看升旗仪式然后吃烤鸭吧", "明天写字"], [nearDuplicates()]),
    ).toEqual(["我们今天去北京天安门看升旗仪式然后吃烤鸭", "明天写字"]);
    expect(cleanTexts(["ok", "OK", "ok ", "no", "", ""], [nearDuplicates()])).toEqual(["ok", "no", "", ""]);
    expect(cleanTexts(["a b c d e", "a b c d e!", "e d c b a"], [nearDuplicates({ unit: "words", size: 2 })])).toEqual(["a b c d e", "e d c b a"]);
    const run = (seed: number): (number | undefined)[] => {
      const index = new NearDuplicateIndex({ seed, threshold: 0.5 });
      return Array.from({ length: 200 }, (_, i) => index.add([...words(i % 20, 20), ...words(i, 12)].join(" "))?.similarity);
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });

  it("refuse what cannot be", () => {
    for (const options of [
      { threshold: 0 },
      { threshold: 1.1 },
      { threshold: Number.NaN },
      { permutations: 100 },
      { capacity: 0 },
      { size: 0 },
      { seed: -1 },
    ])
      expect(() => nearDuplicates(options)).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});
