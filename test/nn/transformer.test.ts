// Blocks of a Transformer and positions: against a hand computation, causality, masks, gradients, and a small model that learns to copy.
import { describe, expect, it } from "vitest";
import { Dense, Embedding, PositionEmbedding, SinePositionEncoding, TransformerDecoder, TransformerEncoder } from "#nn";
import { checkGradients, type Tensor, tensor, withDevice, withRandom } from "#tensor";
import { Sequential } from "#train";
import { anyDevice } from "../support/devices.ts";
import { noise } from "../support/numbers.ts";

const options = { numHeads: 2, intermediateDim: 6 };
const sequence = (rows: number, steps: number, width: number, seed = 3) =>
  tensor(Float32Array.from(noise(rows * steps * width, seed)), [rows, steps, width], { device: anyDevice });
const made = <T>(make: () => T): T => withDevice(anyDevice, () => withRandom({ seed: 1, step: 0 }, make));
const ofStep = (x: Tensor, row: number, step: number) => [
  ...x.dataSync().subarray((row * x.shape[1] + step) * x.shape[2], (row * x.shape[1] + step + 1) * x.shape[2]),
];

describe("positions", () => {
  it("of sines are those of the paper", () => {
    const found = new SinePositionEncoding().call(tensor(new Float32Array(12), [1, 3, 4], { device: anyDevice })).dataSync();
    const right = [0, 1, 2].flatMap((t) => [Math.sin(t), Math.cos(t), Math.sin(t / 100), Math.cos(t / 100)]);
    for (const [i, value] of right.entries()) expect(found[i]).toBeCloseTo(value, 6);
  });

  it("that are learnt are added, and get a gradient", () => {
    made(() => {
      const layer = new PositionEmbedding({ sequenceLength: 5 });
      const x = sequence(2, 3, 4);
      const y = layer.call(x);
      expect(ofStep(y, 1, 2)[0]).toBeCloseTo(ofStep(x, 1, 2)[0] + layer.positionEmbeddings.dataSync()[8], 6);
      y.backward(tensor(new Float32Array(24).fill(1), [2, 3, 4], { device: anyDevice }));
      expect([...(layer.positionEmbeddings.grad?.dataSync() ?? [])]).toEqual([...new Array(12).fill(2), ...new Array(8).fill(0)]);
      expect(() => layer.call(sequence(1, 6, 4))).toThrow(/Layer "position_embedding" expects sequences of at most 5 steps/);
    });
  });
});

describe("TransformerEncoder", () => {
  it.each([false, true])("has right gradients, normalizeFirst %s", (normalizeFirst) => {
    made(() => {
      const layer = new TransformerEncoder({ ...options, normalizeFirst, activation: "gelu" });
      layer.ensureBuilt([3, 4]);
      const check = checkGradients((x) => layer.call(x), [sequence(2, 3, 4)]);
      expect(check.worst).toBeLessThan(2e-2);
    });
  });

  it("does not see padding", () => {
    made(() => {
      const layer = new TransformerEncoder(options);
      const [a, b] = [sequence(1, 4, 4, 5), sequence(1, 4, 4, 5)];
      b.write(noise(4, 9), 12);
      const mask = tensor(Int32Array.of(1, 1, 1, 0), [1, 4], { device: anyDevice });
      const [seen, other] = [layer.call(a, { mask }), layer.call(b, { mask })];
      for (const step of [0, 1, 2]) expect(ofStep(other, 0, step)).toEqual(ofStep(seen, 0, step));
      expect(ofStep(layer.call(b), 0, 0)).not.toEqual(ofStep(layer.call(a), 0, 0));
    });
  });

  it("names itself where the width cannot be divided, and has KerasHub's weights", () => {
    made(() => {
      const layer = new TransformerEncoder({ ...options, name: "block" });
      expect(() => layer.ensureBuilt([3, 5])).toThrow(/Layer "block" expects sequences \[steps, a width that 2 heads divide\]/);
      layer.ensureBuilt([3, 4]);
      expect([...layer.stateDict().keys()]).toEqual([
        "selfAttentionLayer.query.kernel",
        "selfAttentionLayer.query.bias",
        "selfAttentionLayer.key.kernel",
        "selfAttentionLayer.key.bias",
        "selfAttentionLayer.value.kernel",
        "selfAttentionLayer.value.bias",
        "selfAttentionLayer.attentionOutput.kernel",
        "selfAttentionLayer.attentionOutput.bias",
        "selfAttentionLayerNorm.gamma",
        "selfAttentionLayerNorm.beta",
        "feedforwardIntermediateDense.kernel",
        "feedforwardIntermediateDense.bias",
        "feedforwardOutputDense.kernel",
        "feedforwardOutputDense.bias",
        "feedforwardLayerNorm.gamma",
        "feedforwardLayerNorm.beta",
      ]);
    });
  });
});

