// Long calls of services: away from the event loop, cancelled by the control word, the same bits on both executors and on any threads.
import { describe, expect, it } from "vitest";
import { type SparseMatrix, sparseMatrix, uniform } from "#core";
import { CONTROL_BYTES, CONTROL_CANCEL, CONTROL_PROGRESS, createReferenceExecutor, type Executor, linearSvmMethods, packLinearSvm } from "#native";
import { executors } from "../support/devices.ts";

const code = (name: string, parameters: object = {}) => expect.objectContaining({ code: name, parameters: expect.objectContaining(parameters) });
const nothing = new Uint8Array(0);
const control = () => new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));

function rows(count: number, columns: number): SparseMatrix {
  const draw = (row: number, i: number) => uniform(1, row, 0, i);
  const row = (i: number) => {
    const chosen = new Set(Array.from({ length: 8 }, (_, j) => Math.floor(draw(i, j) ** 2 * columns)));
    return [...chosen].map((column): [number, number] => [column, draw(i, column + 100)]);
  };
  return sparseMatrix(
    Array.from({ length: count }, (_, i) => row(i)),
    columns,
  );
}

const problems = 5;
function configuration(count = 120, mostRounds = 1000, tolerance = 1e-4): { packed: Uint8Array; bytes: number } {
  const x = rows(count, 40);
  const labels = Uint32Array.from({ length: count }, (_, i) => Math.floor(uniform(2, i, 0, 0) * problems));
  const costs = { positiveCosts: new Float64Array(problems).fill(1.5), negativeCosts: new Float64Array(problems).fill(1) };
  return {
    packed: packLinearSvm({ x, labels, firstLabel: 0, ...costs, bias: 1, tolerance, mostRounds, seed: 2 ** 33 + 5 }),
    bytes: 8 * problems * 42,
  };
}
// Rounds without end: the tolerance is never reached.
const endless = () => configuration(400, 1e9, 1e-300);

async function solve(executor: Executor): Promise<Float64Array> {
  const { packed, bytes } = configuration();
  const service = executor.createService("linear-svm", packed);
  const output = await executor.callServiceAsync(service, linearSvmMethods.solve, nothing, bytes);
  const same = new Uint8Array(bytes);
  expect(executor.callService(service, linearSvmMethods.solve, nothing, same)).toBe(bytes);
  expect(Buffer.compare(same, output)).toBe(0);
  executor.freeService(service);
  return new Float64Array(output.slice().buffer);
}

