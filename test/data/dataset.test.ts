// Data sets: lazy, walked anew each time, bounded in what they hold, shuffled by seed, written in one walk.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { Dataset, hashSplit, openDataset, splitToFiles } from "#data";
import { jsonLine, writeFileDurably } from "#formats";

const folder = mkdtempSync(join(tmpdir(), "inkstone-dataset-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a data set", () => {
  it("reads nothing before it is walked, no more than is asked for, and closes its source when it is left", async () => {
    const seen: number[] = [];
    let closed = 0;
    function* source(): Generator<number> {
      try {
        for (let i = 0; ; i++) {
          seen.push(i);
          yield i;
        }
      } finally {
        closed++;
      }
    }
    const rows = Dataset.from(source)
      .filter((i) => i % 2 === 0)
      .map(async (i) => i * 10)
      .skip(1)
      .batch(2)
      .take(2);
    expect(seen).toEqual([]);
    expect(await rows.toArray()).toEqual([
      [20, 40],
      [60, 80],
    ]);
    expect([seen.length, closed]).toEqual([9, 1]);
    expect(await rows.count()).toBe(2);
    expect(closed).toBe(2);
  });

  it("made of what can be walked only once says so the second time", async () => {
    const once = Dataset.from([1, 2].values());
    expect(await once.toArray()).toEqual([1, 2]);
    await expect(once.toArray()).rejects.toMatchObject({ code: "E_DATA_USED" });
    const again = Dataset.from([1, 2]);
    expect(await again.count()).toBe(2);
    expect(await again.count()).toBe(2);
  });

  it("shuffles to a permutation that depends on seed and epoch alone, holding no more than its buffer", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 70 }), fc.nat(), async (count, buffer, seed) => {
        let ahead = 0;
        const source = Array.from({ length: count }, (_, i) => i);
        const rows = Dataset.from(source).map((i) => {
          ahead++;
          return i;
        });
        const order: number[] = [];
        for await (const row of rows.shuffle({ seed, buffer })) {
          order.push(row);
          expect(ahead - order.length).toBeLessThanOrEqual(buffer);
        }
        expect(order.toSorted((a, b) => a - b)).toEqual(source);
        expect(await Dataset.from(source).shuffle({ seed, buffer }).toArray()).toEqual(order);
      }),
      { numRuns: 200 },
    );
    const many = Dataset.from(Array.from({ length: 100 }, (_, i) => i));
    const first = await many.shuffle({ seed: 1 }).toArray();
    expect(await many.shuffle({ seed: 2 }).toArray()).not.toEqual(first);
    expect(await many.shuffle({ seed: 1, epoch: 1 }).toArray()).not.toEqual(first);
  });

  it("lets others have their turn while it is walked", async () => {
    let turns = 0;
    let over = false;
    const tick = (): void => {
      turns++;
      if (!over) setImmediate(tick);
    };
    setImmediate(tick);
    // Until others had ten turns: if they never had, this would not end.
    await Dataset.from(function* () {
      while (turns < 10) yield turns;
    }).count();
    over = true;
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  it("refuses sizes that are none", () => {
    const rows = Dataset.from([1]);
    for (const wrong of [
      () => rows.batch(0),
      () => rows.take(-1),
      () => rows.skip(0.5),
      () => rows.shuffle({ buffer: 0 }),
      () => rows.shuffle({ seed: -1 }),
    ])
      expect(wrong).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});

describe("a file", () => {
  it("as a data set, split by hash in one walk, gives parts that together are the file", async () => {
    const rows = Array.from({ length: 3000 }, (_, id) => ({ id, text: `row ${id % 2500} 墨` }));
    const path = join(folder, "all.jsonl");
    await writeFileDurably(path, rows.map(jsonLine).join(""));
    const data = openDataset(path);
    const partOf = hashSplit({ train: 0.8, test: 0.2 });
    const counts = await splitToFiles(data, ({ text }) => partOf(String(text)), join(folder, "parts"));
    expect(counts.train + counts.test).toBe(3000);
    const parts = await Promise.all(["train", "test"].map((name) => openDataset(join(folder, "parts", `${name}.jsonl`)).toArray()));
    expect(parts.map(({ length }) => length)).toEqual([counts.train, counts.test]);
    expect(parts.flat().sort((a, b) => Number(a.id) - Number(b.id))).toEqual(rows);
    const texts = parts.map((part) => new Set(part.map(({ text }) => text)));
    expect([...texts[0]].filter((text) => texts[1].has(text))).toEqual([]);
  });

  it("that fails half way leaves no part behind", async () => {
    const failing = Dataset.from([1, 2, 3]).map((i) => {
      if (i === 3) throw new Error("no more");
      return i;
    });
    await expect(splitToFiles(failing, (i) => (i % 2 ? "odd" : "even"), join(folder, "none"))).rejects.toThrow("no more");
    for (const name of ["odd.jsonl", "even.jsonl", "odd.jsonl.partial"]) expect(existsSync(join(folder, "none", name))).toBe(false);
    await splitToFiles([1], () => "x", join(folder, "one"));
    expect(readFileSync(join(folder, "one", "x.jsonl"), "utf8")).toBe("1\n");
  });

  it("of every kind gives rows as objects, and an ending that is not known is refused", async () => {
    const put = async (name: string, content: string) => {
      await writeFileDurably(join(folder, name), content);
      return openDataset(join(folder, name)).toArray();
    };
    expect(await put("a.txt", "ink\n\nstone")).toEqual([{ text: "ink" }, { text: "stone" }]);
    expect(await put("a.json", '[{"a": 1},\n{"a": 2}]')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await put("b.json", '{"a": 1}\n{"a": 2}\n')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await put("a.tsv", 'text\tlabel\n"ink\t1\n')).toEqual([{ text: '"ink', label: "1" }]);
    expect(await put("a.html", "<title>T</title><p>ink")).toEqual([{ title: "T", text: "ink" }]);
    expect(await put("a.md", "# T\n\nink")).toEqual([{ headings: ["T"], text: "ink" }]);
    await expect(put("a.jsonl", "1\n")).rejects.toMatchObject({ code: "E_DATA_ROW", message: "a.jsonl:1:1: this row is no object." });
    await expect(put("a.bz2", "")).rejects.toMatchObject({ code: "E_DATA_KIND", exit: 64 });
  });
});
