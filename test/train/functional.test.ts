// Graphs of layers: several inputs and outputs, shared layers, saving; and the layers that Keras's programs need beside.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  Add,
  apply,
  BatchNormalization,
  Concatenate,
  Dense,
  Embedding,
  GlobalAveragePooling1D,
  GRU,
  input,
  Lambda,
  type Layer,
  LSTM,
  Masking,
  penaltyOf,
  RepeatVector,
  SimpleRNN,
} from "#nn";
import { scale, tensor, withRandom } from "#tensor";
import { padSequences } from "#text";
import { Functional, loadFunctional, loadLayersModel, Sequential } from "#train";
import { anyDevice } from "../support/devices.ts";

const quiet = { verbose: 0, batchSize: 4 } as const;
const seeded = <T>(make: () => T): T => withRandom({ seed: 3, step: 0 }, make);

// Words and numbers in, a class and a number out; the embedding is shared by two sentences.
const twoByTwo = (): Functional =>
  seeded(() => {
    const [first, second, numbers] = [input({ shape: [3], type: "i32" }), input({ shape: [3], type: "i32" }), input({ shape: [2] })];
    const words = new Embedding({ inputDim: 7, outputDim: 4, maskZero: true });
    const pool = new GlobalAveragePooling1D();
    const joined = apply(new Concatenate(), [apply(pool, apply(words, first)), apply(pool, apply(words, second)), numbers]);
    const hidden = apply(new Dense({ units: 5, activation: "tanh" }), joined);
    const outputs = [
      apply(new Dense({ units: 3, activation: "softmax", name: "class" }), hidden),
      apply(new Dense({ units: 1, name: "number" }), hidden),
    ];
    return new Functional({ inputs: [first, second, numbers], outputs, device: anyDevice });
  });
const ids = (shift: number) => ({ values: Int32Array.from({ length: 24 }, (_, i) => (i * 5 + shift) % 7), shape: [8, 3] });
const x = { inputs: [ids(0), ids(2), Array.from({ length: 8 }, (_, i) => [i / 8, 1 - i / 8])] };
const y = { outputs: [Int32Array.from({ length: 8 }, (_, i) => i % 3), Array.from({ length: 8 }, (_, i) => [i / 4])] };
const compiled = (model: Functional): Functional => {
  model.compile({
    optimizer: "adam",
    loss: { class: "sparse_categorical_crossentropy", number: "mse" },
    lossWeights: [1, 0.5],
    metrics: [["accuracy"], ["mae"]],
  });
  return model;
};

