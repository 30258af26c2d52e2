// What a training says is what it did: state by key, order of arguments, masks, class weights, metrics. Each case once gave another number.
import { describe, expect, it } from "vitest";
import {
  binaryCrossentropy,
  Conv1D,
  categoricalCrossentropy,
  cosineSimilarity,
  Dense,
  Embedding,
  Flatten,
  huber,
  klDivergence,
  type LossName,
  LSTM,
  lossNames,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
  TimeDistributed,
} from "#nn";
import { square, subtract, type Tensor, withRandom } from "#tensor";
import { type CustomLoss, type FitOptions, type LossChoice, Model, Sequential } from "#train";
import { anyDevice } from "../support/devices.ts";

const quiet = { verbose: 0 } as const;
const seeded = <T>(make: () => T): T => withRandom({ seed: 3, step: 0 }, make);
const near = (value: number, wanted: number) => expect(value).toBeCloseTo(wanted, 5);

describe("state by key", () => {
  it("layers that are added one by one make the model that the same layers make as a list", async () => {
    const layers = () => [new Dense({ units: 8, activation: "relu", inputShape: [4] }), new Dense({ units: 3, activation: "softmax" })];
    const whole = seeded(() => new Sequential(layers(), { device: anyDevice }));
    const grown = seeded(() => {
      const model = new Sequential([], { device: anyDevice });
      for (const layer of layers()) model.add(layer);
      return model;
    });
    expect(grown.outputShape).toEqual([3]);
    const x = Array.from({ length: 40 }, (_, i) => [i % 2, i % 3, i % 5, i % 7]);
    expect((await grown.predict(x)).shape).toEqual([40, 3]);
    expect((await grown.predict(x)).values).toEqual((await whole.predict(x)).values);
  });

  it("a layer that is added after a prediction is run by the next one", async () => {
    const model = new Sequential([new Dense({ units: 3, inputDim: 2 })], { device: anyDevice });
    await model.predict([[1, 2]]);
    model.add(new Dense({ units: 2 }));
    expect((await model.predict([[1, 2]])).shape).toEqual([1, 2]);
  });

  it("predictions that are asked for at once each get their own answer", async () => {
    const model = new Sequential([new Dense({ units: 1, inputDim: 1, kernelInitializer: "ones" })], { device: anyDevice });
    const asked = Array.from({ length: 20 }, (_, i) => model.predict([[i], [-i]]));
    for (const [i, found] of (await Promise.all(asked)).entries()) expect([...found.values]).toEqual([i, 0 - i]);
  });

  it("an evaluation beside a training disturbs neither: the history is whole, and its metrics are those of the training", async () => {
    const x = Array.from({ length: 64 }, (_, i) => [i / 64]);
    const y = x.map(([value]) => [2 * value]);
    const made = () => {
      const model = seeded(() => new Sequential([new Dense({ units: 1, inputDim: 1 })], { device: anyDevice }));
      model.compile({ optimizer: "sgd", loss: "mse", metrics: ["mae"] });
      return model;
    };
    const options: FitOptions = { ...quiet, epochs: 4, batchSize: 8 };
    const alone = await made().fit(x, y, options);
    const model = made();
    const training = model.fit(x, y, options);
    const beside = await Promise.all([model.evaluate(x, y), model.predict(x), model.evaluate(x, y)]);
    expect(Number.isFinite(beside[0]["loss"])).toBe(true);
    expect((await training).history).toEqual(alone.history);
  });

  it("many lengths by turns keep their recordings: none is made twice", async () => {
    let recorded = 0;
    class Counting extends Dense {
      override forward(x: Tensor): Tensor {
        recorded++;
        return super.forward(x);
      }
    }
    const model = new Sequential([new Counting({ units: 1, inputDim: 1 })], { device: anyDevice });
    const rows = (count: number) => Array.from({ length: count }, (_, i) => [i]);
    for (let count = 1; count <= 20; count++) await model.predict(rows(count), { batchSize: 32 });
    const after = recorded;
    for (let count = 1; count <= 20; count++) await model.predict(rows(count), { batchSize: 32 });
    expect(recorded).toBe(after);
  });
});

const functions: Readonly<Partial<Record<LossName, CustomLoss>>> = {
  categorical_crossentropy: categoricalCrossentropy,
  sparse_categorical_crossentropy: sparseCategoricalCrossentropy,
  binary_crossentropy: binaryCrossentropy,
  mean_squared_error: meanSquaredError,
  mse: meanSquaredError,
  mean_absolute_error: meanAbsoluteError,
  mae: meanAbsoluteError,
  kl_divergence: klDivergence,
  cosine_similarity: cosineSimilarity,
  huber,
};

