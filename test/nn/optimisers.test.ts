// Optimisers: recorded steps, clipping, groups, averages, saving, and what is refused. Their arithmetic is held against PyTorch and Keras in test/parity/learn.
import { describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import { openExecutor } from "#native";
import {
  Adadelta,
  Adagrad,
  Adam,
  AdamW,
  decayGroups,
  discriminativeGroups,
  Linear,
  Module,
  Muon,
  Nadam,
  type Optimizer,
  type OptimizerName,
  optimizerOf,
  RMSprop,
  SGD,
  type SGDOptions,
} from "#nn";
import { cpu, type Device, matmul, newtonSchulz, record, sum, type Tensor, tensor, zeros } from "#tensor";
import { anyDevice, devices } from "../support/devices.ts";
import { weightOf } from "../support/layers.ts";
import { expectBits, expectNear, noise } from "../support/numbers.ts";

const infinite = Number.POSITIVE_INFINITY;
const weights = (device: Device = anyDevice, shapes: readonly (readonly number[])[] = [[150, 200], [7]]): Tensor[] =>
  shapes.map((shape, i) => tensor(Float32Array.from(noise(shape[0] * (shape[1] ?? 1), i + 1)), shape, { device }).requireGrad());
const bound = (optimizer: Optimizer, parameters: readonly Tensor[]): Optimizer => {
  optimizer.bind(parameters);
  return optimizer;
};
const gradientsFor = (parameters: readonly Tensor[], step: number): Tensor[] =>
  parameters.map(({ size, shape, device }, i) => tensor(Float32Array.from(noise(size, 31 * step + i)), shape, { device }));
const values = (tensors: readonly Tensor[]): Float32Array[] => tensors.map((tensor) => tensor.dataSync() as Float32Array);

function stepBy(optimizer: Optimizer, gradients: readonly (Tensor | undefined)[]): number | undefined {
  const numbers = optimizer.scalars();
  const norm = optimizer.apply(gradients, (name) => numbers[name]);
  optimizer.advance();
  return norm?.dataSync()[0];
}

function codeOf(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    return error instanceof InkstoneError ? error.code : String(error);
  }
  return "nothing was thrown";
}

const kinds: readonly { name: string; make: (parameters: readonly Tensor[]) => Optimizer }[] = [
  { name: "SGD", make: (parameters) => new SGD(parameters, { learningRate: 0.1, momentum: 0.9, nesterov: true, maxGradNorm: 1 }) },
  { name: "Adam", make: (parameters) => new Adam(parameters, { clipvalue: 0.1, amsgrad: true }) },
  { name: "RMSprop", make: (parameters) => bound(new RMSprop({ centered: true, momentum: 0.5, globalClipnorm: 3 }), parameters) },
  { name: "Adagrad", make: (parameters) => new Adagrad(parameters, { lrDecay: 0.1 }) },
  { name: "Adadelta", make: (parameters) => new Adadelta(parameters, { weightDecay: 0.1 }) },
  { name: "Nadam", make: (parameters) => bound(new Nadam({ weightDecay: 0.1 }), parameters) },
  { name: "Muon", make: (parameters) => new Muon(parameters, { learningRate: 0.02 }) },
  { name: "AdamW", make: (parameters) => new AdamW(parameters, { learningRate: (step) => 0.01 / (step + 1), useEma: true, clipnorm: 2 }) },
];

