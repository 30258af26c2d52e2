// Choosing, gathering, running sums, powers, casts, random numbers: values as PyTorch has them, gradients, what is refused.
import { describe, expect, it } from "vitest";
import {
  add,
  arange,
  cumsum,
  gather,
  gradients,
  manualSeed,
  mean,
  multinomial,
  multiply,
  oneHot,
  pow,
  rand,
  randint,
  randn,
  randperm,
  record,
  scatterAdd,
  std,
  type Tensor,
  tensor,
  toInt,
  topk,
  variance,
  where,
} from "#tensor";
import { anyDevice, devices } from "../support/devices.ts";
import { expectNear, on } from "../support/numbers.ts";
import { testOp } from "../support/test-op.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });
const ids = (x: Tensor, values: readonly number[], shape: readonly number[]) => tensor(Int32Array.from(values), shape, { device: x.device });

testOp("where", [
  { shapes: [[2, 3], [3]], run: (a, b) => where(ids(a, [1, 0, 1, 0, 0, 1], [2, 3]), a, b) },
  { label: "one for all", shapes: [[4], []], run: (a, b) => where(on(a.device, [1, 0, 0, 2], [4]), a, b) },
  { label: "both the same", shapes: [[4]], run: (a) => where(on(a.device, [1, 0, 0, 1], [4]), a, a) },
]);

testOp("gather", [
  { shapes: [[2, 4]], run: (x) => gather(x, ids(x, [3, 0, 3, 1, 1, 1], [2, 3])) },
  { label: "the first dimension", shapes: [[3, 2]], run: (x) => gather(x, ids(x, [2, 0, 0, 0], [2, 2]), 0) },
  { label: "nothing", shapes: [[2, 4]], run: (x) => gather(x, ids(x, [], [2, 0])) },
]);

testOp("scatterAdd", [
  {
    shapes: [
      [2, 4],
      [2, 3],
    ],
    run: (x, values) => scatterAdd(x, ids(x, [3, 0, 3, 1, 1, 1], [2, 3]), values),
  },
  {
    label: "twice",
    shapes: [
      [3, 2],
      [2, 2],
    ],
    run: (x, values) => scatterAdd(scatterAdd(x, ids(x, [2, 0, 0, 0], [2, 2]), values, 0), ids(x, [1, 0, 0, 0], [2, 2]), values, 0),
  },
]);

testOp("cumsum", [
  { shapes: [[2, 5]], run: (x) => cumsum(x) },
  { label: "the first dimension", shapes: [[3, 2, 2]], run: (x) => cumsum(x, 0) },
]);

testOp("pow", [
  { shapes: [[7]], run: (x) => pow(x, 3), epsilon: 3e-3 },
  { label: "a fraction", shapes: [[3]], values: [[1, 2, 3]], run: (x) => pow(x, 1.5) },
  { label: "none", shapes: [[3]], run: (x) => pow(x, 0) },
]);

testOp("variance", [
  { shapes: [[3, 4]], run: (x) => variance(x, { axis: 1 }) },
  { label: "of all", shapes: [[3, 4]], run: (x) => std(x) },
]);

testOp("topk", [{ shapes: [[2, 5]], values: [[5, 1, 4, 2, 3, 1, 9, 7, 8, 0]], run: (x) => topk(x, 2).values }]);

