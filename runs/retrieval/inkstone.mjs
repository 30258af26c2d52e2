// node runs/retrieval/inkstone.mjs CRANFIELD OUT [PRECISION] [RERANKED]: nDCG@10 on Cranfield's queries by BM25, by minilm's vectors, by both fused, and by the fused re-ranked. Writes OUT/cranfield.json, which
// peer.py reads, so that both sides see the same texts, queries, terms and gains. Needs a build and the models `minilm` and `rerank-minilm`.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Bm25 } from "../../dist/classical/index.js";
import { EmbeddingModel, Reranker } from "../../dist/generate/index.js";
import { rankingScores } from "../../dist/metrics/index.js";

const [folder, out, precision = "bf16", most = "50"] = process.argv.slice(2);
const read = (name) => readFileSync(join(folder, name), "utf8");
const plain = (text) => text.replace(/\s+/g, " ").trim();
/** Reciprocal ranks (Cormack et al. 2009): what is added to a rank, and how many of each side count. */
const [RRF, DEPTH, RERANKED] = [60, 100, Number(most)];

const records = (text) => text.split(/^\.I /m).slice(1).map((record) => ({ id: Number.parseInt(record, 10), fields: record.split(/^\.(?=[TABW]$)/m) }));
const field = ({ fields }, name) => plain(fields.filter((one) => one.startsWith(`${name}\n`)).map((one) => one.slice(2)).join(" "));
const texts = records(read("cran.all.1400")).map((record) => plain(`${field(record, "T")} ${field(record, "W")}`));
const ordinals = new Map(read("query_ordinals.train.txt").trim().split("\n").map((line) => line.split("\t")).map(([at, id]) => [Number.parseInt(id.slice(3), 10), Number(at)]));
const judged = new Map();
for (const line of read("cranqrel.train").trim().split("\n")) {
  const [query, text, code] = line.trim().split(/\s+/).map(Number);
  // 1 is a complete answer, 4 of least interest; -1 of none.
  if (code >= 1 && code <= 4) judged.set(query, [...(judged.get(query) ?? []), [text - 1, 5 - code]]);
}
const queries = records(read("cran.qry.train")).map((record) => ({ text: field(record, "W"), gains: judged.get(ordinals.get(record.id)) ?? [] })).filter(({ gains }) => gains.length > 0);
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "cranfield.json"), JSON.stringify({ texts, queries, fusion: { constant: RRF, depth: DEPTH, reranked: RERANKED } }));

const terms = (text) => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
const index = new Bm25();
for (const text of texts) index.add(terms(text));
const byTerms = queries.map(({ text }) => index.search(terms(text), texts.length).map(({ id }) => id));

const model = await EmbeddingModel.open("minilm", { precision });
const began = performance.now();
const { vectors } = await model.embed(texts);
const embedded = (performance.now() - began) / 1000;
const asked = (await model.embed(queries.map(({ text }) => text))).vectors;
await model.close();
const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const byVectors = asked.map((query) => vectors.map((vector, id) => [id, dot(query, vector)]).sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([id]) => id));

const fused = queries.map((_, i) => {
  const scores = new Map();
  for (const ranked of [byTerms[i], byVectors[i]]) for (const [at, id] of ranked.slice(0, DEPTH).entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (RRF + at + 1));
  return [...scores].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([id]) => id);
});
const reranker = RERANKED > 0 ? await Reranker.open("rerank-minilm", { precision }) : undefined;
const reranked = [];
for (const [i, { text }] of queries.entries()) {
  const best = fused[i].slice(0, RERANKED);
  const ranked = (await reranker?.rank(text, best.map((id) => texts[id]))) ?? [];
  reranked.push(ranked.map(({ index: at }) => best[at]));
}
await reranker?.close();

const score = (ranks) => Number(rankingScores(queries.map(({ gains }, i) => ({ ranked: ranks[i], relevant: new Map(gains) })), { k: 10 }).means.ndcg.toFixed(4));
console.log(JSON.stringify({ texts: texts.length, queries: queries.length, precision, secondsOfVectors: embedded, bm25: score(byTerms), vectors: score(byVectors), fused: score(fused), reranked: score(reranked) }));
