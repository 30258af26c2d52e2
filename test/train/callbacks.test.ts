// Callbacks: their order, and what each does.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Dense, SGD } from "#nn";
import { withRandom } from "#tensor";
import {
  type Callback,
  CSVLogger,
  EarlyStopping,
  LambdaCallback,
  LearningRateScheduler,
  type Logs,
  loadLayersModel,
  ModelCheckpoint,
  ReduceLROnPlateau,
  Sequential,
} from "#train";
import { anyDevice } from "../support/devices.ts";

const x = [[0], [1], [2], [3]];
const y = [[1], [3], [5], [7]];
const quiet = { verbose: 0, batchSize: 2 } as const;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "inkstone-callbacks-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function line(rate = 0.05): Sequential {
  const model = withRandom({ seed: 1, step: 0 }, () => new Sequential([new Dense({ units: 1, inputDim: 1 })], { device: anyDevice }));
  model.compile({ optimizer: new SGD({ learningRate: rate }), loss: "mse" });
  return model;
}

/** Says these values of val_loss, epoch by epoch, whatever the model does. */
function saying(values: readonly number[]): Callback {
  return { onEpochEnd: (epoch, logs) => void Object.assign(logs, { val_loss: values[epoch] }) };
}

describe("callbacks", () => {
  it("are called in Keras's order, the validation within the epoch", async () => {
    const called: string[] = [];
    const note = (name: string) => (): void => void called.push(name);
    const callback = new LambdaCallback({
      onTrainBegin: note("train begin"),
      onTrainEnd: note("train end"),
      onEpochBegin: note("epoch begin"),
      onEpochEnd: note("epoch end"),
      onTrainBatchBegin: note("batch begin"),
      onTrainBatchEnd: note("batch end"),
      onTestBegin: note("test begin"),
      onTestEnd: note("test end"),
      onTestBatchBegin: note("test batch begin"),
      onTestBatchEnd: note("test batch end"),
    });
    await line().fit(x, y, { ...quiet, validationData: [[[1]], [[3]]], callbacks: [callback] });
    const batches = ["batch begin", "batch end", "batch begin", "batch end"];
    const test = ["test begin", "test batch begin", "test batch end", "test end"];
    expect(called).toEqual(["train begin", "epoch begin", ...batches, ...test, "epoch end", "train end"]);
  });

  it("may be plain objects whose promises are waited for", async () => {
    const seen: number[] = [];
    const callback: Callback = {
      async onEpochEnd(epoch) {
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(epoch);
      },
    };
    await line().fit(x, y, { ...quiet, epochs: 3, callbacks: [callback] });
    expect(seen).toEqual([0, 1, 2]);
  });

  it("EarlyStopping stops after its patience and gives the best weights back", async () => {
    const model = line();
    const weights: Float32Array[][] = [];
    const watch: Callback = { onEpochEnd: () => void weights.push(model.getWeights()) };
    const stopping = new EarlyStopping({ patience: 2, restoreBestWeights: true });
    const { epoch } = await model.fit(x, y, { ...quiet, epochs: 10, callbacks: [watch, saying([5, 4, 3, 3.5, 3.1, 2]), stopping] });
    expect(epoch).toEqual([0, 1, 2, 3, 4]);
    expect(stopping).toMatchObject({ stoppedEpoch: 4, bestEpoch: 2, best: 3 });
    expect(model.getWeights()).toEqual(weights[2]);
  });

  it("EarlyStopping names the numbers there are when it is to watch another", async () => {
    await expect(line().fit(x, y, { ...quiet, callbacks: [new EarlyStopping()] })).rejects.toThrow(/"val_loss"|val_loss/);
  });

  it("ReduceLROnPlateau lowers the rate when nothing gets better, not below its least", async () => {
    const model = line(0.08);
    const rates = new ReduceLROnPlateau({ factor: 0.5, patience: 2, minLearningRate: 0.03 });
    const { history } = await model.fit(x, y, { ...quiet, epochs: 8, callbacks: [saying([1, 1, 1, 1, 1, 1, 1, 1]), rates] });
    expect(history["learning_rate"]).toEqual([0.08, 0.08, 0.08, 0.04, 0.04, 0.03, 0.03, 0.03]);
  });

  it("LearningRateScheduler sets the rate of each epoch", async () => {
    const { history } = await line().fit(x, y, { ...quiet, epochs: 3, callbacks: [new LearningRateScheduler((epoch) => 0.1 / (epoch + 1))] });
    expect(history["learning_rate"]).toEqual([0.1, 0.05, 0.1 / 3]);
  });

  it("ModelCheckpoint keeps the best model, whole", async () => {
    const model = line();
    const best = join(folder, "best");
    const weights: Float32Array[][] = [];
    const watch: Callback = { onEpochEnd: () => void weights.push(model.getWeights()) };
    const checkpoint = new ModelCheckpoint({ filepath: best, saveBestOnly: true });
    await model.fit(x, y, { ...quiet, epochs: 4, callbacks: [watch, saying([3, 1, 2, 1.5]), checkpoint] });
    expect(checkpoint.saved).toEqual([best, best]);
    expect((await loadLayersModel(best, { device: anyDevice })).getWeights()).toEqual(weights[1]);
  });

  it("ModelCheckpoint fills in epoch and metrics", async () => {
    const checkpoint = new ModelCheckpoint({ filepath: join(folder, "model-{epoch}-{val_loss}") });
    await line().fit(x, y, { ...quiet, epochs: 2, callbacks: [saying([0.5, 0.25]), checkpoint] });
    expect(checkpoint.saved.map((path) => path.slice(folder.length + 1))).toEqual(["model-01-0.5000", "model-02-0.2500"]);
  });

  it("CSVLogger writes a row an epoch, and goes on behind those that are there", async () => {
    const path = join(folder, "log.csv");
    const model = line();
    await model.fit(x, y, { ...quiet, epochs: 2, callbacks: [new CSVLogger(path)] });
    await model.fit(x, y, { ...quiet, epochs: 3, initialEpoch: 2, callbacks: [new CSVLogger(path, { append: true })] });
    const rows = readFileSync(path, "utf8").trim().split("\n");
    expect(rows.map((row) => row.split(",")[0])).toEqual(["epoch", "0", "1", "2"]);
    expect(rows[0]).toBe("epoch,loss");
  });
});

