// The real model beside transformers (fixtures/smollm2-135m.json): ids, greedy tokens, likelihoods; and the same bits whatever the threads, pieces and reuse.
import { readFileSync } from "node:fs";
import { LanguageModel, type Message } from "inkstone";
import { describe, expect, it } from "vitest";
import { openGguf } from "#formats";
import { resolveModel } from "#hub";
import { loadModel } from "#models";
import { nativeStatus, openExecutor } from "#native";
import { cpu } from "#tensor";
import { run } from "../support/models.ts";
import { expectBits } from "../support/numbers.ts";

const name = process.env.INKSTONE_TEST_MODEL || "smollm2:135m";
const fixture = (file: string) => readFileSync(new URL(`fixtures/${file}`, import.meta.url), "utf8");

interface Completion {
  readonly text: string;
  readonly special: boolean;
  readonly ids: readonly number[];
  readonly nll_per_token: number;
  readonly greedy: readonly number[];
  readonly greedy_margin: readonly number[];
}

const { completions }: { completions: readonly Completion[] } = JSON.parse(fixture("smollm2-135m.json"));
const text = fixture("public-domain.txt");

/** Greedy tokens that must be equal: up to the first that was a close call. */
function certain({ greedy, greedy_margin }: Completion, most: number = greedy.length): readonly number[] {
  const close = greedy_margin.findIndex((margin) => margin <= 0.2);
  return greedy.slice(0, Math.min(most, close < 0 ? greedy.length : close));
}

async function answered(model: LanguageModel, completion: Completion, maxTokens: number): Promise<void> {
  const { text, special, ids } = completion;
  expect((await model.tokenize(text, { special })).ids, text).toEqual(ids);
  const { tokenIds, promptTokens } = await model.generate(text, { special, maxTokens, temperature: 0 });
  const expected = certain(completion, maxTokens);
  expect(promptTokens).toBe(ids.length);
  expect(tokenIds.slice(0, expected.length), text).toEqual(expected);
}

describe.runIf(nativeStatus().available)("SmolLM2-135M-Instruct in exact", () => {
  it("answers as transformers does, and finds every prompt as likely", async () => {
    const model = await LanguageModel.open(name, { precision: "exact", slots: 1, contextLength: 512 });
    try {
      for (const completion of completions) {
        await answered(model, completion, 24);
        const { nllPerToken, scored } = await model.perplexity(completion.text, { special: completion.special });
        expect(scored).toBe(completion.ids.length - 1);
        expect(Math.abs(nllPerToken - completion.nll_per_token), `${completion.text}: ${nllPerToken}`).toBeLessThan(0.002);
      }
    } finally {
      await model.close();
    }
  });

  it("has enough certain tokens to tell", () => {
    expect(completions).toHaveLength(14);
    expect(completions.reduce((sum, completion) => sum + certain(completion).length, 0)).toBeGreaterThanOrEqual(150);
  });
});

describe("SmolLM2-135M-Instruct on the reference kernels", () => {
  // About two tokens a second: where there is a native part, a few are enough.
  const [prompts, tokens] = nativeStatus().available ? [1, 4] : [2, 8];

  it(`answers the same, for ${prompts} prompts of ${tokens} tokens`, async () => {
    const model = await LanguageModel.open(name, { precision: "exact", slots: 1, contextLength: 256, executor: "reference" });
    try {
      for (const completion of [completions[0], completions[3]].slice(0, prompts)) await answered(model, completion, tokens);
    } finally {
      await model.close();
    }
  });
});

describe.runIf(nativeStatus().available)("the same bits on the real model", () => {
  const first: Message[] = [
    { role: "system", content: "You are a poet. Answer in short lines." },
    { role: "user", content: "Write about the rain on a tin roof in the night, and about those who listen." },
  ];
  const options = { temperature: 0.9, topP: 0.95, seed: 11, maxTokens: 16 };

  async function samples(threads: number, precision: "exact" | "fast") {
    const model = await LanguageModel.open(name, { precision, threads, slots: 1, contextLength: 512 });
    try {
      const { nllPerToken } = await model.perplexity(text.slice(0, 500));
      const one = await model.generate(first, options);
      const next: Message[] = [...first, { role: "assistant", content: one.text }, { role: "user", content: "And the morning?" }];
      const reused = await model.generate(next, options);
      await model.generate("Something else altogether, so that nothing is left of it.", { maxTokens: 1 });
      const anew = await model.generate(next, options);
      return { nllPerToken, one, reused, anew };
    } finally {
      await model.close();
    }
  }

  it.each(["exact", "fast"] as const)("through LanguageModel: one thread or two, a shared prefix used again or not (%s)", async (precision) => {
    const [single, double] = [await samples(1, precision), await samples(2, precision)];
    expect(double.nllPerToken).toBe(single.nllPerToken);
    expect(double.one.tokenIds).toEqual(single.one.tokenIds);
    expect(double.reused.tokenIds).toEqual(single.reused.tokenIds);
    expect(single.one.tokenIds.length).toBeGreaterThan(10);
    for (const { reused, anew } of [single, double]) {
      expect(reused.cachedPromptTokens).toBeGreaterThan(30);
      expect(anew.cachedPromptTokens).toBeLessThan(5);
      expect(anew.tokenIds).toEqual(reused.tokenIds);
    }
  });

  it.each(["exact", "fast"] as const)("in logits: a prompt in one piece, in pieces, or after a prefix (%s)", async (precision) => {
    const file = await openGguf((await resolveModel(name)).path);
    const model = await loadModel(file, cpu(openExecutor({ executor: "native", threads: 2 })), { precision, contextLength: 512 });
    file.close();
    try {
      const [sequence] = model.openSequences(1, 512);
      const ids = completions.flatMap((completion) => completion.ids);
      // Runs up to each of these lengths in turn, from what is kept.
      const after = (kept: number, ends: readonly number[]): Float32Array => {
        sequence.truncate(kept);
        return ends.map((end) => run(model, sequence, ids.slice(sequence.length, end))).at(-1)!;
      };
      const whole = after(0, [ids.length]);
      expectBits(after(0, [1, 9, 73, ids.length]), whole, "pieces");
      expectBits(after(100, [101, ids.length]), whole, "after a prefix");
    } finally {
      model.dispose();
    }
  });
});
