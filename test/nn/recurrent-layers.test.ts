// LSTM, GRU, SimpleRNN, Bidirectional, TimeDistributed: defaults, states, masks, dropout, what is refused. Their arithmetic: test/parity/learn.
import { describe, expect, it } from "vitest";
import { Bidirectional, Dense, GRU, LSTM, type Recurrent, type RecurrentLayerOptions, SimpleRNN, TimeDistributed } from "#nn";
import { add, cpu, gradients, manualSeed, multiply, record, relu, sigmoid, type Tensor, tanh, tensor, withRandom } from "#tensor";
import { expectNear, noise } from "../support/numbers.ts";

const [rows, steps, width, units] = [3, 5, 4, 6];
const x = tensor(noise(rows * steps * width, 1), [rows, steps, width]);
const mask = tensor(Int32Array.of(0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0), [rows, steps]);
const values = (tensor?: Tensor) => Array.from(tensor?.dataSync() ?? []);

/** Gives the second layer the weights of the first. */
function share(from: Recurrent, to: Recurrent): void {
  for (const layer of [from, to]) layer.ensureBuilt([steps, width]);
  for (const [i, weight] of to.trainableParameters().entries()) weight.write(from.trainableParameters()[i].dataSync());
}

type Make = (options: Partial<RecurrentLayerOptions>) => Recurrent;
// The activations as functions: not known to be what the kernels have, so computed step by step.
const kinds: readonly [name: string, kernel: Make, plain: Make, weights: number[][]][] = [
  [
    "LSTM",
    (options) => new LSTM({ units, ...options }),
    (options) => new LSTM({ units, activation: (y) => tanh(y), recurrentActivation: (y) => sigmoid(y), ...options }),
    [[width, 4 * units], [units, 4 * units], [4 * units]],
  ],
  [
    "GRU",
    (options) => new GRU({ units, ...options }),
    (options) => new GRU({ units, activation: (y) => tanh(y), ...options }),
    [
      [width, 3 * units],
      [units, 3 * units],
      [2, 3 * units],
    ],
  ],
  [
    "SimpleRNN",
    (options) => new SimpleRNN({ units, activation: "relu", ...options }),
    (options) => new SimpleRNN({ units, activation: (y) => relu(y), ...options }),
    [[width, units], [units, units], [units]],
  ],
];

