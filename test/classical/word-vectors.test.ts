// Named vectors and principal components: by hand, there and back through files, what is refused.
import { describe, expect, it } from "vitest";
import { principalComponents, WordVectors } from "#classical";
import { noise } from "../support/numbers.ts";

describe("principalComponents", () => {
  it("finds upright directions of falling variance, whatever the correlation", () => {
    const raw = noise(60 * 5, 3);
    const rows = Array.from({ length: 60 }, (_, i) => [0, 1, 2, 3, 4].map((j) => raw[5 * i + j] * (j + 1) + (j === 0 ? 2 * raw[5 * i + 4] : 0)));
    const { components, explained, rows: projected } = principalComponents(rows, 5);
    expect(explained.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    for (let i = 1; i < 5; i++) expect(explained[i]).toBeLessThanOrEqual(explained[i - 1]);
    for (const [i, a] of components.entries())
      for (const [j, b] of components.entries()) expect(a.reduce((sum, part, k) => sum + part * b[k], 0)).toBeCloseTo(i === j ? 1 : 0, 6);
    // The variance of the first column is its share of the total.
    const total = [0, 1, 2, 3, 4].map((j) => projected.reduce((sum, row) => sum + row[j] ** 2, 0));
    expect(total[0] / total.reduce((sum, part) => sum + part, 0)).toBeCloseTo(explained[0], 6);
  });

  it("finds the same directions for few rows of many values as for more of them that say nothing new", () => {
    const raw = noise(6 * 9, 5);
    const few = Array.from({ length: 6 }, (_, i) => [...raw.subarray(9 * i, 9 * i + 9)]);
    const [wide, long] = [principalComponents(few, 3), principalComponents([...few, ...few], 3)];
    for (const [i, component] of wide.components.entries()) {
      expect(wide.explained[i]).toBeCloseTo(long.explained[i], 9);
      for (const [j, weight] of component.entries()) expect(weight).toBeCloseTo(long.components[i][j], 6);
    }
    for (const [i, row] of wide.rows.entries()) for (const [k, value] of row.entries()) expect(value).toBeCloseTo(long.rows[i][k], 6);
  });

  it("gives zeros for rows that are all the same, and refuses what is no matrix", () => {
    expect(
      principalComponents(
        [
          [1, 2],
          [1, 2],
        ],
        2,
      )
        .rows.flat()
        .map(Math.abs),
    ).toEqual([0, 0, 0, 0]);
    for (const broken of [() => principalComponents([], 1), () => principalComponents([[1], [1, 2]], 1), () => principalComponents([[1]], 2)]) {
      expect(broken).toThrow(expect.objectContaining({ code: "E_OPTION" }));
    }
  });
});

describe("WordVectors", () => {
  const vectors = new WordVectors(
    ["a", "b", "c d", "null"],
    [
      [1, 0],
      [2, 0.1],
      [0, -3],
      [0, 0],
    ],
  );

  it("orders neighbours by cosine, not by length, and leaves the word itself out", () => {
    expect(vectors.nearest("a").map(({ name }) => name)).toEqual(["b", "c d", "null"]);
    expect(vectors.nearest([0, -1], 1)[0]).toEqual({ name: "c d", similarity: 1 });
    expect(vectors.similarity("a", "null")).toBe(0);
  });

  it("comes back bit by bit from word2vec's text form", () => {
    const odd = new WordVectors(["x"], [noise(7, 5)]);
    expect(WordVectors.fromWord2VecText(odd.toWord2VecText()).vectors[0]).toEqual(odd.vectors[0]);
    expect(vectors.toWord2VecText()).toContain("c_d 0 -3");
    expect(vectors.toProjector().metadata).toBe("a\nb\nc d\nnull\n");
    expect(vectors.map().rows).toHaveLength(4);
  });

  it("names the line of a file that is broken", () => {
    expect(() => WordVectors.fromWord2VecText("1 2\na 1\n")).toThrow(
      expect.objectContaining({ code: "E_OPTION", message: expect.stringContaining("line 2") }),
    );
    expect(() => WordVectors.fromWord2VecText("9 2\na 1 2\n")).toThrow(expect.objectContaining({ code: "E_OPTION" }));
    expect(() => vectors.vector("zebra")).toThrow(expect.objectContaining({ code: "E_OPTION", message: expect.stringContaining("zebra") }));
  });
});
