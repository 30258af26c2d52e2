// Layers of convolution, pooling, dropout and shape: options, what is refused by name, masks, training and use. Values: test/parity/learn.
import { describe, expect, it } from "vitest";
import {
  ActivationLayer,
  AveragePooling1D,
  Conv1D,
  Dropout,
  Flatten,
  GlobalAveragePooling1D,
  GlobalMaxPooling1D,
  MaxPooling1D,
  Reshape,
  SpatialDropout1D,
} from "#nn";
import { gradients, type Tensor, tensor, withRandom, zeros } from "#tensor";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });
const ones = (shape: readonly number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape);
const drawn = (fn: () => Tensor) => withRandom({ seed: 3, step: 1 }, fn);

describe("Dropout", () => {
  it("drops only while training, and its gradient drops the same", () => {
    const layer = new Dropout({ rate: 0.5 });
    const x = ones([4, 50]).requireGrad();
    expect(layer.call(x)).toBe(x);
    layer.train();
    const y = drawn(() => layer.call(x));
    expect(new Set(y.dataSync())).toEqual(new Set([0, 2]));
    const expected = [...y.dataSync()];
    expect([...gradients(y, [x], { seed: ones([4, 50]) })[0].dataSync()]).toEqual(expected);
    layer.eval();
    expect(layer.call(x)).toBe(x);
  });

  it("of whole channels drops one at all steps of an example", () => {
    const layer = new SpatialDropout1D({ rate: 0.4 }).train();
    const y = drawn(() => layer.call(ones([3, 7, 20]))).dataSync();
    for (let b = 0; b < 3; b++)
      for (let t = 1; t < 7; t++) expect(y.subarray((b * 7 + t) * 20, (b * 7 + t + 1) * 20)).toEqual(y.subarray(b * 140, b * 140 + 20));
    expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / 0.6)]));
    expect(() => layer.call(ones([3, 7]))).toThrow(code("E_SHAPE", { operation: { en: 'Layer "spatial_dropout1d"', zh: "层“spatial_dropout1d”" } }));
  });

  it("refuses a share of all", () => {
    expect(() => new Dropout({ rate: 1 }).train().call(ones([1]))).toThrow(code("E_OPTION"));
  });
});

describe("shapes", () => {
  it("are those that outputShape tells, also of no examples", () => {
    for (const batch of [0, 2]) {
      const x = zeros([batch, 9, 4]);
      const layers = [
        new Conv1D({ filters: 5, kernelSize: 3, strides: 2 }),
        new Conv1D({ filters: 5, kernelSize: 3, padding: "causal", dilationRate: 2 }),
        new MaxPooling1D({ poolSize: 3 }),
        new AveragePooling1D({ poolSize: 2, strides: 1, padding: "same" }),
        new GlobalMaxPooling1D({ keepdims: true }),
        new GlobalAveragePooling1D(),
        new Flatten(),
        new Reshape({ targetShape: [-1, 6] }),
        new ActivationLayer({ activation: "relu" }),
      ];
      for (const layer of layers) expect(layer.call(x).shape, layer.name).toEqual([batch, ...layer.outputShape([9, 4])]);
    }
  });

  it("that do not fit are refused with the layer's name", () => {
    const conv = new Conv1D({ filters: 2, kernelSize: 3, name: "first" });
    conv.call(zeros([1, 5, 4]));
    expect(() => conv.call(zeros([1, 5, 3]))).toThrow(code("E_SHAPE", { operation: { en: 'Layer "first"', zh: "层“first”" }, got: [5, 3] }));
    expect(() => new MaxPooling1D().call(zeros([1, 5]))).toThrow(
      code("E_SHAPE", { operation: { en: 'Layer "max_pooling1d"', zh: "层“max_pooling1d”" } }),
    );
    expect(() => new Reshape({ targetShape: [3, -1] }).call(zeros([1, 5]))).toThrow(
      code("E_SHAPE", { operation: { en: 'Layer "reshape"', zh: "层“reshape”" } }),
    );
    expect(() => new Conv1D({ filters: 0, kernelSize: 3 })).toThrow(code("E_OPTION"));
    expect(() => new ActivationLayer({ activation: "other" as "relu" })).toThrow(code("E_OPTION"));
  });

  it("masks go through dropout and activations, and end where steps are merged", () => {
    const mask = tensor(Int32Array.of(1, 0), [1, 2]);
    const x = ones([1, 2, 3]);
    for (const layer of [new Dropout({ rate: 0.1 }), new ActivationLayer({ activation: "tanh" })]) expect(layer.outputMask(x, mask)).toBe(mask);
    for (const layer of [new MaxPooling1D(), new GlobalAveragePooling1D(), new Flatten()]) expect(layer.outputMask(x, mask)).toBeUndefined();
  });
});