describe("a graph of layers", () => {
  it("trains several outputs: the loss is the weighted sum, each has its own loss and metrics", async () => {
    const model = compiled(twoByTwo());
    const before = await model.evaluate(x, y);
    expect(Object.keys(before)).toEqual(["loss", "class_loss", "class_accuracy", "number_loss", "number_mae"]);
    expect(before["loss"]).toBeCloseTo(before["class_loss"] + 0.5 * before["number_loss"], 5);
    const { history } = await model.fit(x, y, { ...quiet, epochs: 30, validationData: [x, y] });
    expect(history["val_loss"].at(-1)).toBeLessThan(before["loss"]);
    const [classes, numbers] = await model.predictAll(x);
    expect([classes.shape, numbers.shape]).toEqual([
      [8, 3],
      [8, 1],
    ]);
  });

  it("is saved and goes on to the bit", async () => {
    const folder = mkdtempSync(join(tmpdir(), "inkstone-graph-"));
    const model = compiled(twoByTwo());
    await model.fit(x, y, { ...quiet, epochs: 2 });
    await model.save(join(folder, "g"));
    const again = await loadFunctional(join(folder, "g"), { device: anyDevice });
    for (const each of [model, again]) await each.fit(x, y, { ...quiet, epochs: 2 });
    expect(again.getWeights()).toEqual(model.getWeights());
    await expect(loadLayersModel(join(folder, "g"))).rejects.toMatchObject({ code: "E_MODEL_LAYERS" });
    rmSync(folder, { recursive: true });
  });

  it("layers are applied as tfjs's are, too: layer.apply(x)", () => {
    const [a, b] = [input({ shape: [3] }), input({ shape: [2] })];
    const [dense, both] = [new Dense({ units: 4 }), new Concatenate()];
    const joined = both.apply([dense.apply(a), b]);
    expect([joined.shape, joined.layer, joined.inputs[1]]).toEqual([[6], both, b]);
    expect(() => dense.apply([a, b])).toThrow(/"dense".*one input: Add, Concatenate/);
  });

  it("takes several inputs as Keras does: a list, by name, ids for layers that read them; and refuses names and ids that are none", async () => {
    const [title, numbers] = [input({ shape: [4], name: "title" }), input({ shape: [2], name: "numbers" })];
    const joined = new Concatenate().apply([
      new GlobalAveragePooling1D().apply(new Embedding({ inputDim: 7, outputDim: 3, name: "words" }).apply(title)),
      numbers,
    ]);
    const model = new Functional({ inputs: [title, numbers], outputs: new Dense({ units: 1 }).apply(joined) });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const [ids, rows, y] = [
      [
        [1, 2, 3, 4],
        [0, 6, 5, 1],
        [2, 2, 2, 2],
      ],
      [
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      [[1], [2], [3]],
    ];
    await model.fit([ids, rows], y, { ...quiet, epochs: 1 });
    const [list, named, inputs] = [
      await model.predict([ids, rows]),
      await model.predict({ numbers: rows, title: ids }),
      await model.predict({ inputs: [ids, rows] }),
    ];
    expect([named.values, inputs.values]).toEqual([list.values, list.values]);
    await expect(model.predict({ titel: ids, numbers: rows })).rejects.toThrow(/titel, numbers.*title, numbers/);
    await expect(model.predict([[[1, 2, 3, 9]], [[0, 1]]])).rejects.toThrow(/x\[0\].*id 9 is not one of 0 to 6, which layer "words"/);
    const padded = padSequences([[1], [2, 3]], { maxlen: 4 });
    await expect(model.predict([padded, rows.slice(0, 2)])).resolves.toMatchObject({ shape: [2, 1] });
    expect(() => input({ shape: 4 as unknown as number[] })).toThrow(/shape/);
  });

  it("refuses inputs that are missing, layers of one input with several, and targets of another number", async () => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
    expect(() => new Functional({ inputs: a, outputs: apply(new Add(), [a, b]) })).toThrow(/not among the inputs/);
    expect(() => apply(new Dense({ units: 1 }), [a, b])).toThrow(/one input/);
    expect(() => apply(new Add(), [a, input({ shape: [3] })])).toThrow(/inputs of one shape/);
    await expect(compiled(twoByTwo()).evaluate(x, [1])).rejects.toMatchObject({ code: "E_TRAINING_DATA" });
  });
});

