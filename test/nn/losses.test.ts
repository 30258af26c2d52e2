// Losses: values by hand, gradients by finite differences, masks and weights as Keras reckons them, logits against probabilities, what is refused.
import { describe, expect, it } from "vitest";
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  contrastive,
  cosineEmbedding,
  cosineSimilarity,
  huber,
  klDivergence,
  lossByName,
  lossNames,
  meanAbsoluteError,
  meanSquaredError,
  reduceLosses,
  SGD,
  sparseCategoricalCrossentropy,
  unitRows,
} from "#nn";
import { finite, gradients, matmul, record, sigmoid, softmax, type Tensor, tensor } from "#tensor";
import { devices } from "../support/devices.ts";
import { expectNear, noise, on } from "../support/numbers.ts";
import { testOp } from "../support/test-op.ts";

const shares = (x: Tensor, seed = 50) => softmax(on(x.device, noise(x.size, seed, 2), x.shape));
const labels = (x: Tensor, values: readonly number[], shape?: readonly number[]) => tensor(Int32Array.from(values), shape, { device: x.device });
const positive = (size: number) => noise(size, 60).map((value) => 0.5 + 0.4 * value);
const numeric = (value: number) => expect.objectContaining({ code: "E_KERNEL", parameters: expect.objectContaining({ why: "numeric", value }) });
const shape = expect.objectContaining({ code: "E_SHAPE" });

testOp("categoricalCrossentropy", [
  { shapes: [[4, 5]], values: [positive(20)], run: (x) => categoricalCrossentropy(shares(x), x, { labelSmoothing: 0.1 }) },
  {
    label: "logits, steps, weights",
    shapes: [[2, 3, 4]],
    run: (x) => categoricalCrossentropy(shares(x), x, { fromLogits: true, sampleWeight: on(x.device, [2, 0.5], [2]) }),
  },
]);

testOp("sparseCategoricalCrossentropy", [
  { shapes: [[4, 5]], values: [positive(20)], run: (x) => sparseCategoricalCrossentropy(labels(x, [0, 4, 2, 2]), x) },
  {
    label: "logits, steps, mask and an index that is ignored",
    shapes: [[2, 3, 4]],
    run: (x) =>
      sparseCategoricalCrossentropy(labels(x, [0, 3, 2, 2, 1, 1], [2, 3]), x, {
        fromLogits: true,
        ignoreIndex: 3,
        mask: labels(x, [1, 1, 0, 1, 1, 1], [2, 3]),
      }),
  },
]);

testOp("binaryCrossentropy", [
  { shapes: [[4, 3]], values: [positive(12)], run: (x) => binaryCrossentropy(shares(x), x, { labelSmoothing: 0.2 }), epsilon: 3e-3 },
  { label: "logits", shapes: [[4, 3]], run: (x) => binaryCrossentropy(shares(x), x, { fromLogits: true }) },
]);

testOp("losses of numbers", [
  {
    label: "squared",
    shapes: [
      [4, 3],
      [4, 3],
    ],
    run: (x, y) => meanSquaredError(y, x),
  },
  {
    label: "absolute",
    shapes: [
      [4, 3],
      [4, 3],
    ],
    run: (x, y) => meanAbsoluteError(y, x),
    epsilon: 1e-3,
  },
  {
    label: "huber",
    shapes: [
      [4, 3],
      [4, 3],
    ],
    run: (x, y) => huber(y, x, { delta: 0.5 }),
    epsilon: 1e-3,
  },
  { label: "divergence", shapes: [[3, 4]], values: [positive(12)], run: (x) => klDivergence(shares(x), x), epsilon: 3e-3 },
  { label: "divergence of logits", shapes: [[3, 4]], run: (x) => klDivergence(shares(x), x, { fromLogits: true }) },
]);

