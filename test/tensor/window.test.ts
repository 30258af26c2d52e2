// Convolution and pooling along time: values against plain loops, gradients, Keras's padding, what is refused.
import { describe, expect, it } from "vitest";
import { averagePool1d, conv1d, maxPool1d, type Padding, tensor, windowsOf, zeros } from "#tensor";
import { devices } from "../support/devices.ts";
import { expectNear, noise, on } from "../support/numbers.ts";
import { testOp } from "../support/test-op.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });

testOp("conv1d", [
  {
    shapes: [
      [2, 6, 3],
      [3, 3, 4],
    ],
    run: (x, kernel) => conv1d(x, kernel),
  },
  {
    label: "same, stride 2, bias",
    shapes: [[2, 7, 2], [4, 2, 3], [3]],
    run: (x, kernel, bias) => conv1d(x, kernel, { padding: "same", stride: 2, bias }),
  },
  {
    label: "causal, dilation 2",
    shapes: [
      [1, 7, 2],
      [3, 2, 2],
    ],
    run: (x, kernel) => conv1d(x, kernel, { padding: "causal", dilation: 2 }),
  },
  {
    label: "one tap",
    shapes: [
      [2, 3, 4],
      [1, 4, 5],
    ],
    run: (x, kernel) => conv1d(x, kernel),
  },
  {
    label: "no examples",
    shapes: [
      [0, 5, 2],
      [2, 2, 3],
    ],
    run: (x, kernel) => conv1d(x, kernel),
  },
]);

// No two of a channel are near each other: there would be a kink.
const apart = [Array.from({ length: 42 }, (_, i) => ((i * 11) % 43) / 10 - 2)];
testOp("maxPool1d", [
  { shapes: [[2, 7, 3]], values: apart, run: (x) => maxPool1d(x) },
  { label: "overlapping, same", shapes: [[2, 7, 3]], values: apart, run: (x) => maxPool1d(x, { poolSize: 3, strides: 1, padding: "same" }) },
]);
testOp("averagePool1d", [
  { shapes: [[2, 7, 3]], run: (x) => averagePool1d(x) },
  { label: "overlapping, same", shapes: [[2, 7, 3]], run: (x) => averagePool1d(x, { poolSize: 4, strides: 2, padding: "same" }) },
]);

describe("windows", () => {
  it("are laid as Keras lays them", () => {
    const outputs = (length: number, taps: number, stride: number, padding: Padding) => {
      const plan = windowsOf("conv1d", length, { taps, stride, padding });
      return [plan.outputs, plan.padding];
    };
    expect(outputs(10, 3, 1, "valid")).toEqual([8, 0]);
    expect(outputs(10, 3, 2, "valid")).toEqual([4, 0]);
    expect(outputs(10, 3, 1, "same")).toEqual([10, 1]);
    expect(outputs(10, 4, 1, "same")).toEqual([10, 1]);
    expect(outputs(10, 3, 2, "same")).toEqual([5, 0]);
    expect(outputs(10, 3, 1, "causal")).toEqual([10, 2]);
    expect(outputs(2, 3, 1, "valid")).toEqual([0, 0]);
  });
});

describe.each(devices)("windows on $name", ({ device }) => {
  it("conv1d is the sum over taps and channels, and a causal one does not look ahead", () => {
    const [x, kernel] = [noise(2 * 9 * 3, 1), noise(4 * 3 * 5, 2)];
    const y = conv1d(on(device, x, [2, 9, 3]), on(device, kernel, [4, 3, 5]), { padding: "causal" });
    expect(y.shape).toEqual([2, 9, 5]);
    const expected = Array.from({ length: 90 }, (_, i) => {
      const [b, t, f] = [Math.floor(i / 45), Math.floor(i / 5) % 9, i % 5];
      let sum = 0;
      for (let k = 0; k < 4; k++) for (let c = 0; c < 3; c++) if (t + k >= 3) sum += x[(b * 9 + t + k - 3) * 3 + c] * kernel[(k * 3 + c) * 5 + f];
      return sum;
    });
    expectNear(y.dataSync(), expected);
  });

  it("padding counts for nothing when pooling", () => {
    const x = on(device, [-1, -2, -3, -4, -5], [1, 5, 1]);
    expect([...maxPool1d(x, { padding: "same" }).dataSync()]).toEqual([-1, -3, -5]);
    expect([...averagePool1d(x, { padding: "same" }).dataSync()]).toEqual([-1.5, -3.5, -5]);
    expect(maxPool1d(x, { poolSize: 6 }).shape).toEqual([1, 0, 1]);
    expect([...maxPool1d(on(device, [1, Number.NaN, 3], [1, 3, 1]), { poolSize: 3 }).dataSync()]).toEqual([Number.NaN]);
  });

  it("refuses what does not fit", () => {
    const x = zeros([1, 5, 2], { device });
    expect(() => conv1d(x, zeros([3, 3, 1], { device }))).toThrow(code("E_SHAPE", { operation: "conv1d" }));
    expect(() => conv1d(tensor([[1, 2]], undefined, { device }), zeros([1, 2, 1], { device }))).toThrow(code("E_SHAPE"));
    expect(() => conv1d(x, zeros([3, 2, 1], { device }), { stride: 0 })).toThrow(code("E_OPTION", { option: "conv1d: stride" }));
    expect(() => maxPool1d(x, { poolSize: 0 })).toThrow(code("E_OPTION"));
  });
});
