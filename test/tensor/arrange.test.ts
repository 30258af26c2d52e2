// Operations that move elements: values against plain loops, gradients, what is refused.
import { describe, expect, it } from "vitest";
import { add, concatenate, expand, gradients, multiply, reverse, slice, stack, tensor, transpose, zeros } from "#tensor";
import { devices } from "../support/devices.ts";
import { noise, on } from "../support/numbers.ts";
import { testOp } from "../support/test-op.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });

testOp("transpose", [
  { shapes: [[3, 5]], run: (x) => transpose(x) },
  { label: "heads", shapes: [[2, 3, 4, 5]], run: (x) => transpose(x, [0, 2, 1, 3]) },
  { label: "five", shapes: [[2, 1, 3, 2, 2]], run: (x) => transpose(x, [4, 2, 0, 3, 1]) },
  { shapes: [[0, 3]], run: (x) => transpose(x) },
  { shapes: [[]], run: (x) => transpose(x) },
  { label: "twice used", shapes: [[3, 3]], run: (x) => add(transpose(x), multiply(x, transpose(x))) },
]);
testOp("slice", [
  { shapes: [[4, 5]], run: (x) => slice(x, [1, 2], [2, -1]) },
  { shapes: [[2, 3, 4]], run: (x) => slice(x, [0, 1], [2, 1]) },
  { label: "parts that overlap", shapes: [[6]], run: (x) => add(slice(x, [0], [4]), slice(x, [2], [4])) },
  { shapes: [[3, 4]], run: (x) => slice(x, [3, 0]) },
]);
testOp("concatenate", [
  {
    shapes: [
      [2, 3],
      [1, 3],
      [0, 3],
    ],
    run: (a, b, c) => concatenate([a, b, c]),
  },
  {
    label: "along the last",
    shapes: [
      [2, 2, 3],
      [2, 2, 1],
    ],
    run: (a, b) => concatenate([a, b], -1),
  },
  { label: "with itself", shapes: [[3, 2]], run: (a) => concatenate([a, a], 1) },
  { label: "one alone", shapes: [[3, 2]], run: (a) => concatenate([a]) },
]);
testOp("stack", [
  {
    shapes: [
      [2, 3],
      [2, 3],
    ],
    run: (a, b) => stack([a, b]),
  },
  {
    label: "last",
    shapes: [
      [2, 3],
      [2, 3],
    ],
    run: (a, b) => stack([a, b], -1),
  },
]);
testOp("expand", [
  { shapes: [[2, 1]], run: (x) => expand(x, [2, 3]) },
  { shapes: [[1, 3, 1]], run: (x) => expand(x, [4, 2, 3, 2]) },
  { shapes: [[]], run: (x) => expand(x, [3, 2]) },
  { shapes: [[2, 3]], run: (x) => expand(x, [1, 2, 3]) },
  { label: "to nothing", shapes: [[1, 3]], run: (x) => expand(x, [0, 3]) },
]);
testOp("reverse", [
  { shapes: [[3, 5]], run: (x) => reverse(x) },
  { shapes: [[2, 3, 4]], run: (x) => reverse(x, 1) },
  { shapes: [[0, 4]], run: (x) => reverse(x, 0) },
]);

describe.each(devices)("movements on $name", ({ device }) => {
  it("transposes large matrices and heads", () => {
    const x = noise(301 * 203, 1);
    const y = transpose(on(device, x, [301, 203])).dataSync();
    expect(y.findIndex((value, i) => value !== x[(i % 301) * 203 + Math.floor(i / 301)])).toBe(-1);
    const z = transpose(on(device, x.subarray(0, 3 * 50 * 4 * 16), [3, 50, 4, 16]), [0, 2, 1, 3]).dataSync();
    const at = (i: number) => {
      const [b, h, t, d] = [Math.floor(i / 3200), Math.floor(i / 800) % 4, Math.floor(i / 16) % 50, i % 16];
      return x[((b * 50 + t) * 4 + h) * 16 + d];
    };
    expect(z.findIndex((value, i) => value !== at(i))).toBe(-1);
  });

  it("moves i32 as they are, all bits", () => {
    const ids = tensor(Int32Array.of(1, -1, 2 ** 31 - 1, -(2 ** 31), 0x7fa00001, -0x5fffff), [2, 3], { device });
    expect(transpose(ids)).toMatchObject({ type: "i32", shape: [3, 2] });
    expect([...transpose(ids).dataSync()]).toEqual([1, -(2 ** 31), -1, 0x7fa00001, 2 ** 31 - 1, -0x5fffff]);
    expect([...concatenate([ids, ids], 1).dataSync().slice(3, 9)]).toEqual([1, -1, 2 ** 31 - 1, -(2 ** 31), 0x7fa00001, -0x5fffff]);
    expect([...slice(ids, [0, 1]).dataSync()]).toEqual([-1, 2 ** 31 - 1, 0x7fa00001, -0x5fffff]);
  });

  it("what a slice leaves out has gradient zero", () => {
    const x = on(device, [1, 2, 3, 4], [2, 2]).requireGrad();
    const y = slice(x, [0, 1], [2, 1]);
    expect([...gradients(y, [x], { seed: on(device, [5, 6], [2, 1]) })[0].dataSync()]).toEqual([0, 5, 0, 6]);
  });

  it("refuses what does not fit", () => {
    const x = zeros([2, 3], { device });
    expect(() => transpose(x, [0, 0])).toThrow(code("E_SHAPE", { operation: "transpose" }));
    expect(() => slice(x, [0, 2], [1, 2])).toThrow(code("E_SHAPE", { operation: "slice" }));
    expect(() => slice(x, [3])).toThrow(code("E_SHAPE", { operation: "slice" }));
    expect(() => concatenate([x, zeros([2, 4], { device })])).toThrow(code("E_SHAPE", { operation: "concatenate" }));
    expect(() => concatenate([])).toThrow(code("E_SHAPE"));
    expect(() => concatenate([x, tensor(new Int32Array(6), [2, 3], { device })])).toThrow(code("E_TENSOR_TYPE"));
    expect(() => stack([x, zeros([3, 2], { device })])).toThrow(code("E_SHAPE", { operation: "stack" }));
    expect(() => expand(x, [2, 2, 2])).toThrow(code("E_SHAPE", { operation: "expand" }));
    expect(() => expand(x, [3])).toThrow(code("E_SHAPE", { operation: "expand" }));
    expect(() => reverse(x, 2)).toThrow(code("E_SHAPE", { operation: "reverse" }));
  });
});