describe("what a person sees", () => {
  const written = async (isTTY: boolean, verbose: 0 | 1 | 2 | "auto" = "auto") => {
    const pieces: string[] = [];
    const output = { isTTY, columns: 100, write: (piece: string) => pieces.push(piece) };
    await line().fit(x, y, { epochs: 2, batchSize: 1, validationData: [x, y], verbose, output });
    return pieces.join("");
  };

  it("is a line an epoch without a terminal, and a table at the end", async () => {
    const rows = (await written(false)).trim().split("\n");
    expect(rows).toHaveLength(6);
    expect(rows[3].trim().split(/\s+/)).toEqual(["epoch", "loss", "val_loss"]);
    expect(rows[1]).toMatch(/^Epoch 2\/2 - \d+s - \d+(ms|us)\/step - loss: \d+\.\d{4} - val_loss: \d+\.\d{4}$/);
  });

  it("is a bar with pace, metrics and time on a terminal", async () => {
    const text = await written(true);
    expect(text).toContain("Epoch 1/2\n");
    expect(text).toMatch(/4\/4 ━{20} \d+s \d+(ms|us)\/step - loss: \d+\.\d{4} - val_loss: \d+\.\d{4}\n/);
  });

  it("is a line an epoch with verbose 2, nothing with 0", async () => {
    expect((await written(true, 2)).trim().split("\n")).toHaveLength(2);
    expect(await written(true, 0)).toBe("");
  });

  it("ends in a table and curves of the history", async () => {
    const history = await line().fit(x, y, { ...quiet, epochs: 2, validationData: [x, y] });
    const rows = history.toString().split("\n");
    expect(rows[0].trim().split(/\s+/)).toEqual(["epoch", "loss", "val_loss"]);
    expect(rows).toHaveLength(3);
    expect(history.plot()).toMatch(/^<svg[\s\S]*val_loss/);
    const logs: Logs = { loss: 1 };
    expect(logs).toEqual({ loss: 1 });
  });
});