testOp("losses of directions", [
  { label: "unit rows", shapes: [[2, 3, 7]], run: (x) => unitRows(x) },
  {
    label: "cosine",
    shapes: [
      [4, 3],
      [4, 3],
    ],
    run: (x, y) => cosineSimilarity(y, x),
  },
  {
    label: "alike or not",
    shapes: [
      [4, 3],
      [4, 3],
    ],
    run: (x, y) => cosineEmbedding(x, y, on(x.device, [1, -1, 1, -1], [4]), { margin: 0.1 }),
    epsilon: 3e-3,
  },
  {
    label: "contrastive",
    shapes: [
      [4, 3],
      [4, 3],
    ],
    run: (x, y) => contrastive(x, y, { temperature: 0.5 }),
  },
]);

describe("logits and probabilities", () => {
  it("give the same losses where nothing is clipped", () => {
    const logits = on(tensor(0).device, noise(60, 1, 3), [5, 12]);
    const classes = labels(logits, [3, 0, 11, 5, 5]);
    for (const [ofLogits, ofProbabilities] of [
      [sparseCategoricalCrossentropy(classes, logits, { fromLogits: true }), sparseCategoricalCrossentropy(classes, softmax(logits))],
      [categoricalCrossentropy(shares(logits), logits, { fromLogits: true }), categoricalCrossentropy(shares(logits), softmax(logits))],
      [binaryCrossentropy(shares(logits), logits, { fromLogits: true }), binaryCrossentropy(shares(logits), sigmoid(logits))],
    ]) {
      expectNear(ofProbabilities.dataSync(), ofLogits.dataSync(), 1e-6);
    }
  });

  it("differ where Keras clips: a probability of 0 costs -log(1e-7), its logit what it is", () => {
    expectNear(sparseCategoricalCrossentropy(tensor(Int32Array.of(1)), tensor([[1, 0]])).dataSync(), [-Math.log(1e-7)], 1e-6);
    expectNear(sparseCategoricalCrossentropy(tensor(Int32Array.of(1)), tensor([[50, 0]]), { fromLogits: true }).dataSync(), [50]);
  });
});

describe("weights and masks", () => {
  const rows = tensor([
    [1, 2],
    [3, 4],
  ]);
  const mask = tensor(Int32Array.of(1, 0, 1, 0), [2, 2]);

  it("a mask takes rows out of sum and count, weights multiply and do not change the count", () => {
    expectNear(reduceLosses(rows).dataSync(), [2.5]);
    expectNear(reduceLosses(rows, { mask }).dataSync(), [2]);
    expectNear(reduceLosses(rows, { sampleWeight: tensor([2, 0]) }).dataSync(), [1.5]);
    expectNear(reduceLosses(rows, { mask, sampleWeight: tensor([2, 0.5]) }).dataSync(), [1.75]);
    expectNear(reduceLosses(rows, { mask, reduction: "sum" }).dataSync(), [4]);
    expect(reduceLosses(rows, { mask, reduction: "none" }).dataSync()).toEqual(Float32Array.of(1, 0, 3, 0));
  });

  it("nothing that counts is a loss of 0", () => {
    expect(reduceLosses(rows, { mask: tensor(new Int32Array(4), [2, 2]) }).dataSync()).toEqual(Float32Array.of(0));
    expect(reduceLosses(tensor(new Float32Array(0))).dataSync()).toEqual(Float32Array.of(0));
  });

  it("masked steps and ignored classes of a sequence are out of the mean together", () => {
    const logits = tensor([
      [0, 0],
      [5, 0],
      [0, 9],
      [1, 1],
    ]).reshape([2, 2, 2]);
    const classes = tensor(Int32Array.of(0, -100, 0, 1), [2, 2]);
    const loss = sparseCategoricalCrossentropy(classes, logits, { fromLogits: true, mask: tensor(Int32Array.of(1, 1, 0, 1), [2, 2]) });
    expectNear(loss.dataSync(), [Math.log(2)]);
  });

  it("of another length are refused", () => {
    expect(() => reduceLosses(rows, { mask: tensor(Int32Array.of(1, 1, 1)) })).toThrow(shape);
    expect(() => reduceLosses(rows, { sampleWeight: tensor([1, 1, 1]) })).toThrow(shape);
  });
});

