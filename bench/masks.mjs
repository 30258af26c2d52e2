// Question: what does holding an answer to a form cost a token? One model, one answer at a time, free and held in turns; rates are of the tokens after the first.
// node bench/masks.mjs [--model smollm2:135m] [--threads 2] [--tokens 96] [--rounds 8]
import { LanguageModel } from "../dist/index.js";
import { option } from "./support.mjs";

const tokens = Number(option("tokens", "96"));
const model = await LanguageModel.open(option("model", "smollm2:135m"), { threads: Number(option("threads", "2")) });
const prompt = [{ role: "user", content: "Tell a long story of an ink stone as JSON with the field story." }];
const schema = {
  type: "object",
  properties: { story: { type: "string" }, words: { type: "array", items: { type: "string" } } },
  required: ["story"],
  additionalProperties: false,
};
const forms = {
  free: undefined,
  any: { type: "regex", pattern: "(.|\\n)*" },
  object: { type: "json_object" },
  schema: { type: "json_schema", schema },
};
const rates = Object.fromEntries(Object.keys(forms).map((name) => [name, []]));
const one = async (responseFormat) => {
  const { timings, completionTokens } = await model.generate(prompt, { maxTokens: tokens, temperature: 0, responseFormat });
  return completionTokens < tokens / 2 ? undefined : timings.decodeTokensPerSecond;
};
for (let i = 0; i <= Number(option("rounds", "8")); i++)
  for (const [name, form] of Object.entries(forms)) {
    const rate = await one(form);
    if (i > 0 && rate !== undefined) rates[name].push(rate); // the first reads the grammars
  }
await model.close();
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const round = (value, digits) => Math.round(value * 10 ** digits) / 10 ** digits;
const free = median(rates.free);
const figures = Object.entries(rates).map(([name, values]) => {
  const rate = median(values);
  return [
    name,
    values.length === 0
      ? "too short an answer"
      : { tokensPerSecond: round(rate, 1), costShare: round(free / rate - 1, 3), microseconds: round(1e6 / rate - 1e6 / free, 0) },
  ];
});
console.log(JSON.stringify(Object.fromEntries(figures), undefined, 1));
