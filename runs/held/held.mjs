// How long public asynchronous calls hold the event loop: for each call, the most processor time of the main thread between two turns (time that others took on a busy machine does not
// count), in ms, and that of the whole call. Inputs are made here; the build of this tree is measured: node runs/held/held.mjs [NAME…]
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const library = (room) => import(new URL(`../../dist/${room}.js`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "held-"));
const at = (name) => join(folder, name);

/** ms of processor that this thread has had. */
const used = () => Number(readFileSync("/proc/thread-self/schedstat", "latin1").split(" ")[0]) / 1e6;

async function held(call) {
  let [most, on, before] = [0, true, used()];
  const look = () => {
    const now = used();
    most = Math.max(most, now - before);
    before = now;
    if (on) setImmediate(look);
  };
  await new Promise((turn) => setImmediate(turn));
  before = used();
  const began = before;
  setImmediate(look);
  const result = await call();
  await new Promise((turn) => setImmediate(turn));
  on = false;
  await new Promise((turn) => setImmediate(turn));
  return { most, whole: used() - began, result };
}

let state = 7;
const draw = (n) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state % n;
};
const words = Array.from({ length: 20_000 }, (_, i) => `w${(i * 7919) % 20_011}`);
const sentence = (length) => Array.from({ length }, () => words[Math.min(draw(20_000), draw(20_000), draw(20_000))]).join(" ");
const texts = (count, length = 20) => Array.from({ length: count }, () => sentence(length));
const labels = (count, classes = 4) => Array.from({ length: count }, (_, i) => `label ${i % classes}`);
const csv = (name, count) => {
  writeFileSync(at(name), ["text,label", ...texts(count).map((text, i) => `"${text}",${i % 4}`)].join("\n"));
  return at(name);
};

const { TextClassifier, trainTextClassifier } = await library("pipelines/index");
const { KneserNey, KMeans, Topics, CrfTagger, LogisticRegression, MultinomialNB, LinearSVC } = await library("classical/index");
const { TfidfVectorizer, loadNlp, openLanguageDetector, trainTokenizer } = await library("text/index");
const { checkData, readHtml, readMarkdown } = await library("data/index");
const { crossValidate, Sequential, loadLayersModel } = await library("train/index");
const { Dense, Embedding, GlobalAveragePooling1D } = await library("nn/index");
const { openSafetensors } = await library("formats/index");

