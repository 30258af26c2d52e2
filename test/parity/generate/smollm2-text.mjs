// Writes test/parity/fixtures/smollm2-text.json from the reference of ../shared: node test/parity/generate/smollm2-text.mjs
// The ids there were computed by llama.cpp's tokenizer on the vocabulary of SmolLM2-135M-Instruct; nothing here computes any.
import { readFileSync, writeFileSync } from "node:fs";

const reference = JSON.parse(readFileSync(new URL("../../../../shared/reference/real-models.json", import.meta.url), "utf8"));
const head = {
  generator: "test/parity/generate/smollm2-text.mjs",
  source: `real-models.json: ${reference.note}`,
  model: reference.model,
};
const texts = [...reference.tokenizer, ...reference.completions].map(({ text, special = false, ids }) => ({ text, special, ids }));
const lines = texts.map((text) => `    ${JSON.stringify(text)}`).join(",\n");
writeFileSync(
  new URL("../fixtures/smollm2-text.json", import.meta.url),
  `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "texts": [\n${lines}\n  ]\n}\n`,
);
console.log(`${texts.length} texts`);
