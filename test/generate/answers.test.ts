// LanguageModel.generate and stream on a tiny model: every option against the same loop by hand, stop strings, lengths, cancelling.
import type { GenerateOptions, GenerateResult, LanguageModel, StreamPiece } from "inkstone";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ByHand, byHand, failure, openTiny, tinyPath } from "./tiny.ts";

const path = tinyPath({ contextLength: 8192 });
let model: LanguageModel;
let hand: ByHand;
beforeAll(async () => {
  model = await openTiny(path);
  hand = await byHand(path);
});
afterAll(async () => {
  hand[Symbol.dispose]();
  await model.close();
});

const prompt = "Hello you are the";

async function all(stream: AsyncIterable<StreamPiece>): Promise<{ pieces: StreamPiece[]; text: string; ids: number[]; result: GenerateResult }> {
  const pieces: StreamPiece[] = [];
  for await (const piece of stream) pieces.push(piece);
  const result = pieces.at(-1)?.result as GenerateResult;
  return { pieces, text: pieces.map((piece) => piece.text).join(""), ids: pieces.flatMap((piece) => piece.tokenIds), result };
}

describe("what is said", () => {
  const sampling: [string, GenerateOptions][] = [
    ["greedy", {}],
    ["at a temperature", { temperature: 4, seed: 11 }],
    ["with top-k", { temperature: 6, topK: 5, seed: 12 }],
    ["with top-k of more than half of the vocabulary", { temperature: 20, topK: 300, seed: 12 }],
    ["with top-p", { temperature: 6, topP: 0.5, seed: 13 }],
    ["with min-p", { temperature: 6, minP: 0.1, seed: 14 }],
    ["with all cuts", { temperature: 6, topK: 50, topP: 0.9, minP: 0.02, seed: 15 }],
    ["with a repetition penalty, greedy", { repetitionPenalty: 1.5 }],
    ["with a repetition penalty, at a temperature", { temperature: 3, repetitionPenalty: 1.3, seed: 16 }],
  ];
  it.each(sampling)("%s: the ids are those of the loop by hand", async (_, options) => {
    const { ids } = await model.tokenize(prompt);
    const right = hand.answer(ids, { ...options, maxTokens: 40 });
    const result = await model.generate(prompt, { ...options, maxTokens: 40 });
    expect(result.tokenIds).toEqual(right);
    expect(result.text).toBe(hand.tokenizer.decode(right, { skipSpecial: true }));
    expect([result.promptTokens, result.completionTokens]).toEqual([ids.length, right.length]);
  });

  it("cuts that leave one token say what greedy says, at any temperature", async () => {
    const greedy = await model.generate(prompt, { maxTokens: 20 });
    for (const options of [{ topK: 1 }, { topP: 1e-9 }, { minP: 1 }])
      expect((await model.generate(prompt, { maxTokens: 20, temperature: 50, ...options })).tokenIds).toEqual(greedy.tokenIds);
  });

  it("a strong repetition penalty keeps a token from coming twice", async () => {
    const { tokenIds } = await model.generate(prompt, { maxTokens: 40, repetitionPenalty: 100 });
    const again = await model.generate(prompt, { maxTokens: 40 });
    expect(new Set(tokenIds).size).toBeGreaterThan(new Set(again.tokenIds).size);
    expect(new Set(tokenIds).size).toBe(tokenIds.length);
  });

  it("the same seed says the same, another seed something else, and the seed that was drawn is told", async () => {
    const options = { maxTokens: 30, temperature: 5 };
    const one = await model.generate(prompt, { ...options, seed: 1 });
    expect((await model.generate(prompt, { ...options, seed: 1 })).tokenIds).toEqual(one.tokenIds);
    expect((await model.generate(prompt, { ...options, seed: 2 })).tokenIds).not.toEqual(one.tokenIds);
    const drawn = await model.generate(prompt, options);
    expect((await model.generate(prompt, { ...options, seed: drawn.seed })).tokenIds).toEqual(drawn.tokenIds);
    expect(one.seed).toBe(1);
    expect((await model.generate(prompt, options)).seed).not.toBe(drawn.seed);
  });

  it("two threads say the same as one", async () => {
    await using two = await openTiny(path, { threads: 2 });
    expect((await two.generate(prompt, { maxTokens: 60 })).tokenIds).toEqual((await model.generate(prompt, { maxTokens: 60 })).tokenIds);
  });

  it("a stream says the same as a whole answer, id for id, and its last piece carries the result", async () => {
    const options = { maxTokens: 50, temperature: 4, seed: 3 };
    const whole = await model.generate(prompt, options);
    const { pieces, text, ids, result } = await all(model.stream(prompt, options));
    expect([text, ids]).toEqual([whole.text, whole.tokenIds]);
    expect({ ...result, timings: 0, cachedPromptTokens: 0 }).toEqual({ ...whole, timings: 0, cachedPromptTokens: 0 });
    expect(pieces.filter((piece) => piece.result !== undefined)).toHaveLength(1);
    expect(pieces.length).toBeGreaterThan(10);
  });

  it("no piece is half a character", async () => {
    const { pieces, text } = await all(model.stream(prompt, { maxTokens: 300, temperature: 8, seed: 5 }));
    expect(Buffer.from(text, "utf8").toString("utf8")).toBe(text);
    for (const piece of pieces) expect(piece.text).not.toMatch(/\p{Cs}/u);
  });

  it("ends with the token that ends a turn, and shows nothing of it", async () => {
    await using ending = await openTiny(tinyPath({ tied: false, tensors: undefined, seed: 4 }));
    const found = await ending.generate(prompt, { maxTokens: 400, temperature: 30, seed: 6 });
    expect(found.finishReason).toBe("stop");
    expect(found.completionTokens).toBe(found.tokenIds.length);
    expect(found.completionTokens).toBeLessThan(400);
    expect(found.tokenIds).not.toContain(2);
    expect(found.text).not.toContain("<|im_end|>");
  });
});

