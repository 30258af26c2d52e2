// What was saved goes on as if it had not been closed: every optimiser, average, group, schedule, frozen layer, function of the program; bit by bit.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  Adadelta,
  Adagrad,
  Adam,
  AdamW,
  cosineDecay,
  Dense,
  decayGroups,
  Embedding,
  Layer,
  LSTM,
  linear,
  Muon,
  Nadam,
  type Optimizer,
  oneCycle,
  RMSprop,
  SGD,
  warmUp,
} from "#nn";
import { square, subtract, type Tensor, withRandom } from "#tensor";
import { type CustomLoss, discriminativeRates, freezeTo, loadLayersModel, Model, ModelCheckpoint, Sequential } from "#train";
import { anyDevice } from "../support/devices.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "inkstone-go-on-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const x = { values: Int32Array.from({ length: 12 * 3 }, (_, i) => (i * 5) % 9), shape: [12, 3] };
const y = Int32Array.from({ length: 12 }, (_, i) => i % 4);
const quiet = { verbose: 0, batchSize: 4 } as const;

const made = (): Sequential =>
  withRandom(
    { seed: 1, step: 0 },
    () =>
      new Sequential(
        [new Embedding({ inputDim: 9, outputDim: 4, inputLength: 3 }), new LSTM({ units: 3 }), new Dense({ units: 4, activation: "softmax" })],
        { device: anyDevice },
      ),
  );

const optimisers: Readonly<Record<string, (model: Sequential) => Optimizer>> = {
  "SGD with momentum": () => new SGD({ momentum: 0.9, nesterov: true }),
  "SGD of PyTorch's form": () => new SGD([], { momentum: 0.9, dampening: 0.1 }),
  "Adam with averages": () => new Adam({ useEma: true, emaMomentum: 0.9, emaOverwriteFrequency: 4 }),
  "AMSGrad, clipped": () => new Adam({ amsgrad: true, globalClipnorm: 0.5 }),
  "AdamW in groups": (model) => new AdamW(decayGroups(model), { weightDecay: 0.1 }),
  RMSprop: () => new RMSprop({ momentum: 0.5, centered: true }),
  Adagrad: () => new Adagrad({ initialAccumulatorValue: 0.2 }),
  Adadelta: () => new Adadelta({ learningRate: 1 }),
  Nadam: () => new Nadam({ weightDecay: 0.01 }),
  "NAdam of PyTorch's form": () => new Nadam([], { momentumDecay: 0.1 }),
  Muon: () => new Muon({ rmsRate: 0.5 }),
  "Muon of PyTorch's form": () => new Muon([], { adjustLrFn: "match_rms_adamw" }),
  "a warm-up and a line": () => new Adam({ learningRate: warmUp(3, linear({ rate: 0.01, steps: 20 })) }),
  "a cosine of Keras": () => new SGD({ learningRate: cosineDecay({ initialLearningRate: 0, warmupTarget: 0.1, warmupSteps: 2, decaySteps: 9 }) }),
  "one cycle": () => {
    const cycle = oneCycle({ maxLr: 0.1, totalSteps: 12 });
    return new Adam({ learningRate: cycle.learningRate, momentumSchedule: cycle.momentum });
  },
};