const matrix = () => new TfidfVectorizer().fitTransform(texts(8000));
const calls = {
  "TextClassifier.fit, 20,000 texts": () => {
    const [x, y] = [texts(20_000), labels(20_000)];
    return () => new TextClassifier().fit(x, y);
  },
  "TextClassifier.fit, 8,000 texts": () => {
    const [x, y] = [texts(8000), labels(8000)];
    return () => new TextClassifier().fit(x, y);
  },
  "TextClassifier.predict, 8,000 texts": async () => {
    const x = texts(8000);
    const classifier = await new TextClassifier().fit(x, labels(8000));
    return () => classifier.predict(x);
  },
  "TextClassifier.classifyAll, 8,000 texts, 40 labels": async () => {
    const x = texts(8000);
    const classifier = await new TextClassifier({ model: "naive-bayes" }).fit(x, labels(8000, 40));
    return () => classifier.classifyAll(x);
  },
  "TextClassifier.save": async () => {
    const classifier = await new TextClassifier().fit(texts(20_000), labels(20_000, 10));
    return () => classifier.save(at("classifier.json"));
  },
  "TextClassifier.load": async () => {
    await (await new TextClassifier().fit(texts(20_000), labels(20_000, 10))).save(at("classifier.json"));
    return () => TextClassifier.load(at("classifier.json"));
  },
  "trainTextClassifier, 8,000 rows": () => {
    const rows = texts(8000).map((text, i) => ({ text, label: `label ${i % 4}` }));
    return () => trainTextClassifier(rows, { model: "auto", folds: 3 });
  },
  "KneserNey.fit": () => {
    const sentences = texts(20_000).map((text) => text.split(" "));
    return () => new KneserNey({ order: 3 }).fit(sentences);
  },
  "readMarkdown, 3 MB": () => {
    writeFileSync(at("a.md"), texts(25_000).map((text, i) => (i % 5 ? `${text}\n` : `\n# ${text}\n`)).join("\n"));
    return () => readMarkdown(at("a.md"));
  },
  "readHtml, 5 MB": () => {
    writeFileSync(at("a.html"), `<html><body>${texts(40_000).map((text) => `<p>${text}</p>`).join("\n")}</body></html>`);
    return () => readHtml(at("a.html"));
  },
  "loadLayersModel, 80 MB": async () => {
    const model = new Sequential([new Embedding({ inputDim: 50_000, outputDim: 384 }), new GlobalAveragePooling1D(), new Dense({ units: 10 })]);
    await model.predict([[1, 2, 3, 4]]);
    await model.save(at("model"));
    return () => loadLayersModel(at("model"));
  },
  "crossValidate, 8,000 rows": () => {
    const [x, y] = [texts(8000), labels(8000)];
    const learner = () => {
      const classifier = new TextClassifier();
      return { fit: (rows, own) => classifier.fit(rows, own), predict: (rows) => classifier.predict(rows) };
    };
    return () => crossValidate(learner, x, y, { folds: 3 });
  },
  loadNlp: () => () => loadNlp(),
  openLanguageDetector: () => () => openLanguageDetector(),
  "checkData, 8,000 rows": () => {
    const file = csv("check.csv", 8000);
    return () => checkData([file], { text: "text", label: "label" });
  },
  "KMeans.fit": () => {
    const x = matrix();
    return () => new KMeans({ nClusters: 8 }).fit(x);
  },
  "Topics.fit": () => {
    const x = matrix();
    return () => new Topics({ nTopics: 8 }).fit(x);
  },
  "LinearSVC.fit": () => {
    const [x, y] = [matrix(), labels(8000)];
    return () => new LinearSVC().fit(x, y);
  },
  "LogisticRegression.fit": () => {
    const [x, y] = [matrix(), labels(8000)];
    return () => new LogisticRegression().fit(x, y);
  },
  "MultinomialNB.fit": () => {
    const [x, y] = [matrix(), labels(8000)];
    return () => new MultinomialNB().fit(x, y);
  },
  "CrfTagger.fit": () => {
    const rows = texts(1000).map((text) => text.split(" ").map((word) => [`word=${word}`, `end=${word.slice(-1)}`]));
    const tags = rows.map((row) => row.map((_, i) => `t${i % 5}`));
    return () => new CrfTagger({ maxIterations: 10 }).fit(rows, tags);
  },
  "Sequential.fit on one-hot rows": () => {
    const x = Array.from({ length: 4000 }, (_, i) => {
      const row = new Array(2000).fill(0);
      row[i % 2000] = 1;
      return row;
    });
    const model = new Sequential([new Dense({ units: 16, activation: "relu", inputShape: [2000] }), new Dense({ units: 1 })]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    return () => model.fit(x, x.map((_, i) => i % 2), { epochs: 1, verbose: 0 });
  },
  "trainTokenizer, 5 MB": () => {
    const x = texts(50_000);
    return () => trainTokenizer(x, { vocabularySize: 2000 });
  },
  "safetensors, a header of 5 MB": () => {
    const entries = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`layer.${i}.weight`, { dtype: "F32", shape: [1], data_offsets: [4 * i, 4 * i + 4] }]));
    const header = Buffer.from(JSON.stringify(entries));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(at("a.safetensors"), Buffer.concat([length, header, Buffer.alloc(240_000)]));
    return () => openSafetensors(at("a.safetensors"));
  },
};

// Each is made only when its turn comes.
const wanted = process.argv.slice(2);
for (const [name, make] of Object.entries(calls)) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  try {
    const call = await make();
    globalThis.gc?.();
    const { most, whole } = await held(call);
    console.log(`${most > 50 ? "!" : " "} ${name.padEnd(52)} ${most.toFixed(0).padStart(6)} ms at once, ${whole.toFixed(0)} in all`);
  } catch (error) {
    console.log(`? ${name}: ${error.stack}`);
  }
}
rmSync(folder, { recursive: true, force: true });