describe.each(kinds)("$name", ({ make }) => {
  it("gives the same bits from a recording as at once, and for 1 and 2 threads", () => {
    const [expected, ...others] = [1, 2].map((threads) => {
      const parameters = weights(cpu(openExecutor({ threads })));
      const optimizer = make(parameters);
      for (let step = 0; step < 3; step++) stepBy(optimizer, gradientsFor(parameters, step));
      return values(parameters);
    });
    const parameters = weights();
    const optimizer = make(parameters);
    const inputs = gradientsFor(parameters, 0);
    const recording = record(anyDevice, (registers) => {
      const scalars = Object.fromEntries(Object.keys(optimizer.scalars()).map((name) => [name, registers.define(name)]));
      return optimizer.apply(inputs, (name) => scalars[name])!;
    });
    for (let step = 0; step < 3; step++) {
      for (const [i, gradient] of gradientsFor(parameters, step).entries()) inputs[i].write(gradient.dataSync());
      recording.run(optimizer.scalars());
      optimizer.advance();
    }
    for (const found of [...others, values(parameters)]) for (const [i, part] of found.entries()) expectBits(part, expected[i]);
    recording.dispose();
  });

  it("goes on from a saved state with the same bits", () => {
    const [whole, first, second] = [weights(), weights(), weights()];
    const straight = make(whole);
    for (let step = 0; step < 6; step++) stepBy(straight, gradientsFor(whole, step));
    const before = make(first);
    for (let step = 0; step < 3; step++) stepBy(before, gradientsFor(first, step));
    const { tensors, ...saved } = before.stateDict();
    const text = JSON.stringify(saved);
    const after = make(second);
    for (const [i, parameter] of second.entries()) parameter.write(first[i].dataSync());
    after.loadStateDict({
      ...JSON.parse(text),
      tensors: new Map([...tensors].map(([name, tensor]) => [name, Float32Array.from(tensor.dataSync())])),
    });
    for (let step = 3; step < 6; step++) stepBy(after, gradientsFor(second, step));
    expect(after.steps).toBe(6);
    for (const [i, found] of values(second).entries()) expectBits(found, whole[i].dataSync());
  });

  it("changes nothing in a recorded step that is refused, and goes on with the next", () => {
    const parameters = weights();
    const optimizer = make(parameters);
    const inputs = gradientsFor(parameters, 0);
    const recording = record(anyDevice, (registers) => {
      const scalars = Object.fromEntries(Object.keys(optimizer.scalars()).map((name) => [name, registers.define(name)]));
      return optimizer.apply(inputs, (name) => scalars[name])!;
    });
    const before = [...parameters, ...optimizer.stateDict().tensors.values()];
    const held = values(before);
    const [good] = inputs[1].dataSync();
    inputs[1].write([Number.NaN]);
    expect(codeOf(() => recording.run(optimizer.scalars()))).toBe("E_KERNEL");
    for (const [i, found] of values(before).entries()) expectBits(found, held[i]);
    inputs[1].write([good]);
    recording.run(optimizer.scalars());
    expect(values(parameters)[0]).not.toEqual(held[0]);
    recording.dispose();
  });

  it("changes nothing where a gradient is not finite, and says whose it is", () => {
    for (const { device } of devices) {
      const parameters = weights(device, [[5], [100, 200]]);
      const optimizer = make(parameters);
      stepBy(optimizer, gradientsFor(parameters, 1));
      const before = [...parameters, ...optimizer.stateDict().tensors.values()];
      const held = values(before);
      for (const bad of [Number.NaN, infinite, 1e30]) {
        const gradients = gradientsFor(parameters, 2);
        gradients[1].write([bad], 19_999);
        const numbers = optimizer.scalars();
        let refused: unknown;
        try {
          optimizer.apply(gradients, (name) => numbers[name]);
        } catch (error) {
          refused = optimizer.explain(error, ["first", "second"]);
        }
        expect(String(refused)).toContain('The gradient of "second" is not finite');
        for (const [i, found] of values(before).entries()) expectBits(found, held[i]);
      }
    }
  });
});

describe("the norm of all gradients", () => {
  const plain = () => weights(anyDevice, [[100, 200], [3]]);
  it("is the same whether it is taken first or in the pass of the update", () => {
    const norms = [true, false].map((checkFirst) => {
      const parameters = plain();
      return stepBy(new AdamW(parameters, { checkFirst }), gradientsFor(parameters, 1));
    });
    const exact = Math.hypot(...gradientsFor(plain(), 1).map((gradient) => Math.hypot(...gradient.dataSync())));
    expect(norms[0]).toBeCloseTo(exact, 3);
    expect(norms[1]).toBe(norms[0]);
  });

  it("is reported after a step that did not check first", () => {
    const parameters = plain();
    const optimizer = new SGD(parameters, { checkFirst: false });
    const gradients = gradientsFor(parameters, 1);
    gradients[0].write([Number.NaN]);
    expect(codeOf(() => stepBy(optimizer, gradients))).toBe("E_KERNEL");
  });
});