describe("a saved model goes on to the bit", () => {
  it.each(Object.entries(optimisers))("%s", async (_name, optimizer) => {
    const model = made();
    model.compile({ optimizer: optimizer(model), loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] });
    await model.fit(x, y, { ...quiet, epochs: 2 });
    await model.save(join(folder, "m"));
    const again = await loadLayersModel(join(folder, "m"), { device: anyDevice });
    const [one, other] = [await model.fit(x, y, { ...quiet, epochs: 2 }), await again.fit(x, y, { ...quiet, epochs: 2 })];
    expect(other.history).toEqual(one.history);
    expect(again.getWeights()).toEqual(model.getWeights());
  });

  it("with layers that are frozen, and rates by depth", async () => {
    const model = made();
    model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy" });
    freezeTo(model, -2);
    discriminativeRates(model, 4);
    await model.fit(x, y, { ...quiet, epochs: 2 });
    await model.save(join(folder, "m"));
    const again = await loadLayersModel(join(folder, "m"), { device: anyDevice });
    expect(again.layers.map(({ trainable }) => trainable)).toEqual([false, true, true]);
    expect(again.trainableParameters()).toHaveLength(model.trainableParameters().length);
    for (const each of [model, again]) await each.fit(x, y, { ...quiet, epochs: 2 });
    expect(again.getWeights()).toEqual(model.getWeights());
  });

  it("before its first step, too", async () => {
    const model = made();
    model.compile({ optimizer: new Muon({ momentum: 0.8 }), loss: "sparse_categorical_crossentropy" });
    await model.save(join(folder, "m"));
    const again = await loadLayersModel(join(folder, "m"), { device: anyDevice });
    expect(again.optimizer.settings).toEqual(model.optimizer.settings);
  });

  it("with a loss and a metric of the program, which are given by name", async () => {
    const gap: CustomLoss = (targets, predictions) => square(subtract(predictions, targets));
    const half = (_targets: ArrayLike<number>, _predictions: ArrayLike<number>, items: number) => items / 2;
    const model = new Sequential([new Dense({ units: 1, inputDim: 1 })], { device: anyDevice });
    model.compile({ optimizer: "adam", loss: gap, metrics: [half] });
    await model.fit([[1], [2]], [[2], [3]], quiet);
    await model.save(join(folder, "m"));
    await expect(loadLayersModel(join(folder, "m"))).rejects.toMatchObject({ code: "E_OPTION", parameters: { option: "losses" } });
    expect((await loadLayersModel(join(folder, "m"), { compile: false })).isCompiled).toBe(false);
    const again = await loadLayersModel(join(folder, "m"), { losses: { gap }, metrics: { half }, device: anyDevice });
    for (const each of [model, again]) await each.fit([[1], [2]], [[2], [3]], quiet);
    expect(again.getWeights()).toEqual(model.getWeights());
  });
});

class Own extends Model {
  readonly blocks = [new Dense({ units: 3, activation: "tanh" }), new Dense({ units: 3, activation: "tanh" })];
  readonly head = new Dense({ units: 1 });
  forward(input: Tensor): Tensor {
    return this.head.call(this.blocks.reduce((state, block) => block.call(state), input));
  }
}

describe("a model that is a class of the program", () => {
  const inputs = [[1], [2], [3], [4]];
  const targets = [[2], [4], [6], [8]];
  const compiled = (seed: number): Own => {
    const model = withRandom({ seed, step: 0 }, () => new Own({ device: anyDevice }));
    model.compile({ optimizer: new AdamW({ useEma: true }), loss: "mse" });
    return model;
  };

  it("shows the layers of its arrays to summary and freezing", async () => {
    const model = compiled(1);
    model.ensureBuilt([[1]], ["f32"]);
    expect(model.layers).toHaveLength(3);
    expect(model.summary().match(/\(Dense\)/g)).toHaveLength(3);
    freezeTo(model, -1);
    expect(model.trainableParameters()).toHaveLength(2);
  });

  it("is saved by ModelCheckpoint, and restored into another it goes on to the bit", async () => {
    const model = compiled(1);
    await model.fit(inputs, targets, { ...quiet, epochs: 2, callbacks: [new ModelCheckpoint(join(folder, "own"))] });
    const again = compiled(2);
    again.ensureBuilt([[1]], ["f32"]);
    await again.restoreFrom(join(folder, "own"));
    for (const each of [model, again]) await each.fit(inputs, targets, { ...quiet, epochs: 2 });
    expect(again.getWeights()).toEqual(model.getWeights());
    await expect(loadLayersModel(join(folder, "own"))).rejects.toThrow(/restoreFrom|restore/);
  });

  it("keeps its weights in one file", async () => {
    const [model, again] = [compiled(1), compiled(2)];
    for (const each of [model, again]) each.ensureBuilt([[1]], ["f32"]);
    await model.saveWeights(join(folder, "w.safetensors"));
    await again.loadWeights(join(folder, "w.safetensors"));
    expect(again.getWeights()).toEqual(model.getWeights());
  });
});

