// Whether memory comes back: plain synchronous loops of three programs, as people bring them from PyTorch, and things that are made and left. Prints the resident set
// after a tenth, after a third (when the engine's young generation has its size) and at the end, and the engine's heap, in MB. The build of this tree is measured: node --expose-gc runs/memory/memory.mjs [mlp|rnn|gpt|vectorisers|turns|workers|models FILE] [count]
import { Worker } from "node:worker_threads";
import { fileURLToPath } from "node:url";

const library = (room) => import(new URL(`../../dist/${room}`, import.meta.url));
const { tensor, matmul, add, tanh, crossEntropy, embedding, zeros } = await library("tensor/index.js");
const { SGD, AdamW } = await library("nn/index.js");
const { Gpt } = await library("models/index.js");

const noise = (shape, scale = 0.1) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return tensor(Float32Array.from({ length: size }, () => (Math.random() - 0.5) * scale), shape).requireGrad();
};
const resident = () => {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().rss / 2 ** 20);
};

// Andrej Karpathy's makemore, part 2: three letters in, the next one out.
function mlp() {
  const [table, w1, b1, w2, b2] = [noise([27, 10]), noise([30, 64]), noise([64]), noise([64, 27]), noise([27])];
  const optimizer = new SGD([table, w1, b1, w2, b2], { learningRate: 0.1 });
  return (step) => {
    const ids = tensor(Int32Array.from({ length: 96 }, (_, i) => (i * 7 + step) % 27));
    const x = embedding(table, ids).reshape([32, 30]);
    const logits = add(matmul(tanh(add(matmul(x, w1), b1)), w2), b2);
    const loss = crossEntropy(logits, tensor(Int32Array.from({ length: 32 }, (_, i) => (i + step) % 27)));
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
  };
}

// PyTorch's "NLP from scratch": a recurrent network by hand, one name a step.
function rnn() {
  const [wx, wh, wo] = [noise([27, 64]), noise([64, 64]), noise([64, 18])];
  const optimizer = new SGD([wx, wh, wo], { learningRate: 0.01 });
  return (step) => {
    let hidden = zeros([1, 64]);
    for (let letter = 0; letter < 6; letter++) {
      const row = new Float32Array(27);
      row[(letter + step) % 27] = 1;
      hidden = tanh(add(matmul(tensor(row, [1, 27]), wx), matmul(hidden, wh)));
    }
    const loss = crossEntropy(matmul(hidden, wo), tensor(Int32Array.of(step % 18)));
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
  };
}

// minGPT on letters.
function gpt() {
  const model = new Gpt({ vocabularySize: 27, contextLength: 16, layers: 2, heads: 2, width: 32 });
  const optimizer = new AdamW(model.trainableParameters(), { learningRate: 1e-3 });
  return (step) => {
    const ids = (shift) => tensor(Int32Array.from({ length: 64 }, (_, i) => (i + step + shift) % 27), [4, 16]);
    optimizer.zeroGrad();
    model.loss(ids(0), ids(1)).backward();
    optimizer.step();
  };
}

async function vectorisers() {
  const { CountVectorizer } = await library("text/index.js");
  const texts = Array.from({ length: 3000 }, (_, i) => `a short text number ${i} of ${i % 97} letters`);
  return () => new CountVectorizer({ analyzer: "char", ngramRange: [1, 4] }).fit(texts);
}

// The same with a turn of the event loop in between, as any program that reads or answers something has.
async function turns() {
  const step = await vectorisers();
  return () => {
    step();
    return new Promise((turn) => setImmediate(turn));
  };
}

async function workers() {
  const script = `import(${JSON.stringify(new URL("../../dist/tensor/index.js", import.meta.url).href)}).then(({ tensor, add }) => {
    const x = tensor(new Float32Array(1 << 20));
    globalThis.kept = Array.from({ length: 4 }, () => add(x, x));
    require("node:worker_threads").parentPort.postMessage("ready");
  });`;
  return async () => {
    const worker = new Worker(script, { eval: true });
    await new Promise((ready, failed) => worker.once("message", ready).once("error", failed));
    await worker.terminate();
  };
}

async function models(file) {
  const { LanguageModel } = await library("generate/index.js");
  return async () => {
    const model = await LanguageModel.open(file, { contextLength: 64 });
    await model.generate("a", { maxTokens: 1 });
    await model.close();
  };
}

const [what = "mlp", ...rest] = process.argv.slice(2);
const file = what === "models" ? rest.shift() : undefined;
const usual = { mlp: 10_000, rnn: 10_000, gpt: 10_000, vectorisers: 600, turns: 600, workers: 200, models: 200 };
const count = Number(rest[0] ?? usual[what]);
const step = await { mlp, rnn, gpt, vectorisers, turns, workers, models }[what](file);
const loops = ["mlp", "rnn", "gpt", "vectorisers"].includes(what);
let [tenth, third, peak] = [0, 0, 0];
for (let i = 1; i <= count; i++) {
  if (loops) step(i);
  else await step(i);
  if (i % Math.ceil(count / 100) === 0) peak = Math.max(peak, process.memoryUsage().rss / 2 ** 20);
  if (i === Math.ceil(count / 10)) tenth = resident();
  if (i === Math.ceil(count / 3)) third = resident();
}
const heapMB = Math.round(process.memoryUsage().heapTotal / 2 ** 20);
console.log(JSON.stringify({ what, count, tenthMB: tenth, thirdMB: third, peakMB: Math.round(peak), endMB: resident(), heapMB, from: fileURLToPath(import.meta.url).split("/").slice(-3).join("/") }));
process.exit(0);
