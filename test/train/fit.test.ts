// fit, evaluate, predict: order, memory, bits, cancelling, accumulation.
import { describe, expect, it } from "vitest";
import { openExecutor } from "#native";
import { Adam, Dense, Dropout, Embedding, GlobalAveragePooling1D, initialize, LSTM, type Optimizer, SGD } from "#nn";
import { cpu, type Device, holdGradients, type Tensor, withRandom } from "#tensor";
import { type Callback, type FitOptions, Model, Sequential } from "#train";
import { anyDevice, executors, watch } from "../support/devices.ts";
import { noise } from "../support/numbers.ts";

const points = (rows: number) => ({ values: Float32Array.from(noise(rows * 3, 5)), shape: [rows, 3] });
const classes = (rows: number) => Int32Array.from({ length: rows }, (_, i) => (i * 7 + (i >> 2)) % 4);

function classifier(device: Device = anyDevice, seed = 1): Sequential {
  return withRandom(
    { seed, step: 0 },
    () => new Sequential([new Dense({ units: 8, activation: "tanh", inputDim: 3 }), new Dense({ units: 4, activation: "softmax" })], { device }),
  );
}

async function fitted(model: Sequential, rows: number, options: FitOptions, optimizer: Optimizer = new Adam()) {
  model.compile({ optimizer, loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] });
  return model.fit(points(rows), classes(rows), { verbose: 0, ...options });
}

