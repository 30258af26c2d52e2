// A thread of test/native/threads.test.ts: computes one product again and again beside other threads, some of which fail on purpose. Knows the room only by its file.
import { parentPort, workerData } from "node:worker_threads";

const { room, seed, rounds, fails, threads } = workerData;
const { openExecutor } = await import(room);
const executor = openExecutor({ executor: "native", threads });

const [rows, outputs, inputs] = [24, 160, 256];
const values = (count, from) => Float32Array.from({ length: count }, (_, i) => Math.sin((i + 1) * (from + seed)));
const put = (data) => {
  const buffer = executor.allocate(data.byteLength);
  executor.write(buffer, 0, new Uint8Array(data.buffer));
  return buffer;
};

// The panel format of f32: value (k, r) of a panel at k · 16 + r. Any numbers are a matrix.
const buffers = {
  x: put(values(rows * inputs, 1)),
  weight: put(values(outputs * inputs, 2)),
  bias: put(values(outputs, 3)),
  y: put(new Float32Array(rows * outputs)),
};
const operands = {
  x: { buffer: buffers.x, offset: 0, type: "f32" },
  weight: { buffer: buffers.weight, offset: 0, type: "u8" },
  bias: { buffer: buffers.bias, offset: 0, type: "f32" },
  y: { buffer: buffers.y, offset: 0, type: "f32" },
};
const list = executor.compile([{ kernel: "linear", operands, sizes: { rows, outputs, inputs, format: 0, hasBias: 1 } }]);
const faults = [];

function fail() {
  const broken = executor.compile([{ kernel: "fault", operands: {}, sizes: { mode: fails, milliseconds: 0 } }]);
  try {
    executor.execute(broken);
  } catch (error) {
    faults.push(error.code);
  }
  executor.freeList(broken);
}

let digest;
for (let round = 0; round < rounds; round++) {
  if (fails && round % 10 === 0) fail();
  executor.write(buffers.y, 0, new Uint8Array(rows * outputs * 4));
  executor.execute(list);
  const found = new Float32Array(rows * outputs);
  executor.read(buffers.y, 0, new Uint8Array(found.buffer));
  const now = Buffer.from(found.buffer).toString("base64");
  digest ??= now;
  if (now !== digest) throw new Error(`round ${round} gave other bits`);
}
executor.freeList(list);
for (const buffer of Object.values(buffers)) executor.free(buffer);
parentPort.postMessage({ digest, faults });
