// MultiHeadAttention against Keras, and what it refuses.
import { describe, expect, it } from "vitest";
import { MultiHeadAttention, type MultiHeadAttentionCall } from "#nn";
import { gradients, type Tensor, tensor } from "#tensor";
import { cases, expectClose, type LayerCase, numbers, tensorOf } from "../parity/learn/support.ts";
import { noise } from "../support/numbers.ts";

type AttentionCase = LayerCase<{ readonly num_heads: number; readonly key_dim: number; readonly use_causal_mask?: boolean }>;

const sample = (shape: readonly number[], seed = 1) =>
  tensor(
    noise(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    shape,
  );
const named = (name: string) => name.replace("attention_output", "attentionOutput").replace("/", ".");

describe("MultiHeadAttention", () => {
  for (const one of cases<AttentionCase>("keras_layers").filter(({ layer }) => layer === "MultiHeadAttention")) {
    it(`has the values and gradients of Keras: ${one.name}`, () => {
      const layer = new MultiHeadAttention({ numHeads: one.config.num_heads, keyDim: one.config.key_dim });
      const x = tensorOf(one.inputs["x"]).requireGrad();
      const value = one.inputs["value"] ? tensorOf(one.inputs["value"]).requireGrad() : x;
      layer.buildFor(x.shape.slice(1), value.shape.slice(1));
      const weights = layer.stateDict() as Map<string, Tensor>;
      expect([...weights].map(([name, { shape }]) => [name, [...shape]])).toEqual(
        Object.entries(one.weights).map(([name, { shape }]) => [named(name), shape]),
      );
      for (const [name, weight] of Object.entries(one.weights)) weights.get(named(name))?.write(numbers(weight));
      const call: MultiHeadAttentionCall = {
        useCausalMask: one.config.use_causal_mask ?? false,
        ...(one.inputs["mask"] && { valueMask: tensorOf(one.inputs["mask"]) }),
      };
      const y = value === x ? layer.call(x, call) : layer.attend(x, value, call);
      expectClose(y.dataSync(), numbers(one.output), 1e-5, "output");
      const names = Object.keys(one.gradients);
      const of = [...names.map((name) => weights.get(named(name)) as Tensor), x, value];
      const found = gradients(y, of, { seed: tensorOf(one.upstream) }).map((gradient) => gradient.dataSync());
      // The bias of the keys shifts all scores of a query alike: its gradient is zero but for rounding.
      for (const [i, name] of names.entries()) {
        if (name === "key/bias") expect(Math.max(...found[i].map(Math.abs))).toBeLessThan(1e-5);
        else expectClose(found[i], numbers(one.gradients[name]), 1e-4, name);
      }
      expectClose(found[names.length], numbers(one.inputGradients["x"]), 1e-4, "x");
      if (value !== x) expectClose(found[names.length + 1], numbers(one.inputGradients["value"]), 1e-4, "value");
    });
  }

  it("takes a mask of its own input, values of another width than keys, and no bias", () => {
    const layer = new MultiHeadAttention({ numHeads: 2, keyDim: 3, valueDim: 5, useBias: false });
    const x = sample([2, 4, 6]);
    const short = layer.call(x, { mask: tensor(Int32Array.of(1, 1, 0, 0, 1, 1, 1, 1), [2, 4]) }).dataSync();
    const alone = layer.call(x.rows(0, 1).reshape([4, 6]).rows(0, 2).reshape([1, 2, 6])).dataSync();
    expectClose(short.subarray(0, 12), alone, 1e-5, "the steps that count");
    expect(short.subarray(12, 24).every((step) => step === 0)).toBe(true);
    expect([...layer.stateDict().keys()]).toEqual(["query.kernel", "key.kernel", "value.kernel", "attentionOutput.kernel"]);
    expect(layer.stateDict().get("attentionOutput.kernel")).toMatchObject({ shape: [2, 5, 6] });
  });

  it("shows its weights, which sum to one over what a step sees", () => {
    const layer = new MultiHeadAttention({ numHeads: 2, keyDim: 3 });
    const scores = layer.attentionScores(sample([1, 3, 4]), sample([1, 3, 4], 2), { useCausalMask: true });
    expect(scores.shape).toEqual([1, 2, 3, 3]);
    const rows = [...scores.dataSync()];
    for (let row = 0; row < 6; row++) {
      const weights = rows.slice(row * 3, row * 3 + 3);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      expect(weights.slice((row % 3) + 1).every((weight) => weight === 0)).toBe(true);
    }
  });

  it("drops weights while it trains alone", () => {
    const layer = new MultiHeadAttention({ numHeads: 1, keyDim: 4, dropout: 0.5 });
    const x = sample([1, 6, 4]);
    const still = [...layer.call(x).dataSync()];
    expect([...layer.call(x).dataSync()]).toEqual(still);
    expect([...layer.train().call(x).dataSync()]).not.toEqual(still);
  });

  it("freezes all of its parts, before and after they have weights", () => {
    const layer = new MultiHeadAttention({ numHeads: 1, keyDim: 2, trainable: false });
    layer.call(sample([1, 2, 3]));
    expect(layer.trainableParameters()).toEqual([]);
    layer.trainable = true;
    expect(layer.trainableParameters()).toHaveLength(8);
  });

  it("refuses what does not fit, and names itself", () => {
    const layer = new MultiHeadAttention({ numHeads: 1, keyDim: 2, name: "look" });
    const refused = (fn: () => unknown, code: string, words: RegExp) => {
      expect(fn).toThrow(expect.objectContaining({ code }));
      expect(fn).toThrow(words);
    };
    layer.call(sample([1, 2, 3]));
    refused(() => layer.call(sample([2, 3])), "E_SHAPE", /look/);
    refused(() => layer.call(sample([1, 2, 4])), "E_SHAPE", /look\/query/);
    refused(() => layer.attend(sample([2, 2, 3]), sample([1, 2, 3])), "E_SHAPE", /look/);
    refused(() => new MultiHeadAttention({ numHeads: 0, keyDim: 2 }), "E_OPTION", /numHeads/);
    refused(() => new MultiHeadAttention({ numHeads: 1, keyDim: 2, dropout: 1 }), "E_OPTION", /dropout/);
  });
});
