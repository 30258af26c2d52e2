// Schedules: what they do at their ends and what is refused. Their rates are held against PyTorch, Keras and Hugging Face's in test/parity/learn.
import { describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import {
  AdamW,
  constant,
  cosine,
  cosineDecay,
  cosineDecayRestarts,
  exponentialDecay,
  oneCycleFastai,
  inverseSquareRoot,
  linear,
  noam,
  oneCycle,
  piecewiseConstantDecay,
  polynomialDecay,
  ReduceOnPlateau,
  SGD,
  warmUp,
} from "#nn";
import { tensor } from "#tensor";

const refused = (fn: () => unknown): boolean => {
  try {
    fn();
    return false;
  } catch (error) {
    return error instanceof InkstoneError && error.code === "E_OPTION";
  }
};

describe("schedules", () => {
  it("stay at their end", () => {
    expect([10, 11, 1e9].map(linear({ rate: 1, steps: 10, end: 0.5 }))).toEqual([0.5, 0.5, 0.5]);
    expect([10, 15, 1e9].map(cosine({ rate: 1, steps: 10, end: 0.5, cycles: 3 }))).toEqual([0.5, 0.5, 0.5]);
    expect([10, 1e9].map(cosineDecay({ initialLearningRate: 1, decaySteps: 10, alpha: 0.25 }))).toEqual([0.25, 0.25]);
    const last = oneCycle({ maxLr: 1, totalSteps: 10 }).learningRate;
    expect(last(9)).toBeCloseTo(1 / 25 / 1e4, 12);
    expect(last(100)).toBe(last(9));
    expect(oneCycleFastai({ lrMax: 1, totalSteps: 10 }).learningRate(100)).toBeCloseTo(1e-5, 12);
  });

  it("begin anew: cosines with restarts at whole stretches, polynomials with cycles over longer ones", () => {
    const restarts = cosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 3, tMul: 2, mMul: 0.5 });
    expect([0, 3, 9, 21].map(restarts)).toEqual([1, 0.5, 0.25, 0.125]);
    const even = cosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 3, tMul: 1 });
    expect([0, 3, 6, 30].map(even)).toEqual([1, 1, 1, 1]);
    const cycles = polynomialDecay({ initialLearningRate: 1, decaySteps: 10, endLearningRate: 0, cycle: true });
    expect([0, 10, 15, 20].map(cycles)).toEqual([1, 0, 0.25, 0]);
  });

  it("warm up without steps is the schedule itself, and goes on from its step 0", () => {
    const schedule = linear({ rate: 1, steps: 4 });
    expect([0, 2, 4].map(warmUp(0, schedule))).toEqual([0, 2, 4].map(schedule));
    expect([0, 1, 2, 4].map(warmUp(2, schedule, 0.5))).toEqual([0.5, 0.75, 1, 0.5]);
  });

  it("refuse numbers that make no sense", () => {
    const wrong = [
      () => constant(0),
      () => constant(Number.NaN),
      () => linear({ rate: 1, steps: 0 }),
      () => cosine({ rate: 1, steps: 10, cycles: 0.5 }),
      () => inverseSquareRoot({ rate: 1, timescale: 0 }),
      () => noam({ width: 64, warmup: 0 }),
      () => warmUp(-1, 0.1),
      () => exponentialDecay({ initialLearningRate: -1, decaySteps: 1, decayRate: 0.5 }),
      () => cosineDecay({ initialLearningRate: 0, decaySteps: 1 }),
      () => cosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 1, tMul: 0.5 }),
      () => piecewiseConstantDecay({ boundaries: [1, 2], values: [1, 2] }),
      () => piecewiseConstantDecay({ boundaries: [2, 2], values: [1, 2, 3] }),
      () => oneCycle({ maxLr: 1, totalSteps: 10, pctStart: 2 }),
      () => oneCycleFastai({ lrMax: 0, totalSteps: 10 }),
      () => new ReduceOnPlateau({ factor: 1 }),
      () => new ReduceOnPlateau({ patience: 0.5 }),
    ];
    expect(wrong.map(refused)).toEqual(wrong.map(() => true));
  });

  it("of one cycle move momentum and beta1 with the rate", () => {
    const { learningRate, momentum } = oneCycleFastai({ lrMax: 0.1, totalSteps: 4 });
    const options = { learningRate, momentumSchedule: momentum };
    const [sgd, adamw] = [new SGD([tensor([1])], options), new AdamW([tensor([1])], options)];
    const seen = [0, 1, 2].map((step) => {
      const numbers = [sgd, adamw].map((optimizer) => {
        const found = optimizer.scalars();
        optimizer.apply([tensor([1])], (name) => found[name]);
        optimizer.advance();
        return found;
      });
      expect(numbers.map((found) => found["learningRate"])).toEqual([learningRate(step), learningRate(step)]);
      return [numbers[0]["momentum"], numbers[1]["beta1"]];
    });
    expect(seen).toEqual([0, 1, 2].map((step) => [momentum(step), momentum(step)]));
  });
});

describe("ReduceOnPlateau", () => {
  it("goes on after a stop as if there had been none", () => {
    const losses = [1, 2, 2, 2, 2, 0.5, 2, 2, 2];
    const straight = new ReduceOnPlateau({ patience: 2, cooldown: 1 });
    const expected = losses.map((loss) => straight.next(loss, 1));
    const first = new ReduceOnPlateau({ patience: 2, cooldown: 1 });
    const before = losses.slice(0, 4).map((loss) => first.next(loss, 1));
    const second = new ReduceOnPlateau({ patience: 2, cooldown: 1 });
    second.state = JSON.parse(JSON.stringify(first.state));
    expect([...before, ...losses.slice(4).map((loss) => second.next(loss, 1))]).toEqual(expected);
  });

  it("takes more for better where it is told to, never NaN, and does not go below its least rate", () => {
    const plateau = new ReduceOnPlateau({ mode: "max", patience: 1, factor: 0.5, minLr: 0.4 });
    expect([Number.NaN, 0.5, 0.9, Number.NaN, 0.8].map((value) => plateau.next(value, 1))).toEqual([0.5, 1, 1, 0.5, 0.5]);
    expect([0.1, 0.1].map(() => plateau.next(0, 0.4))).toEqual([0.4, 0.4]);
  });
});
