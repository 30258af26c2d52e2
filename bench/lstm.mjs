// Whole recurrent layers, forward and backward, beside torch.nn: interleaved, both in processes that stay. Says nothing of a model around them.
//   node bench/lstm.mjs [--kind lstm|gru|rnn] [--rows 32] [--steps 50] [--inputs 100] [--units 128] [--threads 2] [--rounds 9] [--python python3] [--json file]
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openExecutor } from "../dist/native/index.js";
import { cpu, gradients, gru, lstm, matmul, record, simpleRnn, tensor } from "../dist/tensor/index.js";
import { interleave, median, option, root } from "./support.mjs";

const kind = option("kind", "lstm");
const [rows, steps, inputs, units, threads, rounds] = [
  ["rows", 32],
  ["steps", 50],
  ["inputs", 100],
  ["units", 128],
  ["threads", 2],
  ["rounds", 9],
].map(([name, fallback]) => Number(option(name, fallback)));
const REPETITIONS = 10;

const blocks = { lstm: 4, gru: 3, rnn: 1 }[kind];
const device = cpu(openExecutor({ threads }));
const values = (count, scale) => Float32Array.from({ length: count }, (_, i) => (((i * 2_654_435_761) >>> 8) / 2 ** 23 - 1) * scale);
const make = (shape, scale = 1) =>
  tensor(
    values(
      shape.reduce((a, b) => a * b, 1),
      scale,
    ),
    shape,
    { device },
  );
const x = make([rows, steps, inputs]).requireGrad();
const upstream = make([rows, steps, units]);
const kernel = make([inputs, blocks * units], inputs ** -0.5).requireGrad();
const recurrentKernel = make([units, blocks * units], units ** -0.5).requireGrad();
const bias = make([blocks * units], 0.1).requireGrad();
const recurrentBias = make([blocks * units], 0.1).requireGrad();

const layer = () => {
  const gates = matmul(x, kernel, { bias });
  if (kind === "gru") return gru(gates, recurrentKernel, { recurrentBias }).outputs;
  return (kind === "rnn" ? simpleRnn : lstm)(gates, recurrentKernel).outputs;
};
const weights = [x, kernel, recurrentKernel, bias, ...(kind === "gru" ? [recurrentBias] : [])];
const forward = record(device, () => [layer()]);
const both = record(device, () => gradients(layer(), weights, { seed: upstream }));

const times = (recording) =>
  Array.from({ length: REPETITIONS }, () => {
    const begin = performance.now();
    recording.run();
    return (performance.now() - begin) / 1000;
  });
const ours = () => {
  const all = times(both);
  return { best: Math.min(...all), median: median(all), forward: Math.min(...times(forward)) };
};

const peer = spawn(option("python", "python3"), [join(root, "bench/peers/lstm_peer.py"), kind, rows, steps, inputs, units, threads].map(String), {
  stdio: ["pipe", "pipe", "inherit"],
});
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
const ready = JSON.parse((await lines.next()).value);
const theirs = async () => {
  peer.stdin.write(`${REPETITIONS}\n`);
  return JSON.parse((await lines.next()).value);
};

ours();
await theirs();
const figures = await interleave(
  [
    { name: "ours", measure: ours },
    { name: "torch", measure: theirs },
  ],
  rounds,
);
peer.stdin.end();
const of = (name, key) => figures[name].map((figure) => figure[key] * 1000);
const report = {
  ...{ kind, rows, steps, inputs, units, threads, torch: ready.version },
  milliseconds: Object.fromEntries(
    ["ours", "torch"].map((name) => [
      name,
      { best: Math.min(...of(name, "best")), median: median(of(name, "median")), forward: Math.min(...of(name, "forward")) },
    ]),
  ),
  ratioOfMedians: median(of("torch", "median").map((value, i) => value / of("ours", "median")[i])),
  ratioOfBest: Math.min(...of("torch", "best")) / Math.min(...of("ours", "best")),
};
console.log(JSON.stringify(report, null, 2));
if (option("json")) writeFileSync(option("json"), JSON.stringify({ ...report, figures }, null, 2));
