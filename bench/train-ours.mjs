// Ours on a training row: a process that waits for numbers of steps on stdin, as peers/train_peer.py does, with the same batches and the same optimiser.
// node bench/train-ours.mjs gpt-10m|gpt-1m|lstm [threads] [f32|bf16] [--weights FILE] [--losses N] [--profile]
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Gpt } from "#models";
import { AdamW, decayGroups } from "#nn";
import { cpu, gradients, record, tensor, withPrecision, withRandom, zeros } from "#tensor";
import { option } from "./support.mjs";

const [row, threads = "2", precision = "f32"] = process.argv.slice(2);
const kinds = {
  "gpt-10m": { layers: 6, heads: 6, width: 384, length: 256, rows: 8, vocabulary: 65 },
  "gpt-1m": { layers: 4, heads: 4, width: 128, length: 128, rows: 32, vocabulary: 65 },
  lstm: { width: 100, units: 128, length: 50, rows: 32, vocabulary: 10_000 },
};
const { Dense, Embedding, LSTM, Sequential } = row === "lstm" ? await import("inkstone") : {};
const shape = kinds[row];
const BATCHES = 64;
cpu().executor.threads = Number(threads);

// The same ids as the peer's: a linear congruential sequence.
function stream() {
  let state = 12_345;
  return Array.from({ length: BATCHES }, () =>
    Int32Array.from({ length: shape.rows * (shape.length + 1) }, () => {
      state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
      return (state >>> 16) % shape.vocabulary;
    }),
  );
}

// Rows of a batch without their first or last column.
const columns = (batch, from, count) =>
  Int32Array.from({ length: shape.rows * count }, (_, i) => batch[Math.floor(i / count) * (shape.length + 1) + from + (i % count)]);

function gptStep() {
  const { layers, heads, width, length, rows, vocabulary } = shape;
  const gpt = withRandom(
    { seed: 1, step: 0 },
    () => new Gpt({ vocabularySize: vocabulary, contextLength: length, layers, heads, width, bias: false, tiedHead: false, activation: "gelu" }),
  );
  if (option("weights")) load(gpt, option("weights"));
  const optimizer = new AdamW(decayGroups(gpt), { learningRate: 1e-3, weightDecay: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, maxGradNorm: 1 });
  const [ids, targets] = [zeros([rows, length], { type: "i32" }), zeros([rows, length], { type: "i32" })];
  const step = record(cpu(), (registers) => {
    const loss = withPrecision(precision, () => gpt.loss(ids, targets));
    const scalars = new Map(Object.keys(optimizer.scalars()).map((name) => [name, registers.define(name)]));
    optimizer.apply(gradients(loss, optimizer.parameters), (name) => scalars.get(name));
    return loss;
  });
  return {
    weights: gpt.parameterCount,
    profile: () => step.profile(optimizer.scalars()),
    run(batch) {
      ids.write(columns(batch, 0, length));
      targets.write(columns(batch, 1, length));
      step.run(optimizer.scalars());
      optimizer.advance();
      return step.outputs.dataSync()[0];
    },
  };
}

function lstmStep() {
  const { width, units, length, rows, vocabulary } = shape;
  const model = new Sequential([
    new Embedding({ inputDim: vocabulary, outputDim: width }),
    new LSTM({ units }),
    new Dense({ units: vocabulary, activation: "softmax" }),
  ]);
  model.compile({ loss: "sparse_categorical_crossentropy", optimizer: "adam", precision });
  return {
    get weights() {
      return model.parameterCount;
    },
    async run(batch) {
      const { loss } = await model.trainOnBatch(tensor(columns(batch, 0, length), [rows, length]), tensor(columns(batch, length, 1), [rows]));
      return loss;
    },
  };
}

// The peer's weights by their names; c_attn holds query, key and value one above the other.
function load(gpt, path) {
  const bytes = readFileSync(path);
  const size = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + size));
  const read = (name) => {
    const [from, to] = header[name].data_offsets;
    return new Float32Array(Uint8Array.from(bytes.subarray(8 + size + from, 8 + size + to)).buffer);
  };
  const { decoder } = gpt;
  const pairs = [
    [decoder.embedding.weight.tensor, read("wte.weight")],
    [decoder.positions.weight.tensor, read("wpe.weight")],
    [decoder.norm.weight, read("ln_f.weight")],
    [decoder.head.tensor, read("lm_head.weight")],
  ];
  for (const [i, layer] of decoder.layers.entries()) {
    const qkv = read(`h.${i}.attn.c_attn.weight`);
    const third = qkv.length / 3;
    for (const [part, name] of ["query", "key", "value"].entries())
      pairs.push([layer.attention[name].weight.tensor, qkv.subarray(part * third, (part + 1) * third)]);
    pairs.push([layer.attention.output.weight.tensor, read(`h.${i}.attn.c_proj.weight`)]);
    pairs.push([layer.attentionNorm.weight, read(`h.${i}.ln_1.weight`)], [layer.mlpNorm.weight, read(`h.${i}.ln_2.weight`)]);
    pairs.push([layer.mlp.up.weight.tensor, read(`h.${i}.mlp.c_fc.weight`)], [layer.mlp.down.weight.tensor, read(`h.${i}.mlp.c_proj.weight`)]);
  }
  for (const [weight, values] of pairs) weight.write(values);
}

const memory = (field) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) * 1024;
const say = (facts) => console.log(JSON.stringify(facts));
const batches = stream();
const model = row === "lstm" ? lstmStep() : gptStep();
let done = 0;
async function run(steps) {
  const losses = [];
  for (let i = 0; i < steps; i++) losses.push(await model.run(batches[done++ % BATCHES]));
  return losses;
}

const first = Number(option("losses", "0"));
if (first > 0) say({ losses: await run(first) });
say({ ready: true, weights: model.weights, startBytes: memory("VmRSS") });
for await (const line of createInterface({ input: process.stdin })) {
  const steps = Number(line);
  const begin = performance.now();
  const losses = await run(steps);
  const seconds = (performance.now() - begin) / 1000;
  say({ seconds, steps, tokens: steps * shape.rows * shape.length, samples: steps * shape.rows, loss: losses.at(-1) });
}
if (process.argv.includes("--profile"))
  for (const { kernel, calls, milliseconds } of model.profile()) say({ kernel, calls, milliseconds: Math.round(milliseconds) });
say({ peakBytes: memory("VmHWM") });
