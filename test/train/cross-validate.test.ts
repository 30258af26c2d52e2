// Cross-validation: who answers for whom, the same result however it is run, and runs that were cut.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { crossValidate, type Learner } from "#train";

const folder = mkdtempSync(join(tmpdir(), "inkstone-folds-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Remembers what it was shown; answers the label of a text that it knows, else its most frequent label. */
class Memory implements Learner<string> {
  static fits = 0;
  readonly known = new Map<string, string | number>();
  classes: (string | number)[] = [];

  async fit(x: readonly string[], y: readonly (string | number)[]): Promise<void> {
    Memory.fits++;
    for (const [i, text] of x.entries()) this.known.set(text, y[i]);
    this.classes = [...new Set(y)].sort();
  }
  predict(x: readonly string[]): (string | number)[] {
    return x.map((text) => this.known.get(text) ?? "unseen");
  }
  scores(x: readonly string[]): number[][] {
    return x.map((text) => this.classes.map((label) => (text.startsWith(String(label)) ? 1 : 0)));
  }
}

const x = Array.from({ length: 30 }, (_, i) => `${"abc"[i % 3]}${i}`);
const y = x.map((text) => text[0]);

describe("cross-validation", () => {
  it("lets every row be answered by a model that has not seen it", async () => {
    const found = await crossValidate(() => new Memory(), x, y, { folds: 4 });
    expect(new Set(found.predictions)).toEqual(new Set(["unseen"]));
    expect(found.folds.flatMap(({ test }) => test).sort((a, b) => a - b)).toEqual(x.map((_, i) => i));
    expect(found.folds.every(({ train, test }) => train + test.length === x.length)).toBe(true);
  });

  it("spreads labels evenly, and keeps groups together", async () => {
    const { folds } = await crossValidate(() => new Memory(), x, y, { folds: 5 });
    for (const { test } of folds) expect(["a", "b", "c"].map((label) => test.filter((row) => y[row] === label).length)).toEqual([2, 2, 2]);
    const groups = x.map((_, i) => i % 7);
    const grouped = await crossValidate(() => new Memory(), x, y, { folds: 3, groups, stratified: false });
    for (const group of new Set(groups)) expect(new Set([...grouped.fold].filter((_, row) => groups[row] === group)).size).toBe(1);
  });

  it("gives the same whatever runs side by side, and other folds for another seed", async () => {
    const one = await crossValidate(() => new Memory(), x, y, { folds: 5 });
    const many = await crossValidate(() => new Memory(), x, y, { folds: 5, parallel: 4 });
    const plain = ({ folds, ...rest }: typeof one) => ({ ...rest, folds: folds.map(({ fitSeconds: _, ...fold }) => fold) });
    expect(plain(many)).toEqual(plain(one));
    expect([...(await crossValidate(() => new Memory(), x, y, { folds: 5, seed: 1 })).fold]).not.toEqual([...one.fold]);
  });

  it("puts scores of all folds in one order of classes; a class that a fold did not know has none", async () => {
    const rare = ["r", ...y.slice(1)];
    const { scores, classes, predictions } = await crossValidate(() => new Memory(), x, rare, { folds: 3, stratified: false });
    expect(predictions).toHaveLength(30);
    const column = classes.indexOf("r");
    expect(scores?.[0][column]).toBe(Number.NEGATIVE_INFINITY);
    expect(scores?.filter((row) => row[column] === Number.NEGATIVE_INFINITY)).toHaveLength(10);
  });

  it("measures what it is asked to, with mean and sample deviation", async () => {
    let fold = 0;
    const metrics = { rising: () => ++fold };
    const { metrics: found } = await crossValidate(() => new Memory(), x, y, { folds: 3, metrics });
    expect(found.rising).toEqual({ mean: 2, deviation: 1, values: [1, 2, 3] });
  });
});

describe("a run that was cut", () => {
  const path = join(folder, "progress.json");

  it("goes on where it was and gives what a whole run gives", async () => {
    const whole = await crossValidate(() => new Memory(), x, y, { folds: 5 });
    const cut = new AbortController();
    const half = crossValidate(() => new Memory(), x, y, {
      folds: 5,
      progressFile: path,
      signal: cut.signal,
      onProgress: (done) => done === 2 && cut.abort(new Error("cut")),
    });
    await expect(half).rejects.toThrow("cut");
    Memory.fits = 0;
    const rest = await crossValidate(() => new Memory(), x, y, { folds: 5, progressFile: path });
    expect(Memory.fits).toBe(3);
    expect(rest.predictions).toEqual(whole.predictions);
    expect(rest.scores).toEqual(whole.scores);
    expect(rest.metrics).toEqual(whole.metrics);
  });

  it("is not mixed with other data, labels or folds", async () => {
    const other = [...y.slice(1), "a"];
    for (const run of [
      () => crossValidate(() => new Memory(), x, other, { folds: 5, progressFile: path }),
      () => crossValidate(() => new Memory(), x, y, { folds: 4, progressFile: path }),
    ])
      await expect(run()).rejects.toMatchObject({ code: "E_RESUME" });
    const before = readFileSync(path, "utf8");
    writeFileSync(path, "{");
    await expect(crossValidate(() => new Memory(), x, y, { folds: 5, progressFile: path })).rejects.toMatchObject({ code: "E_RESUME" });
    expect(before).toContain('"formatVersion":1');
  });
});

describe("what does not go together", () => {
  it.each([
    ["labels that are fewer than examples", y.slice(1), {}, "E_OPTION"],
    ["groups that are fewer than examples", y, { groups: [1, 2], stratified: false }, "E_OPTION"],
    ["groups and strata", y, { groups: y, stratified: true }, "E_OPTION"],
    ["no fold at work", y, { parallel: 0 }, "E_OPTION"],
    ["one fold", y, { folds: 1 }, "E_OPTION"],
    ["more folds than rows", y, { folds: 31, stratified: false }, "E_DATA_SPLIT"],
  ])("is refused: %s", async (_, labels, options, code) => {
    await expect(crossValidate(() => new Memory(), x, labels, options)).rejects.toMatchObject({ code });
  });
});