describe("clipping", () => {
  const moved = (options: SGDOptions) => {
    const parameters = [tensor([0, 0]).requireGrad(), tensor([0]).requireGrad()];
    const optimizer = new SGD(parameters, { learningRate: 1, ...options });
    const norm = stepBy(optimizer, [tensor([3, 0]), tensor([-4])]);
    return { norm, moves: values(parameters).flatMap((part) => Array.from(part, (value) => -value)) };
  };
  it("scales all gradients by one factor, each by its own, or bounds each element", () => {
    expect(moved({ maxGradNorm: 10 })).toEqual({ norm: 5, moves: [3, -0, -4] });
    expectNear(moved({ globalClipnorm: 1 }).moves, [0.6, 0, -0.8], 1e-7);
    expectNear(moved({ clipnorm: 1 }).moves, [1, 0, -1], 1e-7);
    expect(moved({ clipvalue: 0.5 })).toEqual({ norm: 5, moves: [0.5, -0, -0.5] });
  });

  it("is refused with two kinds at once, or not above zero", () => {
    expect(codeOf(() => new SGD({ clipnorm: 1, clipvalue: 1 }))).toBe("E_OPTION");
    for (const value of [0, -1, Number.NaN]) expect(codeOf(() => new SGD({ maxGradNorm: value }))).toBe("E_OPTION");
  });

  it("sees gradients of several batches as their mean, by gradientScale", () => {
    const [one, many] = [tensor([0, 0]), tensor([0, 0])];
    const [whole, parts] = [new SGD([one], { learningRate: 1, maxGradNorm: 1 }), new SGD([many], { learningRate: 1, maxGradNorm: 1 })];
    parts.gradientScale = 1 / 4;
    expect(stepBy(parts, [tensor([12, 16])])).toBe(stepBy(whole, [tensor([3, 4])]));
    expectNear(many.dataSync(), one.dataSync(), 1e-7);
  });
});

class Part extends Module {
  readonly weight = tensor([[1, 1]]).requireGrad();
  readonly bias = tensor([1]).requireGrad();
}

describe("groups", () => {
  it("keep decay from biases and norms", () => {
    const part = new Part();
    const optimizer = new AdamW(decayGroups(part), { learningRate: 0.1, weightDecay: 0.5 });
    stepBy(optimizer, [zeros([1, 2]), zeros([1])]);
    expectNear(part.weight.dataSync(), [0.95, 0.95], 1e-7);
    expect(Array.from(part.bias.dataSync())).toEqual([1]);
  });

  it("learn at rates of their own", () => {
    const parts = [new Part(), new Part()];
    const optimizer = new SGD(discriminativeGroups(parts, 4), { learningRate: 0.5 });
    stepBy(
      optimizer,
      parts.flatMap(() => [tensor([[1, 1]]), tensor([1])]),
    );
    expect(parts.map(({ bias }) => bias.dataSync()[0])).toEqual([0.875, 0.5]);
  });

  it("may lose and gain parameters: what is kept of those that stay is kept", () => {
    const [a, b] = [tensor([0]), tensor([0])];
    const optimizer = new SGD([a], { learningRate: 1, momentum: 0.5 });
    stepBy(optimizer, [tensor([1])]);
    optimizer.bind([b, a]);
    stepBy(optimizer, [tensor([1]), tensor([0])]);
    expect([a.dataSync()[0], b.dataSync()[0]]).toEqual([-1.5, -1]);
    stepBy(optimizer, [undefined, tensor([0])]);
    expect([a.dataSync()[0], b.dataSync()[0]]).toEqual([-1.75, -1]);
  });
});

