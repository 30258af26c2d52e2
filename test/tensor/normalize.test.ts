// Norms and softmax: values, gradients, sums over many blocks of rows, what is refused.
import { describe, expect, it } from "vitest";
import { openExecutor } from "#native";
import { cpu, crossEntropy, gradients, layerNorm, logSoftmax, rmsNorm, softmax, tensor } from "#tensor";
import { devices } from "../support/devices.ts";
import { expectBits, expectNear, noise, on } from "../support/numbers.ts";
import { testOp } from "../support/test-op.ts";

const refused = (operation: string) => expect.objectContaining({ code: "E_SHAPE", parameters: expect.objectContaining({ operation }) });
const epsilon = { epsilon: 3e-2, near: 1e-5 };

testOp("layerNorm", [
  { shapes: [[3, 5], [5], [5]], run: (x, gamma, beta) => layerNorm(x, gamma, beta), ...epsilon },
  { shapes: [[2, 3, 37]], run: (x) => layerNorm(x, undefined, undefined, 1e-3), ...epsilon },
  { label: "gamma alone", shapes: [[70, 20], [20]], run: (x, gamma) => layerNorm(x, gamma, undefined, 1e-3), ...epsilon },
  { label: "beta alone", shapes: [[4, 6], [6]], run: (x, beta) => layerNorm(x, undefined, beta, 1e-3), ...epsilon },
  { shapes: [[0, 4], [4], [4]], run: (x, gamma, beta) => layerNorm(x, gamma, beta) },
]);

testOp("rmsNorm", [
  { shapes: [[3, 5], [5]], run: (x, weight) => rmsNorm(x, weight, 1e-6), ...epsilon },
  { shapes: [[2, 3, 37]], run: (x) => rmsNorm(x, undefined, 1e-3), ...epsilon },
]);

testOp("softmax", [
  { shapes: [[3, 5]], run: (x) => softmax(x) },
  { shapes: [[2, 2, 70]], run: (x) => softmax(x) },
  { label: "far", shapes: [[1, 4]], values: [[500, 499, -500, 300]], run: (x) => softmax(x), epsilon: 0.1 },
  { shapes: [[0, 3]], run: (x) => softmax(x) },
]);

testOp("logSoftmax", [
  { shapes: [[3, 5]], run: (x) => logSoftmax(x) },
  { shapes: [[2, 2, 70]], run: (x) => logSoftmax(x) },
]);

describe.each(devices)("norms on $name", ({ device }) => {
  it("layerNorm of rows of one value is beta, and of equal values, too", () => {
    const beta = on(device, [5], [1]);
    expect(layerNorm(on(device, [3, -2], [2, 1]), undefined, beta).dataSync()).toEqual(Float32Array.of(5, 5));
    expect(layerNorm(on(device, [7, 7, 7], [1, 3])).dataSync()).toEqual(Float32Array.of(0, 0, 0));
  });

  it("sums the gradients of gamma and beta over many blocks of rows", () => {
    const [rows, width] = [2000, 96];
    const [gamma, beta] = [on(device, noise(width, 2), [width]).requireGrad(), on(device, noise(width, 3), [width]).requireGrad()];
    const seed = noise(rows * width, 4);
    const y = layerNorm(on(device, noise(rows * width, 1), [rows, width]), gamma, beta);
    const [, dbeta] = gradients(y, [gamma, beta], { seed: on(device, seed, [rows, width]) });
    const sums = Array.from({ length: width }, (_, c) => seed.reduce((sum, value, i) => (i % width === c ? sum + value : sum), 0));
    expectNear(dbeta.dataSync(), sums, 1e-5);
  });
});

it("one thread and two give the same bits", () => {
  const results = [1, 2].map((threads) => {
    const device = cpu(openExecutor({ threads }));
    const x = on(device, noise(3000 * 70, 1), [3000, 70]).requireGrad();
    const gamma = on(device, noise(70, 2), [70]).requireGrad();
    const y = layerNorm(x, gamma);
    return gradients(y, [x, gamma], { seed: y }).map((gradient) => gradient.dataSync());
  });
  for (const [i, gradient] of results[0].entries()) expectBits(results[1][i], gradient);
});

describe("what is refused", () => {
  it("parameters of another width than the rows", () => {
    const x = tensor([[1, 2, 3]]);
    expect(() => layerNorm(x, tensor([1, 2]))).toThrow(refused("layerNorm"));
    expect(() => layerNorm(x, undefined, tensor([1, 2]))).toThrow(refused("layerNorm"));
    expect(() => rmsNorm(x, tensor([1]), 0)).toThrow(refused("rmsNorm"));
    expect(() => softmax(tensor(1))).toThrow(refused("softmax"));
  });

  it("the gradient of an RMS norm of which only some rows are valid", () => {
    const x = tensor([[1, 2]]).requireGrad();
    const y = rmsNorm(x, tensor([1, 1]), 0, { rows: 1 });
    expect(() => gradients(y, [x], { seed: y })).toThrow(expect.objectContaining({ code: "E_GRADIENT" }));
  });
});

describe.each(devices)("what is masked by -Infinity on $name", ({ device }) => {
  const masked = () => on(device, [0, Number.NEGATIVE_INFINITY, 1, Number.NEGATIVE_INFINITY], [1, 4]).requireGrad();

  it("has no share and no gradient at all", () => {
    const x = masked();
    const y = softmax(x);
    expect([y.dataSync()[1], y.dataSync()[3]]).toEqual([0, 0]);
    const [dx] = gradients(y, [x], { seed: on(device, [1, 2, 3, 4], [1, 4]) });
    expect([Math.abs(dx.dataSync()[1]), Math.abs(dx.dataSync()[3])]).toEqual([0, 0]);
    const z = masked();
    const [dz] = gradients(crossEntropy(z, tensor(Int32Array.of(2), [1], { device })), [z]);
    expect([Math.abs(dz.dataSync()[1]), Math.abs(dz.dataSync()[3])]).toEqual([0, 0]);
    expectNear(dz.dataSync(), [1 / (1 + Math.E), 0, -1 / (1 + Math.E), 0], 1e-6);
  });
});
