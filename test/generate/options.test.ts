// Options: every field, every wrong type and range is refused by name, before anything is computed; what is right is filled in with the documented defaults.
import { LanguageModel, type Message } from "inkstone";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkOptions, checkPrompt } from "#generate";
import { failure, openTiny, tinyPath } from "./tiny.ts";

const path = tinyPath();
let model: LanguageModel;
beforeAll(async () => {
  model = await openTiny(path);
});
afterAll(() => model.close());

const optionError = (option: string) =>
  expect.objectContaining({ code: "E_OPTION", exit: 64, status: 400, parameters: expect.objectContaining({ option }) });
// Values of every other type, for an option that takes numbers.
const noNumber = ["1", Number.NaN, null, true, {}, [1], 1n, Symbol.iterator, () => 1];
const noWhole = [...noNumber, 1.5, -1, Number.POSITIVE_INFINITY, 2 ** 53];

const wrong: Record<string, unknown[]> = {
  maxTokens: [...noWhole, 0, 1_048_577],
  temperature: [...noNumber, -0.001, -1, 100.1, Number.POSITIVE_INFINITY],
  topK: noWhole,
  topP: [...noNumber, 0, -0.5, 1.0001],
  minP: [...noNumber, -0.1, 1.0001],
  repetitionPenalty: [...noNumber, 0, -1, 1e-300, 100.1],
  seed: noWhole,
  stop: ["END", [""], ["x".repeat(257)], ["a", "b", "c", "d", "e"], [1], [null], { 0: "a", length: 1 }, 7, null, Array(1), ["\ud83d"]],
  special: ["true", 1, 0, null],
  signal: [{}, { aborted: false }, null, "now"],
};

describe("options of an answer", () => {
  it.each(Object.entries(wrong).flatMap(([option, values]) => values.map((value) => [option, value] as const)))(
    "%s cannot be %o",
    async (option, value) => {
      const options = { [option]: value } as never;
      expect(() => checkOptions(options)).toThrowError(optionError(option));
      expect(await failure(model.generate("Hello", options))).toEqual(optionError(option));
      expect(await failure(model.stream("Hello", options).next())).toEqual(optionError(option));
    },
  );

  it("the error says what is allowed, in both languages, and tells a text from a number", () => {
    const told = (options: object) => {
      try {
        checkOptions(options as never);
      } catch (error) {
        return error as { message: string; describe(language: "zh"): { message: string } };
      }
      throw new Error("not refused");
    };
    expect(told({ temperature: "1" }).message).toBe('The option "temperature" cannot be "1"; allowed: numbers from 0 to 100.');
    expect(told({ topP: 0 }).message).toBe('The option "topP" cannot be 0; allowed: numbers above 0 to 1.');
    expect(told({ topK: -1 }).describe("zh").message).toBe("选项“topK”不能为 -1；允许：不小于 0 的整数。");
    expect(told({ maxTokens: () => 1 }).message).toMatch(/cannot be a function/);
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    expect(told({ stop: cyclic }).message).toMatch(/cannot be \[object Object\]/);
    expect(told({ stop: ["x".repeat(5000)] }).message.length).toBeLessThan(1000);
  });

  it.each(["maxtokens", "max_tokens", "top_p", "stopStrings", "__proto__x", "constructor", "toString"])(
    "an unknown one, %s, is refused by name, whatever its value, with the nearest or all that there are",
    (name) => {
      for (const value of [1, undefined]) {
        const refusal = expect.objectContaining({ code: "E_OPTION_UNKNOWN", parameters: expect.objectContaining({ option: name }) });
        expect(() => checkOptions({ [name]: value } as never)).toThrowError(refusal);
        expect(() => checkOptions({ [name]: value } as never)).toThrowError(
          /Did you mean "(maxTokens|topP|stop)"|maxTokens, temperature, topK, topP, minP/,
        );
      }
    },
  );

  it.each([[null], [[]], ["greedy"], [7]])("%o is no object of options", async (given) => {
    expect(() => checkOptions(given as never)).toThrowError(optionError("options"));
    expect(await failure(model.generate("Hello", given as never))).toEqual(optionError("options"));
  });

  it("what is left out, or undefined, has its default", () => {
    const { seed, ...others } = checkOptions({ temperature: undefined, stop: undefined });
    expect(others).toEqual({
      maxTokens: undefined,
      temperature: 0,
      topK: 0,
      topP: 1,
      minP: 0,
      repetitionPenalty: 1,
      presencePenalty: 0,
      frequencyPenalty: 0,
      logitBias: [],
      logprobs: undefined,
      stop: [],
      special: false,
    });
    expect(Number.isSafeInteger(seed) && seed >= 0).toBe(true);
    expect(checkOptions().seed).not.toBe(checkOptions().seed);
  });

  it("the ends of each range are allowed", () => {
    const ends = [
      { maxTokens: 1 },
      { maxTokens: 1_048_576 },
      { temperature: 0 },
      { temperature: 100 },
      { topK: 0 },
      { topP: Number.MIN_VALUE },
      { topP: 1 },
      { minP: 0 },
      { minP: 1 },
      { repetitionPenalty: 0.01 },
      { repetitionPenalty: 100 },
      { seed: 0 },
      { seed: 2 ** 53 - 1 },
      { stop: [] },
      { stop: ["x".repeat(256), "你好。", "\u{1f600}", "a"] },
    ];
    for (const options of ends) expect(checkOptions(options)).toMatchObject(options);
  });

  it("what is checked is copied: a list that is changed later changes nothing", () => {
    const stop = ["a"];
    const checked = checkOptions({ stop });
    stop.push("b");
    expect(checked.stop).toEqual(["a"]);
  });
});

