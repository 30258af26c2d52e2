// BM25 against its formula, written out plainly, through additions and removals.

import { array, assert, constantFrom, nat, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { Bm25 } from "#classical";

function plainly(
  texts: readonly (readonly string[] | undefined)[],
  query: readonly string[],
  k1: number,
  b: number,
): { id: number; score: number }[] {
  const there = texts.flatMap((text, id) => (text === undefined ? [] : [{ id, text }]));
  const mean = there.reduce((sum, { text }) => sum + text.length, 0) / Math.max(1, there.length);
  const score = (text: readonly string[]): number =>
    query.reduce((sum, term) => {
      const f = text.filter((one) => one === term).length;
      const n = there.filter(({ text: other }) => other.includes(term)).length;
      return f === 0
        ? sum
        : sum + (Math.log(1 + (there.length - n + 0.5) / (n + 0.5)) * f * (k1 + 1)) / (f + k1 * (1 - b + (b * text.length) / mean));
    }, 0);
  return there.map(({ id, text }) => ({ id, score: score(text) })).filter((hit) => hit.score > 0);
}

describe("Bm25", () => {
  const text = array(constantFrom("a", "b", "c", "d", "e"), { maxLength: 8 });
  it("gives the scores of its formula, best first, after any additions and removals", () => {
    assert(
      property(
        array(text, { maxLength: 12 }),
        array(text, { maxLength: 6 }),
        text,
        array(nat(11), { maxLength: 5 }),
        (first, second, query, removed) => {
          const index = new Bm25({ k1: 1.4, b: 0.6 });
          for (const one of first) index.add(one);
          index.search(query, 3);
          for (const id of removed) index.remove(id);
          for (const one of second) index.add(one);
          const texts = [...first, ...second].map((one, id) => (id < first.length && removed.includes(id) ? undefined : one));
          const right = plainly(texts, query, 1.4, 0.6);
          const hits = index.search(query, 100);
          expect(hits.map(({ id }) => id).sort((x, y) => x - y)).toEqual(right.map(({ id }) => id));
          for (const { id, score } of hits) expect(score).toBeCloseTo(right.find((one) => one.id === id)!.score, 9);
          expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).sort((x, y) => y - x));
          expect(index.search(query, 2)).toEqual(hits.slice(0, 2));
          expect(index.search(query, 100, (id) => id % 2 === 0)).toEqual(hits.filter(({ id }) => id % 2 === 0));
        },
      ),
    );
  });

  it("refuses parameters that mean nothing", () => {
    for (const options of [{ k1: -1 }, { b: 2 }, { k1: Number.NaN }])
      expect(() => new Bm25(options)).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});
