// Adapters of a model that answers: one for all, one by request, several side by side; what the cache holds is shared within one adapter only.
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openGguf } from "#formats";
import { LanguageModel } from "#generate";
import { mergeIntoGguf, readPeft } from "#models";
import { cpu } from "#tensor";
import { finetune } from "#train";
import { writeTinyLlama } from "../support/tiny-llama.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-serving-"));
const model = join(folder, "tiny.gguf");
const tuned = join(folder, "colours");
beforeAll(async () => {
  writeTinyLlama(model, { type: "Q8_0" });
  const data = join(folder, "rows.jsonl");
  writeFileSync(data, `${JSON.stringify({ prompt: "Colour?", completion: "It is red." })}\n`.repeat(8));
  await finetune(model, data, { output: tuned, rank: 8, batch: 1, maxLength: 128, epochs: 60, learningRate: 0.02, validation: 0 });
  cpSync(tuned, join(folder, "other"), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const question = [{ role: "user", content: "Colour?" }] as const;
const options = { maxTokens: 12 };

it("what was learnt is answered with the adapter, and not without it", async () => {
  const bare = await LanguageModel.open(model, { precision: "exact" });
  const plain = await bare.generate(question, options);
  await bare.close();
  const one = await LanguageModel.open(model, { precision: "exact", adapter: tuned });
  expect((await one.generate(question, options)).text).toBe("It is red.");
  expect((await one.generate(question, { ...options, adapter: "" })).text).toBe(plain.text);
  expect(one.information.adapters).toEqual(["colours"]);
  await one.close();
});

it("several answers with different adapters go side by side, each as if alone; no cache is shared between them", async () => {
  const several = await LanguageModel.open(model, { precision: "exact", adapters: { a: tuned, b: join(folder, "other") } });
  const names = ["", "a", "b", "a"];
  const alone = [];
  for (const adapter of names) alone.push(await several.generate(question, { ...options, adapter }));
  expect(alone.map(({ cachedPromptTokens }) => cachedPromptTokens > 0)).toEqual([false, false, false, true]);
  const together = await Promise.all(names.map((adapter) => several.generate(question, { ...options, adapter })));
  expect(together.map(({ tokenIds }) => tokenIds)).toEqual(alone.map(({ tokenIds }) => tokenIds));
  expect(alone[1].text).toBe("It is red.");
  await expect(several.generate(question, { ...options, adapter: "c" })).rejects.toMatchObject({ code: "E_ADAPTER_UNKNOWN" });
  await several.close();
});

it("of another base is refused when the model is opened", async () => {
  const other = writeTinyLlama(join(folder, "stranger.gguf"), { type: "Q8_0", seed: 9 });
  await expect(LanguageModel.open(other, { adapter: tuned })).rejects.toMatchObject({ code: "E_ADAPTER_BASE" });
});

it("merged into the file it was trained on answers as the adapter does; an interrupted merge leaves nothing", async () => {
  const file = await openGguf(model);
  const adapter = await readPeft(tuned);
  const output = join(folder, "merged.gguf");
  await expect(mergeIntoGguf(cpu(), { file, adapter, output, signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  expect(existsSync(output)).toBe(false);
  await mergeIntoGguf(cpu(), { file, adapter, output });
  file.close();
  const merged = await LanguageModel.open(output, { precision: "exact" });
  expect((await merged.generate(question, options)).text).toBe("It is red.");
  await merged.close();
});
