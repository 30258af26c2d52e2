// Recurrent layers against Keras: outputs and all gradients, masks that an embedding made included. Fixture: generate/learn/keras_programs.py.
import { describe, expect, it } from "vitest";
import { Bidirectional, Dense, GRU, type Layer, LSTM, type MergeMode, type RecurrentLayerOptions, SimpleRNN, TimeDistributed } from "#nn";
import { embedding, gradients, maximum, minimum, scale, shift, type Tensor, tensor } from "#tensor";
import { cases, expectClose, type LayerCase, numbers, tensorOf } from "./support.ts";

const all = cases<LayerCase>("keras_layers");
const kinds = { LSTM, GRU, SimpleRNN } as const;
const constant = (value: number) => tensor(Float32Array.of(value));
const hardSigmoid = (x: Tensor) => minimum(maximum(shift(scale(x, 1 / 6), 0.5), constant(0)), constant(1));

const recurrentOf = (name: string, options: RecurrentLayerOptions) => new kinds[name as keyof typeof kinds](options);

const layers: Readonly<Record<string, (config: Readonly<Record<string, unknown>>) => Layer>> = {
  "GRU reset before": ({ units }) => new GRU({ units: Number(units), resetAfter: false }),
  "LSTM relu hard_sigmoid": ({ units }) => new LSTM({ units: Number(units), activation: "relu", recurrentActivation: hardSigmoid }),
  TimeDistributed: () => new TimeDistributed({ layer: new Dense({ units: 3, activation: "softmax" }) }),
  "mask_zero LSTM": () => new LSTM({ units: 4 }),
  "mask_zero LSTM sequences": () => new LSTM({ units: 4, returnSequences: true }),
  "mask_zero GRU": () => new GRU({ units: 4 }),
  "mask_zero SimpleRNN": () => new SimpleRNN({ units: 4 }),
  "mask_zero Bidirectional LSTM": () => new Bidirectional({ layer: new LSTM({ units: 2 }) }),
};

function layerOf({ name, config }: LayerCase): Layer {
  const special = layers[name];
  if (special) return special(config);
  const inner = (config.layer ?? { class: name.split(" ")[0], ...config }) as Readonly<Record<string, unknown>>;
  const options = { units: Number(inner.units), returnSequences: inner.return_sequences === true, goBackwards: inner.go_backwards === true };
  const layer = recurrentOf(String(inner.class), options);
  return config.layer ? new Bidirectional({ layer, mergeMode: config.merge_mode as MergeMode }) : layer;
}

const isOurs = ({ name }: LayerCase) => /^(mask_zero )?(LSTM|GRU|SimpleRNN|Bidirectional)|^TimeDistributed/.test(name);

describe("Keras's answers", () => {
  it("are there for every recurrent layer", () => {
    expect(all.filter(isOurs)).toHaveLength(22);
  });

  it.each(all.filter(isOurs).map((one) => [one.name, one] as const))("%s: outputs and gradients", (_, one) => {
    const layer = layerOf(one);
    const arrays = Object.values(one.weights);
    const given = tensorOf(one.inputs.x);
    // An embedding below: its table is the first weight, ids of 0 are no steps.
    const table = given.type === "i32" ? tensorOf(arrays[0]).requireGrad() : undefined;
    const mask =
      table &&
      tensor(
        Int32Array.from(given.dataSync(), (id) => (id === 0 ? 0 : 1)),
        given.shape,
      );
    const x = table ? embedding(table, given) : given.requireGrad();
    layer.ensureBuilt(x.shape.slice(1));
    const weights = layer.trainableParameters();
    for (const [i, array] of (table ? arrays.slice(1) : arrays).entries()) weights[i].write(numbers(array));
    const output = layer.call(x, { mask });
    expect(output.shape).toEqual(one.output.shape);
    expect([output.shape[0], ...layer.outputShape(x.shape.slice(1))]).toEqual(one.output.shape);
    expectClose(output.dataSync(), numbers(one.output), 1e-5, "output");
    const wanted = [...(table ? [table] : []), ...weights, ...(table ? [] : [x])];
    const right = [...Object.values(one.gradients), ...Object.values(one.inputGradients)];
    const found = gradients(output, wanted, { seed: tensorOf(one.upstream) });
    for (const [i, gradient] of found.entries()) expectClose(gradient.dataSync(), numbers(right[i]), 1e-4, `gradient ${i}`);
  });
});