describe.each(kinds)("%s", (_, kernel, plain, shapes) => {
  it("has Keras's weights, and none for a bias that is not wanted", () => {
    const layer = kernel({});
    layer.ensureBuilt([steps, width]);
    expect(layer.trainableParameters().map(({ shape }) => shape)).toEqual(shapes);
    expect([...layer.stateDict().keys()]).toEqual(["kernel", "recurrentKernel", "bias"]);
    const bare = kernel({ useBias: false });
    expect(bare.call(x).shape).toEqual([rows, units]);
    expect([...bare.stateDict().keys()]).toEqual(["kernel", "recurrentKernel"]);
  });

  it("begins with orthogonal rows of the recurrent kernel", () => {
    const layer = kernel({});
    layer.ensureBuilt([steps, width]);
    const [columns] = layer.recurrentKernel.shape.slice(1);
    const kernelValues = values(layer.recurrentKernel);
    const dot = (a: number, b: number) =>
      kernelValues.slice(a * columns, (a + 1) * columns).reduce((sum, value, i) => sum + value * kernelValues[b * columns + i], 0);
    expectNear([dot(0, 0), dot(1, 1), dot(0, 1), dot(2, 5)], [1, 1, 0, 0], 1e-5);
  });

  it.each([
    ["plainly", {}, false],
    ["backwards over all steps", { returnSequences: true, goBackwards: true }, false],
    ["with a mask", { returnSequences: true }, true],
    ["with a mask and zeros, backwards", { returnSequences: true, zeroOutputForMask: true, goBackwards: true }, true],
  ] as const)("computes step by step what its kernel computes whole: %s", (_label, options, masked) => {
    const [whole, stepwise] = [kernel(options), plain(options)];
    share(whole, stepwise);
    const call = masked ? { mask } : {};
    const [a, b] = [whole.call(x, call), stepwise.call(x, call)];
    expectNear(b.dataSync(), a.dataSync(), 1e-5);
    const seed = tensor(noise(a.size, 3), a.shape);
    const [da, db] = [gradients(a, whole.trainableParameters(), { seed }), gradients(b, stepwise.trainableParameters(), { seed })];
    for (const [i, gradient] of da.entries()) expectNear(db[i].dataSync(), gradient.dataSync(), 1e-5);
  });

  it("goes on from its states as if the sequence had not been cut", () => {
    const layer = kernel({ returnSequences: true });
    const one = x.rows(0, 1).reshape([steps, width]);
    const piece = (first: number, count: number) => one.rows(first, count).reshape([1, count, width]);
    const whole = layer.call(piece(0, steps));
    const begun = layer.callWithState(piece(0, 2));
    const rest = layer.callWithState(piece(2, 3), { initialState: begun.states });
    // The twins keep states in f64 within a call.
    expectNear([...values(begun.outputs), ...values(rest.outputs)], values(whole), 1e-6);
    expectNear(values(rest.states[0]), values(whole).slice(-units), 1e-6);
  });

  it("passes a mask on only with its steps", () => {
    expect(kernel({ returnSequences: true }).outputMask(x, mask)).toBe(mask);
    expect(kernel({}).outputMask(x, mask)).toBeUndefined();
  });

  it("drops the same inputs in all steps of a row, in training only", () => {
    const layer = kernel({ dropout: 0.5, returnSequences: true });
    const twin = kernel({ dropout: 0.5, returnSequences: true });
    share(layer, twin);
    expect(values(layer.call(x))).toEqual(values(twin.call(x)));
    manualSeed(11);
    const dropped = values(layer.train().call(x));
    manualSeed(11);
    expect(values(layer.call(x))).toEqual(dropped);
    expect(dropped).not.toEqual(values(layer.eval().call(x)));
    // What one row drops is a mask of inputs: each input times 0 or 2, whatever the step.
    const found = Array.from({ length: 2 ** width }, (_, bits) => {
      const factors = Float32Array.from({ length: width }, (__, i) => ((bits >> i) & 1) * 2);
      return values(twin.call(multiply(x.rows(0, 1), tensor(factors))));
    });
    expect(found.filter((output) => output.every((value, i) => Math.abs(value - dropped[i]) < 1e-5))).toHaveLength(1);
  });

  it("drops anew in each step of a recording, what it drops at once in that step", () => {
    const layer = kernel({ dropout: 0.5, recurrentDropout: 0.25 }).train();
    layer.ensureBuilt([steps, width]);
    const recording = record(cpu(), (registers) => {
      const step = registers.define("step", { minimum: 0, maximum: 9 });
      return withRandom({ seed: 1, step }, () => [layer.call(x)]);
    });
    const run = (step: number) => {
      recording.run({ step });
      return values(recording.outputs[0]);
    };
    const first = run(1);
    expect(run(2)).not.toEqual(first);
    expect(run(1)).toEqual(first);
    expect(values(withRandom({ seed: 1, step: 1 }, () => layer.call(x)))).toEqual(first);
    recording.dispose();
  });

  it("drops of the state in training only", () => {
    const layer = kernel({ recurrentDropout: 0.5 });
    const without = values(layer.call(x));
    manualSeed(5);
    const first = values(layer.train().call(x));
    manualSeed(5);
    expect(values(layer.call(x))).toEqual(first);
    expect(first).not.toEqual(without);
    expect(values(layer.eval().call(x))).toEqual(without);
  });

  it("refuses what it cannot take, by its name", () => {
    const layer = kernel({ name: "reader" });
    layer.ensureBuilt([steps, width]);
    const refused = (call: () => unknown, code: string) =>
      expect(call).toThrow(expect.objectContaining({ code, message: expect.stringMatching(code === "E_SHAPE" ? "reader" : "") }));
    refused(() => layer.call(tensor(noise(30, 1), [rows, 2, 5])), "E_SHAPE");
    refused(() => layer.call(tensor(noise(12, 1), [3, 4])), "E_SHAPE");
    refused(() => layer.call(tensor(new Float32Array(0), [3, 0, width])), "E_SHAPE");
    refused(() => layer.call(x, { mask: tensor(Int32Array.of(1), [1, 1]) }), "E_SHAPE");
    refused(() => layer.callWithState(x, { initialState: [] }), "E_SHAPE");
    refused(() => kernel({ name: "reader", units: 0 }), "E_OPTION");
    refused(() => kernel({ dropout: 1 }), "E_OPTION");
    refused(() => kernel({ recurrentDropout: -0.1 }), "E_OPTION");
    refused(() => kernel({ activation: "mish" as "tanh" }), "E_OPTION");
  });
});

