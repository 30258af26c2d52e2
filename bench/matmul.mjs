// Question: how fast are products of plain matrices on the shapes of training steps, in GFLOP/s, beside PyTorch?
// node bench/matmul.mjs [--python PYTHON] [--rounds 5] [--threads 1,2] [--only TEXT] [--tiers avx512,amx]   PYTHON is one with torch (see peers/torch_matmul_peer.py).
import { spawn } from "node:child_process";
import { cpus } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { openExecutor } from "../dist/native/index.js";
import { median, option, root } from "./support.mjs";

const forward = (name, rows, depth, columns) => [
  { name: `${name}, x·W`, rows, columns, depth, transposeA: false, transposeB: false },
  { name: `${name}, dX = dY·Wᵀ`, rows, columns: depth, depth: columns, transposeA: false, transposeB: true },
  { name: `${name}, dW = Xᵀ·dY`, rows: depth, columns, depth: rows, transposeA: true, transposeB: false },
];

const shapes = [
  ...forward("GPT 384 attention in", 2048, 384, 1152),
  ...forward("GPT 384 attention out", 2048, 384, 384),
  ...forward("GPT 384 MLP up", 2048, 384, 1536),
  ...forward("GPT 384 MLP down", 2048, 1536, 384),
  ...forward("GPT 128 attention in", 4096, 128, 384),
  ...forward("GPT 128 MLP up", 4096, 128, 512),
  ...forward("GPT 128 MLP down", 4096, 512, 128),
  ...forward("LSTM gates, 32 rows", 32, 128, 512),
  ...forward("LSTM gates, 1600 rows", 1600, 100, 512),
  ...forward("LSTM words, 32 rows", 32, 128, 10_000),
  ...forward("LSTM words, 1600 rows", 1600, 128, 10_000),
].flatMap((shape) => [shape, { ...shape, name: `${shape.name}, bf16`, bf16: true }]);

const flops = ({ rows, columns, depth }) => 2 * rows * columns * depth;
// About 30 ms a measurement, at least three products.
const repetitions = (shape) => Math.max(3, Math.min(2000, Math.ceil(4e9 / flops(shape))));

function values(count) {
  return new Uint8Array(Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898) % 1).buffer);
}

function prepareOurs(executor, shape) {
  const sizes = { batch: 1, batchA: 1, batchB: 1, rows: shape.rows, columns: shape.columns, depth: shape.depth, hasBias: 0 };
  const lengths = { a: shape.rows * shape.depth, b: shape.depth * shape.columns, bias: 1, c: shape.rows * shape.columns };
  const operands = {};
  for (const [name, length] of Object.entries(lengths)) {
    const buffer = executor.allocate(4 * length, { dense: false });
    executor.write(buffer, 0, values(length));
    operands[name] = { buffer, offset: 0, type: "f32" };
  }
  const flags = { transposeA: shape.transposeA, transposeB: shape.transposeB, accumulate: false, bf16: shape.bf16 === true };
  return executor.compile([{ kernel: "matmul", operands, sizes, flags, barrier: true }], shape.tier ? { tier: shape.tier } : {});
}

function timeOurs(executor, list, shape) {
  executor.execute(list);
  const count = repetitions(shape);
  const begin = performance.now();
  for (let i = 0; i < count; i++) executor.execute(list);
  return (flops(shape) * count) / (performance.now() - begin) / 1e6;
}

function openPeer(python, threads) {
  const child = spawn(python, [`${root}/bench/peers/torch_matmul_peer.py`, String(threads)], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async time(shape) {
      child.stdin.write(`${JSON.stringify({ ...shape, repetitions: repetitions(shape) })}\n`);
      const { seconds } = JSON.parse((await lines.next()).value);
      // Its threads go on spinning for a while.
      await sleep(threads > 1 ? 250 : 0);
      return (flops(shape) * repetitions(shape)) / seconds / 1e9;
    },
    close: () => child.stdin.end(),
  };
}

const python = option("python");
const rounds = Number(option("rounds", 5));
const only = option("only", "");
const tiers = option("tiers", "").split(",").filter(Boolean);
const results = [];
for (const threads of option("threads", "1,2").split(",").map(Number)) {
  const executor = openExecutor({ executor: "native", threads });
  const peer = python ? openPeer(python, threads) : undefined;
  for (const shape of shapes.filter(({ name }) => name.includes(only))) {
    const contenders = (tiers.length > 0 ? tiers : [executor.tier]).map((tier) => {
      const list = prepareOurs(executor, { ...shape, tier });
      return { name: tier, measure: () => timeOurs(executor, list, shape) };
    });
    if (peer) contenders.push({ name: "torch", measure: () => peer.time(shape) });
    const figures = Object.fromEntries(contenders.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) for (const { name, measure } of contenders) figures[name].push(await measure());
    const medians = Object.fromEntries(Object.entries(figures).map(([name, runs]) => [name, Math.round(median(runs) * 10) / 10]));
    const ratio = peer && Math.round(median(figures[contenders[0].name].map((ours, i) => ours / figures.torch[i])) * 100) / 100;
    results.push({ threads, ...shape, gigaflops: medians, ...(peer ? { "ours / torch, median of pairs": ratio } : {}) });
    console.error(`${threads} thread(s)  ${shape.name.padEnd(44)} ${JSON.stringify(medians)} ${ratio ?? ""}`);
  }
  peer?.close();
}
console.log(JSON.stringify({ machine: cpus()[0]?.model, cores: cpus().length, node: process.version, rounds, results }, null, 1));
