// Scores of continuations by their definition, against the logits of the model run by hand; alone, in company and with what is in the cache.
import type { LanguageModel, ScoreItem } from "inkstone";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../support/models.ts";
import { byHand, failure, openTiny, tinyPath } from "./tiny.ts";

const path = tinyPath({ contextLength: 128 });
let model: LanguageModel;
beforeAll(async () => {
  model = await openTiny(path);
});
afterAll(() => model.close());

const items: readonly ScoreItem[] = [
  { context: "Hello you are the", continuation: " and is a in" },
  { context: "Hello you are the", continuation: " user" },
  { context: "Hello you", continuation: " are the user of 你好" },
  { context: "Hello you are ", continuation: "a" },
];

async function byDefinition({ context, continuation }: ScoreItem): Promise<{ logProbability: number; isGreedy: boolean }> {
  using hand = await byHand(path);
  const start = (await model.tokenize(context.trimEnd())).ids.length;
  const { ids } = await model.tokenize(context + continuation);
  let [logProbability, isGreedy] = [0, true];
  for (let at = 0; at + 1 < ids.length; at++) {
    const logits = run(hand.model, hand.sequence, [ids[at]]);
    if (at + 1 < start) continue;
    const most = Math.max(...logits);
    logProbability += logits[ids[at + 1]] - most - Math.log(logits.reduce((total, value) => total + Math.exp(value - most), 0));
    isGreedy &&= logits[ids[at + 1]] === most;
  }
  return { logProbability, isGreedy };
}

describe("score", () => {
  it("is the sum of ln p over the continuation, and greedy where each of its tokens is the likeliest", async () => {
    const [plain, greedy] = [await model.score(items), await model.score(items, { greedy: true })];
    for (const [i, item] of items.entries()) {
      const right = await byDefinition(item);
      expect(Math.abs(plain[i].logProbability - right.logProbability)).toBeLessThan(1e-4 * Math.abs(right.logProbability));
      expect(Math.abs(greedy[i].logProbability - right.logProbability)).toBeLessThan(1e-4 * Math.abs(right.logProbability));
      expect(greedy[i].isGreedy).toBe(right.isGreedy);
      expect(plain[i].isGreedy).toBeUndefined();
    }
  });

  it("says greedy of what the model writes itself", async () => {
    let own = 0;
    for (const context of ["Hello you are the", "Hello", "the user", "you is a", "in to of", "and the"]) {
      const { text, tokenIds } = await model.generate(context, { maxTokens: 1 });
      const { ids } = await model.tokenize(context + text);
      if (ids.at(-1) !== tokenIds[0] || ids.length !== (await model.tokenize(context)).ids.length + 1) continue; // it is written in another way
      const [scored] = await model.score([{ context, continuation: text }], { greedy: true });
      expect(scored).toMatchObject({ tokens: 1, isGreedy: true });
      own++;
    }
    expect(own).toBeGreaterThan(0);
  });

  it("has the same bits alone, in company, and in any order", async () => {
    const together = await model.score(items);
    const alone = await Promise.all(items.map((item) => model.score([item])));
    expect(alone.map(([one]) => one)).toEqual(together);
    expect(await model.score(items.toReversed())).toEqual(together.toReversed());
  });

  it("leaves out the beginning of a context that does not fit, and says how much", async () => {
    const context = "Hello you are the and is a in to of. ".repeat(40);
    const long = await model.tokenize(context.trimEnd());
    const [scored] = await model.score([{ context: context.trimEnd(), continuation: " Hello" }]);
    expect(scored.cut).toBe(long.ids.length + scored.tokens - 1 - 128);
    expect(scored.logProbability).toBeLessThan(0);
  });

  it("refuses what cannot be scored, by name, and goes on", async () => {
    expect(await failure(model.score([]))).toMatchObject({ code: "E_OPTION" });
    expect(await failure(model.score([{ context: "Hello", continuation: "" }]))).toMatchObject({ code: "E_OPTION" });
    expect(await failure(model.score([{ context: "Hello", continuation: "you ".repeat(400) }]))).toMatchObject({ code: "E_CONTEXT" });
    expect(await failure(model.score(items, { gready: true } as object))).toMatchObject({ code: "E_OPTION_UNKNOWN" });
    expect(await failure(model.score(items, { signal: AbortSignal.abort(new Error("no longer")) }))).toBeDefined();
    expect(await model.score([items[0]])).toHaveLength(1);
  });
});