describe("LSTM", () => {
  it("begins with ones in the forget gate's bias, or not", () => {
    const bias = (options: object) => {
      const layer = new LSTM({ units: 2, ...options });
      layer.ensureBuilt([1, 1]);
      return values(layer.bias);
    };
    expect(bias({})).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect(bias({ unitForgetBias: false })).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe("Bidirectional", () => {
  const layer = () => new LSTM({ units, returnSequences: true, dropout: 0.1 });

  it("has a second layer of the other direction with the same options and weights of its own", () => {
    const both = new Bidirectional({ layer: layer() });
    both.ensureBuilt([steps, width]);
    const { forwardLayer, backwardLayer } = both;
    expect([forwardLayer.goBackwards, backwardLayer.goBackwards, backwardLayer.units]).toEqual([false, true, units]);
    expect(values(backwardLayer.kernel)).not.toEqual(values(forwardLayer.kernel));
    expect(both.trainableParameters()).toHaveLength(6);
    expect([...both.stateDict().keys()][3]).toBe("backwardLayer.kernel");
  });

  it("merges both directions as it was told", () => {
    const first = new Bidirectional({ layer: layer() });
    const [there, back] = first.both(x, { mask }).map(({ outputs }) => values(outputs));
    const merged = (mergeMode: "sum" | "mul" | "ave" | "concat") => {
      const both = new Bidirectional({ layer: first.forwardLayer, backwardLayer: first.backwardLayer, mergeMode });
      const y = both.call(x, { mask });
      expect([rows, ...both.outputShape([steps, width])]).toEqual(y.shape);
      return values(y);
    };
    expect(merged("sum")).toEqual(there.map((value, i) => Math.fround(value + back[i])));
    expect(merged("mul")).toEqual(there.map((value, i) => Math.fround(value * back[i])));
    expectNear(
      merged("ave"),
      there.map((value, i) => (value + back[i]) / 2),
    );
    expect(merged("concat").slice(0, 2 * units)).toEqual([...there.slice(0, units), ...back.slice(0, units)]);
  });

  it("takes and gives the states of both directions", () => {
    const both = new Bidirectional({ layer: new GRU({ units }) });
    const { states } = both.callWithState(x);
    expect(states.map(({ shape }) => shape)).toEqual([
      [rows, units],
      [rows, units],
    ]);
    const started = both.callWithState(x, { initialState: states });
    expect(values(started.states[1])).toEqual(values(both.backwardLayer.callWithState(x, { initialState: [states[1]] }).states[0]));
  });

  it("refuses layers that do not go together, and unknown merges", () => {
    expect(() => new Bidirectional({ layer: layer(), backwardLayer: layer() })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
    expect(() => new Bidirectional({ layer: layer(), mergeMode: "max" as "sum" })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });

  it("trains neither direction once it is not trainable", () => {
    const both = new Bidirectional({ layer: layer(), trainable: false });
    both.call(x);
    expect(both.trainableParameters()).toEqual([]);
  });
});

describe("TimeDistributed", () => {
  it("is its layer on each step", () => {
    const dense = new Dense({ units: 2 });
    const y = new TimeDistributed({ layer: dense }).call(x);
    expect(y.shape).toEqual([rows, steps, 2]);
    const each = Array.from({ length: rows }, (_, row) => values(dense.call(x.rows(row, 1).reshape([steps, width]))));
    expectNear(values(y), each.flat());
    const doubled = new TimeDistributed({ layer: new TimeDistributed({ layer: dense }) });
    expect(doubled.outputShape([2, 3, width])).toEqual([2, 3, 2]);
    expect(values(doubled.call(add(x, x).reshape([1, rows, steps, width]))).length).toBe(rows * steps * 2);
  });
});
