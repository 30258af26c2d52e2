// Question: how many tokens a second do several streams get together, beside one, and beside llama.cpp on the same file?
// node bench/streams.mjs [--model smollm2:135m] [--threads 2] [--tokens 64] [--streams 1,8,16] [--rounds 3] [--peer FOLDER of node-llama-cpp]
import { fork } from "node:child_process";
import { resolveModel } from "../dist/hub/index.js";
import { LanguageModel } from "../dist/index.js";
import { option } from "./support.mjs";

const counts = option("streams", "1,8,16").split(",").map(Number);
const tokens = Number(option("tokens", "64"));
const threads = option("threads", "2");
const reference = option("model", "smollm2:135m");
const peerFolder = option("peer", "");
const model = await LanguageModel.open(reference, { threads: Number(threads), slots: Math.max(...counts), contextLength: 1024 });
const ours = async (count) => {
  const began = performance.now();
  const prompts = Array.from({ length: count }, (_, i) => `Story number ${i} begins like this:`);
  const answers = await Promise.all(prompts.map((prompt) => model.generate(prompt, { maxTokens: tokens, temperature: 1, seed: 1 })));
  return (answers.reduce((sum, { completionTokens }) => sum + completionTokens, 0) * 1000) / (performance.now() - began);
};
const shown = (value) => Math.round(value * 10) / 10;
const sides = { ours };
let child;
if (peerFolder !== "") {
  const { path } = await resolveModel(reference);
  child = fork(new URL("./peers/node_llama_streams_peer.mjs", import.meta.url), [peerFolder, path, threads, String(Math.max(...counts))]);
  const told = () => new Promise((done) => child.once("message", done));
  await told();
  sides["llama.cpp"] = async (streams) => {
    const answer = told();
    child.send({ streams, tokens });
    return (await answer).perSecond;
  };
}
const found = Object.fromEntries(Object.keys(sides).map((side) => [side, new Map(counts.map((count) => [count, []]))]));
for (const side of Object.values(sides)) await side(counts.at(-1));
for (let round = 0; round < Number(option("rounds", "3")); round++)
  for (const count of counts)
    for (const [name, side] of Object.entries(sides)) {
      found[name].get(count).push(await side(count));
      console.error(round, name, count, shown(found[name].get(count).at(-1)));
    }
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
for (const [name, totals] of Object.entries(found))
  console.log(name, JSON.stringify(Object.fromEntries([...totals].map(([count, each]) => [count, shown(median(each))]))));
if (child !== undefined) {
  const pairs = (count) => found.ours.get(count).map((value, i) => Math.round((value / found["llama.cpp"].get(count)[i]) * 100) / 100);
  console.log("ours / llama.cpp, pairs", JSON.stringify(Object.fromEntries(counts.map((count) => [count, pairs(count)]))));
  child.disconnect();
}
await model.close();
