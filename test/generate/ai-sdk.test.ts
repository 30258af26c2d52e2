// The provider for the Vercel AI SDK, under the SDK itself.
import type { EmbeddingModelV3, LanguageModelV3, RerankingModelV3 } from "@ai-sdk/provider";
import { embedMany, generateObject, generateText, rerank, streamText, tool } from "ai";
import type { LanguageModel } from "inkstone";
import { createInkstone, type InkstoneProvider } from "inkstone/ai-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { localPath } from "#hub";
import { text } from "../support/gguf-writer.ts";
import { openTiny, tinyPath } from "./tiny.ts";

const template =
  "{% if tools %}{{ '<tool_call>' }}{% endif %}{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content }}{% for c in m.tool_calls or [] %}{{ c.function | tojson }}{% endfor %}{{ '<|im_end|>\n' }}{% endfor %}{{ '<|im_start|>assistant\n' }}";
const minilm = await localPath("minilm");
const ranker = await localPath("rerank-minilm");
let tiny: LanguageModel;
let provider: InkstoneProvider;
beforeAll(async () => {
  tiny = await openTiny(tinyPath({ contextLength: 2048, metadata: { "tokenizer.chat_template": text(template) } }));
  provider = createInkstone({ models: { tiny } });
});
afterAll(async () => {
  await provider.close();
  await tiny.close();
});
const usual = { prompt: "Hello you", maxRetries: 0 };

describe("AI SDK", () => {
  it("fits the SDK's own types", () => {
    const chat: LanguageModelV3 = provider("tiny");
    const vectors: EmbeddingModelV3 = provider.embeddingModel("minilm");
    const ranks: RerankingModelV3 = provider.rerankingModel("rerank-minilm");
    expect([chat.specificationVersion, vectors.provider, ranks.modelId]).toEqual(["v3", "inkstone", "rerank-minilm"]);
    expect(createInkstone({ specification: "v4" }).languageModel("tiny").specificationVersion).toBe("v4");
  });

  it("generateText and streamText give the same text, with usage and reason", async () => {
    const whole = await generateText({ ...usual, model: provider("tiny"), maxOutputTokens: 12, system: "Be brief." });
    expect(whole).toMatchObject({ finishReason: "length", usage: { outputTokens: 12 } });
    const stream = streamText({ ...usual, model: provider("tiny"), maxOutputTokens: 12, system: "Be brief." });
    let streamed = "";
    for await (const piece of stream.textStream) streamed += piece;
    expect(streamed).toBe(whole.text);
    expect((await stream.usage).outputTokens).toBe(12);
  });

  it("generateObject gives what its schema asks for", async () => {
    const schema = z.object({ name: z.string().max(6), age: z.int().min(0).max(99) });
    const { object } = await generateObject({ ...usual, model: provider("tiny"), schema, maxOutputTokens: 500 });
    expect(schema.parse(object)).toEqual(object);
  });

  it("runs tools, and their results go back", async () => {
    const given: unknown[] = [];
    const weather = tool({
      description: "Of a city",
      inputSchema: z.object({ city: z.string().max(5) }),
      execute: async (input) => {
        given.push(input);
        return { sky: "dry" };
      },
    });
    const asked = {
      ...usual,
      model: provider("tiny"),
      tools: { weather },
      toolChoice: { type: "tool" as const, toolName: "weather" as const },
      maxOutputTokens: 300,
    };
    const { steps } = await generateText({ ...asked, stopWhen: ({ steps: all }) => all.length >= 2 });
    expect(steps.map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "tool-calls"]);
    expect(given.map((one) => Object.keys(one as object))).toEqual([["city"], ["city"]]);
    const stream = streamText(asked);
    const kinds = new Set<string>();
    for await (const part of stream.fullStream) kinds.add(part.type);
    expect([...kinds]).toEqual(
      expect.arrayContaining(["tool-input-start", "tool-input-delta", "tool-input-end", "tool-call", "tool-result", "finish"]),
    );
  });

  it("stops when it is aborted, and refuses what is no text", async () => {
    const abort = new AbortController();
    const stream = streamText({ ...usual, model: provider("tiny"), maxOutputTokens: 400, abortSignal: abort.signal });
    let pieces = 0;
    for await (const _ of stream.textStream) if (++pieces === 3) abort.abort();
    expect(pieces).toBeLessThan(100);
    const image = [{ role: "user" as const, content: [{ type: "image" as const, image: new Uint8Array([137, 80, 78, 71]) }] }];
    await expect(generateText({ model: provider("tiny"), messages: image, maxRetries: 0 })).rejects.toThrow(/"file"/);
  });

  it.runIf(minilm !== undefined && ranker !== undefined)("embedMany and rerank", async () => {
    const { embeddings } = await embedMany({ model: provider.textEmbeddingModel("minilm"), values: ["ink", "stone", "paper"] });
    expect(embeddings.map(({ length }) => length)).toEqual([384, 384, 384]);
    const { ranking } = await rerank({ model: provider.rerankingModel("rerank-minilm"), query: "ink", documents: ["a dog", "black ink"], topN: 1 });
    expect(ranking[0].originalIndex).toBe(1);
  });
});
