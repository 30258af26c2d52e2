// One run of ours: node bench/attention-ours.mjs SHAPES THREADS SECONDS. SHAPES: JSON [{ batch, heads, length, width, causal }]. Prints one JSON line.

import { openExecutor } from "../dist/native/index.js";
import { cpu, gradients, record, scaledDotProductAttention, tensor } from "../dist/tensor/index.js";
import { median } from "./support.mjs";

const [shapes, threads, seconds] = process.argv.slice(2);
const device = cpu(openExecutor({ executor: "native", threads: Number(threads) }));
const figures = {};
for (const { batch, heads, length, width, causal } of JSON.parse(shapes)) {
  const shape = [batch, length, heads, width];
  const size = batch * length * heads * width;
  const [q, k, v, seed] = [1, 2, 3, 4].map(() =>
    tensor(
      Float32Array.from({ length: size }, () => Math.random() * 2 - 1),
      shape,
      { device },
    ),
  );
  for (const input of [q, k, v]) input.requireGrad();
  const recording = record(device, () => gradients(scaledDotProductAttention(q, k, v, { causal }), [q, k, v], { seed }));
  recording.run();
  const times = [];
  const begin = performance.now();
  const before = process.cpuUsage();
  while (performance.now() - begin < Number(seconds) * 1000) {
    const start = performance.now();
    recording.run();
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  const name = `${batch}x${heads}x${length}x${width}`;
  figures[`${name} milliseconds`] = median(times);
  figures[`${name} cpu milliseconds`] = (user + system) / 1000 / times.length;
  recording.dispose();
}
console.log(JSON.stringify(figures));