describe("TransformerDecoder", () => {
  it("never sees later steps", () => {
    made(() => {
      const layer = new TransformerDecoder({ ...options, normalizeFirst: true });
      const [a, b] = [sequence(1, 4, 4, 5), sequence(1, 4, 4, 5)];
      b.write(noise(4, 9), 12);
      const [first, second] = [layer.call(a), layer.call(b)];
      for (const step of [0, 1, 2]) expect(ofStep(second, 0, step)).toEqual(ofStep(first, 0, step));
      expect(ofStep(second, 0, 3)).not.toEqual(ofStep(first, 0, 3));
    });
  });

  it("looks at what an encoder gives, where that counts, with right gradients of both", () => {
    made(() => {
      const layer = new TransformerDecoder(options);
      const [x, encoderSequence] = [sequence(2, 3, 4), sequence(2, 5, 4, 8)];
      layer.call(x, { encoderSequence });
      expect(layer.crossAttentionLayer?.parameterCount).toBeGreaterThan(0);
      const check = checkGradients((own, other) => layer.call(own, { encoderSequence: other }), [x, encoderSequence]);
      expect(check.worst).toBeLessThan(2e-2);
      expect(() => layer.call(x)).toThrow(/an encoderSequence, as in its first call/);
      const encoderMask = tensor(Int32Array.of(1, 1, 0, 0, 0, 1, 1, 0, 0, 0), [2, 5], { device: anyDevice });
      const before = layer.call(x, { encoderSequence, encoderMask }).dataSync();
      encoderSequence.write(noise(4, 11), 16);
      expect(layer.call(x, { encoderSequence, encoderMask }).dataSync()).toEqual(before);
    });
  });
});

describe("a small language model of these layers", () => {
  it("learns to say what it heard two steps before", async () => {
    const model = made(
      () =>
        new Sequential(
          [
            new Embedding({ inputDim: 8, outputDim: 16, inputLength: 10 }),
            new SinePositionEncoding(),
            new TransformerDecoder({ numHeads: 2, intermediateDim: 32, normalizeFirst: true, dropout: 0.05 }),
            new Dense({ units: 8, activation: "softmax" }),
          ],
          { device: anyDevice },
        ),
    );
    model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] });
    model.optimizer.learningRate = 0.01;
    const ids = Int32Array.from(noise(256 * 10, 4), (value) => Math.floor((value + 1) * 3.999));
    const before = ids.map((_, i) => (i % 10 < 2 ? 0 : ids[i - 2]));
    const x = { values: ids, shape: [256, 10] };
    const { history } = await model.fit(x, { values: before, shape: [256, 10] }, { epochs: 25, verbose: 0 });
    expect(history["accuracy"][0]).toBeLessThan(0.6);
    expect(history["accuracy"][24]).toBeGreaterThan(0.95);
    expect(model.summary()).toContain("transformer_decoder (TransformerDecoder)");
  });
});
