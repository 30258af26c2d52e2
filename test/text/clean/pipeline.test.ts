// Steps in a row: order, counts, examples, streams, signals.
import { describe, expect, it } from "vitest";
import { type CleanStep, clean, cleanText, duplicates, html, language, lowerCase, urls, whitespace } from "#text";

async function all(texts: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const text of texts) found.push(text);
  return found;
}

describe("a cleaning", () => {
  it("runs its steps in their order and reports each with counts and examples", async () => {
    const cleaning = clean([html(), whitespace(), lowerCase(), duplicates()], { examples: 1 });
    expect(await all(cleaning.stream(["<b>Ink</b>", "PEN", "ink", "pen", "paper"]))).toEqual(["ink", "pen", "paper"]);
    expect(cleaning.report()).toEqual({
      texts: 5,
      kept: 3,
      dropped: 2,
      steps: [
        { name: "html", texts: 5, changed: 1, changes: 2, dropped: 0, examples: [{ index: 0, before: "<b>Ink</b>", after: "Ink" }] },
        { name: "whitespace", texts: 5, changed: 0, changes: 0, dropped: 0, examples: [] },
        { name: "lower", texts: 5, changed: 2, changes: 4, dropped: 0, examples: [{ index: 0, before: "Ink", after: "ink" }] },
        { name: "duplicates", texts: 5, changed: 2, changes: 2, dropped: 2, examples: [{ index: 2, before: "ink", after: undefined }] },
      ],
    });
  });

  it("keeps its memory over several streams, takes async ones, and cuts long examples around the first difference", async () => {
    const cleaning = clean([urls(), duplicates()]);
    async function* later(): AsyncGenerator<string> {
      yield `${"x".repeat(500)} http://a.b ${"y".repeat(500)}`;
      yield "z";
    }
    expect((await all(cleaning.stream(later()))).length).toBe(2);
    expect(await all(cleaning.stream(["z", "w"]))).toEqual(["w"]);
    const [example] = cleaning.report().steps[0].examples;
    expect(example.before).toMatch(/^…x+ http:\/\/a\.b y+…$/);
    expect(example.before.length).toBeLessThan(100);
  });

  it("of no steps changes nothing", async () => {
    expect(await all(clean([]).stream(["a", "a"]))).toEqual(["a", "a"]);
    expect(cleanText("a", [])).toBe("a");
  });

  it("holds one text at a time: the next is asked for when the last is taken", async () => {
    let asked = 0;
    function* texts(): Generator<string> {
      for (;;) yield String(asked++);
    }
    const stream = clean([lowerCase()]).stream(texts());
    for (let i = 0; i < 10; i++) expect((await stream.next()).value).toBe(String(i));
    expect(asked).toBeLessThanOrEqual(11);
    await stream.return(undefined);
  });

  it("lets others have their turn, and ends with the reason of a signal", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const controller = new AbortController();
    function* texts(): Generator<string> {
      for (let i = 0; ; i++) {
        if (turns > 3) controller.abort(new Error("enough"));
        yield `text ${i}`;
      }
    }
    await expect(all(clean([lowerCase()]).stream(texts(), { signal: controller.signal }))).rejects.toThrow("enough");
    clearInterval(timer);
  });

  it("tells what a step needs when its package is not there", async () => {
    const failing: CleanStep = { name: "x", open: () => Promise.reject(new Error("no tables")) };
    await expect(clean([failing]).open()).rejects.toThrow("no tables");
    await expect(clean([language({ keep: ["en"], engine: "eld" })]).open()).resolves.toBeTypeOf("function");
  });
});
