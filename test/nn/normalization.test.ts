// Keras's norm layers: defaults, weights, gradients, what is refused; and that a model's RMS norm has gradients, too.
import { describe, expect, it } from "vitest";
import { LayerNormalization, RMSNorm, RMSNormalization } from "#nn";
import { gradients, tensor } from "#tensor";
import { expectNear } from "../support/numbers.ts";

const x = tensor([
  [1, 3],
  [0, 0],
]);
const names = (layer: LayerNormalization | RMSNormalization) => [...layer.stateDict().keys()];
const refused = (name: string) =>
  expect.objectContaining({ code: "E_SHAPE", parameters: expect.objectContaining({ operation: { en: `Layer "${name}"`, zh: `层“${name}”` } }) });

describe("LayerNormalization", () => {
  it("has Keras's epsilon, gamma of ones and beta of zeros", () => {
    const layer = new LayerNormalization();
    expectNear(layer.call(x).dataSync(), [-1 / Math.sqrt(1.001), 1 / Math.sqrt(1.001), 0, 0]);
    expect(names(layer)).toEqual(["gamma", "beta"]);
    expect(layer.trainableParameters()).toHaveLength(2);
  });

  it("without center and scale has no weights", () => {
    const layer = new LayerNormalization({ center: false, scale: false });
    layer.call(x);
    expect(names(layer)).toEqual([]);
  });

  it("refuses another axis than the last, and rows of another width than it was built for", () => {
    expect(() => new LayerNormalization({ axis: 0, name: "norm" }).call(x)).toThrow(refused("norm"));
    const layer = new LayerNormalization({ axis: 1, name: "norm" });
    layer.call(x);
    expect(() => layer.call(tensor([[1, 2, 3]]))).toThrow(refused("norm"));
  });
});

describe("RMSNormalization", () => {
  it("has Keras's weight of ones", () => {
    const layer = new RMSNormalization();
    expectNear(layer.call(x).dataSync(), [1 / Math.sqrt(5), 3 / Math.sqrt(5), 0, 0]);
    expect(names(layer)).toEqual(["scale"]);
    expect(() => layer.call(tensor([[1, 2, 3]]))).toThrow(refused("rms_normalization"));
  });
});

it("a model's RMS norm has a gradient", () => {
  const weight = tensor([1, 1]).requireGrad();
  const y = new RMSNorm(weight, 0).forward(tensor([[3, 4]]));
  const scale = Math.sqrt(12.5);
  expectNear(gradients(y, [weight], { seed: tensor([[1, 2]]) })[0].dataSync(), [3 / scale, 8 / scale]);
});
