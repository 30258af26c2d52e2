// Perplexity by its definition, against the logits of the model run by hand; and models whose numbers are none.
import type { LanguageModel, PerplexityResult, StreamPiece } from "inkstone";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../support/models.ts";
import { byHand, failure, openTiny, tinyPath } from "./tiny.ts";

const path = tinyPath({ contextLength: 128 });
const text = "Hello you are the and is a in to of. 你好。 Hello and the user is you.\n\n".repeat(3);
let model: LanguageModel;
beforeAll(async () => {
  model = await openTiny(path);
});
afterAll(() => model.close());

interface Definition {
  readonly nll: number;
  readonly scored: number;
}

// -ln softmax(logits)[target], one token after the other, every window from nothing.
async function byDefinition(ids: readonly number[], window: number): Promise<Definition> {
  using hand = await byHand(path);
  let [nll, scored] = [0, 0];
  for (let start = 0; start < ids.length; start += window) {
    hand.sequence.truncate(0);
    const end = Math.min(start + window, ids.length);
    for (let at = start; at + 1 < end; at++) {
      const logits = run(hand.model, hand.sequence, [ids[at]]);
      const most = Math.max(...logits);
      const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0);
      nll += most + Math.log(sum) - logits[ids[at + 1]];
      scored++;
    }
  }
  return { nll: nll / scored, scored };
}

describe("perplexity", () => {
  it.each([2, 3, 7, 64, 100, 128])("over windows of %i is the mean of -ln p over every token but the first of a window", async (window) => {
    const { ids } = await model.tokenize(text);
    const right = await byDefinition(ids, window);
    const { perplexity, nllPerToken, tokens, scored } = await model.perplexity(text, { window });
    expect([tokens, scored]).toEqual([ids.length, right.scored]);
    expect(scored).toBe(ids.length - Math.ceil(ids.length / window));
    expect(Math.abs(nllPerToken - right.nll)).toBeLessThan(1e-5 * right.nll);
    expect(perplexity).toBe(Math.exp(nllPerToken));
  });

  it("scores the last, shorter window too; of a last window of one token there is nothing to score", async () => {
    const ids = (await model.tokenize("Hello you are")).ids; // 3 tokens
    const whole = await model.perplexity("Hello you are", { window: 3 });
    const cut = await model.perplexity("Hello you are", { window: 2 });
    expect([ids.length, whole.scored, cut.scored]).toEqual([3, 2, 1]);
    expect(cut.nllPerToken).toBeCloseTo((await byDefinition(ids, 2)).nll, 5);
  });

  it("a window does not see the one before it", async () => {
    const one = "Hello you are the";
    const single = await model.perplexity(one, { window: 4 });
    const double = await model.perplexity(` and and and and${one.replace("Hello", " a")}`, { window: 4 });
    const other = await model.perplexity(` is is is is${one.replace("Hello", " a")}`, { window: 4 });
    const first = async (given: string) => (await model.perplexity(given, { window: 4 })).nllPerToken;
    const second = (both: PerplexityResult, of: number) => both.nllPerToken * 2 - of;
    expect(second(double, await first(" and and and and"))).toBeCloseTo(second(other, await first(" is is is is")), 5);
    expect(single.scored).toBe(3);
  });

  it("is the same for any threads, beside answers, and told in steps that end at the last token", async () => {
    const right = await model.perplexity(text, { window: 100 });
    await using two = await openTiny(path, { threads: 2 });
    expect(await two.perplexity(text, { window: 100 })).toEqual(right);
    const told: [number, number][] = [];
    const onProgress = (done: number, total: number) => void told.push([done, total]);
    const [beside] = await Promise.all([model.perplexity(text, { window: 100, onProgress }), model.generate("Hello", { maxTokens: 60 })]);
    expect(beside).toEqual(right);
    expect(told.at(-1)).toEqual([right.tokens, right.tokens]);
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).sort((a, b) => a - b));
  });

  it("special tokens count only when asked for", async () => {
    const plain = await model.perplexity("Hello<|im_end|>you", { window: 9 });
    const special = await model.perplexity("Hello<|im_end|>you", { window: 9, special: true });
    expect(special.tokens).toBeLessThan(plain.tokens);
  });

  it("refuses fewer than two tokens, a window longer than the context, and ends with E_CANCELLED when aborted", async () => {
    for (const short of ["", "Hello"]) expect(await failure(model.perplexity(short, { window: 9 }))).toMatchObject({ code: "E_TEXT_SHORT" });
    expect(await failure(model.perplexity(text, { window: 129 }))).toMatchObject({ code: "E_OPTION", parameters: { option: "window", value: 129 } });
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    const ended = failure(model.perplexity(text.repeat(200), { window: 100, onProgress, signal: controller.signal }));
    expect(await ended).toMatchObject({ code: "E_CANCELLED" });
    expect(await failure(model.perplexity(text, { window: 100, signal: AbortSignal.abort() }))).toMatchObject({ code: "E_CANCELLED" });
  });
});

describe("S16: a model whose numbers are none", () => {
  const broken = tinyPath({
    tensors: (tensors) =>
      tensors.map((tensor) =>
        tensor.name === "output_norm.weight" ? { ...tensor, data: new Uint8Array(new Float32Array(64).fill(Number.NaN).buffer) } : tensor,
      ),
  });

  it("says E_LOGITS in every way of generating, and never a token", async () => {
    await using sick = await openTiny(broken);
    const ways = [{}, { temperature: 1 }, { temperature: 1, topK: 300 }, { repetitionPenalty: 2 }, { temperature: 1e-6 }];
    for (const way of ways) {
      expect(await failure(sick.generate("Hello you", way))).toMatchObject({ code: "E_LOGITS", type: "numeric_error", parameters: { position: 0 } });
      const pieces: StreamPiece[] = [];
      const stream = async () => {
        for await (const piece of sick.stream("Hello you", way)) pieces.push(piece);
      };
      expect(await failure(stream())).toMatchObject({ code: "E_LOGITS" });
      expect(pieces).toEqual([]);
    }
    expect(await failure(sick.perplexity("Hello you"))).toMatchObject({ code: "E_LOGITS" });
  });

  it("and the engine goes on: text is still tokenized", async () => {
    await using sick = await openTiny(broken, { slots: 1 });
    for (let i = 0; i < 3; i++) expect(await failure(sick.generate("Hello you"))).toMatchObject({ code: "E_LOGITS" });
    for (let i = 0; i < 3; i++) expect(await failure(sick.perplexity("Hello you"))).toMatchObject({ code: "E_LOGITS" });
    expect((await sick.tokenize("Hello")).tokens).toEqual(["Hello"]);
  });
});
