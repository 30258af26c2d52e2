// Many answers in one step of the model: the same texts alone and together, in any order, after cancellations; short prompts beside long ones; keys.
import { describe, expect, it } from "vitest";
import { openTiny, tinyPath } from "./tiny.ts";

const path = tinyPath({ contextLength: 4096 });
const prompts = Array.from({ length: 12 }, (_, i) => "Hello you are the and a ".slice(i).repeat(1 + (i % 5) * 7));

describe("answers side by side", () => {
  it("are bit by bit those that each has alone, in any order and after neighbours were cancelled", async () => {
    await using model = await openTiny(path, { slots: 6 });
    const options = (i: number) => ({ maxTokens: 12 + i, temperature: i % 2, seed: i });
    const alone: (readonly number[])[] = [];
    for (const [i, prompt] of prompts.entries()) alone.push((await model.generate(prompt, options(i))).tokenIds);
    const left = new AbortController();
    const cancelled = model.generate(prompts[4], { maxTokens: 3000, signal: left.signal });
    const together = prompts.map((prompt, i) => model.generate(prompt, options(i)));
    left.abort();
    expect((await Promise.all(together)).map(({ tokenIds }) => tokenIds)).toEqual(alone);
    expect((await cancelled).finishReason).toBe("cancelled");
    const back = await Promise.all(prompts.map((_, i) => model.generate(prompts[11 - i], options(11 - i))));
    expect(back.map(({ tokenIds }) => tokenIds).toReversed()).toEqual(alone);
  });

  it("a short prompt is answered while a long one is read", async () => {
    await using model = await openTiny(path, { slots: 2 });
    const ended: string[] = [];
    const long = model.generate("Hello you are the and a ".repeat(250), { maxTokens: 1 }).then(() => ended.push("long"));
    const short = model.generate("Hello", { maxTokens: 3 }).then(() => ended.push("short"));
    await Promise.all([long, short]);
    expect(ended).toEqual(["short", "long"]);
  });

  it("whole pages are shared within a key, with slots that are busy too, and across keys nothing is", async () => {
    await using model = await openTiny(path, { slots: 3 });
    const system = "Hello you are the and a ".repeat(120);
    const first = await model.generate(`${system} user`, { maxTokens: 2, key: "a" });
    const [same, other] = await Promise.all([
      model.generate(`${system} system`, { maxTokens: 2, key: "a" }),
      model.generate(`${system} system`, { maxTokens: 2, key: "b" }),
    ]);
    expect(first.cachedPromptTokens).toBe(0);
    expect(same.cachedPromptTokens).toBeGreaterThanOrEqual(256);
    expect(other.cachedPromptTokens).toBe(0);
    expect(other.tokenIds).toEqual(same.tokenIds);
  });
});
