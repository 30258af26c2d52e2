// LSTM, GRU and simple recurrent layers, one and both directions, against PyTorch: outputs, loss, all gradients, ten steps of losses. Fixture: generate/learn/recurrent.py.
import { describe, expect, it } from "vitest";
import { Adam, Bidirectional, Dense, GRU, LSTM, type OutputsAndStates, type Recurrent, SGD, SimpleRNN } from "#nn";
import { concatenate, crossEntropy, type Device, gradients, mean, square, stack, subtract, type Tensor, tensor, tidy } from "#tensor";
import { devices } from "../../support/devices.ts";
import { cases, expectClose, expectLosses, type FixtureArray, type ModelCase, numbers, tensorOf } from "./support.ts";

const UNITS = 8;
const STEPS = 7;
const kinds = { LSTM, GRU, RNN: SimpleRNN } as const;

// Of values [rows, columns].
const transposed = (values: ArrayLike<number>, rows: number, columns: number) =>
  Float32Array.from({ length: rows * columns }, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);

/** PyTorch's matrix [gates · units, C] as Keras has it: [C, gates · units], a GRU's blocks r, z, n as z, r, n. */
function kerasMatrix(array: FixtureArray, isGru: boolean): Float32Array {
  const [rows, columns] = array.shape;
  return transposed(blocksTurned(numbers(array), isGru, columns), rows, columns);
}

// The first two of three blocks change places.
function blocksTurned(values: ArrayLike<number>, isGru: boolean, width = 1): Float32Array {
  const all = Float32Array.from(values);
  if (!isGru) return all;
  const block = UNITS * width;
  return Float32Array.from([...all.subarray(block, 2 * block), ...all.subarray(0, block), ...all.subarray(2 * block)]);
}

/** Weights (or their gradients) of one direction in Keras's form. `two`: what becomes of the two biases. */
function kerasForm(arrays: Readonly<Record<string, FixtureArray>>, suffix: string, isGru: boolean, two: "add" | "first") {
  const biases = ["ih", "hh"].map((name) => blocksTurned(numbers(arrays[`rnn.bias_${name}_l0${suffix}`]), isGru));
  const sum = biases[0].map((value, i) => value + (two === "add" ? biases[1][i] : 0));
  return {
    kernel: kerasMatrix(arrays[`rnn.weight_ih_l0${suffix}`], isGru),
    recurrentKernel: kerasMatrix(arrays[`rnn.weight_hh_l0${suffix}`], isGru),
    bias: isGru ? Float32Array.from([...biases[0], ...biases[1]]) : sum,
  };
}

interface Net {
  readonly layers: readonly Recurrent[];
  readonly rnn: Recurrent | Bidirectional;
  readonly head: Dense;
}

/** The layer and its head with the weights of the fixture, on a device. */
function netOf(one: ModelCase, device: Device): Net {
  const isGru = one.config.layer === "GRU";
  const layer: Recurrent = new kinds[one.config.layer as keyof typeof kinds]({ units: UNITS, returnSequences: true, zeroOutputForMask: true });
  const both = one.config.directions === 2 ? new Bidirectional({ layer }) : undefined;
  const rnn = both ?? layer;
  rnn.ensureBuilt([STEPS, Number(one.config.inputs)]);
  const layers = both ? [both.forwardLayer, both.backwardLayer] : [layer];
  const on = (old: Tensor, values: Float32Array) => tensor(values, old.shape, { device }).requireGrad();
  for (const [i, each] of layers.entries()) {
    const { kernel, recurrentKernel, bias } = kerasForm(one.weights, i === 0 ? "" : "_reverse", isGru, "add");
    each.kernel = on(each.kernel, kernel);
    each.recurrentKernel = on(each.recurrentKernel, recurrentKernel);
    each.bias = on(each.bias as Tensor, bias);
  }
  const { shape } = one.weights["head.weight"];
  const head = new Dense({ units: shape[0] });
  head.ensureBuilt([shape[1]]);
  head.kernel = on(head.kernel, transposed(numbers(one.weights["head.weight"]), shape[0], shape[1]));
  head.bias = on(head.bias as Tensor, numbers(one.weights["head.bias"]) as Float32Array);
  return { layers, rnn, head };
}

