// Question: how many tokens a second do several streams get together, beside one?
// node bench/streams.mjs [--model smollm2:135m] [--threads 2] [--tokens 64] [--streams 1,8,16] [--rounds 3]
import { LanguageModel } from "../dist/index.js";
import { option } from "./support.mjs";

const counts = option("streams", "1,8,16").split(",").map(Number);
const tokens = Number(option("tokens", "64"));
const model = await LanguageModel.open(option("model", "smollm2:135m"), {
  threads: Number(option("threads", "2")),
  slots: Math.max(...counts),
  contextLength: 1024,
});
const totals = new Map(counts.map((count) => [count, []]));
const run = async (count) => {
  const began = performance.now();
  const prompts = Array.from({ length: count }, (_, i) => `Story number ${i} begins like this:`);
  const answers = await Promise.all(prompts.map((prompt) => model.generate(prompt, { maxTokens: tokens, temperature: 1, seed: 1 })));
  return (answers.reduce((sum, { completionTokens }) => sum + completionTokens, 0) * 1000) / (performance.now() - began);
};
for (const count of counts) await run(count);
for (let round = 0; round < Number(option("rounds", "3")); round++) for (const count of counts) totals.get(count).push(await run(count));
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
console.log(JSON.stringify(Object.fromEntries([...totals].map(([count, found]) => [count, Math.round(median(found) * 10) / 10]))));
await model.close();
