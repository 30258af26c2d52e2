// A reader that is behind, on the real engine: its answer waits for it, nobody else's does; and what callers may ask of an answer's tokens.
import { describe, expect, it } from "vitest";
import { EngineHost, type StreamPiece } from "#generate";
import { run } from "../support/models.ts";
import { until } from "../support/until.ts";
import { byHand, failure, openTiny, tinyPath } from "./tiny.ts";

const path = tinyPath({ contextLength: 4096 });

it("a long prompt tells how far it is read, part by part; a short one tells nothing", async () => {
  await using model = await openTiny(path, { slots: 1 });
  const told: [number, number][] = [];
  const { promptTokens } = await model.generate("the sea and the sky ".repeat(120), { maxTokens: 1, onProgress: (...each) => told.push(each) });
  expect(told.length).toBeGreaterThan(0);
  expect(told.every(([done, total]) => total === promptTokens && done > 0 && done < total)).toBe(true);
  expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).sort((x, y) => x - y));
  told.length = 0;
  await model.generate("Hello", { maxTokens: 2, onProgress: (...each) => told.push(each) });
  expect(told).toEqual([]);
});

describe("a reader that is behind", () => {
  it("pauses its own answer alone: others finish, and it goes on from where it stood", async () => {
    await using model = await openTiny(path, { slots: 2 });
    const whole = await model.generate("Hello you", { maxTokens: 400 });
    const slow = model.stream("Hello you", { maxTokens: 400 });
    const read: StreamPiece[] = [(await slow.next()).value as StreamPiece];
    // The engine is asked for far more than the slow one may keep waiting: it would long be done if it went on.
    const other = await model.generate("and the sea", { maxTokens: 1200 });
    expect(other.completionTokens).toBe(1200);
    for await (const piece of slow) read.push(piece);
    expect(read.map(({ text }) => text).join("")).toBe(whole.text);
  });

  it("makes no piece beyond those that were under way when it was paused", async () => {
    const host = new EngineHost();
    await host.call<"load">({ kind: "load", path, name: "tiny", options: { precision: "exact", threads: 1, slots: 2 } });
    let flow = (_: "pause" | "resume"): void => undefined;
    const pieces: StreamPiece[] = [];
    const { checkOptions } = await import("#generate");
    const call = { kind: "generate", prompt: "Hello you", options: checkOptions({ maxTokens: 2000 }) } as const;
    const answer = host.call<"generate">(call, {
      onFlow: (given) => {
        flow = given;
      },
      onPiece: (piece) => {
        if (pieces.push(piece) === 5) flow("pause");
      },
    });
    await until(() => expect(pieces.length).toBeGreaterThanOrEqual(5));
    // A whole other answer passes meanwhile; the paused one may only have had what was on its way.
    const prompt = { kind: "generate", prompt: "and the sea", options: checkOptions({ maxTokens: 300 }) } as const;
    await host.call<"generate">(prompt);
    const stopped = pieces.length;
    await host.call<"generate">(prompt);
    expect(pieces.length).toBe(stopped);
    flow("resume");
    expect((await answer).completionTokens).toBe(2000);
    await host.close();
  });

  it("that leaves while it is paused frees its slot", async () => {
    await using model = await openTiny(path, { slots: 1 });
    const slow = model.stream("Hello you", { maxTokens: 3000 });
    await slow.next();
    await slow.return(undefined);
    expect((await model.generate("and the sea", { maxTokens: 3 })).completionTokens).toBe(3);
  });
});

describe("what an answer is asked for", () => {
  it("logprobs: each token's own, with the likeliest beside it, as softmax has it", async () => {
    await using model = await openTiny(path);
    using plain = await byHand(path);
    const { tokenIds, logprobs } = await model.generate("Hello you", { maxTokens: 6, logprobs: 3 });
    expect(logprobs?.map(({ id }) => id)).toEqual(tokenIds);
    const logits = run(plain.model, plain.sequence, plain.tokenizer.encode("Hello you"));
    const most = Math.max(...logits);
    const total = logits.reduce((sum, value) => sum + Math.exp(value - most), 0);
    const first = logprobs?.[0];
    expect(first?.logprob).toBeCloseTo(logits[tokenIds[0]] - most - Math.log(total), 5);
    expect(first?.top).toHaveLength(3);
    expect(first?.top[0].id).toBe(tokenIds[0]); // greedy: the chosen one is the likeliest
    expect(first?.top.map(({ logprob }) => logprob)).toEqual([...(first?.top ?? [])].map(({ logprob }) => logprob).sort((a, b) => b - a));
  });

  it("logprobs of a stream are those of the whole answer", async () => {
    await using model = await openTiny(path);
    const options = { maxTokens: 20, logprobs: 1 };
    const { logprobs } = await model.generate("Hello you", options);
    const streamed: unknown[] = [];
    for await (const piece of model.stream("Hello you", options)) streamed.push(...(piece.logprobs ?? []));
    expect(streamed).toEqual(logprobs);
  });

  it("logitBias keeps a token out or lets nothing else in; an id that is none is refused", async () => {
    await using model = await openTiny(path);
    const [usual] = (await model.generate("Hello you", { maxTokens: 1 })).tokenIds;
    expect((await model.generate("Hello you", { maxTokens: 1, logitBias: { [usual]: -100 } })).tokenIds).not.toEqual([usual]);
    const other = usual === 50 ? 51 : 50;
    expect((await model.generate("Hello you", { maxTokens: 3, logitBias: { [other]: 100 } })).tokenIds).toEqual([other, other, other]);
    expect(await failure(model.generate("Hello you", { logitBias: { 99999999: 1 } }))).toMatchObject({ code: "E_TOKEN_ID" });
  });

  it("a frequency penalty makes repeated tokens rarer, and both penalties leave the first token as it is", async () => {
    await using model = await openTiny(path);
    const usual = await model.generate("Hello you", { maxTokens: 60 });
    const penalized = await model.generate("Hello you", { maxTokens: 60, frequencyPenalty: 2, presencePenalty: 2 });
    expect(penalized.tokenIds[0]).toBe(usual.tokenIds[0]);
    expect(new Set(penalized.tokenIds).size).toBeGreaterThan(new Set(usual.tokenIds).size);
  });
});