describe.each(devices)("as PyTorch has it on $name", ({ device }) => {
  it("what is not chosen has no say, even where it is no number", () => {
    const x = on(device, [Number.NaN, 2], [2]).requireGrad();
    const y = where(on(device, [0, 1], [2]), x, on(device, [7, Number.POSITIVE_INFINITY], [2]));
    expect([...y.dataSync()]).toEqual([7, 2]);
    expect([...gradients(y, [x], { seed: on(device, [3, 4], [2]) })[0].dataSync()]).toEqual([0, 4]);
  });

  it("powers of what is negative, of zero, and to infinity", () => {
    const x = on(device, [-2, 0, -0.5, 1], [4]);
    expect([...pow(x, 2).dataSync()]).toEqual([4, 0, 0.25, 1]);
    expect([...pow(x, 0).dataSync()]).toEqual([1, 1, 1, 1]);
    expect([...pow(x, -1).dataSync()]).toEqual([-0.5, Number.POSITIVE_INFINITY, -2, 1]);
    expect([...pow(x, 0.5).dataSync()].map(Number.isNaN)).toEqual([true, false, true, false]);
    expect([...pow(x, Number.POSITIVE_INFINITY).dataSync()]).toEqual([Number.POSITIVE_INFINITY, 0, 0, 1]);
  });

  it("casts cut off, one-hot rows, spreads of a sample or of all", () => {
    expect([...toInt(on(device, [2.7, -2.7, 1e9], [3])).dataSync()]).toEqual([2, -2, 1e9]);
    for (const value of [Number.NaN, 3e9, Number.NEGATIVE_INFINITY]) {
      expect(() => toInt(on(device, [0, value], [2]))).toThrow(code("E_KERNEL", { kernel: "toInteger", why: "numeric", value: 1 }));
    }
    const x = on(device, [1, 2, 4, 8], [4]);
    expect(oneHot(ids(x, [2, 0], [2]), 3).toString()).toBe("f32[2, 3] [[0, 0, 1], [1, 0, 0]]");
    expect(() => oneHot(ids(x, [3], [1]), 3)).toThrow(code("E_KERNEL", { kernel: "oneHot", why: "index", value: 3, limit: 3 }));
    expectNear(variance(x).dataSync(), [9.583333], 1e-6);
    expectNear(std(x, { correction: 0 }).dataSync(), [2.680951], 1e-6);
    expect(() => gather(x, ids(x, [0, 0], [1, 2]))).toThrow(code("E_SHAPE"));
  });

  it("the largest of each row, ties by rising place", () => {
    const { values, indices } = topk(on(device, [1, 3, 3, 2, 0, -1, -2, -3], [2, 4]), 3);
    expect([values.dataSync(), indices.dataSync()]).toEqual([Float32Array.of(3, 3, 2, 0, -1, -2), Int32Array.of(1, 2, 3, 0, 1, 2)]);
    expect(() => topk(values, 4)).toThrow(code("E_OPTION"));
  });
});

describe("random tensors", () => {
  it("are the same for the same seed, differ from one call to the next, and have their distributions", () => {
    const draw = () => {
      manualSeed(3);
      return [rand([10_000]), randn([10_000]), randint(-2, 3, [10_000])].map((x) => x.dataSync());
    };
    const [uniform, normal, whole] = draw();
    expect(draw()).toEqual([uniform, normal, whole]);
    expect(rand([4]).dataSync()).not.toEqual(rand([4]).dataSync());
    expect(uniform.every((value) => value >= 0 && value < 1)).toBe(true);
    const moments = (values: ArrayLike<number>) => {
      const x = tensor(Float32Array.from(values));
      return [variance(x).dataSync()[0], mean(x).dataSync()[0]];
    };
    expectNear(moments(uniform), [1 / 12, 0.5], 0.02);
    expectNear(moments(normal), [1, 0], 0.05);
    expect([...new Set(whole)].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    expect([...randperm(50).dataSync()].sort((a, b) => a - b)).toEqual([...arange(50).dataSync()]);
    expect(() => randint(3, 3, [1])).toThrow(code("E_OPTION"));
  });

  it("draw indices by weight, with and without replacement", () => {
    manualSeed(5);
    const counts = [0, 0, 0];
    for (const index of multinomial(tensor([1, 0, 3]), 8000, { replacement: true }).dataSync()) counts[index]++;
    expect(counts[1]).toBe(0);
    expect(Math.abs(counts[0] / 8000 - 0.25)).toBeLessThan(0.02);
    const rows = multinomial(
      tensor([
        [1, 1, 1],
        [0, 2, 2],
      ]),
      2,
    );
    expect(rows.shape).toEqual([2, 2]);
    const [a, b, c, d] = rows.dataSync();
    expect([a !== b, c + d]).toEqual([true, 3]);
    for (const bad of [
      [0, 0],
      [1, -1],
      [1, Number.NaN],
      [1, 0],
    ])
      expect(() => multinomial(tensor(bad), 2)).toThrow(code("E_OPTION"));
  });

  it("are refused where they would be drawn once for all runs", () => {
    expect(() => record(anyDevice, () => add(rand([1]), rand([1])))).toThrow(code("E_RECORDING"));
  });
});

it("ranges are whole where their parts are", () => {
  expect(arange(2, 8, 3).toString()).toBe("i32[2] [2, 5]");
  expect(arange(1, 0, -0.25).toString()).toBe("f32[4] [1, 0.75, 0.5, 0.25]");
  expect(() => arange(0, 1, -1)).toThrow(code("E_OPTION"));
  expect(multiply(arange(3, undefined, 1, { type: "f32" }), tensor(2)).toString()).toBe("f32[3] [0, 2, 4]");
});