describe("fit", () => {
  it("with muon leaves the embedding and the biases of a model to AdamW", async () => {
    const layers = [new Embedding({ inputDim: 6, outputDim: 4 }), new GlobalAveragePooling1D(), new Dense({ units: 3, activation: "softmax" })];
    const model = new Sequential(layers, { device: anyDevice });
    model.compile({ optimizer: "muon", loss: "sparse_categorical_crossentropy" });
    await model.fit({ values: Int32Array.of(1, 2, 3, 4), shape: [2, 2] }, Int32Array.of(0, 2), { verbose: 0 });
    const [embeddings, kernel, bias] = model.trainableParameters();
    expect(model.optimizer.parameters).toEqual([kernel, bias, embeddings]);
    expect([...model.optimizer.stateDict().tensors.keys()]).toEqual(["momentumBuffer.0", "m.1", "v.1", "m.2", "v.2"]);
  });

  it("learns, and says how well of both parts of the data", async () => {
    const model = classifier();
    const { history, epoch } = await fitted(model, 64, { epochs: 30, validationSplit: 0.25, batchSize: 8 }, new Adam({ learningRate: 0.02 }));
    expect(epoch).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(Object.keys(history)).toEqual(["loss", "accuracy", "val_loss", "val_accuracy"]);
    expect(history["loss"][29]).toBeLessThan(history["loss"][0] - 0.05);
    const evaluated = await model.evaluate({ values: points(64).values.subarray(48 * 3), shape: [16, 3] }, classes(64).subarray(48));
    expect(evaluated["loss"]).toBe(history["val_loss"][29]);
    expect(evaluated["accuracy"]).toBe(history["val_accuracy"][29]);
  });

  it("gives the same bits for one thread and two, dropout and shuffling included", async () => {
    const run = async (threads: number) => {
      const device = cpu(openExecutor({ threads }));
      const model = withRandom(
        { seed: 3, step: 0 },
        () =>
          new Sequential(
            [
              new Embedding({ inputDim: 30, outputDim: 8, inputLength: 6 }),
              new LSTM({ units: 16 }),
              new Dropout({ rate: 0.3 }),
              new Dense({ units: 30, activation: "softmax" }),
            ],
            { device },
          ),
      );
      model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy" });
      const ids = { values: Int32Array.from({ length: 70 * 6 }, (_, i) => (i * 13) % 30), shape: [70, 6] };
      const { history } = await model.fit(
        ids,
        Int32Array.from({ length: 70 }, (_, i) => (i * 5) % 30),
        { epochs: 2, verbose: 0, seed: 9 },
      );
      const weights = model.getWeights().map((weight) => Buffer.from(weight.buffer).toString("base64"));
      model.dispose();
      return { loss: history["loss"], weights };
    };
    expect(await run(2)).toEqual(await run(1));
  });

  it("has as much memory after the second step as after many, and gives all but weights and moments back at the end", async () => {
    const { device, bytes, live } = watch(executors[executors.length - 1].executor());
    const model = classifier(device);
    const seen: number[] = [];
    const callback: Callback = { onTrainBatchEnd: () => void seen.push(bytes()) };
    await fitted(model, 70, { epochs: 4, batchSize: 16, callbacks: [callback] });
    // Two shapes of batches: the last one is smaller. From its first run on nothing is added.
    expect(new Set(seen.slice(5)).size).toBe(1);
    expect(live.lists.size).toBe(0);
    const weights = model.getWeights().reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(bytes()).toBe(3 * weights);
    model.dispose();
    expect(bytes()).toBe(0);
  });

  it("takes as many batches together as asked, with the step that one batch of all their rows makes", async () => {
    const [whole, parts] = [classifier(), classifier()];
    const options = { epochs: 3, shuffle: false };
    const one = await fitted(whole, 50, { ...options, batchSize: 50 }, new SGD({ learningRate: 0.5 }));
    const many = await fitted(parts, 50, { ...options, batchSize: 7, gradientAccumulation: 100 }, new SGD({ learningRate: 0.5 }));
    for (const [i, loss] of one.history["loss"].entries()) expect(many.history["loss"][i]).toBeCloseTo(loss, 5);
    for (const [i, weight] of whole.getWeights().entries())
      for (const [j, value] of weight.entries()) expect(parts.getWeights()[i][j]).toBeCloseTo(value, 5);
    expect(parts.optimizer.steps).toBe(3);
  });

  it("computes products in bf16 where that is asked for, near f32 and the same for any threads", async () => {
    const run = async (precision: "f32" | "bf16", threads: number) => {
      const model = withRandom(
        { seed: 1, step: 0 },
        () =>
          new Sequential([new Dense({ units: 16, activation: "tanh", inputDim: 3 }), new Dense({ units: 4, activation: "softmax" })], {
            device: cpu(openExecutor({ threads })),
          }),
      );
      model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", precision });
      const { history } = await model.fit(points(64), classes(64), { epochs: 3, verbose: 0 });
      model.dispose();
      return history["loss"];
    };
    const [plain, half, two] = [await run("f32", 1), await run("bf16", 1), await run("bf16", 2)];
    expect(half).toEqual(two);
    expect(half).not.toEqual(plain);
    for (const [i, loss] of half.entries()) expect(Math.abs(loss - plain[i])).toBeLessThan(0.02);
  });

  it("adds nothing of what a loop of the program left in gradients", async () => {
    const [clean, left] = [classifier(), classifier()];
    for (const weight of left.trainableParameters()) holdGradients([weight])[0].write(new Float32Array(weight.size).fill(100));
    for (const model of [clean, left]) await fitted(model, 20, { batchSize: 5, gradientAccumulation: 2 });
    expect(left.getWeights()).toEqual(clean.getWeights());
  });

  it("makes a step of each group of batches, and of what is left at the end of an epoch", async () => {
    const model = classifier();
    await fitted(model, 50, { epochs: 2, batchSize: 10, gradientAccumulation: 2 });
    expect(model.optimizer.steps).toBe(6);
  });

  it("leaves the weights of the last whole step when it is cancelled", async () => {
    const [cancelled, stopped] = [classifier(), classifier()];
    const controller = new AbortController();
    const abort: Callback = { onTrainBatchEnd: (batch) => void (batch === 2 && controller.abort()) };
    await expect(fitted(cancelled, 64, { batchSize: 8, signal: controller.signal, callbacks: [abort] })).rejects.toMatchObject({
      code: "E_CANCELLED",
    });
    await fitted(stopped, 64, { batchSize: 8, stepsPerEpoch: 3 });
    expect(cancelled.getWeights()).toEqual(stopped.getWeights());
    const again = await fitted(cancelled, 64, { epochs: 1 });
    expect(again.epoch).toEqual([0]);
  });

  it("does not begin with a signal that has been given", async () => {
    await expect(fitted(classifier(), 8, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "E_CANCELLED" });
  });

  it("leaves the event loop free", async () => {
    const model = withRandom(
      { seed: 1, step: 0 },
      () => new Sequential([new Dense({ units: 512, activation: "relu", inputDim: 512 }), new Dense({ units: 512 })], { device: anyDevice }),
    );
    model.compile({ optimizer: "sgd", loss: "mse" });
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const data = { values: new Float32Array(512 * 512).fill(0.1), shape: [512, 512] };
    await model.fit(data, data, { batchSize: 128, epochs: 2, verbose: 0 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(4);
    model.dispose();
  });

  it("leaves the event loop free while it reads nested arrays, too", async () => {
    const model = classifier();
    model.compile({ optimizer: "sgd", loss: "sparse_categorical_crossentropy" });
    const rows = Array.from({ length: 400_000 }, (_, i) => [i % 2, i % 3, i % 5]);
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await model.evaluate(rows, new Int32Array(rows.length), { batchSize: rows.length });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  it("takes the rows in the order that it is given", async () => {
    const [turned, plain] = [classifier(), classifier()];
    await fitted(turned, 8, { batchSize: 4, shuffle: () => Uint32Array.of(4, 5, 6, 7) });
    plain.compile({ optimizer: new Adam(), loss: "sparse_categorical_crossentropy" });
    await plain.fit({ values: points(8).values.subarray(12), shape: [4, 3] }, classes(8).subarray(4), { batchSize: 4, shuffle: false, verbose: 0 });
    expect(turned.getWeights()).toEqual(plain.getWeights());
    await expect(fitted(turned, 8, { shuffle: () => Uint32Array.of(8) })).rejects.toMatchObject({ code: "E_OPTION" });
  });

  it("goes on with the order and the numbers of a run that was stopped", async () => {
    const [whole, again] = [classifier(), classifier()];
    await fitted(whole, 40, { epochs: 4, batchSize: 8, seed: 5 });
    await fitted(again, 40, { epochs: 2, batchSize: 8, seed: 5 });
    await again.fit(points(40), classes(40), { epochs: 4, initialEpoch: 2, batchSize: 8, seed: 5, verbose: 0 });
    expect(again.getWeights()).toEqual(whole.getWeights());
  });

  it("weighs rows and classes: weight 0 is a row that is not there, but counted", async () => {
    const [some, all] = [classifier(), classifier()];
    const weights = Float32Array.from({ length: 16 }, (_, i) => (i < 8 ? 2 : 0));
    const options = { batchSize: 16, shuffle: false };
    const weighted = await fitted(some, 16, { ...options, sampleWeight: weights });
    all.compile({ optimizer: new Adam(), loss: "sparse_categorical_crossentropy" });
    const half = await all.fit({ values: points(16).values.subarray(0, 24), shape: [8, 3] }, classes(16).subarray(0, 8), { ...options, verbose: 0 });
    expect(weighted.history["loss"][0]).toBeCloseTo(half.history["loss"][0], 6);
    const byClass = await fitted(classifier(), 16, { ...options, classWeight: { 0: 0, 1: 0, 2: 0, 3: 0 } });
    expect(byClass.history["loss"]).toEqual([0]);
  });

  it("trains only what is trainable", async () => {
    const model = classifier();
    model.layers[0].trainable = false;
    const before = model.getWeights();
    await fitted(model, 16, { epochs: 2 });
    const after = model.getWeights();
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after.slice(2)).not.toEqual(before.slice(2));
    model.layers[0].trainable = true;
    await model.fit(points(16), classes(16), { verbose: 0 });
    expect(model.getWeights()[0]).not.toEqual(after[0]);
  });
});

describe("losses from the last activation", () => {
  it.each([
    ["softmax", "categorical_crossentropy"],
    ["sigmoid", "binary_crossentropy"],
  ] as const)("are those of its outputs: %s and %s", async (activation, loss) => {
    const make = (last: Dense[]) =>
      withRandom({ seed: 4, step: 0 }, () => new Sequential([new Dense({ units: 3, activation, inputDim: 3 }), ...last], { device: anyDevice }));
    // Behind a layer that changes nothing the activation is not the last one any more, and the loss is computed from its outputs.
    const identity = new Dense({ units: 3, useBias: false, trainable: false, kernelInitializer: () => Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) });
    const [direct, through] = [make([]), make([identity])];
    const y = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ];
    const found = [];
    for (const model of [direct, through]) {
      model.compile({ loss, optimizer: new SGD({ learningRate: 0.3 }), metrics: ["accuracy", "mse"] });
      const { history } = await model.fit(points(4), y, { epochs: 3, batchSize: 4, verbose: 0, shuffle: false });
      found.push(history);
    }
    for (const name of ["loss", "accuracy", "mse"]) for (const i of [0, 1, 2]) expect(found[0][name][i]).toBeCloseTo(found[1][name][i], 5);
  });
});

describe("a model with a forward pass of its own", () => {
  class TwoInputs extends Model {
    readonly words = new Embedding({ inputDim: 10, outputDim: 4 });
    readonly pool = new GlobalAveragePooling1D();
    readonly left = new Dense({ units: 2 });
    readonly right = new Dense({ units: 2 });
    override forward(inputs: readonly Tensor[]): Tensor {
      const [ids, numbers] = inputs;
      return this.left.call(this.pool.call(this.words.call(ids))).size > 0 ? this.right.call(numbers) : numbers;
    }
  }

  it("takes several inputs, ids among them", async () => {
    const model = new TwoInputs({ device: anyDevice });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const ids = { values: Int32Array.from({ length: 15 }, (_, i) => i % 10), shape: [5, 3] };
    const { history } = await model.fit(
      { inputs: [ids, points(5)] },
      [
        [1, 0],
        [0, 1],
        [1, 1],
        [0, 0],
        [1, 0],
      ],
      { epochs: 2, verbose: 0 },
    );
    expect(history["loss"][1]).toBeLessThan(history["loss"][0]);
    expect((await model.predict({ inputs: [ids, points(5)] })).shape).toEqual([5, 2]);
    expect(model.layers.map(({ name }) => name)).toEqual(["embedding", "global_average_pooling1d", "dense", "dense"]);
    model.dispose();
  });

  it("takes a loss and a metric of one's own", async () => {
    const model = classifier();
    const { square, subtract, mean } = await import("#tensor");
    const largest = (_targets: ArrayLike<number>, predictions: ArrayLike<number>) => Math.max(...Array.from(predictions));
    model.compile({
      optimizer: "sgd",
      loss: (targets, predictions) => mean(square(subtract(predictions, targets)), { axis: -1 }),
      metrics: [largest],
    });
    const hot = initialize("zeros", [8, 4]);
    const found = await model.fit(points(8), { values: hot, shape: [8, 4] }, { verbose: 0 });
    expect(found.history["largest"][0]).toBeLessThanOrEqual(1);
    model.compile({ optimizer: "sgd", loss: "mse" });
    const built = await model.evaluate(points(8), { values: hot, shape: [8, 4] });
    expect(built["loss"]).toBeGreaterThan(0);
  });
});

describe("a class that does not count", () => {
  it("is neither in the loss nor in its count", async () => {
    const [some, all] = [classifier(), classifier()];
    for (const model of [some, all]) model.compile({ loss: { name: "sparse_categorical_crossentropy", ignoreIndex: -1 }, optimizer: "sgd" });
    const ignored = await some.evaluate(points(4), Int32Array.of(2, -1, 1, -1));
    const { values } = points(4);
    const kept = { values: Float32Array.of(...values.subarray(0, 3), ...values.subarray(6, 9)), shape: [2, 3] };
    expect(ignored["loss"]).toBeCloseTo((await all.evaluate(kept, Int32Array.of(2, 1)))["loss"], 6);
  });
});

describe("masks", () => {
  it("hide padding from the loss and from what is counted", async () => {
    const make = () =>
      withRandom(
        { seed: 2, step: 0 },
        () =>
          new Sequential(
            [
              new Embedding({ inputDim: 6, outputDim: 4, maskZero: true }),
              new LSTM({ units: 5, returnSequences: true }),
              new Dense({ units: 6, activation: "softmax" }),
            ],
            { device: anyDevice },
          ),
      );
    const [short, padded] = [make(), make()];
    for (const model of [short, padded]) model.compile({ optimizer: "sgd", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] });
    await short.predict([[1, 2, 3]]);
    await padded.predict([[1, 2, 3, 0, 0]]);
    padded.setWeights(short.getWeights());
    const a = await short.evaluate([[1, 2, 3]], [[2, 3, 4]]);
    const b = await padded.evaluate([[1, 2, 3, 0, 0]], [[2, 3, 4, 0, 0]]);
    expect(b["loss"]).toBeCloseTo(a["loss"], 6);
    expect(b["accuracy"]).toBe(a["accuracy"]);
  });
});
