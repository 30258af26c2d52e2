// Steps of any mixture: a sequence's results have the same bits alone and in any company, in any order, on one thread and two; pages that are shared; what is refused.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StepPart } from "#models";
import { openExecutor } from "#native";
import { cpu } from "#tensor";
import { devices, executors } from "../support/devices.ts";
import { idsOf, loadTiny, run, score } from "../support/models.ts";
import { expectBits } from "../support/numbers.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const { device } = devices[devices.length - 1];

/** Texts of which each step takes some more. */
const texts = [300, 70, 9, 130, 1].map((length, i) => idsOf(length, i + 1));

describe.each(["exact", "fast"] as const)("in company (%s)", (precision) => {
  it("every sequence has the bits that it has alone, whoever goes with it, in whatever order and pieces", async () => {
    const model = await loadTiny(device, { precision, type: "Q4_0" });
    const sequences = model.openSequences(texts.length, 512);
    const alone = texts.map((ids, i) => run(model, sequences[i], ids));
    const likeliest = texts.map((_, i) => run(model, sequences[i], [7]));
    const pieces = fc.array(fc.tuple(fc.nat(texts.length - 1), fc.constantFrom(1, 2, 8, 31, 64, 200)), { minLength: 3, maxLength: 12 });
    const property = fc.property(fc.array(pieces, { minLength: 1, maxLength: 4 }), (steps) => {
      for (const sequence of sequences) sequence.truncate(0);
      const rest: StepPart[] = texts.map((ids, i) => ({ sequence: sequences[i], ids, want: { likeliest: 1 } }));
      const take = (i: number, count: number): StepPart => {
        const left = texts[i].slice(sequences[i].length, -1);
        return { sequence: sequences[i], ids: left.slice(0, count) };
      };
      for (const step of steps) model.step([...new Map(step).entries()].map(([i, count]) => take(i, count)).filter(({ ids }) => ids.length > 0));
      const results = model.step(rest.map((part, i) => ({ ...part, ids: texts[i].slice(sequences[i].length) })));
      for (const [i, { logits }] of results.entries()) expectBits(logits!(), alone[i], `text ${i}`);
      const next = model.step(sequences.map((sequence) => ({ sequence, ids: [7], want: { likeliest: 256 } })).toReversed()).toReversed();
      for (const [i, { logits }] of next.entries()) expectBits(logits!(), likeliest[i], `after text ${i}`);
    });
    fc.assert(property, { numRuns: 12 });
    model.dispose();
  });

  it("texts that are scored go beside others, with the same scores", async () => {
    const model = await loadTiny(device, { precision });
    const [first, second, third] = model.openSequences(3, 512);
    const [ids, targets] = [idsOf(100), idsOf(100, 2)];
    const expected = score(model, first, ids, targets);
    const logits = run(model, second, texts[1]);
    for (const sequence of [first, second]) sequence.truncate(0);
    const [scored, read] = model.step([
      { sequence: third, ids, want: { targets } },
      { sequence: second, ids: texts[1], want: { likeliest: 1 } },
    ]);
    expectBits(scored.scores!, expected);
    expectBits(read.logits!(), logits);
    model.dispose();
  });

  it("whole pages of another sequence are used as if they were its own", async () => {
    const model = await loadTiny(device, { precision, contextLength: 1024 });
    const [first, second] = model.openSequences(2, 1024);
    const ids = idsOf(600);
    const whole = run(model, first, ids);
    model.share(first, second, 590);
    expect(second.length).toBe(512);
    expectBits(run(model, second, ids.slice(512)), whole);
    first.truncate(300); // within a page that the other holds as well: all of it is forgotten
    expect(first.length).toBe(256);
    expectBits(run(model, first, ids.slice(256)), whole);
    second.truncate(599);
    expectBits(run(model, second, ids.slice(599)), whole);
    model.dispose();
  });
});

describe("a step", () => {
  it.runIf(executors.length > 1)("of a mixture has the same bits on two threads", async () => {
    const found = [1, 2].map(async (threads) => {
      const model = await loadTiny(cpu(openExecutor({ executor: "native", threads })), { precision: "fast", width: 128, feedForward: 320 });
      const sequences = model.openSequences(texts.length, 512);
      const results = model.step(texts.map((ids, i) => ({ sequence: sequences[i], ids, want: { likeliest: 1 } })));
      const bits = results.flatMap(({ likeliest }) => [...likeliest!.values, likeliest!.normalizer]);
      const next = model.step(sequences.map((sequence) => ({ sequence, ids: [3], want: { likeliest: 4 } })));
      return [...bits, ...next.flatMap(({ likeliest }) => [...likeliest!.values])];
    });
    expectBits(await found[1], await found[0]);
  });

  it("refuses sequences of another opening, one twice, and logits of a step that is over", async () => {
    const model = await loadTiny(device);
    const [old] = model.openSequences(1, 64);
    const [sequence, other] = model.openSequences(2, 64);
    expect(() => run(model, old, [1])).toThrow(code("E_SEQUENCE_FOREIGN"));
    expect(() =>
      model.step([
        { sequence, ids: [1] },
        { sequence, ids: [2] },
      ]),
    ).toThrow(code("E_SEQUENCE_FOREIGN"));
    const [{ logits }] = model.step([{ sequence, ids: [1], want: { likeliest: 1 } }]);
    run(model, other, [2]);
    expect(() => logits!()).toThrow(code("E_RECORDING"));
    model.dispose();
  });
});
