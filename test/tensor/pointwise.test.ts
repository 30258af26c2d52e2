// Functions of one and of two tensors, element by element: values, gradients, broadcasting, dropout.
import { describe, expect, it } from "vitest";
import { openExecutor } from "#native";
import {
  abs,
  add,
  cpu,
  divide,
  dropout,
  elu,
  exp,
  gelu,
  gradients,
  leakyRelu,
  log,
  maximum,
  minimum,
  multiply,
  negate,
  type Op,
  record,
  relu,
  scale,
  shift,
  sigmoid,
  silu,
  softplus,
  sqrt,
  square,
  stopGradient,
  subtract,
  type Tensor,
  tanh,
  tensor,
  toFloat,
  withRandom,
  zeros,
} from "#tensor";
import { devices, executors } from "../support/devices.ts";
import { expectNear, noise, on } from "../support/numbers.ts";
import { testOp } from "../support/test-op.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });

/** Away from 0, where the function has a kink or no value. */
const away = (size: number, seed: number, least = 0.1) => Array.from(noise(size, seed), (value) => value + Math.sign(value) * least);
const positive = (size: number, seed: number) => Array.from(noise(size, seed), (value) => Math.abs(value) + 0.3);

const smooth: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  scale: (x) => scale(x, -1.7),
  shift: (x) => shift(x, 0.3),
  negate,
  gelu,
  "gelu, tanh": (x) => gelu(x, { approximate: "tanh" }),
  silu,
  sigmoid,
  tanh,
  softplus,
  exp,
  square,
};
for (const [name, run] of Object.entries(smooth))
  testOp(name, [
    { shapes: [[3, 7]], run },
    { shapes: [[0]], run },
    { shapes: [[1, 1, 17]], run },
  ]);

const kinked: Readonly<Record<string, (x: Tensor) => Tensor>> = { relu, leakyRelu: (x) => leakyRelu(x, 0.2), elu: (x) => elu(x, 0.7), abs };
for (const [name, run] of Object.entries(kinked)) testOp(name, [{ shapes: [[3, 7]], values: [away(21, 1)], run }]);
for (const [name, run] of Object.entries({ log, sqrt })) testOp(name, [{ shapes: [[3, 7]], values: [positive(21, 2)], run }]);

/** Pairs of shapes: equal, b repeated outside, inside, on both sides, a repeated, both, nothing at all. */
const pairs: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [3, 5],
    [3, 5],
  ],
  [[4, 3, 5], [5]],
  [
    [4, 3, 5],
    [4, 3, 1],
  ],
  [
    [4, 3, 5],
    [3, 1],
  ],
  [
    [4, 3, 5],
    [4, 1, 5],
  ],
  [[2, 3], []],
  [
    [1, 5],
    [4, 3, 5],
  ],
  [
    [4, 1],
    [1, 3],
  ],
  [[3], [1, 3]],
  [[0, 3], [3]],
  [
    [2, 0],
    [2, 1],
  ],
];
const binary: Readonly<Record<string, Op<[a: Tensor, b: Tensor]>>> = { add, subtract, multiply, divide, maximum, minimum };
for (const [name, op] of Object.entries(binary)) {
  testOp(
    name,
    pairs.map(([a, b]) => {
      const size = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
      // On two grids a sixteenth apart: no two are near enough for a kink.
      const grid = (seed: number, length: number, start: number) => Array.from(away(length, seed, 0.5), (value) => Math.round(value * 8) / 8 + start);
      const values = [grid(3, size(a), 0), grid(4, size(b), 1 / 16)];
      return { shapes: [a, b], values, run: (x, y) => op(x, y) };
    }),
  );
}
testOp("fan-out", [
  { label: "x · x + x", shapes: [[5]], run: (x) => add(multiply(x, x), x) },
  { label: "x - x / 3", shapes: [[5]], run: (x) => subtract(x, divide(x, shift(zeros([1], { device: x.device }), 3))) },
]);

