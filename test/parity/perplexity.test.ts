// Perplexity of the real model: the default precision beside exact on a short text, and both beside transformers where the long reference slice is at hand.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LanguageModel } from "inkstone";
import { describe, expect, it } from "vitest";
import { nativeStatus } from "#native";
import { root } from "../support/processes.ts";

const shared = join(root, "../shared/reference");
const model = process.env.INKSTONE_TEST_MODEL || "smollm2:135m";

async function measure(text: string, precision: "exact" | undefined) {
  const engine = await LanguageModel.open(model, { precision, slots: 1, contextLength: 512 });
  try {
    return await engine.perplexity(text);
  } finally {
    await engine.close();
  }
}

// The reference kernels would take hours: there, the short completions of real-models.test.ts are the proof.
describe.runIf(nativeStatus().available)("perplexity of SmolLM2-135M-Instruct", () => {
  // The gate of 1 % is for the long slice below: over 500 tokens the rounding of single tokens does not average out.
  it("by default is within 2 % of exact on a short text in the public domain", async () => {
    const text = readFileSync(new URL("fixtures/public-domain.txt", import.meta.url), "utf8");
    const [exact, usual] = [await measure(text, "exact"), await measure(text, undefined)];
    expect([exact.tokens, exact.scored]).toEqual([usual.tokens, usual.scored]);
    expect(exact.scored).toBe(exact.tokens - Math.ceil(exact.tokens / 512));
    expect(Math.abs(usual.perplexity / exact.perplexity - 1), `${usual.perplexity} beside ${exact.perplexity}`).toBeLessThan(0.02);
    // What exact gave when it was within 0.3 % of transformers on the slice.
    expect(exact.perplexity).toBeCloseTo(19.29, 1);
  });

  it.runIf(existsSync(join(shared, "ppl-slice.txt")))("by default is within 1 % of exact on a sample of the reference slice", async () => {
    const text = readFileSync(join(shared, "ppl-slice.txt"), "utf8").slice(0, 8_000);
    const [exact, usual] = [await measure(text, "exact"), await measure(text, undefined)];
    expect(Math.abs(usual.perplexity / exact.perplexity - 1), `${usual.perplexity} beside ${exact.perplexity}`).toBeLessThan(0.01);
  });

  // The whole slice takes minutes: npm run test:models.
  it.runIf(existsSync(join(shared, "ppl-slice.json")) && process.env.INKSTONE_TEST_LARGE === "1")(
    "is within 0.3 % of transformers in exact, and within 1 % of that by default, on the reference slice",
    async () => {
      const reference = JSON.parse(readFileSync(join(shared, "ppl-slice.json"), "utf8"));
      const text = readFileSync(join(shared, "ppl-slice.txt"), "utf8");
      const exact = await measure(text, "exact");
      expect([exact.tokens, exact.scored]).toEqual([reference.tokens, reference.scored]);
      expect(Math.abs(exact.perplexity / reference.perplexity - 1)).toBeLessThan(0.003);
      const usual = await measure(text, undefined);
      expect(Math.abs(usual.perplexity / exact.perplexity - 1)).toBeLessThan(0.01);
      console.log(`perplexity: reference ${reference.perplexity}, exact ${exact.perplexity.toFixed(4)}, default ${usual.perplexity.toFixed(4)}`);
    },
    900_000,
  );
});
