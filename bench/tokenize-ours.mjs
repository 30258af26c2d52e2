// One process of bench/tokenize.mjs: loads a tokenizer, encodes all pieces once, then again, on one thread; seconds of each as JSON.
import { readFileSync } from "node:fs";
import { openExecutor } from "../dist/native/index.js";
import { loadTokenizer } from "../dist/text/index.js";

const [file, text] = process.argv.slice(2);
const pieces = readFileSync(text, "utf8").match(/[\s\S]{1,4000}(?:\n|$)|[\s\S]{4000}/g);
const tokenizer = await loadTokenizer(file, openExecutor({ threads: 1 }));
const pass = () => {
  const begin = performance.now();
  let ids = 0;
  for (const piece of pieces) ids += tokenizer.encode(piece).length;
  return { seconds: (performance.now() - begin) / 1000, ids };
};
const bytes = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
const passes = [pass(), pass(), pass()];
console.log(JSON.stringify({ bytes, ids: passes[0].ids, first: passes[0].seconds, later: Math.min(passes[1].seconds, passes[2].seconds) }));
