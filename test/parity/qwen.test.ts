// Qwen2.5-Coder-0.5B Q4_K_M beside transformers in f32 on the same file: ids, greedy answers, perplexities. `npm run test:models` (INKSTONE_TEST_LARGE) alone.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LanguageModel } from "inkstone";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largeModel, qwenCoder } from "../support/large-models.ts";
import { root } from "../support/processes.ts";

interface Completion {
  readonly text: string;
  readonly special: boolean;
  readonly ids: readonly number[];
  readonly nll_per_token: number;
  readonly greedy: readonly number[];
  readonly greedy_margin: readonly number[];
}

interface Reference {
  readonly completions: readonly Completion[];
  readonly tokenizer: readonly { readonly text: string; readonly ids: readonly number[] }[];
}

const reference = join(root, "../shared/reference");
const wanted = process.env["INKSTONE_TEST_LARGE"] === "1" && existsSync(join(reference, "models-2.json"));
const read = <T>(name: string): T => JSON.parse(readFileSync(join(reference, name), "utf8")) as T;

describe.runIf(wanted)("Qwen2.5-Coder-0.5B", () => {
  const all = wanted ? read<Record<string, Reference>>("models-2.json") : {};
  const { completions, tokenizer } = Object.entries(all).find(([name]) => name.startsWith("qwen2.5-coder"))?.[1] ?? {
    completions: [],
    tokenizer: [],
  };
  const slices = wanted ? read<{ slices: readonly { file: string; nllPerToken: number }[] }>("slices-2.json").slices : [];
  const texts: readonly { readonly text: string; readonly special?: boolean; readonly ids: readonly number[] }[] = [...completions, ...tokenizer];
  // Where activations are quantised texts may differ from a step with a small margin on.
  const margins = { exact: 0.2, fast: 0.25 } as const;

  describe.each(["exact", "fast"] as const)("in %s", (precision) => {
    let model: LanguageModel;
    beforeAll(async () => {
      model = await LanguageModel.open(await largeModel(qwenCoder), { precision, threads: 2, contextLength: 2048 });
    }, 1_800_000);
    afterAll(() => model?.close());

    it("has the ids of every text, and reads them back", async () => {
      for (const { text, ids, special = false } of texts) {
        expect((await model.tokenize(text, { special })).ids, text.slice(0, 60)).toEqual(ids);
      }
    });

    it("answers as transformers up to the first small margin", { timeout: 1_800_000 }, async () => {
      for (const { text, special, greedy, greedy_margin } of completions) {
        const { tokenIds } = await model.generate(text, { special, maxTokens: greedy.length, temperature: 0 });
        const at = tokenIds.findIndex((id, i) => id !== greedy[i]);
        expect(at < 0 || greedy_margin[at] <= margins[precision], `${text.slice(0, 60)}: step ${at}, margin ${greedy_margin[at]}`).toBe(true);
      }
    });

    it("finds each prompt as likely", { timeout: 1_800_000 }, async () => {
      // Rounded activations: each token's error is its own, so that of a mean falls with the root of their number (0.14 at the most, measured).
      const most = (tokens: number) => (precision === "exact" ? 0.002 : 0.2 / Math.sqrt(tokens));
      for (const { text, special, ids, nll_per_token } of completions.filter(({ ids }) => ids.length > 1)) {
        const { nllPerToken } = await model.perplexity(text, { special, window: Math.max(ids.length, 2) });
        expect(Math.abs(nllPerToken - nll_per_token), text.slice(0, 60)).toBeLessThan(most(ids.length - 1));
      }
    });

    it("has the perplexities of both slices within 0.3 % (1 % in fast)", { timeout: 3_600_000 }, async () => {
      for (const { file, nllPerToken } of slices) {
        const found = await model.perplexity(readFileSync(join(reference, file), "utf8"), { window: 512 });
        expect(Math.abs(Math.exp(found.nllPerToken - nllPerToken) - 1), file).toBeLessThan(precision === "exact" ? 0.003 : 0.01);
      }
    });
  });
});
