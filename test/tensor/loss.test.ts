// Cross-entropy and bounds: values by hand, gradients, rows that do not count, labels and numbers that are refused.
import { describe, expect, it } from "vitest";
import { clip, crossEntropy, gradients, logSoftmax, softCrossEntropy, type Tensor, tensor } from "#tensor";
import { devices } from "../support/devices.ts";
import { expectNear, noise, on } from "../support/numbers.ts";
import { testOp } from "../support/test-op.ts";

const classes = (x: Tensor, values: readonly number[], shape?: readonly number[]) => tensor(Int32Array.from(values), shape, { device: x.device });
const shares = (x: Tensor) => on(x.device, noise(x.size, 50).map(Math.abs), x.shape);

testOp("crossEntropy", [
  { shapes: [[4, 7]], run: (x) => crossEntropy(x, classes(x, [0, 6, -100, 3])) },
  {
    label: "smoothed, weighted",
    shapes: [[3, 5]],
    run: (x) => crossEntropy(x, classes(x, [0, 4, 2]), { labelSmoothing: 0.2, weights: shares(x).rows(0, 1).reshape([5]) }),
  },
  { label: "sum, another index ignored", shapes: [[3, 5]], run: (x) => crossEntropy(x, classes(x, [0, 4, 2]), { reduction: "sum", ignoreIndex: 4 }) },
  { label: "a loss a row", shapes: [[2, 3, 50]], run: (x) => crossEntropy(x, classes(x, [0, 4, 2, 49, 1, 1], [2, 3]), { reduction: "none" }) },
  { label: "all ignored", shapes: [[2, 3]], run: (x) => crossEntropy(x, classes(x, [-100, -100])) },
  { label: "no rows", shapes: [[0, 3]], run: (x) => crossEntropy(x, classes(x, [])) },
]);

testOp("softCrossEntropy", [
  { shapes: [[4, 7]], run: (x) => softCrossEntropy(x, shares(x)) },
  { label: "smoothed", shapes: [[2, 2, 20]], run: (x) => softCrossEntropy(x, shares(x), { labelSmoothing: 0.1, reduction: "none" }) },
  { label: "sum", shapes: [[3, 4]], run: (x) => softCrossEntropy(x, shares(x), { reduction: "sum" }) },
]);

testOp("clip", [{ shapes: [[6]], values: [[-3, -1, -0.5, 0.2, 0.9, 4]], run: (x) => clip(x, -0.7, 1), epsilon: 1e-3 }]);

describe.each(devices)("cross-entropy on $name", ({ device }) => {
  const logits = () => on(device, [1, 2, 3, 0, 0, 0, 5, 5, 6], [3, 3]);
  const targets = (...values: number[]) => tensor(Int32Array.from(values), undefined, { device });

  it("is the mean of -log softmax at the targets that count", () => {
    const expected = -(logSoftmax(logits()).dataSync()[2] + Math.log(1 / 3)) / 2;
    expectNear(crossEntropy(logits(), targets(2, 1, -100)).dataSync(), [expected]);
    expect(crossEntropy(logits(), targets(2, 1, -100)).shape).toEqual([]);
  });

  it("is 0 with gradient 0 where nothing counts", () => {
    const x = logits().requireGrad();
    const loss = crossEntropy(x, targets(-100, -100, -100));
    expect(loss.dataSync()).toEqual(Float32Array.of(0));
    expect(gradients(loss, [x])[0].dataSync()).toEqual(new Float32Array(9));
  });

  it("of a distribution with all in one class is that of the class, smoothed or not", () => {
    const hot = on(device, [0, 0, 1, 0, 1, 0, 1, 0, 0], [3, 3]);
    for (const labelSmoothing of [0, 0.3]) {
      expectNear(
        softCrossEntropy(logits(), hot, { labelSmoothing }).dataSync(),
        crossEntropy(logits(), targets(2, 1, 0), { labelSmoothing }).dataSync(),
      );
    }
  });

  it("stays right far from zero", () => {
    const x = on(device, [3000, 3001, 2990], [1, 3]).requireGrad();
    const loss = crossEntropy(x, targets(0));
    expectNear(loss.dataSync(), [1.3132739]);
    expectNear(gradients(loss, [x])[0].dataSync(), [-0.7310619, 0.7310495, 1.22098e-5]);
  });

  it("names the first label outside", () => {
    const bad = (value: number) =>
      expect.objectContaining({ code: "E_KERNEL", parameters: { kernel: "crossEntropy", why: "index", value, limit: 3 } });
    expect(() => crossEntropy(logits(), targets(0, 3, -1))).toThrow(bad(3));
    expect(() => crossEntropy(logits(), targets(0, -1, 7))).toThrow(bad(-1));
    expect(() => crossEntropy(logits(), targets(-100, 0, 0), { ignoreIndex: 0 })).toThrow(bad(-100));
  });

  it("names the row whose loss is no finite number, so that no training goes on", () => {
    const bad = (kernel: string) => expect.objectContaining({ code: "E_KERNEL", parameters: { kernel, why: "numeric", value: 1, limit: 2 } });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const x = on(device, [0, 0, 0, value], [2, 2]);
      expect(() => crossEntropy(x, targets(0, 0))).toThrow(bad("crossEntropy"));
      expect(() => softCrossEntropy(x, on(device, [1, 0, 1, 0], [2, 2]))).toThrow(bad("softCrossEntropy"));
    }
  });

  it("has no loss for a row of no classes", () => {
    expect(() => crossEntropy(on(device, [], [2, 0]), targets(0, 0))).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
  });
});

describe("what is refused", () => {
  const x = tensor([[1, 2]]);
  const shape = expect.objectContaining({ code: "E_SHAPE" });
  it("targets and weights that do not fit", () => {
    expect(() => crossEntropy(x, tensor(Int32Array.of(0, 1)))).toThrow(shape);
    expect(() => crossEntropy(x, tensor(Int32Array.of(0)), { weights: tensor([1]) })).toThrow(shape);
    expect(() => softCrossEntropy(x, tensor([1, 2]))).toThrow(shape);
    expect(() => crossEntropy(x, tensor([0]))).toThrow(expect.objectContaining({ code: "E_TENSOR_TYPE" }));
  });

  it("a smoothing of all", () => {
    expect(() => crossEntropy(x, tensor(Int32Array.of(0)), { labelSmoothing: 1 })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });

  it("a gradient of what is taken as constant", () => {
    const targets = tensor([[0.5, 0.5]]).requireGrad();
    expect(() => softCrossEntropy(tensor([[1, 2]]).requireGrad(), targets).backward()).toThrow(expect.objectContaining({ code: "E_GRADIENT" }));
  });
});
