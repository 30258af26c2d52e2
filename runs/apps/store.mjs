// Figures of the knowledge store: node runs/apps/store.mjs cranfield FOLDER (words alone, vectors alone, fused: nDCG@10, gains 4 to 1), node runs/apps/store.mjs chunks TEXT [COUNT] (a base of COUNT chunks,
// 100,000 by default, of sentences of TEXT in random order, in a file, with and without vectors of 384 values: time of a search, peak memory of the process that opens it). Build first (npm run build).
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKnowledgeBase, knowledgeEmbedder, openKnowledgeBase } from "../../dist/apps/index.js";
import { uniform } from "../../dist/core/index.js";
import { cosine, EmbeddingModel } from "../../dist/generate/index.js";
import { openStore } from "../../dist/store/index.js";

const [what, data, count = "100000"] = process.argv.slice(2);

async function cranfield() {
  const file = (name) => readFileSync(join(data, name), "utf8");
  const documents = file("cran.all.1400").split(/^\.I /m).slice(1).map((part) => {
    const [, id, title, text] = part.match(/^(\d+)\s+\.T\s*([\s\S]*?)^\.A[\s\S]*?^\.W\s*([\s\S]*)$/m) ?? [];
    return { id, title: title.replace(/\s+/g, " ").trim(), text: text.replace(/\s+/g, " ").trim() };
  });
  const queries = new Map(file("cran.qry.train").split(/^\.I /m).slice(1).map((part) => [Number.parseInt(part, 10), part.split(/^\.W\s*/m)[1].replace(/\s+/g, " ").trim()]));
  const idOf = new Map(file("query_ordinals.train.txt").trim().split("\n").map((line) => line.split(/\s+/)).map(([ordinal, , id]) => [ordinal, Number(id)]));
  const gains = new Map();
  for (const line of file("cranqrel.train").trim().split("\n")) {
    const [ordinal, document, grade] = line.trim().split(/\s+/);
    const gain = Number(grade) >= 1 && Number(grade) <= 4 ? 5 - Number(grade) : 0;
    if (gain > 0) gains.set(idOf.get(ordinal), (gains.get(idOf.get(ordinal)) ?? new Map()).set(document, gain));
  }
  const model = await EmbeddingModel.open("minilm");
  const store = await openStore({ file: ":memory:" });
  const words = await createKnowledgeBase(store, "words");
  const fused = await createKnowledgeBase(store, "fused", { embedder: knowledgeEmbedder(model) });
  for (const { id, title, text } of documents)
    for (const base of [words, fused]) await base.addText(id, text.startsWith(title) ? text : `${title}\n${text}`);
  const { vectors } = await model.embed(documents.map(({ title, text }) => `${title}\n${text}`));
  const byVectors = async (query) => {
    const own = (await model.embed([query])).vectors[0];
    return documents.map(({ id }, i) => ({ id, score: cosine(own, vectors[i]) })).sort((a, b) => b.score - a.score).slice(0, 10).map(({ id }) => id);
  };
  const bySearch = (base) => async (query) => (await base.search(query, { limit: 10, perDocument: 1 })).map(({ document }) => document);
  const discounted = (list) => list.reduce((sum, gain, rank) => sum + gain / Math.log2(rank + 2), 0);
  for (const [name, found] of [["words", bySearch(words)], ["vectors", byVectors], ["fused", bySearch(fused)]]) {
    let sum = 0;
    for (const [id, own] of gains) {
      const best = discounted([...own.values()].sort((a, b) => b - a).slice(0, 10));
      sum += discounted((await found(queries.get(id))).map((one) => own.get(one) ?? 0)) / best;
    }
    console.log(name, "nDCG@10", (sum / gains.size).toFixed(4), "of", gains.size, "queries");
  }
  await model.close();
  await store.close();
}

let drawn = 0;
const draw = () => uniform(0, 1, 0, drawn++);
const randomVectors = { name: "random", embed: async (texts) => texts.map(() => Float32Array.from({ length: 384 }, () => draw() - 0.5)) };

async function chunks() {
  const sentences = readFileSync(data, "utf8").split(/(?<=[.!?。！？])\s+/).filter((one) => one.length > 20 && one.length < 400);
  const folder = mkdtempSync(join(tmpdir(), "chunks-"));
  const file = join(folder, "store.db");
  try {
    for (const embedder of [undefined, randomVectors]) {
      const name = embedder === undefined ? "words" : "vectors";
      const store = await openStore({ file });
      const base = await createKnowledgeBase(store, name, { embedder });
      let made = 0;
      for (let document = 0; made < Number(count); document++) {
        const paragraphs = Array.from({ length: 1000 }, () => Array.from({ length: 6 }, () => sentences[Math.floor(draw() * sentences.length)]).join(" ").slice(0, 950));
        made += (await base.addText(`${document}`, paragraphs.join("\n\n"))).chunks;
      }
      await store.close();
      console.log(name, made, "chunks", execFileSync(process.execPath, [process.argv[1], "ask", data, file, name], { encoding: "utf8" }).trim());
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// A process of its own: what it holds is what a server would.
async function ask() {
  const [file, name] = process.argv.slice(4);
  const embedder = name === "words" ? undefined : randomVectors;
  const store = await openStore({ file });
  const base = await openKnowledgeBase(store, name, { embedder });
  const words = [...new Set(readFileSync(data, "utf8").slice(0, 400_000).match(/\p{L}{4,}/gu))];
  const question = () => Array.from({ length: 8 }, () => words[Math.floor(draw() * words.length)]).join(" ");
  const began = performance.now();
  await base.search(question());
  const opened = performance.now() - began;
  const times = [];
  for (let i = 0; i < 200; i++) {
    const start = performance.now();
    await base.search(question());
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  console.log("opened in", `${(opened / 1000).toFixed(1)} s; a search`, `${times[100].toFixed(1)} ms, p95 ${times[190].toFixed(1)} ms;`, "RSS", `${Math.round(process.memoryUsage().rss / 1e6)} MB, peak ${Math.round(process.resourceUsage().maxRSS / 1000)} MB`);
  await store.close();
}

await { cranfield, chunks, ask }[what]();