describe("losses", () => {
  it.each(lossNames)("%s by name is its function handed to compile", async (name) => {
    const y =
      name === "sparse_categorical_crossentropy"
        ? [0, 1]
        : [
            [0.2, 0.8],
            [0.7, 0.3],
          ];
    const lossWith = async (loss: LossChoice) => {
      const model = seeded(() => new Sequential([new Dense({ units: 2, activation: "softmax", inputDim: 2 })], { device: anyDevice }));
      model.compile({ optimizer: "sgd", loss });
      return (
        await model.evaluate(
          [
            [1, 2],
            [3, -1],
          ],
          y,
        )
      )["loss"];
    };
    const given = functions[name];
    if (given === undefined) throw new Error(`no function for ${name}`);
    near(await lossWith(given), await lossWith(name));
    // Wrapped, so that it cannot be known by identity: the order of its arguments alone makes it right.
    if (name !== "sparse_categorical_crossentropy") near(await lossWith((targets, predictions) => given(targets, predictions)), await lossWith(name));
  });

  it("of one's own sees class numbers of an Int32Array as i32", async () => {
    const model = seeded(() => new Sequential([new Dense({ units: 2, activation: "softmax", inputDim: 1 })], { device: anyDevice }));
    const own: CustomLoss = (targets, predictions) => sparseCategoricalCrossentropy(targets, predictions, { reduction: "none" });
    model.compile({ optimizer: "sgd", loss: own, metrics: ["accuracy"] });
    const found = await model.evaluate([[1], [2]], Int32Array.of(0, 1));
    model.compile({ optimizer: "sgd", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] });
    expect(found).toEqual(await model.evaluate([[1], [2]], Int32Array.of(0, 1)));
  });

  it("(N,) against (N, 1): a loss of one's own gets targets of the shape of the predictions", async () => {
    const model = new Sequential([new Dense({ units: 1, inputDim: 1, kernelInitializer: "ones" })], { device: anyDevice });
    model.compile({ optimizer: "sgd", loss: (targets, predictions) => square(subtract(predictions, targets)) });
    near((await model.evaluate([[1], [2], [3]], [0, 1, 4]))["loss"], 1);
  });

  it("what is neither one number nor one an item is refused", async () => {
    const model = new Sequential([new Dense({ units: 1, inputDim: 1 })], { device: anyDevice });
    model.compile({ optimizer: "sgd", loss: (targets, predictions) => square(subtract(predictions, targets.reshape([targets.size]))) });
    await expect(model.evaluate([[1], [2], [3]], [0, 1, 4])).rejects.toMatchObject({ code: "E_SHAPE" });
  });

  it.each([
    [{ name: "huber", delta: 3 }, 25.5],
    [{ name: "huber" }, 9.5],
  ] as const)("%o: its options count", async (loss, wanted) => {
    const model = new Sequential([new Dense({ units: 1, inputDim: 1, kernelInitializer: "ones" })], { device: anyDevice });
    model.compile({ optimizer: "sgd", loss });
    near((await model.evaluate([[10]], [[0]]))["loss"], wanted);
  });
});

describe("accuracy", () => {
  const kernel = () => Float32Array.of(1, 0.9, 0.8, 0.8, 1, 0.9);
  const softmax = () =>
    new Sequential([new Dense({ units: 3, activation: "softmax", inputDim: 2, kernelInitializer: kernel })], { device: anyDevice });

  it.each<[LossChoice, unknown]>([
    [
      "kl_divergence",
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
    ],
    [
      "mse",
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
    ],
    [
      "categorical_crossentropy",
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
    ],
    ["sparse_categorical_crossentropy", [0, 1]],
    [(targets, predictions) => sparseCategoricalCrossentropy(targets, predictions, { reduction: "none" }), Int32Array.of(0, 1)],
  ])("of a softmax that is right is 1, whatever the loss: %o", async (loss, y) => {
    const model = softmax();
    model.compile({ optimizer: "sgd", loss, metrics: ["accuracy"] });
    expect(
      (
        await model.evaluate(
          [
            [1, 0],
            [0, 1],
          ],
          y as number[],
        )
      )["accuracy"],
    ).toBe(1);
  });

  it("of several sigmoids counts each answer of yes and no", async () => {
    const model = new Sequential(
      [new Dense({ units: 2, activation: "sigmoid", inputDim: 2, kernelInitializer: () => Float32Array.of(5, -5, -5, 5) })],
      {
        device: anyDevice,
      },
    );
    model.compile({ optimizer: "sgd", loss: "binary_crossentropy", metrics: ["accuracy"] });
    expect(
      (
        await model.evaluate(
          [
            [1, 0],
            [0, 1],
          ],
          [
            [1, 0],
            [1, 1],
          ],
        )
      )["accuracy"],
    ).toBe(0.75);
  });

  it("of a logit goes by 0, as the loss says that it is one", async () => {
    const model = new Sequential([new Dense({ units: 1, inputDim: 1, kernelInitializer: "ones" })], { device: anyDevice });
    model.compile({ optimizer: "sgd", loss: { name: "binary_crossentropy", fromLogits: true }, metrics: ["accuracy"] });
    expect((await model.evaluate([[0.2], [-0.2]], [[1], [0]]))["accuracy"]).toBe(1);
  });

  it("precision, recall, F1 and the area under the curve are those of all items together", async () => {
    const model = new Sequential([new Dense({ units: 1, inputDim: 1, kernelInitializer: "ones" })], { device: anyDevice });
    model.compile({ optimizer: "sgd", loss: "mse", metrics: ["precision", "recall", "f1_score", "auc"] });
    const found = await model.evaluate([[0.1], [0.4], [0.35], [0.8], [0.9]], [[0], [0], [1], [1], [1]], { batchSize: 2 });
    near(found["precision"], 1);
    near(found["recall"], 2 / 3);
    near(found["f1_score"], 0.8);
    near(found["auc"], 5 / 6);
  });
});

