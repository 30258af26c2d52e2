// Looking inside trained models: vectors of tokens and of sentences, and gradient x input against finite differences.
import { describe, expect, it } from "vitest";
import { Dense, Embedding, GlobalAveragePooling1D, LSTM } from "#nn";
import { withRandom } from "#tensor";
import { WordTokenizer } from "#text";
import { embeddingVectors, gradientTimesInput, Sequential, sentenceVectors } from "#train";
import { devices } from "../support/devices.ts";

const made = (layers: () => ConstructorParameters<typeof Sequential>[0], device = devices[0].device) =>
  withRandom({ seed: 3, step: 0 }, () => new Sequential(layers(), { device }));
const reader = (device = devices[0].device, activation: "softmax" | "linear" = "softmax") =>
  made(
    () => [
      new Embedding({ inputDim: 9, outputDim: 4, inputLength: 5, maskZero: true, embeddingsInitializer: "random_normal" }),
      new LSTM({ units: 6 }),
      new Dense({ units: 3, activation }),
    ],
    device,
  );
const ids = [
  [0, 0, 3, 1, 7],
  [8, 2, 5, 4, 6],
];

describe("embeddingVectors", () => {
  it("gives the rows of the table under their names, as they were when it was asked", () => {
    const model = reader();
    const tokenizer = WordTokenizer.train(["a b c"]);
    const vectors = embeddingVectors(model, tokenizer);
    const table = model.getWeights()[0];
    expect(vectors.names).toEqual(["<pad>", "<unk>", "<s>", "</s>", "a", "b", "c"]);
    expect(vectors.vector("b")).toEqual(table.slice(5 * 4, 6 * 4));
    model.setWeights(model.getWeights().map((weight) => weight.map(() => 0)));
    expect(vectors.vector("b")).toEqual(table.slice(5 * 4, 6 * 4));
  });

  it("tells tokens of one name apart by their ids, and refuses more names than rows, and a model without vectors", () => {
    expect(embeddingVectors(reader(), ["x", "y", "x"]).names).toEqual(["x", "y", "x #2"]);
    expect(() => embeddingVectors(reader(), Array.from({ length: 10 }, String))).toThrow(expect.objectContaining({ code: "E_OPTION" }));
    const plain = made(() => [new Dense({ units: 1, inputDim: 2 })]);
    expect(() => embeddingVectors(plain, ["x"])).toThrow(expect.objectContaining({ code: "E_MODEL_LAYERS" }));
    expect(() => embeddingVectors(reader(), ["x"], { layer: "lstm" })).toThrow(expect.objectContaining({ code: "E_MODEL_LAYERS" }));
  });
});

describe("sentenceVectors", () => {
  it("are what the last Dense is given, by which it predicts", async () => {
    const model = reader(devices[0].device, "linear");
    const vectors = await sentenceVectors(model, ids, ["short", "long"]);
    const [kernel, bias] = model.getWeights().slice(-2);
    const again = (name: string) => Array.from(bias, (b, k) => vectors.vector(name).reduce((sum, value, c) => sum + value * kernel[c * 3 + k], b));
    const { values } = await model.predict(ids);
    for (const [i, value] of [...again("short"), ...again("long")].entries()) expect(value).toBeCloseTo(values[i], 5);
  });

  it("of a layer of steps are means over those that count", async () => {
    const model = reader();
    const vectors = await sentenceVectors(model, ids, ["short", "long"], { layer: "embedding" });
    const tokens = embeddingVectors(
      model,
      Array.from({ length: 9 }, (_, i) => String(i)),
    );
    const mean = (c: number) => [3, 1, 7].reduce((sum, id) => sum + tokens.vector(String(id))[c] / 3, 0);
    for (let c = 0; c < 4; c++) expect(vectors.vector("short")[c]).toBeCloseTo(mean(c), 6);
    await expect(sentenceVectors(model, ids, ["short", "long"], { layer: "none" })).rejects.toMatchObject({ code: "E_OPTION" });
  });
});

describe.each(devices)("gradientTimesInput on $name", ({ device }) => {
  it("of a linear model adds up to the output without the bias, exactly", async () => {
    const model = made(() => [new Dense({ units: 2, inputDim: 3 })], device);
    model.setWeights([
      [1, 2, -3, 4, 5, -6],
      [7, 11],
    ]);
    const x = [
      [1, 2, 3],
      [-4, 5, 0.5],
    ];
    const found = await gradientTimesInput(model, x, { target: [0, 1] });
    expect(found.map(({ values }) => [...values])).toEqual([
      [1, -6, 15],
      [-8, 20, -3],
    ]);
    expect(found.map(({ values, score }, i) => score - values.reduce((sum, value) => sum + value, 0) - [7, 11][i])).toEqual([0, 0]);
  });

  it("of tokens adds up to the output, too, where all behind the vectors is linear", async () => {
    const model = made(
      () => [
        new Embedding({ inputDim: 9, outputDim: 4, inputLength: 5, embeddingsInitializer: "random_normal" }),
        new GlobalAveragePooling1D(),
        new Dense({ units: 3 }),
      ],
      device,
    );
    for (const { values, score } of await gradientTimesInput(model, ids)) expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(score, 5);
  });

  it("is what scaling the vector of one token does to the logit; padding does nothing", async () => {
    const model = reader(device);
    const found = await gradientTimesInput(model, ids);
    const bare = reader(device, "linear"); // the same weights, without the softmax
    const weights = model.getWeights();
    const step = 1e-2;
    for (const [row, { target, score, values }] of found.entries()) {
      expect(values).toHaveLength(5);
      for (const [at, id] of ids[row].entries()) {
        const scaled = async (factor: number) => {
          const table = weights[0].map((value, i) => (Math.floor(i / 4) === id ? value * factor : value));
          bare.setWeights([table, ...weights.slice(1)]);
          return (await bare.predict([ids[row]])).values[target];
        };
        if (id === 0) expect(values[at]).toBeCloseTo(0, 9);
        else expect(values[at]).toBeCloseTo(((await scaled(1 + step)) - (await scaled(1 - step))) / (2 * step), 4);
      }
      bare.setWeights(weights);
      const { values: logits } = await bare.predict([ids[row]]);
      expect(logits[target]).toBeCloseTo(score, 5);
      expect(target).toBe(logits.indexOf(Math.max(...logits)));
    }
  });
});

describe("gradientTimesInput", () => {
  it("takes the step that is asked for, the last that counts by itself, and refuses what is not there", async () => {
    const model = made(() => [
      new Embedding({ inputDim: 9, outputDim: 4, inputLength: 5, maskZero: true }),
      new LSTM({ units: 6, returnSequences: true }),
      new Dense({ units: 3 }),
    ]);
    const [last] = await gradientTimesInput(model, [[1, 2, 3, 0, 0]], { target: 1 });
    const [third] = await gradientTimesInput(model, [[1, 2, 3, 0, 0]], { target: 1, step: 2 });
    expect(last).toEqual(third);
    const [first] = await gradientTimesInput(model, [[1, 2, 3, 0, 0]], { target: 1, step: 0 });
    expect([...first.values.slice(1)]).toEqual([0, 0, 0, 0]);
    for (const wrong of [{ target: 3 }, { target: -1 }, { step: 5 }, { target: [] }]) {
      await expect(gradientTimesInput(model, [[1, 2, 3, 0, 0]], wrong)).rejects.toMatchObject({ code: "E_OPTION" });
    }
    await expect(gradientTimesInput(model, [[1, 2, 9, 0, 0]])).rejects.toMatchObject({ code: "E_TRAINING_ROW" });
  });
});
