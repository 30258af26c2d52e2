// Attention and AdditiveAttention: values by hand, masks, gradients, what is refused.
import { describe, expect, it } from "vitest";
import { AdditiveAttention, Attention } from "#nn";
import { checkGradients, concatenate, manualSeed, type Tensor, tensor } from "#tensor";
import { expectNear, noise } from "../support/numbers.ts";

const [rows, queries, keys, width] = [2, 3, 4, 5];
const query = tensor(noise(rows * queries * width, 1), [rows, queries, width]);
const value = tensor(noise(rows * keys * width, 2), [rows, keys, width]);
const valueMask = tensor(Int32Array.of(1, 1, 0, 1, 0, 1, 0, 0), [rows, keys]);

/** Attention in plain numbers: outputs and weights. */
function byHand(score: (q: Float32Array, k: Float32Array) => number, counts: (row: number, query: number, key: number) => boolean) {
  const [outputs, weights]: [number[], number[]] = [[], []];
  const part = (of: Tensor, at: number) => (of.dataSync() as Float32Array).subarray(at * width, (at + 1) * width);
  for (let row = 0; row < rows; row++) {
    for (let q = 0; q < queries; q++) {
      const shares = Array.from({ length: keys }, (_, k) =>
        counts(row, q, k) ? Math.exp(score(part(query, row * queries + q), part(value, row * keys + k))) : 0,
      );
      const total = shares.reduce((sum, one) => sum + one, 0);
      weights.push(...shares.map((one) => one / total));
      for (let c = 0; c < width; c++) outputs.push(shares.reduce((sum, one, k) => sum + (one / total) * part(value, row * keys + k)[c], 0));
    }
  }
  return { outputs, weights };
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, one, i) => sum + one * b[i], 0);
const everything = () => true;
const counts = (row: number, _: number, key: number) => valueMask.dataSync()[row * keys + key] === 1;

describe("Attention", () => {
  it.each([
    ["everything", {}, everything],
    ["what the mask lets through", { valueMask }, counts],
    ["nothing behind its own step", { useCausalMask: true }, (_: number, q: number, k: number) => k <= q],
  ] as const)("looks at %s", (_, call, seen) => {
    const right = byHand(dot, seen);
    const found = new Attention().attend(query, { value, ...call });
    expectNear(found.outputs.dataSync(), right.outputs);
    expectNear(found.weights.dataSync(), right.weights);
  });

  it("has a scale that begins at one and is trained", () => {
    const layer = new Attention({ useScale: true });
    layer.call(query, { value });
    layer.scale?.write([0.5]);
    expectNear(layer.call(query, { value }).dataSync(), byHand((q, k) => 0.5 * dot(q, k), everything).outputs);
    expect(layer.trainableParameters()).toEqual([layer.scale]);
  });

  it("gives zeros at steps that the query's mask skips, and looks at itself by default", () => {
    const mask = tensor(Int32Array.of(1, 0, 1, 1, 1, 0), [rows, queries]);
    const y = Array.from(new Attention().call(query, { mask }).dataSync());
    expect(y.slice(width, 2 * width).every((one) => one === 0)).toBe(true);
    const { weights } = new Attention().attend(query, { mask });
    expectNear(
      weights.dataSync().filter((_, i) => i < 9 && i % 3 === 1),
      [0, 0, 0],
    );
  });

  it("drops weights in training only", () => {
    const layer = new Attention({ dropout: 0.5 });
    const whole = Array.from(layer.call(query, { value }).dataSync());
    manualSeed(3);
    expect(Array.from(layer.train().call(query, { value }).dataSync())).not.toEqual(whole);
    expect(Array.from(layer.eval().call(query, { value }).dataSync())).toEqual(whole);
  });

  it("refuses sequences that do not go together, by its name", () => {
    const layer = new Attention({ name: "looker" });
    const refused = expect.objectContaining({ code: "E_SHAPE", message: expect.stringContaining("looker") });
    expect(() => layer.call(query, { value: tensor(noise(8, 1), [rows, 2, 2]) })).toThrow(refused);
    expect(() => layer.call(query, { value: value.rows(0, 1) })).toThrow(refused);
    expect(() => new Attention({ dropout: 1 })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});

describe("AdditiveAttention", () => {
  it("scores by the tanh of sums, each width by its scale", () => {
    const layer = new AdditiveAttention();
    layer.call(query, { value });
    const scale = layer.scale?.dataSync() ?? [];
    const right = byHand((q, k) => q.reduce((sum, one, i) => sum + scale[i] * Math.tanh(one + k[i]), 0), counts);
    expectNear(layer.call(query, { value, valueMask }).dataSync(), right.outputs);
    expectNear(
      new AdditiveAttention({ useScale: false }).call(query, { value }).dataSync(),
      byHand((q, k) => q.reduce((sum, one, i) => sum + Math.tanh(one + k[i]), 0), everything).outputs,
    );
  });

  it.each([new Attention({ useScale: true }), new AdditiveAttention()])("has the gradients that finite differences say", (layer) => {
    const check = checkGradients((q, v) => concatenate([layer.call(q, { value: v, valueMask }), layer.call(v, { value: q })], 1), [query, value]);
    expect(check.worst).toBeLessThan(2e-2);
  });
});
