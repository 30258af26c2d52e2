// What fit refuses, before or at the first step that it would spoil: the error names the layer or the row, and the weights are whole.
import { describe, expect, it } from "vitest";
import { openSafetensors } from "#formats";
import { Dense, Embedding, LSTM, SGD } from "#nn";
import { withRandom } from "#tensor";
import { type CompileOptions, type LossChoice, loadLayersModel, Sequential, TerminateOnNaN } from "#train";
import { anyDevice } from "../support/devices.ts";

const quiet = { verbose: 0 } as const;
const x = [
  [1, 2],
  [3, 4],
  [5, 6],
];

function made(loss: LossChoice = "sparse_categorical_crossentropy", rate = 0.01): Sequential {
  const model = withRandom(
    { seed: 1, step: 0 },
    () => new Sequential([new Dense({ units: 4, activation: "softmax", inputDim: 2, name: "out" })], { device: anyDevice }),
  );
  model.compile({ optimizer: new SGD({ learningRate: rate }), loss });
  return model;
}

async function refused(model: Sequential, work: () => Promise<unknown>) {
  const before = model.getWeights();
  const error = await work().then(
    () => undefined,
    (failure: { code: string; message: string }) => failure,
  );
  expect(model.getWeights()).toEqual(before);
  return error;
}

describe("data that cannot be used", () => {
  it.each([
    [
      "NaN in the input",
      [
        [1, 2],
        [3, Number.NaN],
        [5, 6],
      ],
      [0, 1, 2],
      "E_TRAINING_ROW",
      /Row 1 of x .*NaN/,
    ],
    [
      "infinity in the input",
      { values: Float32Array.of(1, 2, 3, 4, 5, Number.POSITIVE_INFINITY), shape: [3, 2] },
      [0, 1, 2],
      "E_TRAINING_ROW",
      /Row 2 of x .*Infinity/,
    ],
    ["a label out of range", x, [0, 1, 4], "E_TRAINING_ROW", /Row 2 of y .*class 4 is not one of 0 to 3/],
    ["a negative label", x, [0, -1, 2], "E_TRAINING_ROW", /Row 1 of y .*class -1/],
    ["a label between two", x, [0, 0.5, 2], "E_TRAINING_ROW", /Row 1 of y .*class 0.5/],
    ["no rows", [], [], "E_TRAINING_DATA", /x cannot be used: it has no rows/],
    ["empty rows", [[], []], [0, 1], "E_TRAINING_DATA", /x cannot be used: its rows are empty/],
    ["too few labels", x, [0, 1], "E_TRAINING_DATA", /y cannot be used: it has 2 rows, x has 3/],
    ["rows of different lengths", [[1, 2], [3], [5, 6]], [0, 1, 2], "E_TRAINING_ROW", /Row 1 of x .*\[1\], the first row of \[2\]/],
    [
      "a shape that the values do not fill",
      { values: new Float32Array(5), shape: [3, 2] },
      [0, 1, 2],
      "E_TRAINING_DATA",
      /5 values do not fill the shape \[3,2\]/,
    ],
    ["rows of a width that the layer does not take", [[1], [2], [3]], [0, 1, 2], "E_SHAPE", /Layer "out" expects inputs of width 2, got \[1\]/],
    [
      "targets of a wrong shape",
      x,
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
      "E_TRAINING_DATA",
      /rows is \[2\], the model gives \[4\]/,
    ],
  ])("%s", async (_name, inputs, targets, code, message) => {
    const model = made();
    const error = await refused(model, () => model.fit(inputs, targets, quiet));
    expect(error).toMatchObject({ code });
    expect(error?.message).toMatch(message);
  });

  it("labels for a loss that takes one number a class, with the loss to use", async () => {
    const model = made("categorical_crossentropy");
    const error = await refused(model, () => model.fit(x, [0, 1, 2], quiet));
    expect(error?.message).toMatch(/sparse_categorical_crossentropy/);
  });

  it("ids outside the table of the first layer, and ids that are none", async () => {
    const model = new Sequential([new Embedding({ inputDim: 5, outputDim: 2, inputLength: 2 }), new LSTM({ units: 2 }), new Dense({ units: 5 })], {
      device: anyDevice,
    });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const error = await refused(model, () =>
      model.fit(
        [
          [0, 4],
          [5, 0],
        ],
        [
          [0, 0, 0, 0, 0],
          [0, 0, 0, 0, 0],
        ],
        quiet,
      ),
    );
    expect(error?.message).toMatch(/Row 1 of x .*the id 5 is not one of 0 to 4, which layer "embedding" takes/);
    await expect(model.predict([[0, 1.5]])).rejects.toThrow(/the id 1.5/);
    await expect(model.predict([[0, 1, 2]])).rejects.toThrow(/Layer "embedding" expects 2 ids/);
  });

  it("a layer that does not take what the one before gives", () => {
    const make = () => new Sequential([new Dense({ units: 4, inputDim: 2 }), new LSTM({ units: 3, name: "memory" })], { device: anyDevice });
    expect(make).toThrow(/Layer "memory"/);
  });

  it("validation data is looked at before the first step, too", async () => {
    const model = made();
    const error = await refused(model, () => model.fit(x, [0, 1, 2], { ...quiet, validationData: [x, [0, 1, 9]] }));
    expect(error?.message).toMatch(/Row 2 of validationData\[1\]/);
  });

  it("weights of rows that are none", async () => {
    const model = made();
    await expect(model.fit(x, [0, 1, 2], { ...quiet, sampleWeight: [1, Number.NaN, 1] })).rejects.toThrow(/Row 1 of sampleWeight/);
    await expect(model.fit(x, [0, 1, 2], { ...quiet, sampleWeight: [1] })).rejects.toThrow(/sampleWeight/);
  });
});

