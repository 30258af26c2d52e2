// Every loss against PyTorch and Keras: values and gradients within 1e-5. Fixture: test/parity/generate/learn/losses.py.
import { describe, expect, it } from "vitest";
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  contrastive,
  klDivergence,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from "#nn";
import { gradients, type Tensor, tidy } from "#tensor";
import { devices } from "../../support/devices.ts";
import { cases, expectClose, type FixtureArray, numbers, tensorOf } from "./support.ts";

interface Settings {
  readonly fromLogits?: boolean;
  readonly labelSmoothing?: number;
  readonly ignoreIndex?: number;
  readonly temperature?: number;
  readonly symmetric?: boolean;
}

interface LossCase {
  readonly name: string;
  readonly library: "torch" | "keras";
  readonly settings: Settings;
  readonly inputs: Readonly<Record<string, FixtureArray>>;
  readonly value: number;
  readonly gradients: Readonly<Record<string, FixtureArray>>;
}

type Inputs = Readonly<Record<string, Tensor>>;
type Loss = (inputs: Inputs, settings: Settings, library: string) => Tensor;

const prediction = (x: Inputs): Tensor => x["logits"] ?? x["probabilities"] ?? x["values"];

// By how the names of cases begin; the longest comes first.
const losses: readonly (readonly [string, Loss])[] = [
  ["sparse categorical", (x, settings) => sparseCategoricalCrossentropy(x["labels"], prediction(x), settings)],
  ["categorical", (x, settings) => categoricalCrossentropy(x["targets"], prediction(x), settings)],
  ["binary", (x, settings) => binaryCrossentropy(x["targets"], prediction(x), settings)],
  ["mean squared error", (x) => meanSquaredError(x["targets"], prediction(x), { sampleWeight: x["weights"] })],
  ["mean absolute error", (x) => meanAbsoluteError(x["targets"], prediction(x))],
  ["kl", (x, { fromLogits }, library) => klDivergence(x["targets"], prediction(x), { fromLogits, epsilon: library === "torch" ? 0 : undefined })],
  ["contrastive", (x, settings) => contrastive(x["a"], x["b"], settings)],
];

/** PyTorch's loss of probabilities takes them as they are; ours, as Keras's, divides them by their sum: the same value, and a gradient that is larger by 1 / rows everywhere. */
function shiftOf({ name, library, settings, inputs }: LossCase): number {
  return library === "torch" && name === "sparse categorical" && !settings.fromLogits ? 1 / inputs["labels"].shape[0] : 0;
}

describe.each(devices)("losses on $name", ({ device }) => {
  it.each(cases<LossCase>("losses"))("$library: $name", (one) => {
    tidy(() => {
      const inputs = Object.fromEntries(Object.entries(one.inputs).map(([name, array]) => [name, tensorOf(array, device)]));
      const wanted = Object.keys(one.gradients).map((name) => inputs[name].requireGrad());
      const loss = losses.find(([name]) => one.name.startsWith(name))?.[1];
      if (loss === undefined) throw new Error(`no loss for ${one.name}`);
      const value = loss(inputs, one.settings, one.library);
      expect(Math.abs(value.dataSync()[0] / one.value - 1), `${value.dataSync()[0]}, right is ${one.value}`).toBeLessThan(1e-5);
      const found = gradients(value, wanted);
      for (const [i, [name, array]] of Object.entries(one.gradients).entries()) {
        const right = (numbers(array) as Float32Array).map((x) => x + shiftOf(one));
        expectClose(found[i].dataSync(), right, 1e-5, `gradient of ${name}`);
      }
    });
  });
});
