// How fast Chinese segmentation is beside the bare jieba binding, and English words: node bench/segment.mjs FILE (a text a line). Interleaved; JSON out.
import { readFileSync } from "node:fs";
import { Jieba } from "@node-rs/jieba";
import { dict } from "@node-rs/jieba/dict.js";
import { ChineseSegmenter, loadNlp, wordSpans } from "../dist/text/index.js";

const path = process.argv[2];
if (path === undefined) throw new Error("node bench/segment.mjs FILE");
const lines = readFileSync(path, "utf8").split("\n").slice(0, 20_000);
const characters = lines.reduce((sum, line) => sum + line.length, 0);
const bare = Jieba.withDict(dict);
const segmenter = await ChineseSegmenter.open();
const nlp = await loadNlp({ language: "zh" });
const ways = {
  bare: (line) => bare.cut(line, true),
  cut: (line) => segmenter.cut(line),
  spans: (line) => segmenter.spans(line),
  nlp: (line) => nlp(line),
  english: (line) => wordSpans(line),
};

const rounds = 7;
const rates = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round < rounds; round++)
  for (const [name, way] of Object.entries(ways)) {
    const start = performance.now();
    for (const line of lines) way(line);
    rates[name].push(characters / (performance.now() - start) / 1000);
  }
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const result = Object.fromEntries(Object.entries(rates).map(([name, values]) => [name, Number(median(values).toFixed(3))]));
console.log(
  JSON.stringify({
    unit: "million UTF-16 units a second",
    lines: lines.length,
    characters,
    ...result,
    spansToBare: Number((result.spans / result.bare).toFixed(3)),
  }),
);
