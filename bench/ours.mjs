// One run of ours: node bench/ours.mjs MODEL THREADS PREFILL DECODE TEXTFILE [PRECISION]. Prints one JSON line.
import { readFileSync } from "node:fs";
import { LanguageModel } from "../dist/index.js";

const [model, threads, prefill, decode, textFile, precision] = process.argv.slice(2);
const engine = await LanguageModel.open(model, {
  threads: Number(threads),
  precision,
  contextLength: Math.max(1024, Number(prefill) + Number(decode) + 64),
});
const { ids } = await engine.tokenize(readFileSync(textFile, "utf8").slice(0, Number(prefill) * 8));
const prompt = await engine.detokenize(ids.slice(0, Number(prefill)));
await engine.generate("Warm", { maxTokens: 2 });
const { timings, promptTokens, completionTokens } = await engine.generate(prompt, { maxTokens: Number(decode), temperature: 0 });
console.log(JSON.stringify({ ...timings, promptTokens, completionTokens }));
await engine.close();