describe("how long", () => {
  it("maxTokens is the length, and the reason is length", async () => {
    for (const maxTokens of [1, 2, 17]) {
      const { completionTokens, finishReason } = await model.generate(prompt, { maxTokens });
      expect([completionTokens, finishReason]).toEqual([maxTokens, "length"]);
    }
  });

  it("without maxTokens it is 512, or what fits", async () => {
    expect((await model.generate(prompt)).completionTokens).toBe(512);
    await using small = await openTiny(path, { contextLength: 64 });
    const { promptTokens, completionTokens, finishReason } = await small.generate(prompt);
    expect([promptTokens + completionTokens, finishReason]).toEqual([64, "length"]);
  });

  it("a context that is too short is E_CONTEXT with its three numbers, and nothing is computed", async () => {
    await using small = await openTiny(path, { contextLength: 64 });
    const long = "Hello".repeat(64);
    expect(await failure(small.generate(prompt, { maxTokens: 61 }))).toMatchObject({
      code: "E_CONTEXT",
      parameters: { prompt: 4, maxTokens: 61, context: 64 },
      status: 400,
      exit: 65,
    });
    expect((await small.generate(prompt, { maxTokens: 60 })).completionTokens).toBe(60);
    expect(await failure(small.generate(long))).toMatchObject({ code: "E_CONTEXT", parameters: { prompt: 64, maxTokens: 1, context: 64 } });
    expect(await failure(all(small.stream(long)))).toMatchObject({ code: "E_CONTEXT" });
    expect((await small.generate("Hello".repeat(63))).completionTokens).toBe(1);
  });

  it("an empty prompt is E_EMPTY_PROMPT", async () => {
    expect(await failure(model.generate(""))).toMatchObject({ code: "E_EMPTY_PROMPT", status: 400 });
  });
});