describe("what could not be opened again is refused when it is saved", () => {
  it.each<[string, (model: Sequential) => void]>([
    ["a schedule of the program", (model) => model.compile({ optimizer: new SGD({ learningRate: () => 0.1 }), loss: "mse" })],
    [
      "a loss without a name",
      (model) =>
        model.compile({
          loss: (
            () => (a: Tensor, b: Tensor) =>
              subtract(a, b)
          )(),
        }),
    ],
  ])("%s", async (_what, compile) => {
    const model = made();
    compile(model);
    await expect(model.save(join(folder, "m"))).rejects.toMatchObject({ code: "E_NOT_SAVABLE" });
  });

  it("a model without weights, and a layer whose class declares no name", async () => {
    await expect(new Sequential([new Dense({ units: 1 })]).save(join(folder, "m"))).rejects.toMatchObject({ code: "E_NOT_SAVABLE" });
    class Same extends Layer {
      forward(input: Tensor): Tensor {
        return input;
      }
      outputShape(shape: readonly number[]): readonly number[] {
        return shape;
      }
    }
    const model = new Sequential([new Dense({ units: 1, inputDim: 1 }), new Same()], { device: anyDevice });
    await expect(model.save(join(folder, "m"))).rejects.toThrow(/className/);
  });

  it("the name of a class at run time says nothing: one that a minifier renamed is saved under its own", async () => {
    const model = new Sequential([new Dense({ units: 1, inputDim: 1 })], { device: anyDevice });
    const before = Object.getOwnPropertyDescriptor(Dense, "name") as PropertyDescriptor;
    Object.defineProperty(Dense, "name", { value: "t", configurable: true });
    try {
      await model.save(join(folder, "m"));
    } finally {
      Object.defineProperty(Dense, "name", before);
    }
    expect((await loadLayersModel(join(folder, "m"), { device: anyDevice })).getWeights()).toEqual(model.getWeights());
  });
});

describe("a folder that is hostile or damaged", () => {
  const saved = async (): Promise<string> => {
    const path = join(folder, "m");
    const model = made();
    model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy" });
    await model.fit(x, y, quiet);
    await model.save(path);
    return path;
  };

  it.each(["config.json", "model.safetensors", "optimizer.safetensors"])("one bit of %s is seen", async (file) => {
    const path = await saved();
    const bytes = readFileSync(join(path, file));
    // A digit of config.json, so that it stays JSON.
    const at = file === "config.json" ? bytes.indexOf('"units": ') + 9 : bytes.length - 3;
    bytes[at] ^= 1;
    writeFileSync(join(path, file), bytes);
    await expect(loadLayersModel(path, { device: anyDevice })).rejects.toMatchObject({ code: "E_FORMAT_CHECKSUM", parameters: { file } });
  });

  it.each([
    ["inputDim", 1e8],
    ["inputDim", 1e15],
    ["outputDim", 1e9],
  ])("a config that asks for more than its weights hold reserves nothing: %s %d", async (option, value) => {
    const path = await saved();
    const file = join(path, "config.json");
    const config = JSON.parse(readFileSync(file, "utf8"));
    config.model.layers[0].config[option] = value;
    writeFileSync(file, JSON.stringify(config));
    rmSync(join(path, "SHA256SUMS"));
    const before = process.memoryUsage().rss;
    await expect(loadLayersModel(path, { device: anyDevice })).rejects.toMatchObject({ code: "E_MODEL_WEIGHTS" });
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });
});