/** What a case is called with: inputs, the states that it begins with, which steps count. */
function inputsOf({ inputs, config }: ModelCase, device: Device) {
  const floats = Object.fromEntries(
    ["x", "h0", "c0"].filter((name) => inputs[name]).map((name) => [name, tensorOf(inputs[name], device).requireGrad()]),
  );
  const states = ["h0", "c0"].flatMap((name) => floats[name] ?? []);
  const direction = (i: number) => states.map((state) => state.rows(i, 1).reshape(state.shape.slice(1)));
  const initialState = states.length === 0 ? undefined : Array.from({ length: Number(config.directions) }, (_, i) => direction(i)).flat();
  const lengths = inputs.lengths && numbers(inputs.lengths);
  const rows = inputs.x.shape[0];
  const counts = lengths && Int32Array.from({ length: rows * STEPS }, (_, i) => (i % STEPS < lengths[Math.floor(i / STEPS)] ? 1 : 0));
  return { floats, call: { initialState, mask: counts && tensor(counts, [rows, STEPS], { device }) } };
}

function evaluate(one: ModelCase, net: Net, { floats, call }: ReturnType<typeof inputsOf>) {
  const { outputs, states }: OutputsAndStates = net.rnn.callWithState(floats.x, call);
  const each = states.length / net.layers.length;
  const ends = (which: number) => net.layers.map((_, i) => states[i * each + which]);
  const prediction = net.head.call(one.name === "steps" ? outputs : concatenate(ends(0), -1));
  const targets = tensorOf(one.targets, prediction.device);
  const loss = one.name === "last" ? mean(square(subtract(prediction, targets))) : crossEntropy(prediction, targets);
  return { states: outputs, hidden: stack(ends(0)), cell: each > 1 ? stack(ends(1)) : undefined, prediction, loss };
}

const parametersOf = ({ layers, head }: Net) => [...layers, head].flatMap((layer) => layer.trainableParameters());

describe.each(["lstm", "gru", "rnn", "bidirectional"])("%s", (fixture) => {
  const all = cases<ModelCase>(fixture);
  const everywhere = all.flatMap((one) => devices.map(({ name, device }) => [one.name, name, one, device] as const));

  it.each(everywhere)("has PyTorch's outputs, loss and gradients: %s on %s", (_, __, one, device) => {
    const isGru = one.config.layer === "GRU";
    const net = netOf(one, device);
    const given = inputsOf(one, device);
    const found = evaluate(one, net, given);
    for (const name of ["states", "hidden", "cell", "prediction"] as const) {
      const right = one.outputs[name];
      if (right) expectClose(found[name]?.dataSync() ?? [], numbers(right), 1e-5, name);
    }
    expect(Math.abs(found.loss.dataSync()[0] - one.loss) / one.loss).toBeLessThan(1e-5);
    const wanted: [name: string, of: Tensor, right: ArrayLike<number>][] = net.layers.flatMap((layer, i) => {
      const right = kerasForm(one.gradients, i === 0 ? "" : "_reverse", isGru, "first");
      return (["kernel", "recurrentKernel", "bias"] as const).map(
        (name) => [`${i} ${name}`, layer[name] as Tensor, right[name]] as [string, Tensor, Float32Array],
      );
    });
    const { shape } = one.weights["head.weight"];
    wanted.push(["head", net.head.kernel, transposed(numbers(one.gradients["head.weight"]), shape[0], shape[1])]);
    wanted.push(["head bias", net.head.bias as Tensor, numbers(one.gradients["head.bias"])]);
    for (const [name, input] of Object.entries(given.floats)) wanted.push([name, input, numbers(one.inputGradients[name])]);
    const each = gradients(
      found.loss,
      wanted.map(([, of]) => of),
    );
    for (const [i, [name, , right]] of wanted.entries()) expectClose(each[i].dataSync(), right, 1e-5, name);
  });

  it.each(all.map((one) => [one.name, one] as const))("has PyTorch's losses over ten steps: %s", (_, one) => {
    const { device } = devices[devices.length - 1];
    const net = netOf(one, device);
    const { lr, betas, eps, momentum, nesterov } = one.runs[0].settings as {
      lr: number;
      betas: number[];
      eps: number;
      momentum: number;
      nesterov: boolean;
    };
    // Two biases of PyTorch get the same steps: their sum goes twice as far. Those of a GRU stay two.
    const twice = one.config.layer === "GRU" ? [] : net.layers.flatMap(({ bias }) => bias ?? []);
    const rest = parametersOf(net).filter((parameter) => !twice.includes(parameter));
    const groups = [{ parameters: rest }, { parameters: twice, learningRateScale: 2 }];
    const optimizer =
      one.runs[0].optimiser === "SGD"
        ? new SGD(groups, { learningRate: lr, momentum, nesterov })
        : new Adam(groups, { learningRate: lr, beta1: betas[0], beta2: betas[1], epsilon: eps });
    const losses = one.runs[0].losses.map(() =>
      tidy(() => {
        optimizer.zeroGrad();
        const { loss } = evaluate(one, net, inputsOf(one, device));
        loss.backward();
        optimizer.step();
        return loss.dataSync()[0];
      }),
    );
    expectLosses(losses, one.runs[0].losses, "loss");
  });
});
