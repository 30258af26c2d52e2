// The next-word program in Keras's manner against Keras: same initial weights, same batches, ten losses, predictions, evaluation. Fixture: generate/learn/keras_programs.py.
import { describe, expect, it } from "vitest";
import { Adam, Dense, Embedding, LSTM } from "#nn";
import type { Device } from "#tensor";
import { Sequential } from "#train";
import { devices } from "../../support/devices.ts";
import { cases, expectClose, type FixtureArray, numbers } from "./support.ts";

interface Program {
  readonly config: {
    readonly vocabulary: number;
    readonly embedding: number;
    readonly units: number;
    readonly length: number;
    readonly batch: number;
  };
  readonly weights: Readonly<Record<string, FixtureArray>>;
  readonly trainX: FixtureArray;
  readonly trainY: FixtureArray;
  readonly order: FixtureArray;
  readonly predictions: FixtureArray;
  readonly runs: readonly {
    readonly embeddingGradient: "slices" | "dense";
    readonly settings: { readonly learning_rate: number };
    readonly losses: readonly number[];
    readonly accuracies: readonly number[];
    readonly evaluation: { readonly loss: number; readonly accuracy: number };
  }[];
}

const [program] = cases<Program>("keras_lstm");
const { vocabulary, embedding, units, length, batch } = program.config;
const x = numbers(program.trainX) as Int32Array;
const y = numbers(program.trainY) as Int32Array;
const order = numbers(program.order);
const hot = (rows: readonly number[]) => rows.map((row) => Array.from({ length: vocabulary }, (_, i) => (i === y[row] ? 1 : 0)));
const ids = (rows: readonly number[]) => ({
  values: Int32Array.from(rows.flatMap((row) => [...x.subarray(row * length, (row + 1) * length)])),
  shape: [rows.length, length],
});
const all = Array.from({ length: y.length }, (_, i) => i);

function build(device: Device): Sequential {
  const model = new Sequential(
    [
      new Embedding({ inputDim: vocabulary, outputDim: embedding, inputLength: length }),
      new LSTM({ units }),
      new Dense({ units: vocabulary, activation: "softmax" }),
    ],
    { device },
  );
  // Keras counts its models in the names of weights: the last two parts are the layer and the weight.
  const named = Object.entries(program.weights).map(([path, array]) => [
    path.split("/").slice(-2).join(".").replace("recurrent_kernel", "recurrentKernel"),
    numbers(array),
  ]);
  const weights = Object.fromEntries(named) as Record<string, Float32Array>;
  model.loadStateDict(weights);
  return model;
}

describe.each(devices)("the next-word program on $name", ({ device }) => {
  it("predicts what Keras predicts from the same weights", async () => {
    const model = build(device);
    const { values } = await model.predict(ids(all));
    expectClose(values, numbers(program.predictions), 1e-5, "predictions");
    model.dispose();
  });

  it.each(program.runs.filter(({ embeddingGradient }) => embeddingGradient === "dense"))(
    "has the ten losses and accuracies of Keras at learning rate $settings.learning_rate",
    async (run) => {
      const model = build(device);
      model.compile({ loss: "categorical_crossentropy", optimizer: new Adam({ learningRate: run.settings.learning_rate }), metrics: ["accuracy"] });
      for (const [step, loss] of run.losses.entries()) {
        const rows = [...order.subarray(step * batch, (step + 1) * batch)];
        const found = await model.trainOnBatch(ids(rows), hot(rows));
        expect(Math.abs(found["loss"] - loss) / loss, `step ${step}: ${found["loss"]}, Keras: ${loss}`).toBeLessThan(1e-5);
        expect(found["accuracy"]).toBeCloseTo(run.accuracies[step], 6);
      }
      const after = await model.evaluate(ids(all), hot(all));
      expect(Math.abs(after["loss"] - run.evaluation.loss) / run.evaluation.loss).toBeLessThan(1e-5);
      expect(after["accuracy"]).toBeCloseTo(run.evaluation.accuracy, 6);
      model.dispose();
    },
  );
});