class Words extends Module {
  readonly embeddings = zeros([5, 2]).requireGrad();

  override get lookupTables(): readonly Tensor[] {
    return [this.embeddings];
  }
}
class Net extends Module {
  readonly words = new Words();
  readonly hidden = new Part();
  readonly frozen = zeros([2, 2]);
}

describe("Muon", () => {
  it("leaves embeddings and vectors of a module to AdamW", () => {
    const net = new Net();
    const muon = new Muon();
    muon.bindModule(net);
    const state = [...muon.stateDict().tensors.keys()];
    expect(state).toEqual(["momentumBuffer.0", "m.1", "v.1", "m.2", "v.2"]);
    expect(muon.parameters).toEqual([net.hidden.weight, net.hidden.bias, net.words.embeddings]);
  });

  it("is refused with an adjustment that is unknown, or steps without end", () => {
    expect(codeOf(() => new Muon({ adjustLrFn: "toString" as "none" }))).toBe("E_OPTION");
    expect(codeOf(() => new Muon({ nsSteps: 100 }))).toBe("E_OPTION");
  });
});

describe("newtonSchulz", () => {
  it("brings all singular values near one, whichever side is longer", () => {
    for (const [rows, columns] of [
      [4, 9],
      [9, 4],
      [5, 5],
    ]) {
      const x = tensor(Float32Array.from(noise(rows * columns, 3)), [rows, columns]);
      const y = newtonSchulz(x, { steps: 8 });
      const gram = rows <= columns ? matmul(y, y, { transposeB: true }) : matmul(y, y, { transposeA: true });
      const side = Math.min(rows, columns);
      for (const [i, value] of gram.dataSync().entries()) {
        const onDiagonal = i % (side + 1) === 0;
        expect(Math.abs(value - (onDiagonal ? 0.9 : 0))).toBeLessThan(0.5);
      }
    }
    expect(codeOf(() => newtonSchulz(tensor([1])))).toBe("E_SHAPE");
  });
});

describe("averages", () => {
  it("are exchanged with the parameters and back, and may take their place", () => {
    const x = tensor([0]).requireGrad();
    const optimizer = new SGD([x], { learningRate: 1, useEma: true, emaMomentum: 0.5 });
    for (let step = 0; step < 2; step++) stepBy(optimizer, [tensor([-1])]);
    const { averages } = optimizer;
    averages?.swap([x]);
    expect(x.dataSync()[0]).toBe(1.5);
    averages?.swap([x]);
    expect(x.dataSync()[0]).toBe(2);
    averages?.overwrite([x]);
    expect(x.dataSync()[0]).toBe(1.5);
  });

  it("overwrite the parameters every so many steps", () => {
    const x = tensor([0]).requireGrad();
    const optimizer = new SGD([x], { learningRate: 1, useEma: true, emaMomentum: 0.5, emaOverwriteFrequency: 2 });
    for (let step = 0; step < 2; step++) stepBy(optimizer, [tensor([-1])]);
    expect(x.dataSync()[0]).toBe(1.5);
  });
});

