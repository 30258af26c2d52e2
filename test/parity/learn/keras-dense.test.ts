// Dense and Embedding against Keras: outputs and all gradients. Fixture: generate/learn/keras_programs.py.
import { describe, expect, it } from "vitest";
import { type Activation, Dense, Embedding, type Layer } from "#nn";
import { gradients, type Tensor, tidy } from "#tensor";
import { devices } from "../../support/devices.ts";
import { cases, expectClose, type FixtureArray, type LayerCase, numbers, tensorOf } from "./support.ts";

const ours = cases<LayerCase>("keras_layers").filter(({ name }) => /^(Dense|Embedding)/.test(name));
const make = ({ layer, config }: LayerCase): Layer =>
  layer === "Embedding"
    ? new Embedding({ inputDim: Number(config["input_dim"]), outputDim: Number(config["output_dim"]) })
    : new Dense({ units: Number(config["units"]), activation: config["activation"] as Activation });

describe.each(ours)("$name", (one) => {
  it.each(devices)("has Keras's output and gradients on $name", ({ device }) => {
    tidy(() => {
      const layer = make(one);
      const on = (array: FixtureArray) => tensorOf(array, device);
      const x = on(one.inputs["x"]);
      layer.ensureBuilt(x.shape.slice(1));
      const names = Object.keys(one.weights);
      const weights = names.map((name) => on(one.weights[name]).requireGrad());
      Object.assign(layer, Object.fromEntries(names.map((name, i) => [name, weights[i]])));
      const leaves: readonly Tensor[] = x.type === "f32" ? [...weights, x.requireGrad()] : weights;
      const y = layer.call(x);
      expectClose(y.dataSync(), numbers(one.output), 1e-5, "output");
      const found = gradients(y, leaves, { seed: on(one.upstream) });
      for (const [i, name] of names.entries()) expectClose(found[i].dataSync(), numbers(one.gradients[name]), 1e-5, name);
      if (x.type === "f32") expectClose(found[names.length].dataSync(), numbers(one.inputGradients["x"]), 1e-5, "x");
      expect(layer.built).toBe(true);
    });
  });
});