describe("numbers that are none", () => {
  const x = tensor([[1], [Number.NaN], [2]]);
  it("stop every loss, by the row", () => {
    const targets = tensor([[1], [1], [1]]);
    for (const name of lossNames.filter((name) => name !== "sparse_categorical_crossentropy"))
      expect(() => lossByName(name)(targets, x), name).toThrow(numeric(1));
    expect(() => sparseCategoricalCrossentropy(tensor(Int32Array.of(0, 0, 0)), x)).toThrow(numeric(1));
    expect(() => contrastive(x, targets)).toThrow(numeric(1));
  });

  it("stop finite at the first, which otherwise hands on values and gradients as they are", () => {
    expect(() => finite(tensor([1, Number.NEGATIVE_INFINITY]))).toThrow(numeric(1));
    const y = tensor([1, 2]).requireGrad();
    expect(gradients(finite(y), [y], { seed: tensor([3, 4]) })[0].dataSync()).toEqual(Float32Array.of(3, 4));
  });
});

describe.each(devices)("a recorded step on $name", ({ device }) => {
  it.each(["mse", "categorical_crossentropy"] as const)("of %s whose input is broken ends before it changes a weight", (name) => {
    const x = on(device, [1, 2, 3, 4], [2, 2]);
    const weight = on(device, [1, 0, 0, 1], [2, 2]).requireGrad();
    const targets = on(device, [1, 0, 0, 1], [2, 2]);
    const sgd = new SGD([weight], { learningRate: 0.1 });
    const step = record(device, () => {
      const loss = lossByName(name)(targets, matmul(x, weight), { fromLogits: true });
      const [gradient] = gradients(loss, [weight]);
      sgd.apply([gradient], (register) => sgd.scalars()[register]);
      return loss;
    });
    step.run();
    const before = weight.dataSync();
    expect(before).not.toEqual(Float32Array.of(1, 0, 0, 1));
    x.write([1, 2, 3, Number.NaN]);
    expect(() => step.run()).toThrow(numeric(1));
    expect(weight.dataSync()).toEqual(before);
    step.dispose();
  });
});

describe("names and shapes", () => {
  it("Keras's names lead to losses; an unknown one names those that there are", () => {
    expect(lossByName("mse")).toBe(meanSquaredError);
    expect(lossByName("sparse_categorical_crossentropy")).toBe(sparseCategoricalCrossentropy);
    for (const name of ["perplexity", "constructor"]) {
      expect(() => lossByName(name)).toThrow(expect.objectContaining({ code: "E_OPTION", message: expect.stringContaining("kl_divergence") }));
    }
  });

  it("targets of [B] fit predictions of [B, 1], others are refused by the loss's name", () => {
    expectNear(meanSquaredError(tensor([1, 4]), tensor([[1], [2]])).dataSync(), [2]);
    const refused = expect.objectContaining({ code: "E_SHAPE", parameters: expect.objectContaining({ operation: "mean_squared_error" }) });
    expect(() => meanSquaredError(tensor([1]), tensor([[1, 2]]))).toThrow(refused);
    expect(() => categoricalCrossentropy(tensor([1]), tensor([[1, 2]]))).toThrow(shape);
    expect(() => sparseCategoricalCrossentropy(tensor(Int32Array.of(1, 0)), tensor([[1, 2]]))).toThrow(shape);
    expect(() => meanSquaredError(tensor(1), tensor(1))).toThrow(shape);
    expect(() => contrastive(tensor([1]), tensor([1]))).toThrow(shape);
    expect(() => contrastive(tensor([[1]]), tensor([[1]]), { temperature: 0 })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });

  it("a class outside is refused by its number", () => {
    const bad = expect.objectContaining({ code: "E_KERNEL", parameters: expect.objectContaining({ why: "index", value: 2, limit: 2 }) });
    expect(() => sparseCategoricalCrossentropy(tensor(Int32Array.of(2)), tensor([[0.5, 0.5]]))).toThrow(bad);
  });
});