describe("a loss that is not finite", () => {
  it("ends the training with the weights before that step", async () => {
    const model = made("mse", 1e30);
    const wide = { values: Float32Array.from({ length: 40 }, (_, i) => i * 1e6), shape: [20, 2] };
    const linear = withRandom({ seed: 1, step: 0 }, () => new Sequential([new Dense({ units: 1, inputDim: 2 })], { device: anyDevice }));
    linear.compile({ optimizer: new SGD({ learningRate: 1e6 }), loss: "mse" });
    const error = await linear.fit(wide, new Float32Array(20), { ...quiet, batchSize: 1, epochs: 3 }).then(
      () => undefined,
      (failure: { code: string; message: string }) => failure,
    );
    expect(["E_TRAINING_LOSS", "E_STEP"]).toContain(error?.code);
    for (const weight of linear.getWeights()) for (const value of weight) expect(Number.isFinite(value)).toBe(true);
    expect(model.getWeights().length).toBe(2);
  });

  it("stops it quietly where TerminateOnNaN asks for that", async () => {
    const model = new Sequential([new Dense({ units: 1, inputDim: 1, kernelInitializer: "ones" })], { device: anyDevice });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const far = Float32Array.of(1e30, 1e30);
    const { history } = await model.fit([[1], [2]], far, { ...quiet, epochs: 3, callbacks: [new TerminateOnNaN()] });
    expect(history["loss"]).toEqual([Number.NaN]);
    expect(model.getWeights()[0]).toEqual(Float32Array.of(1));
  });
});

describe("calls", () => {
  it("of Sequential with what is no layer", () => {
    for (const layer of ["dense", undefined, 4, { units: 2 }, Dense]) {
      expect(() => new Sequential([layer as unknown as Dense])).toThrow(expect.objectContaining({ code: "E_OPTION" }));
      expect(() => new Sequential().add(layer as unknown as Dense)).toThrow(/layers, such as new Dense/);
    }
  });

  it("of saving and opening without a path", async () => {
    const model = made();
    for (const path of [undefined, null, "", 5] as unknown as string[]) {
      for (const call of [() => model.save(path), () => model.saveWeights(path), () => loadLayersModel(path), () => openSafetensors(path)]) {
        await expect(call()).rejects.toMatchObject({ code: "E_OPTION", parameters: { option: "path" } });
      }
    }
  });

  it("of a model that was not compiled, without layers, or with two layers of one name", async () => {
    const model = new Sequential([new Dense({ units: 1, inputDim: 1 })]);
    await expect(model.fit([[1]], [1])).rejects.toThrow(/fit needs a compiled model/);
    await expect(new Sequential().predict([[1]])).rejects.toThrow(/has no layers/);
    expect(() => new Sequential([new Dense({ units: 1, name: "a" }), new Dense({ units: 1, name: "a" })])).toThrow(
      /"a": another layer has this name/,
    );
  });

  it("of fit while the model is being trained", async () => {
    const model = made();
    const first = model.fit(x, [0, 1, 2], quiet);
    await expect(model.fit(x, [0, 1, 2], quiet)).rejects.toThrow(/being trained already/);
    await first;
    await model.fit(x, [0, 1, 2], quiet);
  });

  it("of predict within a callback, whose results are those of the weights of that time", async () => {
    const model = made();
    const within: ArrayLike<number>[] = [];
    await model.fit(x, [0, 1, 2], { ...quiet, callbacks: [{ onEpochEnd: async () => void within.push((await model.predict(x)).values) }] });
    expect(within[0]).toEqual((await model.predict(x)).values);
  });

  it("with options that cannot be", async () => {
    const model = made();
    for (const options of [{ batchSize: 0 }, { epochs: -1 }, { gradientAccumulation: 0.5 }, { validationSplit: 1 }, { stepsPerEpoch: 0 }]) {
      await expect(model.fit(x, [0, 1, 2], { ...quiet, ...options })).rejects.toMatchObject({ code: "E_OPTION" });
    }
    await expect(model.fit(x, [0, 1, 2], { ...quiet, validationSplit: 0.99 })).rejects.toMatchObject({ code: "E_TRAINING_DATA" });
    expect(() => model.compile({ loss: "mse", optimizer: new SGD(), clipnorm: 1 })).toThrow(/clipnorm/);
    model.compile({ loss: "mse", optimizer: "adam", globalClipnorm: 1 });
    expect(model.optimizer.clipping.globalClipnorm).toBe(1);
    for (const options of [{ loss: "nothing" }, { loss: "mse", optimizer: "none" }, { loss: "mse", metrics: ["guess"] }])
      expect(() => model.compile(options as CompileOptions)).toThrow();
  });
});
