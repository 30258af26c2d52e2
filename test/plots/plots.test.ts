// Plots: well-formed whatever they are given, every point where its numbers say.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { confusionPlot, linePlot, rasterOf, scatterPlot } from "#plots";

const numbers = (text: string) => [...text.matchAll(/-?\d+(?:\.\d+)?/g)].map(Number);

// Tags open and close in order, and no text holds a bare < or &.
function isWellFormed(svg: string): boolean {
  const open: string[] = [];
  for (const [, closing, name, alone] of svg.matchAll(/<(\/?)(\w+)[^<>]*?(\/?)>/g)) {
    if (closing) {
      if (open.pop() !== name) return false;
    } else if (!alone) open.push(name);
  }
  const text = svg.replace(/<style>.*?<\/style>/s, "").replace(/<[^<>]*>/g, "");
  return open.length === 0 && !/[<>]|&(?!amp;|lt;|gt;|quot;|#39;)/.test(text) && !/NaN|Infinity|undefined/.test(svg);
}

const line = (points: [number, number][]) => linePlot({ title: "t", xLabel: "x", yLabel: "y", series: [{ name: "a", points }] });
const pathOf = (svg: string) => /<path d="([^"]*)" fill="none"/.exec(svg)?.[1] ?? "";

describe("a line plot", () => {
  it("is well-formed for any text and any numbers", () => {
    const point = fc.tuple(fc.float({ noNaN: false }), fc.float({ noNaN: false }));
    fc.assert(
      fc.property(fc.array(point, { minLength: 1 }), fc.string({ unit: "binary" }), (points, name) => {
        const all = [...points, [0, 1] as [number, number]];
        const svg = linePlot({
          title: name,
          xLabel: name,
          yLabel: name,
          series: [
            { name, points: all },
            { name: "b", points: all },
          ],
          dots: true,
        });
        expect(isWellFormed(svg), svg).toBe(true);
      }),
    );
  });

  it("puts larger x further right and larger y further up, in straight proportion", () => {
    const [x0, y0, x1, y1, x2, y2] = numbers(
      pathOf(
        line([
          [0, 0],
          [5, 20],
          [10, 100],
        ]),
      ),
    );
    expect([x1 - x0, x2 - x1]).toEqual([x1 - x0, x1 - x0]);
    expect(y0 - y2).toBeCloseTo(5 * (y0 - y1), 1);
    expect(y2).toBeLessThan(y1);
  });

  it("is interrupted where a value is missing", () => {
    const path = pathOf(
      line([
        [0, 1],
        [1, 2],
        [2, Number.NaN],
        [3, 1],
        [4, 2],
      ]),
    );
    expect(path.match(/M/g)).toHaveLength(2);
  });

  it("refuses to show nothing", () => {
    expect(() => line([[Number.NaN, 1]])).toThrow(/series/);
  });
});

describe("a confusion plot", () => {
  it("has a cell for each pair of classes, as dark as its share of the row, with its count", () => {
    const svg = confusionPlot({
      title: "c",
      labels: ["a", "b"],
      counts: [
        [3, 1],
        [0, 0],
      ],
      trueLabel: "true",
      predictedLabel: "predicted",
    });
    expect([...svg.matchAll(/fill-opacity="([\d.]+)"/g)].map(([, shade]) => Number(shade))).toEqual([0.76, 0.29, 0.05, 0.05]);
    expect([...svg.matchAll(/>(\d+)<\/text>/g)].map(([, count]) => count)).toEqual(["3", "1", "0", "0"]);
    expect(isWellFormed(svg)).toBe(true);
  });

  it("leaves out names and counts that could not be read", () => {
    const labels = Array.from({ length: 77 }, (_, i) => `kind <${i}>`);
    const counts = labels.map((_, i) => labels.map((_, j) => (i === j ? 9 : 0)));
    const svg = confusionPlot({ title: "c", labels, counts, trueLabel: "true", predictedLabel: "predicted" });
    expect(svg).not.toContain("kind");
    expect(svg.match(/<rect/g)).toHaveLength(77 * 77);
  });

  it("refuses counts that are no square of the labels", () => {
    expect(() => confusionPlot({ title: "c", labels: ["a", "b"], counts: [[1, 2]], trueLabel: "", predictedLabel: "" })).toThrow(/counts/);
  });
});

describe("a scatter plot", () => {
  it("puts names beside their points where they cover no other, at the edge to the left, and keeps every point", () => {
    const points = [
      { name: "a long name here", x: 0, y: 0 },
      { name: "一个很长的名字", x: 10, y: 0 },
      { name: "near", x: 5, y: 5 },
      { name: "nearer", x: 5.05, y: 5 },
      ...Array.from({ length: 20 }, (_, i) => ({ name: `crowd ${i}`, x: 3, y: 3 })),
    ];
    const svg = scatterPlot({ title: "t", points });
    expect(isWellFormed(svg)).toBe(true);
    expect(svg.match(/<circle/g)).toHaveLength(24);
    for (const name of ["a long name here", "一个很长的名字", "near", "nearer"]) expect(svg).toContain(`>${name}</text>`);
    expect(svg).toMatch(/text-anchor="end">一个很长的名字</);
    expect(svg.match(/>crowd \d+<\/text>/g)?.length).toBeLessThan(20);
  });
});

describe("a plot as pixels", () => {
  it("has its line where its points are, and its letters beside the axes", async () => {
    const raster = await rasterOf(
      line([
        [0, 0],
        [10, 10],
      ]),
      { scale: 2 },
    );
    const at = (x: number, y: number) => [...raster.values.subarray(3 * (2 * y * raster.width + 2 * x), 3 * (2 * y * raster.width + 2 * x) + 3)];
    expect([raster.width, raster.height]).toEqual([1120, 800]);
    const [x0, y0, x1, y1] = numbers(
      pathOf(
        line([
          [0, 0],
          [10, 10],
        ]),
      ),
    );
    expect(at(Math.round((x0 + x1) / 2), Math.round((y0 + y1) / 2))).toEqual([0, 0x72, 0xb2]);
    expect(at(Math.round(x0 + (x1 - x0) / 4), Math.round(y0 + (3 * (y1 - y0)) / 4))).toEqual([255, 255, 255]);
    const inked = (left: number, right: number, top: number, bottom: number) => {
      let dark = 0;
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) if (at(x, y)[0] === 0x33) dark++;
      return dark;
    };
    expect(inked(20, 62, 340, 350)).toBeGreaterThan(5);
    expect(inked(20, 62, 310, 335)).toBe(0);
  });

  it("draws any text and any points of any plot", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary", maxLength: 20 }),
        fc.array(fc.tuple(fc.float(), fc.float()), { maxLength: 5 }),
        async (title, points) => {
          const svg = linePlot({
            title,
            xLabel: title,
            yLabel: "y",
            series: [{ name: title, points: [...points, [0, 1]] }],
            dots: true,
            diagonal: true,
          });
          expect((await rasterOf(svg, { scale: 1 })).values.some((value) => value < 255)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });
});