describe("masks", () => {
  const ids = [
    [3, 1, 2, 0, 0, 0],
    [2, 0, 0, 0, 0, 0],
    [1, 2, 3, 1, 2, 3],
  ];
  const tagger = () =>
    seeded(
      () =>
        new Sequential(
          [
            new Embedding({ inputDim: 4, outputDim: 3, maskZero: true }),
            new LSTM({ units: 3, returnSequences: true }),
            new Dense({ units: 1, activation: "sigmoid" }),
          ],
          { device: anyDevice },
        ),
    );

  it("labels of padding change no loss and no metric, also not one of one's own", async () => {
    const model = tagger();
    const own = (targets: ArrayLike<number>, _predictions: ArrayLike<number>, items: number) => targets.length / items;
    Object.defineProperty(own, "name", { value: "width" });
    model.compile({ optimizer: "sgd", loss: "binary_crossentropy", metrics: ["accuracy", "mse", "mae", "precision", "auc", own] });
    const labels = (padding: number) => ids.map((row) => row.map((id) => [id === 0 ? padding : +(id === 3)]));
    const found = await model.evaluate(ids, labels(0));
    expect(await model.evaluate(ids, labels(1))).toEqual(found);
    expect(found["width"]).toBe(1);
  });

  it("go through the calls of a class of one's own as through Sequential", async () => {
    class Own extends Model {
      readonly embed = new Embedding({ inputDim: 4, outputDim: 3, maskZero: true });
      readonly lstm = new LSTM({ units: 3 });
      readonly head = new Dense({ units: 1 });
      forward(x: Tensor): Tensor {
        return this.head.call(this.lstm.call(this.embed.call(x)));
      }
    }
    const own = seeded(() => new Own({ device: anyDevice }));
    own.ensureBuilt([[6]], ["i32"]);
    const padded = await own.predict({ values: Int32Array.of(3, 1, 2, 0, 0, 0), shape: [1, 6] });
    expect(padded.values).toEqual((await own.predict({ values: Int32Array.of(3, 1, 2), shape: [1, 3] })).values);
  });

  it("reach the layer within TimeDistributed, and a sentence without words does not count behind it", async () => {
    const model = seeded(
      () =>
        new Sequential(
          [
            new Embedding({ inputDim: 5, outputDim: 3, maskZero: true }),
            new TimeDistributed({ layer: new LSTM({ units: 2 }) }),
            new LSTM({ units: 2 }),
          ],
          { device: anyDevice },
        ),
    );
    const short = await model.predict([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    const long = await model.predict([
      [
        [1, 2, 0],
        [3, 4, 0],
        [0, 0, 0],
      ],
    ]);
    expect(long.values).toEqual(short.values);
  });

  it("TimeDistributed takes ids where its layer does", async () => {
    const model = new Sequential([new TimeDistributed({ layer: new Embedding({ inputDim: 5, outputDim: 3 }) })], { device: anyDevice });
    expect(
      (
        await model.predict([
          [
            [1, 2],
            [3, 4],
          ],
        ])
      ).shape,
    ).toEqual([1, 2, 2, 3]);
    await expect(model.predict([[[1, 9]]])).rejects.toMatchObject({ code: "E_TRAINING_ROW" });
  });
});

describe("weights of classes and rows", () => {
  const made = (loss: LossChoice = "sparse_categorical_crossentropy") => {
    const model = seeded(() => new Sequential([new Dense({ units: 2, activation: "softmax", inputDim: 1 })], { device: anyDevice }));
    model.compile({ optimizer: "sgd", loss });
    return model;
  };
  const x = [[1], [2], [3], [4], [5]];
  const y = [0, 1, 0, 1, 1];

  it("validation is not weighted by classes, whichever way its rows are given", async () => {
    const classWeight = { 0: 1, 1: 10 };
    const split = await made().fit(x, y, { ...quiet, classWeight, validationSplit: 0.4 });
    const apart = await made().fit(x.slice(0, 3), y.slice(0, 3), { ...quiet, classWeight, validationData: [x.slice(3), y.slice(3)] });
    expect(split.history).toEqual(apart.history);
  });

  it("one-hot targets by step are weighted step by step", async () => {
    const lossOf = async (targets: number[][][]) => {
      const model = new Sequential([new Dense({ units: 2, activation: "softmax", inputShape: [2, 1], kernelInitializer: "zeros" })], {
        device: anyDevice,
      });
      model.compile({ optimizer: "sgd", loss: "categorical_crossentropy" });
      return (await model.trainOnBatch([[[1], [1]]], targets, { classWeight: { 0: 1, 1: 100 } }))["loss"];
    };
    const first = await lossOf([
      [
        [1, 0],
        [0, 1],
      ],
    ]);
    near(first, (Math.log(2) * 101) / 2);
    near(
      await lossOf([
        [
          [0, 1],
          [1, 0],
        ],
      ]),
      first,
    );
  });

  it("a weight for each step weighs that step", async () => {
    const model = new Sequential([new Dense({ units: 2, activation: "softmax", inputShape: [2, 1], kernelInitializer: "zeros" })], {
      device: anyDevice,
    });
    model.compile({ optimizer: "sgd", loss: "sparse_categorical_crossentropy" });
    near((await model.evaluate([[[1], [1]]], [[0, 1]], { sampleWeight: [[1, 3]] }))["loss"], 2 * Math.log(2));
  });

  it.each([[{ 0: Number.NaN }], [{ 0: -1 }], [{ a: 1 }], [7], [[1, 2]]])("class weights that are none are refused: %o", async (classWeight) => {
    await expect(made().fit(x, y, { ...quiet, classWeight: classWeight as never })).rejects.toMatchObject({ code: "E_OPTION" });
  });

  it("a Map of class weights is one, too", async () => {
    const [map, record] = [new Map([[1, 10]]), { 1: 10 }];
    expect((await made().fit(x, y, { ...quiet, classWeight: map })).history).toEqual(
      (await made().fit(x, y, { ...quiet, classWeight: record })).history,
    );
  });
});

describe("shapes", () => {
  it("a Conv1D that is longer than its input is refused by the layer's name", async () => {
    const model = new Sequential([new Conv1D({ filters: 1, kernelSize: 5, name: "wide" }), new Flatten(), new Dense({ units: 1 })], {
      device: anyDevice,
    });
    await expect(model.predict([[[1], [2]]])).rejects.toThrow(/Layer "wide" expects at least 5 steps/);
  });

  it("one number a row is a row of one number", async () => {
    const model = new Sequential([new Dense({ units: 1, kernelInitializer: "ones" })], { device: anyDevice });
    expect([...(await model.predict([1, 2, 3])).values]).toEqual([1, 2, 3]);
  });
});

describe("epochs", () => {
  it("several fits see the orders of rows that one fit of as many epochs sees", async () => {
    const orders = async (fits: readonly FitOptions[]) => {
      const seen: number[] = [];
      const model = new Sequential([new Dense({ units: 1, inputDim: 1, kernelInitializer: "zeros" })], { device: anyDevice });
      model.compile({ optimizer: "sgd", loss: "mse" });
      const y = Array.from({ length: 8 }, (_, i) => [i + 1]);
      const look = { onTrainBatchEnd: () => void seen.push(model.getWeights()[1][0]) };
      for (const options of fits) await model.fit(new Float32Array(8), y, { ...quiet, batchSize: 1, ...options, callbacks: [look] });
      return seen;
    };
    const whole = await orders([{ epochs: 3 }]);
    expect(await orders([{ epochs: 1 }, { epochs: 1 }, { epochs: 1 }])).toEqual(whole);
    const [first, second] = [whole.slice(0, 8), whole.slice(8, 16)];
    expect(second).not.toEqual(first);
  });

  it("a validation loss that is not finite is said, and ends nothing", async () => {
    const model = new Sequential([new Dense({ units: 1, inputDim: 1, kernelInitializer: "ones" })], { device: anyDevice });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const { history } = await model.fit([[0]], [[0]], { ...quiet, epochs: 2, validationData: [[[1e30]], [[0]]] });
    expect(history["loss"]).toHaveLength(2);
    expect(history["val_loss"].every((loss) => !Number.isFinite(loss))).toBe(true);
  });
});