describe.each(executors)("a long call on $name", ({ executor: make }) => {
  it("gives the bits of the twin, on 1, 2 and 5 threads", async () => {
    const expected = await solve(createReferenceExecutor());
    expect(expected.every(Number.isFinite)).toBe(true);
    for (const threads of [1, 2, 5]) {
      const executor = make();
      executor.threads = threads;
      expect(await solve(executor)).toEqual(expected);
    }
  });

  it("leaves the event loop free, counts its progress, and ends when the control word says so", async () => {
    const executor = make();
    executor.threads = 2;
    const { packed, bytes } = endless();
    const service = executor.createService("linear-svm", packed);
    const words = control();
    const call = executor.callServiceAsync(service, linearSvmMethods.solve, nothing, bytes, words);
    while (Atomics.load(words, CONTROL_PROGRESS) < 20) await new Promise((turn) => setImmediate(turn));
    Atomics.store(words, CONTROL_CANCEL, 1);
    await expect(call).rejects.toThrow(code("E_CANCELLED"));
    // It can be called again, and freed while it runs.
    words.fill(0);
    const again = executor.callServiceAsync(service, linearSvmMethods.solve, nothing, bytes, words);
    executor.freeService(service);
    Atomics.store(words, CONTROL_CANCEL, 1);
    await expect(again).rejects.toThrow(code("E_CANCELLED"));
    await expect(executor.callServiceAsync(service, linearSvmMethods.solve, nothing, bytes)).rejects.toThrow(
      code("E_SERVICE", { why: "it was freed" }),
    );
  });

  it("refuses another call of the same service meanwhile; others run", async () => {
    const executor = make();
    const { packed, bytes } = endless();
    const service = executor.createService("linear-svm", packed);
    const words = control();
    const call = executor.callServiceAsync(service, linearSvmMethods.solve, nothing, bytes, words);
    while (Atomics.load(words, CONTROL_PROGRESS) === 0) await new Promise((turn) => setImmediate(turn));
    const busy = code("E_SERVICE", { service: "linear-svm", why: "the service is busy with another call" });
    expect(() => executor.callService(service, linearSvmMethods.solve, nothing, new Uint8Array(bytes))).toThrow(busy);
    await expect(executor.callServiceAsync(service, linearSvmMethods.solve, nothing, bytes)).rejects.toThrow(busy);
    await solve(executor);
    Atomics.store(words, CONTROL_CANCEL, 1);
    await expect(call).rejects.toThrow(code("E_CANCELLED"));
    executor.freeService(service);
  });

  it("refuses methods that are none, answers without room, and configurations that do not go together", async () => {
    const executor = make();
    const { packed, bytes } = configuration();
    const service = executor.createService("linear-svm", packed);
    await expect(executor.callServiceAsync(service, 9, nothing, bytes)).rejects.toThrow(code("E_SERVICE", { why: "there is no method 9" }));
    const small = `its answer takes ${bytes} bytes, there is room for 8`;
    await expect(executor.callServiceAsync(service, linearSvmMethods.solve, nothing, 8)).rejects.toThrow(code("E_SERVICE", { why: small }));
    expect(executor.callService(service, linearSvmMethods.solve, nothing, new Uint8Array(8))).toBe(-bytes);
    executor.freeService(service);
    for (let length = 0; length < packed.length; length += 61) {
      expect(() => executor.createService("linear-svm", packed.slice(0, length)), `${length}`).toThrow(code("E_SERVICE", { service: "linear-svm" }));
    }
    const x = sparseMatrix([[[0, 1]], [[1, 1]]], 2);
    const one = Float64Array.of(1);
    const base = {
      x,
      labels: Uint32Array.of(0, 1),
      firstLabel: 1,
      positiveCosts: one,
      negativeCosts: one,
      bias: 1,
      tolerance: 1e-4,
      mostRounds: 9,
      seed: 0,
    };
    for (const [change, why] of [
      [{ labels: Uint32Array.of(0) }, "labels, costs and rows do not go together"],
      [{ negativeCosts: new Float64Array(0) }, "labels, costs and rows do not go together"],
      [{ x: { ...x, columns: 1 } }, "the matrix is not one"],
      [{ x: { ...x, starts: Int32Array.of(0, 5, 2) } }, "the matrix is not one"],
    ] as const) {
      expect(() => executor.createService("linear-svm", packLinearSvm({ ...base, ...change })), why).toThrow(code("E_SERVICE", { why }));
    }
  });

  it("can be had of a service that was made away from the event loop", async () => {
    const executor = make();
    const { packed, bytes } = configuration();
    const service = await executor.createServiceAsync("linear-svm", packed);
    const output = await executor.callServiceAsync(service, linearSvmMethods.solve, nothing, bytes);
    executor.freeService(service);
    expect(new Float64Array(output.slice().buffer)).toEqual(await solve(executor));
    await expect(executor.createServiceAsync("linear-svm", packed.slice(8))).rejects.toThrow(code("E_SERVICE", { service: "linear-svm" }));
    await expect(executor.createServiceAsync("no such", packed)).rejects.toThrow(code("E_SERVICE", { service: "no such" }));
  });

  it("refuses texts and vocabularies of the n-gram service that are cut short", () => {
    const executor = make();
    for (let length = 0; length < 64; length++) {
      expect(() => executor.createService("ngrams", new Uint8Array(length)), `${length}`).toThrow(code("E_SERVICE", { service: "ngrams" }));
    }
  });
});