describe("what can never come is refused at the start", () => {
  const started = async (callbacks: readonly Callback[], model = line()) => {
    const before = model.getWeights();
    const failure = await model.fit(x, y, { ...quiet, callbacks }).then(
      () => undefined,
      (error: { code: string; message: string }) => error,
    );
    expect(model.getWeights()).toEqual(before);
    return failure;
  };

  it.each([
    ["a monitor without validation", () => new EarlyStopping({ monitor: "val_loss" }), /monitor.*val_loss.*allowed: loss/],
    ["a monitor that nobody gives", () => new ReduceLROnPlateau({ monitor: "acuracy" }), /monitor/],
    ["a name of a checkpoint", () => new ModelCheckpoint(join(folder, "{val_acc}")), /filepath/],
    ["a format of a checkpoint", () => new ModelCheckpoint({ filepath: join(folder, "{loss:x}") }), /filepath/],
  ])("%s", async (_what, make, message) => {
    expect(await started([make()])).toMatchObject({ code: "E_OPTION", message: expect.stringMatching(message) });
  });

  it.each([
    ["restore_best_weights", () => new EarlyStopping({ restore_best_weights: true } as never), "restoreBestWeights"],
    ["min_lr", () => new ReduceLROnPlateau({ min_learning_rate: 0 } as never), "minLearningRate"],
    ["save_weights_only", () => new ModelCheckpoint({ filepath: "x", save_weights_only: true } as never), "saveWeightsOnly"],
  ])("an option of another library: %s", (_name, make, nearest) => {
    expect(make).toThrow(expect.objectContaining({ code: "E_OPTION_UNKNOWN", parameters: expect.objectContaining({ nearest }) }));
  });

  it("a callback that changes the rate, over a schedule", async () => {
    const model = line();
    model.compile({ optimizer: new SGD({ learningRate: (step) => 1 / (step + 100) }), loss: "mse" });
    expect(await started([new LearningRateScheduler((_epoch, rate) => rate)], model)).toMatchObject({
      code: "E_OPTION",
      message: expect.stringMatching(/learningRate/),
    });
    expect(await started([new ReduceLROnPlateau({ monitor: "loss" })], model)).toMatchObject({ code: "E_OPTION" });
  });

  it("mode auto of a metric of one's own has to be said; of this library's metrics it is known", async () => {
    const model = line();
    const bleu = () => 1;
    model.compile({ optimizer: "sgd", loss: "mse", metrics: [bleu, "precision", "mae"] });
    expect(await started([new EarlyStopping({ monitor: "bleu" })], model)).toMatchObject({
      code: "E_OPTION",
      message: expect.stringMatching(/mode/),
    });
    for (const [monitor, larger] of [
      ["precision", true],
      ["mae", false],
    ] as const) {
      const stopping = new EarlyStopping({ monitor });
      await model.fit(x, y, { ...quiet, callbacks: [stopping] });
      expect(Number.isFinite(stopping.best)).toBe(true);
      expect(stopping.best >= 0 && larger !== undefined).toBe(true);
    }
  });
});

it("checkpoints are named as Keras names them", async () => {
  const checkpoint = new ModelCheckpoint(join(folder, "{epoch:03d}-{loss:.1f}"));
  await line().fit(x, y, { ...quiet, epochs: 2, callbacks: [checkpoint] });
  expect(checkpoint.saved.map((path) => path.slice(folder.length + 1))).toEqual([
    expect.stringMatching(/^001-\d+\.\d$/),
    expect.stringMatching(/^002-\d+\.\d$/),
  ]);
});
