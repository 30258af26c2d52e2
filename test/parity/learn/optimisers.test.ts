// Optimisers against PyTorch and Keras: the moves of all weights after each of ten steps with given gradients. Fixture: test/parity/generate/learn/optimisers.py.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Adadelta, Adagrad, Adam, AdamW, Muon, Nadam, type Optimizer, RMSprop, SGD } from "#nn";
import { type Tensor, tensor } from "#tensor";
import { devices } from "../../support/devices.ts";

interface Values {
  readonly shape: readonly number[];
  readonly f32: string;
}
type Named = Readonly<Record<string, Values>>;
interface Case {
  readonly name: string;
  readonly library: "torch" | "keras";
  readonly optimiser: string;
  readonly given: Readonly<Record<string, unknown>>;
  readonly start: Named;
  readonly gradients: Named;
  readonly after: Named;
  readonly averages?: Named;
}

const file = new URL("../fixtures/learn/optimisers.json", import.meta.url);
const cases = (JSON.parse(readFileSync(file, "utf8")) as { cases: readonly Case[] }).cases;
const floats = ({ f32 }: Values): Float32Array => new Float32Array(Uint8Array.from(Buffer.from(f32, "base64")).buffer);
const ten = ({ shape: [, ...shape], f32 }: Values): Float32Array[] => {
  const size = shape.reduce((product, length) => product * length, 1);
  const all = floats({ shape, f32 });
  return Array.from({ length: 10 }, (_, step) => all.slice(step * size, (step + 1) * size));
};

const classes: Readonly<Record<string, new (...args: never[]) => Optimizer>> = {
  ...{ SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta, Muon },
  ...{ Nadam, NAdam: Nadam },
};

// Names of PyTorch and Keras that are not just ours with underscores.
const renamed: Readonly<Record<string, string>> = {
  lr: "learningRate",
  eps: "epsilon",
  alpha: "rho",
  clipNorm: "maxGradNorm",
  clipValue: "clipvalue",
  nsSteps: "steps",
};
const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function optionsOf(given: Case["given"]): Record<string, unknown> {
  const entries = Object.entries(given).flatMap(([name, value]): [string, unknown][] => {
    if (name === "betas") return (value as number[]).map((beta, i) => [`beta${i + 1}`, beta]);
    if (name === "average") {
      return [
        ["useEma", true],
        ["emaMomentum", value],
      ];
    }
    return [[renamed[camel(name)] ?? camel(name), value ?? 0]];
  });
  return Object.fromEntries(entries);
}

/** The largest distance of moves, as a share of the largest move, beyond the last bit of the weights. */
function worst(found: ArrayLike<number>, right: Float32Array, start: Float32Array): number {
  let [most, distance] = [1e-30, 0];
  for (let i = 0; i < right.length; i++) {
    most = Math.max(most, Math.abs(right[i] - start[i]));
    distance = Math.max(distance, Math.abs(found[i] - right[i]) - 2 ** -23 * Math.abs(right[i]));
  }
  return distance / most;
}

function follow(one: Case, device: (typeof devices)[number]["device"]): void {
  const names = Object.keys(one.start);
  const parameters = names.map((name) => tensor(floats(one.start[name]), one.start[name].shape, { device }).requireGrad());
  const make = classes[one.optimiser] as unknown as new (...args: unknown[]) => Optimizer;
  const options = optionsOf(one.given);
  const optimizer = one.library === "torch" ? new make(parameters, options) : new make(options);
  optimizer.bind(parameters);
  const [gradients, after] = [one.gradients, one.after].map((named) => names.map((name) => ten(named[name])));
  const averages = one.averages && names.map((name) => ten(one.averages![name]));
  for (let step = 0; step < 10; step++) {
    const values = optimizer.scalars();
    const given = gradients.map((ten, i): Tensor => tensor(ten[step], parameters[i].shape, { device }));
    optimizer.apply(given, (name) => values[name]);
    optimizer.advance();
    for (const [i, name] of names.entries()) {
      const [start, label] = [floats(one.start[name]), `${name} after step ${step + 1}`];
      expect(worst(parameters[i].dataSync(), after[i][step], start), label).toBeLessThan(near(one));
      if (averages)
        expect(worst(optimizer.averages!.of(parameters[i]).dataSync(), averages[i][step], start), `average of ${label}`).toBeLessThan(near(one));
    }
  }
}

// Muon's iteration makes small singular values large, and rounding with them; PyTorch's rounds to bf16 on its way.
const near = ({ name, optimiser }: Case): number => (name === "Muon torch" ? 3e-2 : optimiser === "Muon" ? 1e-3 : 1e-4);

for (const { name, device } of [devices[0], devices[devices.length - 1]]) {
  describe(`on ${name}, ten steps move the weights as in`, () => {
    for (const one of cases) it(`${one.library}: ${one.name}`, () => follow(one, device));
  });
}