describe.each(devices)("element by element on $name", ({ device }) => {
  const values = (fn: (x: Tensor) => Tensor, x: readonly number[]) => [...fn(tensor([...x], undefined, { device })).dataSync()];

  it("far from zero the functions go where they should, and NaN stays", () => {
    const far = [-1000, -100, 100, 1000];
    expectNear(values(sigmoid, far), [0, 0, 1, 1]);
    expectNear(values(tanh, far), [-1, -1, 1, 1]);
    expectNear(values(silu, far), [0, 0, 100, 1000]);
    expectNear(values(gelu, far), [0, 0, 100, 1000]);
    expectNear(
      values((x) => gelu(x, { approximate: "tanh" }), far),
      [0, 0, 100, 1000],
    );
    expectNear(values(softplus, far), [0, 0, 100, 1000]);
    expect(values(exp, far)).toEqual([0, expect.closeTo(0, 30), Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(values(log, [0, -1, Number.POSITIVE_INFINITY])).toEqual([Number.NEGATIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY]);
    for (const fn of [relu, tanh, sigmoid, exp, log, gelu, softplus, sqrt, abs]) expect(values(fn, [Number.NaN])).toEqual([Number.NaN]);
    const nan = tensor([Number.NaN, 1], undefined, { device });
    for (const fn of [maximum, minimum]) {
      expect([...fn(nan, tensor([1, Number.NaN], undefined, { device })).dataSync()]).toEqual([Number.NaN, Number.NaN]);
    }
  });

  it("broadcasts as NumPy does", () => {
    const column = on(device, [1, 2], [2, 1]);
    const row = on(device, [10, 20, 30], [3]);
    const y = subtract(column, row);
    expect(y.shape).toEqual([2, 3]);
    expect([...y.dataSync()]).toEqual([-9, -19, -29, -8, -18, -28]);
    expect([...divide(tensor(60, undefined, { device }), row).dataSync()]).toEqual([6, 3, 2]);
    expect(add(zeros([0, 3], { device }), row).shape).toEqual([0, 3]);
    expect(() => add(zeros([2, 3], { device }), zeros([2], { device }))).toThrow(code("E_SHAPE", { operation: "add", got: [2] }));
  });

  it("an addition of equal shapes may have fewer valid rows, as before", () => {
    const x = on(device, [1, 2, 3, 4], [2, 2]);
    expect([...add(x, x, { rows: 1 }).dataSync().slice(0, 2)]).toEqual([2, 4]);
  });

  it("toFloat reads whole numbers, stopGradient stops", () => {
    expect([...toFloat(tensor(Int32Array.of(-3, 70_000), undefined, { device })).dataSync()]).toEqual([-3, 70_000]);
    const x = tensor([3], undefined, { device }).requireGrad();
    expect(stopGradient(x).requiresGrad).toBe(false);
    expect([...gradients(multiply(x, stopGradient(x)), [x])[0].dataSync()]).toEqual([3]);
  });
});

const fixed =
  (rate: number) =>
  (x: Tensor): Tensor =>
    withRandom({ seed: 2 ** 40 + 5, step: 3 }, () => dropout(x, rate));
testOp("dropout", [
  { shapes: [[5, 13]], run: fixed(0.4) },
  { shapes: [[0]], run: fixed(0.4) },
  { shapes: [[3, 33]], run: (x) => withRandom({ seed: 1, step: 0 }, () => add(dropout(x, 0.2), dropout(x, 0.2))) },
]);

describe("dropout", () => {
  const ones = (size: number, device = devices[0].device) => tensor(new Float32Array(size).fill(1), undefined, { device });

  it("is the same bits on every executor, with any number of threads", () => {
    const draw = (device: (typeof devices)[number]["device"]) => [...fixed(0.3)(ones(70_001, device)).dataSync()];
    const expected = draw(devices[0].device);
    for (const { device } of devices) expect(draw(device)).toEqual(expected);
    for (const threads of [1, 2, 3]) {
      const executor = executors[executors.length - 1].executor();
      executor.threads = threads;
      expect(draw(cpu(executor))).toEqual(expected);
    }
  });

  it("drops its share, and what stays keeps the mean", () => {
    const y = fixed(0.25)(ones(40_000)).dataSync();
    const stayed = [...y].filter((value) => value !== 0).length;
    expect(stayed / 40_000).toBeCloseTo(0.75, 2);
    expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
  });

  it("draws anew for each operation and each step, with the step a register", () => {
    const device = cpu(openExecutor());
    const x = ones(64, device);
    const recording = record(device, (registers) => {
      const step = registers.define("step", { minimum: 0, maximum: 100 });
      return withRandom({ seed: 1, step }, () => [dropout(x, 0.5), dropout(x, 0.5)]);
    });
    const run = (step: number) => {
      recording.run({ step });
      return recording.outputs.map((output) => [...output.dataSync()]);
    };
    const [first, second] = run(0);
    expect(second).not.toEqual(first);
    expect(run(1)[0]).not.toEqual(first);
    expect(run(0)).toEqual([first, second]);
    expect(withRandom({ seed: 1, step: 1 }, () => [...dropout(x, 0.5).dataSync()])).toEqual(run(1)[0]);
    recording.dispose();
  });

  it("at rate 0 is x itself; other rates are refused", () => {
    const x = ones(3);
    expect(dropout(x, 0)).toBe(x);
    for (const rate of [1, -0.1, Number.NaN]) expect(() => dropout(x, rate)).toThrow(code("E_OPTION", { option: "rate" }));
  });
});