describe("layers of Keras's programs", () => {
  it("Masking: padded and short sequences of numbers give the same", async () => {
    const model = seeded(() => new Sequential([new Masking({ maskValue: -1 }), new LSTM({ units: 3 })], { device: anyDevice }));
    const short = await model.predict([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(
      (
        await model.predict([
          [
            [1, 2],
            [3, 4],
            [-1, -1],
          ],
        ])
      ).values,
    ).toEqual(short.values);
  });

  it("RepeatVector and Lambda have the shapes that they say", async () => {
    const model = new Sequential([new RepeatVector({ n: 3 }), new Lambda({ function: (one) => scale(one, 2) })], { device: anyDevice });
    expect([...(await model.predict([[1, 2]])).values]).toEqual([2, 4, 2, 4, 2, 4]);
  });

  it("BatchNormalization: training by the batch, use by the moving mean, frozen it does not move; saved with them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "inkstone-norm-"));
    const norm = new BatchNormalization({ momentum: 0.5 });
    const model = seeded(() => new Sequential([norm, new Dense({ units: 1 })], { device: anyDevice }));
    model.compile({ optimizer: "sgd", loss: "mse" });
    const rows = [[1], [3], [5], [7]];
    await model.fit(rows, [1, 2, 3, 4], quiet);
    expect([...norm.movingMean.dataSync(), ...norm.movingVariance.dataSync()]).toEqual([2, 3]);
    expect(model.trainableParameters()).toHaveLength(4);
    await model.save(join(folder, "m"));
    const again = await loadLayersModel(join(folder, "m"), { device: anyDevice });
    for (const each of [model, again]) await each.fit(rows, [1, 2, 3, 4], { ...quiet, epochs: 2 });
    expect(again.getWeights()).toEqual(model.getWeights());
    norm.trainable = false;
    norm.trainable = true;
    expect(model.trainableParameters()).toHaveLength(4);
    rmSync(folder, { recursive: true });
  });

  it("regularisers are part of the loss and of the gradient", async () => {
    const made = (kernelRegularizer?: { l1?: number; l2?: number }) =>
      new Sequential([new Dense({ units: 1, inputDim: 1, kernelInitializer: { name: "constant", value: 2 }, kernelRegularizer })], {
        device: anyDevice,
      });
    const losses: number[] = [];
    for (const model of [made(), made({ l1: 0.1, l2: 0.01 })]) {
      model.compile({ optimizer: "sgd", loss: "mse" });
      losses.push((await model.evaluate([[1], [2]], [[2], [4]]))["loss"]);
      await model.fit([[1], [2]], [[2], [4]], quiet);
    }
    expect(losses[0]).toBe(0);
    expect(losses[1]).toBeCloseTo(0.24, 5);
    expect(penaltyOf(tensor([2]), "l2").dataSync()[0]).toBeCloseTo(0.04, 6);
    const model = made({ l2: 0.5 });
    model.compile({ optimizer: "sgd", loss: "mse" });
    await model.fit([[1]], [[2]], quiet);
    // dw = 2 · 0.5 · 2 = 2 at a rate of 0.01.
    expect(model.getWeights()[0][0]).toBeCloseTo(1.98, 6);
  });

  it("stateful: a sequence in pieces gives what it gives whole; resetStates begins anew; each number of rows has its own", async () => {
    const options = { units: 3, returnSequences: true };
    for (const [whole, pieces] of [
      [new LSTM(options), new LSTM({ ...options, stateful: true })],
      [new GRU(options), new GRU({ ...options, stateful: true })],
      [new SimpleRNN(options), new SimpleRNN({ ...options, stateful: true })],
    ]) {
      const model = (layer: Layer) => new Sequential([layer], { device: anyDevice });
      const [one, other] = [model(whole), model(pieces)];
      const x = [1, 2].map((row) => Array.from({ length: 6 }, (_, step) => [Math.sin(row * step), 0.1 * row]));
      one.ensureBuilt([[6, 2]], ["f32"]);
      other.ensureBuilt([[3, 2]], ["f32"]);
      other.setWeights(one.getWeights());
      const all = (await one.predict(x)).values;
      const part = async (from: number) => [...(await other.predict(x.map((row) => row.slice(from, from + 3)))).values];
      const [first, second] = [await part(0), await part(3)];
      const right = (from: number) => [0, 1].flatMap((row) => [...all.slice((row * 6 + from) * 3, (row * 6 + from + 3) * 3)]);
      const near = (found: readonly number[], expected: readonly number[]) => {
        for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i], 6);
      };
      near(first, right(0));
      near(second, right(3));
      expect(await part(0)).not.toEqual(first);
      other.resetStates();
      await other.predict([x[0].slice(0, 3)]);
      expect(await part(0)).toEqual(first);
    }
  });

  it("stateful: training goes on from the states of the batch before, and its gradients end there", async () => {
    const made = (stateful: boolean) =>
      new Sequential([new LSTM({ units: 2, stateful, inputShape: [2, 1] }), new Dense({ units: 1 })], { device: anyDevice });
    const [kept, plain] = [made(true), made(false)];
    plain.ensureBuilt([[2, 1]], ["f32"]);
    kept.ensureBuilt([[2, 1]], ["f32"]);
    kept.setWeights(plain.getWeights());
    for (const model of [kept, plain]) model.compile({ optimizer: "sgd", loss: "mse" });
    const losses = async (model: Sequential) =>
      (
        await model.fit(
          [
            [[1], [2]],
            [[3], [4]],
          ],
          [[1], [1]],
          { ...quiet, batchSize: 1, shuffle: false, epochs: 2 },
        )
      ).history["loss"];
    const [with_, without] = [await losses(kept), await losses(plain)];
    expect(with_.every(Number.isFinite)).toBe(true);
    expect(with_).not.toEqual(without);
  });
});
