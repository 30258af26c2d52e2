// Perplexity of the real model over the reference slice: exact beside transformers, the default precision beside exact.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LanguageModel } from "inkstone";
import { describe, expect, it } from "vitest";
import { nativeStatus } from "#native";
import { root } from "../support/processes.ts";

const shared = join(root, "../shared/reference");
const reference = JSON.parse(readFileSync(join(shared, "ppl-slice.json"), "utf8"));
const text = readFileSync(join(shared, "ppl-slice.txt"), "utf8");
const model = process.env.INKSTONE_TEST_MODEL || "smollm2:135m";

async function measure(precision: "exact" | "fast" | "bf16" | undefined) {
  const engine = await LanguageModel.open(model, { precision, slots: 1, contextLength: 512 });
  try {
    return await engine.perplexity(text);
  } finally {
    await engine.close();
  }
}

// The reference kernels would take hours: there, the short completions of real-models.json are the proof.
describe.runIf(nativeStatus().available)("perplexity of SmolLM2-135M-Instruct", () => {
  it("is within 0.3 % of transformers in exact, and within 1 % of that by default", async () => {
    const exact = await measure("exact");
    expect(exact.tokens).toBe(reference.tokens);
    expect(exact.scored).toBe(reference.scored);
    expect(Math.abs(exact.perplexity / reference.perplexity - 1)).toBeLessThan(0.003);
    const usual = await measure(undefined);
    expect(Math.abs(usual.perplexity / exact.perplexity - 1)).toBeLessThan(0.01);
    console.log(`perplexity: reference ${reference.perplexity}, exact ${exact.perplexity.toFixed(4)}, default ${usual.perplexity.toFixed(4)}`);
  }, 900_000);
});