describe("stop strings", () => {
  // A printable text of the greedy answer that begins in one token and ends in another.
  async function splitStop(): Promise<{ full: GenerateResult; stop: string }> {
    const full = await model.generate(prompt, { maxTokens: 60, repetitionPenalty: 2 });
    const { tokens } = { tokens: full.tokenIds.map((id) => hand.tokenizer.decode([id])) };
    for (let i = 5; i < tokens.length - 5; i++) {
      const stop = tokens[i].slice(-1) + tokens[i + 1] + tokens[i + 2].slice(0, 1);
      if (!stop.includes("\ufffd") && stop.length >= 3 && full.text.indexOf(stop) > 0) return { full, stop };
    }
    throw new Error("the tiny model says nothing printable");
  }

  it("one that is split over tokens ends the answer before it; nothing of it and nothing after it is shown", async () => {
    const { full, stop } = await splitStop();
    const options = { maxTokens: 60, repetitionPenalty: 2, stop: ["never said", stop] };
    const { text, ids, result } = await all(model.stream(prompt, options));
    expect(text).toBe(full.text.slice(0, full.text.indexOf(stop)));
    expect([result.text, result.finishReason, result.tokenIds]).toEqual([text, "stop", ids]);
    expect(result.completionTokens).toBeLessThan(full.completionTokens);
    expect(full.tokenIds.slice(0, ids.length)).toEqual(ids); // its own tokens are counted
  });

  it("what only began like one is shown when the answer ends", async () => {
    const full = await model.generate(prompt, { maxTokens: 12 });
    const last = hand.tokenizer.decode([full.tokenIds[11]]);
    const { text, finishReason } = await model.generate(prompt, { maxTokens: 12, stop: [`${last}${"\u0007".repeat(9)}`] });
    expect([text, finishReason]).toEqual([full.text, "length"]);
  });
});

describe("cancelling", () => {
  const long = { maxTokens: 8000 };

  it("before it begins: an empty answer, cancelled", async () => {
    const { text, finishReason, completionTokens } = await model.generate(prompt, { ...long, signal: AbortSignal.abort() });
    expect([text, finishReason, completionTokens]).toEqual(["", "cancelled", 0]);
    const { result } = await all(model.stream(prompt, { ...long, signal: AbortSignal.abort() }));
    expect(result.finishReason).toBe("cancelled");
  });

  it("during it: what is there already, cancelled; the next answer is as if nothing had been", async () => {
    const before = await model.generate(prompt, { maxTokens: 40 });
    const controller = new AbortController();
    const pieces: StreamPiece[] = [];
    for await (const piece of model.stream(prompt, { ...long, signal: controller.signal })) {
      pieces.push(piece);
      if (pieces.length === 3) controller.abort();
    }
    const result = pieces.at(-1)?.result as GenerateResult;
    expect(result.finishReason).toBe("cancelled");
    expect(result.completionTokens).toBeGreaterThanOrEqual(3);
    expect(result.completionTokens).toBeLessThan(8000);
    expect(result.text).toBe(pieces.map((piece) => piece.text).join(""));
    expect(result.tokenIds.slice(0, 3)).toEqual(before.tokenIds.slice(0, 3));
    expect((await model.generate(prompt, { maxTokens: 40 })).tokenIds).toEqual(before.tokenIds);
  });

  it("during a whole answer: generate gives the part that is there", async () => {
    const controller = new AbortController();
    const other = model.stream(prompt, { ...long, signal: controller.signal });
    await other.next();
    const answer = model.generate(prompt, { ...long, signal: controller.signal });
    await other.next();
    controller.abort();
    expect((await answer).finishReason).toBe("cancelled");
    await other.return(undefined);
  });

  it("after it: nothing changes", async () => {
    const controller = new AbortController();
    const answer = await model.generate(prompt, { maxTokens: 5, signal: controller.signal });
    controller.abort();
    expect(answer.finishReason).toBe("length");
    expect((await model.generate(prompt, { maxTokens: 5 })).tokenIds).toEqual(answer.tokenIds);
  });

  it("leaving a stream frees its place for others", async () => {
    await using single = await openTiny(path, { slots: 1 });
    for await (const _ of single.stream(prompt, long)) break;
    const { result } = await all(single.stream(prompt, { maxTokens: 3 })); // would come after 8,000 tokens
    expect(result.completionTokens).toBe(3);
    expect(result.cachedPromptTokens).toBe(3);
  });

  it("one that waits for a slot leaves the line at once", async () => {
    await using single = await openTiny(path, { slots: 1 });
    const first = single.stream(prompt, long);
    await first.next();
    const controller = new AbortController();
    const waiting = single.generate("Hello", { signal: controller.signal });
    controller.abort();
    expect(await waiting).toMatchObject({ finishReason: "cancelled", text: "", promptTokens: 1 });
    expect((await first.next()).done).toBe(false); // the first one goes on
    await first.return(undefined);
  });
});
