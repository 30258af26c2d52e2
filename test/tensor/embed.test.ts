// Tables by id: values, gradients of ids that repeat, the same bits for any threads, ids outside.
import { describe, expect, it } from "vitest";
import { openExecutor } from "#native";
import { cpu, embedding, gradients, tensor } from "#tensor";
import { devices } from "../support/devices.ts";
import { expectBits, noise, on } from "../support/numbers.ts";
import { testOp } from "../support/test-op.ts";

const like = (ids: readonly number[], shape: readonly number[]) => (table: Parameters<typeof embedding>[0]) =>
  embedding(table, tensor(Int32Array.from(ids), shape, { device: table.device }));

testOp("embedding", [
  { shapes: [[4, 3]], run: like([3, 0, 3, 1, 3, 3], [2, 3]) },
  { label: "one id", shapes: [[1, 40]], run: like([0], []) },
  { label: "no ids", shapes: [[4, 3]], run: like([], [0, 2]) },
]);

describe.each(devices)("tables by id on $name", ({ device }) => {
  it("names the first id outside the table", () => {
    const ids = tensor(
      Int32Array.from({ length: 50_000 }, (_, i) => (i === 40_000 ? -3 : i === 45_000 ? 9 : i % 7)),
      undefined,
      { device },
    );
    const bad = expect.objectContaining({ code: "E_KERNEL", parameters: { kernel: "embedding", why: "index", value: -3, limit: 7 } });
    expect(() => embedding(on(device, noise(14, 1), [7, 2]), ids)).toThrow(bad);
  });

  it("sums what comes back for the same id in the order of the ids", () => {
    const table = on(device, [0, 0], [2, 1]).requireGrad();
    const ids = tensor(Int32Array.of(1, 1, 1, 0), undefined, { device });
    const [gradient] = gradients(embedding(table, ids), [table], { seed: on(device, [1e8, -1e8, 3, 5], [4, 1]) });
    expect(gradient.dataSync()).toEqual(Float32Array.of(5, 3));
  });
});

it("one thread and two give the same bits, few rows or many", () => {
  for (const [vocabulary, width] of [
    [65, 200],
    [9000, 40],
  ]) {
    const results = [1, 2].map((threads) => {
      const device = cpu(openExecutor({ threads }));
      const ids = tensor(
        Int32Array.from(noise(4000, 1), (value) => Math.floor(value ** 4 * vocabulary * 0.999)),
        undefined,
        { device },
      );
      const table = on(device, noise(vocabulary * width, 2), [vocabulary, width]).requireGrad();
      return gradients(embedding(table, ids), [table], { seed: on(device, noise(4000 * width, 3), [4000, width]) })[0].dataSync();
    });
    expectBits(results[1], results[0]);
  }
});

it("refuses a table that is none, and ids that are floats", () => {
  const ids = tensor(Int32Array.of(0));
  expect(() => embedding(tensor([1, 2]), ids)).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
  expect(() => embedding(tensor([[1, 2]]), tensor([0]))).toThrow(expect.objectContaining({ code: "E_TENSOR_TYPE" }));
});
