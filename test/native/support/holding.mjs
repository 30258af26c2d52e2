// A JavaScript thread that holds native memory of every kind, and is ended while a list runs. Its answer: that it holds it.
import { parentPort, workerData } from "node:worker_threads";

const { openExecutor } = await import(workerData.room);
const executor = openExecutor({ executor: "native", threads: 2 });
const bytes = 32 << 20;
const dense = executor.allocate(bytes, { dense: true });
executor.write(dense, 0, new Uint8Array(bytes).fill(1));
const ordinary = executor.allocate(bytes);
executor.write(ordinary, 0, new Uint8Array(bytes).fill(1));
const operand = (buffer) => ({ buffer, offset: 0, type: "f32" });
const command = { kernel: "add", operands: { a: operand(dense), b: operand(dense), y: operand(ordinary) }, sizes: { n: bytes / 4 } };
const list = executor.compile(Array.from({ length: 20 }, () => command));
globalThis.held = [dense, ordinary, list, executor.executeAsync(list)];
parentPort.postMessage("holding");
setInterval(() => undefined, 1000);