describe("prompts", () => {
  const wrongPrompts: [unknown, string][] = [
    [[], "messages"],
    [7, "messages"],
    [null, "messages"],
    [{ role: "user", content: "x" }, "messages"],
    [[{ role: "tool", content: "x" }], "messages[0].toolCallId"],
    [[{ content: "x" }], "messages[0].role"],
    [[null], "messages[0].role"],
    [["Hello"], "messages[0].role"],
    [Array(1), "messages[0].role"],
    [[{ role: "user" }], "messages[0].content"],
    [[{ role: "user", content: ["x"] }], "messages[0].content"],
    [
      [
        { role: "user", content: "x" },
        { role: "user", content: "x", id: "me" },
      ],
      "messages[1].id",
    ],
  ];
  it.each(wrongPrompts)("%o is refused with its path", async (prompt, param) => {
    const error = expect.objectContaining({ code: "E_MESSAGES", parameters: expect.objectContaining({ param }) });
    expect(() => checkPrompt(prompt as never)).toThrowError(error);
    expect(await failure(model.generate(prompt as never))).toEqual(error);
    expect(await failure(model.stream(prompt as never).next())).toEqual(error);
  });

  it("messages are copied when the call is made", async () => {
    const messages: { role: "user"; content: string }[] = [{ role: "user", content: "Hello" }];
    const before = await model.generate(messages, { maxTokens: 8 });
    const answer = model.generate(messages, { maxTokens: 8 });
    messages[0].content = "something else";
    messages.push({ role: "user", content: "more" });
    expect((await answer).tokenIds).toEqual(before.tokenIds);
    const frozen: readonly Message[] = Object.freeze([Object.freeze({ role: "user", content: "Hello" } as const)]);
    expect((await model.generate(frozen, { maxTokens: 8 })).tokenIds).toEqual(before.tokenIds);
  });
});

describe("the other calls", () => {
  it.each<[string, Promise<unknown> | (() => Promise<unknown>)]>([
    ["text", () => model.tokenize(7 as never)],
    ["special", () => model.tokenize("x", { special: 1 as never })],
    ["spacial", () => model.tokenize("x", { spacial: true } as never)],
    ["ids", () => model.detokenize("x" as never)],
    ["ids", () => model.detokenize([1.5])],
    ["ids", () => model.detokenize(["1" as never])],
    ["ids", () => model.detokenize(null as never)],
    ["text", () => model.perplexity(null as never)],
    ["window", () => model.perplexity("Hello you", { window: 1 })],
    ["window", () => model.perplexity("Hello you", { window: 2.5 })],
    ["window", () => model.perplexity("Hello you", { window: "9" as never })],
    ["windows", () => model.perplexity("Hello you", { windows: 9 } as never)],
    ["onProgress", () => model.perplexity("Hello you", { onProgress: 9 as never })],
    ["precision", () => LanguageModel.open(path, { precision: "double" as never })],
    ["threads", () => LanguageModel.open(path, { threads: 0 })],
    ["threads", () => LanguageModel.open(path, { threads: 65 })],
    ["contextLength", () => LanguageModel.open(path, { contextLength: 7 })],
    ["contextLength", () => LanguageModel.open(path, { contextLength: 513 })],
    ["slots", () => LanguageModel.open(path, { slots: 0 })],
    ["slots", () => LanguageModel.open(path, { slots: 65 })],
    ["executor", () => LanguageModel.open(path, { executor: "gpu" as never })],
    ["tier", () => LanguageModel.open(path, { tier: 2 as never })],
    ["signal", () => LanguageModel.open(path, { signal: {} as never })],
    ["quantization", () => LanguageModel.open(path, { quantization: "q4" } as never)],
  ])("refuse %s by name", async (option, call) => {
    const code = expect.stringMatching(/^E_OPTION(_UNKNOWN)?$/);
    expect(await failure((call as () => Promise<unknown>)())).toMatchObject({ code, exit: 64, status: 400, parameters: { option } });
  });

  it("a token id outside the vocabulary is E_TOKEN_ID", async () => {
    for (const id of [-1, 305, 2 ** 40]) expect(await failure(model.detokenize([0, id]))).toMatchObject({ code: "E_TOKEN_ID" });
  });

  it("tokenize and detokenize are inverse, also for ids in a typed array", async () => {
    const { ids, tokens } = await model.tokenize("Hello 你好。\n\n the");
    expect(tokens.length).toBe(ids.length);
    expect(await model.detokenize(ids)).toBe("Hello 你好。\n\n the");
    expect(await model.detokenize(Int32Array.from(ids) as never)).toBe("Hello 你好。\n\n the");
  });

  it("an open that is aborted leaves nothing behind, and says the signal's reason", async () => {
    const reason = new Error("changed my mind");
    expect(await failure(LanguageModel.open(path, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    expect(await failure(LanguageModel.open(path, { signal: controller.signal, onProgress }))).toBe(reason);
  });

  it("progress of an open rises from 0 to 1", async () => {
    const told: number[] = [];
    await using opened = await LanguageModel.open(path, { onProgress: (fraction) => told.push(fraction) });
    expect(opened.information.contextLength).toBe(512);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });
});
