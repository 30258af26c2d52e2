// Schedules against PyTorch, Keras and Hugging Face's: the rate of each step. Fixture: test/parity/generate/learn/schedules.py.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  constant,
  cosine,
  cosineDecay,
  exponentialDecay,
  inverseSquareRoot,
  inverseTimeDecay,
  linear,
  noam,
  oneCycle,
  piecewiseConstantDecay,
  polynomialDecay,
  ReduceOnPlateau,
  type Schedule,
  warmUp,
} from "#nn";

type Settings = Readonly<Record<string, number>>;
interface Case {
  readonly name: string;
  readonly settings: Settings;
  readonly values: readonly number[];
  readonly momenta?: readonly number[];
  readonly watched?: readonly number[];
}

const file = new URL("../fixtures/learn/schedules.json", import.meta.url);
const cases = (JSON.parse(readFileSync(file, "utf8")) as { cases: readonly Case[] }).cases;
const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const ours = <T>(settings: Settings): T => Object.fromEntries(Object.entries(settings).map(([name, value]) => [camel(name), value])) as T;

const fall = ({ rate, total, warmup, minimum = 0 }: Settings) => ({ rate, steps: total - warmup, end: minimum });
const cosines = (s: Settings): Schedule => warmUp(s["warmup"], cosine({ ...fall(s), cycles: s["cycles"] }));
const lines = (s: Settings): Schedule => warmUp(s["warmup"], linear(fall(s)));

// By the first word after Keras's number, or the whole name.
const makers: Readonly<Record<string, (settings: Settings) => Schedule>> = {
  constant: ({ rate }) => constant(rate),
  "constant warmup": ({ rate, warmup }) => warmUp(warmup, rate),
  linear: lines,
  "linear warmup": lines,
  cosine: cosines,
  "cosine warmup": cosines,
  "cosine restarts": cosines,
  "cosine minimum": cosines,
  "inverse square root": ({ rate, warmup }) => warmUp(warmup, inverseSquareRoot({ rate, timescale: warmup })),
  noam: ({ width, warmup }) => noam({ width, warmup }),
  "cosine annealing": ({ rate, T_max: steps, eta_min: end }) => cosine({ rate, steps, end }),
  exponential: ({ rate, gamma }) => exponentialDecay({ initialLearningRate: rate, decaySteps: 1, decayRate: gamma }),
  steps: ({ rate, step_size, gamma }) => exponentialDecay({ initialLearningRate: rate, decaySteps: step_size, decayRate: gamma, staircase: true }),
  ExponentialDecay: (s) => exponentialDecay(ours(s)),
  CosineDecay: (s) => cosineDecay(ours(s)),
  PolynomialDecay: (s) => polynomialDecay(ours(s)),
  InverseTimeDecay: (s) => inverseTimeDecay(ours(s)),
  PiecewiseConstantDecay: (s) => piecewiseConstantDecay(ours(s)),
};

function near(found: readonly number[], right: readonly number[], share: number): void {
  for (const [step, value] of right.entries()) {
    expect(Math.abs(found[step] - value), `step ${step}: ${found[step]}, not ${value}`).toBeLessThanOrEqual(share * Math.max(...right));
  }
}

describe("rates of each step are those of", () => {
  for (const { name, settings, values, momenta, watched } of cases) {
    it(name, () => {
      if (watched) {
        const { min_lr: minLr, threshold, min_delta: minDelta = threshold, factor, patience, cooldown } = settings;
        const plateau = new ReduceOnPlateau({ minLr, minDelta, factor, patience, cooldown, form: name.includes("torch") ? "torch" : "keras" });
        let rate = settings["rate"];
        const found = watched.map((value) => {
          rate = plateau.next(value, rate);
          return rate;
        });
        near(found, values, 1e-7);
      } else if (momenta) {
        const { learningRate, momentum } = oneCycle(ours(settings));
        near(
          values.map((_, step) => learningRate(step)),
          values,
          1e-12,
        );
        near(
          momenta.map((_, step) => momentum(step)),
          momenta,
          1e-12,
        );
      } else {
        const schedule = (makers[name] ?? makers[name.split(" ").at(-1)!])(settings);
        // Hugging Face's cosines rise again behind their end; ours stay.
        const to = name.startsWith("cosine") && settings["total"] ? settings["total"] + 1 : values.length;
        near(
          values.slice(0, to).map((_, step) => schedule(step)),
          values.slice(0, to),
          name.startsWith("keras") ? 1e-6 : 1e-12,
        );
      }
    });
  }
});
