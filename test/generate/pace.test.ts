// How many rows of a prompt a step takes: those that fit into its time, whatever short steps took.
import { describe, expect, it } from "vitest";
import { Pace } from "../../dist/generate/engine/pace.js";

/** Rows after so many steps, each full, of a machine on which a step takes `least` and `each` a row. */
const settled = (least: number, each: number, pace = new Pace(), steps = 12): number => {
  for (let i = 0; i < steps; i++) pace.learn(pace.rows, least + each * pace.rows);
  return pace.rows;
};

describe("rows of a step", () => {
  it.each([
    ["a quick model", 1, 0.5, 64],
    ["a model whose weights are unpacked for each step", 120, 1.2, 64],
    ["a slower one", 20, 4, 32],
    ["one that takes a tenth of a second a row", 0, 100, 8],
  ])("are as many as fit into its time: %s", (_, least, each, rows) => {
    expect(settled(least, each)).toBe(rows);
  });

  it("stay as they are where steps are short because no more was there", () => {
    const pace = new Pace();
    for (let i = 0; i < 50; i++) pace.learn(8, 150);
    expect(pace.rows).toBe(64);
  });

  it("come back after a step that something else held up", () => {
    const pace = new Pace();
    pace.learn(64, 5000);
    expect(pace.rows).toBe(8);
    expect(settled(1, 0.5, pace)).toBe(64);
  });
});