describe("optimisers", () => {
  it("step from grad, as PyTorch's do, and know the norm", () => {
    const [x, y] = [tensor([1, 2]).requireGrad(), tensor([5]).requireGrad()];
    const optimizer = new SGD([x, y], { learningRate: 0.5 });
    x.backward(tensor([3, 4]));
    optimizer.step();
    expect(Array.from(x.dataSync())).toEqual([-0.5, 0]);
    expect(y.dataSync()[0]).toBe(5);
    expect(optimizer.gradientNorm).toBe(5);
    optimizer.zeroGrad();
    expect(x.grad).toBeUndefined();
    x.backward(tensor([Number.NaN, 1]));
    expect(codeOf(() => optimizer.step())).toBe("E_STEP");
    expect(optimizer.steps).toBe(1);
  });

  it("follow a schedule until a rate is set", () => {
    const optimizer = new SGD([tensor([0])], { learningRate: (step) => 1 / (step + 1) });
    stepBy(optimizer, [tensor([1])]);
    expect(optimizer.learningRate).toBe(0.5);
    optimizer.learningRate = 0.25;
    stepBy(optimizer, [tensor([1])]);
    expect(optimizer.scalars()["learningRate"]).toBe(0.25);
    expect(codeOf(() => new SGD([tensor([0])], { learningRate: () => Number.NaN }).scalars())).toBe("E_OPTION");
  });

  it("take what module.parameters() gives, and leave alone what has no gradient", () => {
    const [one, other] = [new Linear(2, 1), new Linear(2, 1)];
    const before = other.trainableParameters().map((each) => each.dataSync());
    const optimizer = new SGD([...one.parameters(), ...other.parameters()], { learningRate: 0.1 });
    sum(one.forward(tensor([[1, 2]]))).backward();
    optimizer.step();
    expect(other.trainableParameters().map((each) => each.dataSync())).toEqual(before);
    const packed = weightOf(anyDevice, "Q8_0", 1, 4, 32).weight;
    expect(() => new SGD(new Linear(packed).parameters())).toThrow(/packed/);
  });

  it("are found by Keras's ids", () => {
    for (const id of ["sgd", "adam", "adamw", "rmsprop", "adagrad", "muon"] as const) expect(optimizerOf(id).name).toBe(id);
    expect(optimizerOf("AdamW" as OptimizerName)).toBeInstanceOf(AdamW);
    const own = new Adam();
    expect(optimizerOf(own)).toBe(own);
    expect(codeOf(() => optimizerOf("constructor" as OptimizerName))).toBe("E_OPTION");
  });

  it("refuse options and parameters that make no sense", () => {
    for (const learningRate of [0, -1, Number.NaN, infinite]) expect(codeOf(() => new Adam({ learningRate }))).toBe("E_OPTION");
    expect(codeOf(() => new Adam({ beta1: 1 }))).toBe("E_OPTION");
    expect(codeOf(() => new SGD({ weightDecay: -1 }))).toBe("E_OPTION");
    expect(codeOf(() => new SGD({ useEma: true, emaMomentum: 2 }))).toBe("E_OPTION");
    const x = tensor([1]);
    expect(codeOf(() => new SGD([x, x]))).toBe("E_OPTIMIZER_PARAMETERS");
    expect(codeOf(() => new SGD([tensor(Int32Array.of(1))]))).toBe("E_OPTIMIZER_PARAMETERS");
    expect(codeOf(() => new SGD([{ parameters: [x], learningRateScale: Number.NaN }]))).toBe("E_OPTION");
    expect(codeOf(() => new SGD().step())).toBe("E_OPTIMIZER_PARAMETERS");
    expect(codeOf(() => stepBy(new SGD([x]), []))).toBe("E_SHAPE");
    expect(codeOf(() => stepBy(new SGD([x]), [tensor([1, 2])]))).toBe("E_SHAPE");
  });

  it("refuse a state that is another's, and then keep their own", () => {
    const x = tensor([1]);
    const adam = new Adam([x]);
    const state = adam.stateDict();
    expect(codeOf(() => new AdamW([x]).loadStateDict(state))).toBe("E_OPTIMIZER_STATE");
    expect(codeOf(() => new Adam([tensor([1, 2])]).loadStateDict(state))).toBe("E_OPTIMIZER_STATE");
    expect(codeOf(() => new Adam([x], { amsgrad: true }).loadStateDict(state))).toBe("E_OPTIMIZER_STATE");
    expect(codeOf(() => adam.loadStateDict({ ...state, step: -1 }))).toBe("E_OPTIMIZER_STATE");
    expect(codeOf(() => adam.loadStateDict({ ...state, tensors: new Map([...state.tensors, ["m.7", x]]) }))).toBe("E_OPTIMIZER_STATE");
    expect(adam.steps).toBe(0);
  });
});
