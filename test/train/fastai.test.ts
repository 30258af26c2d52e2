// fast.ai's helpers: a rate found, one cycle, freezing, rates by depth.
import { describe, expect, it } from "vitest";
import { Adam, Dense, SGD } from "#nn";
import { withRandom } from "#tensor";
import { discriminativeRates, fitOneCycle, freeze, freezeTo, lrFind, Sequential, unfreeze } from "#train";
import { anyDevice } from "../support/devices.ts";
import { noise } from "../support/numbers.ts";

const rows = 96;
const x = { values: Float32Array.from(noise(rows * 4, 3)), shape: [rows, 4] };
const y = { values: Float32Array.from({ length: rows }, (_, i) => x.values[i * 4] * 2 - x.values[i * 4 + 1]), shape: [rows, 1] };

function deep(): Sequential {
  const model = withRandom(
    { seed: 2, step: 0 },
    () =>
      new Sequential(
        [new Dense({ units: 6, activation: "tanh", inputDim: 4 }), new Dense({ units: 5, activation: "tanh" }), new Dense({ units: 1 })],
        { device: anyDevice },
      ),
  );
  model.compile({ optimizer: new SGD({ learningRate: 0.01 }), loss: "mse" });
  return model;
}

describe("lrFind", () => {
  it("finds rates with which the loss falls, and leaves model and optimiser as they were", async () => {
    const model = deep();
    const before = model.getWeights();
    const found = await lrFind(model, x, y, { batchSize: rows });
    expect(model.getWeights()).toEqual(before);
    expect(model.optimizer).toMatchObject({ steps: 0, learningRate: 0.01 });
    const { valley, steep } = found.suggestions;
    for (const rate of [valley, steep]) {
      expect(rate).toBeGreaterThan(1e-6);
      expect(rate).toBeLessThan(5);
    }
    expect(found.plot()).toMatch(/^<svg/);
    expect(steep).toBeGreaterThan(valley);
    model.optimizer.learningRate = steep;
    const { history } = await model.fit(x, y, { epochs: 5, verbose: 0 });
    expect(history["loss"][4]).toBeLessThan(history["loss"][0] * 0.9);
  });

  it("puts everything back when it is cancelled, too", async () => {
    const model = deep();
    const before = model.getWeights();
    await expect(lrFind(model, x, y, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "E_CANCELLED" });
    expect(model.getWeights()).toEqual(before);
    expect(model.optimizer.learningRate).toBe(0.01);
  });
});

describe("fitOneCycle", () => {
  it("rises for a quarter of the steps, then falls, momentum the other way; the optimiser has its own rate again", async () => {
    const model = deep();
    model.compile({ optimizer: new Adam({ learningRate: 0.001 }), loss: "mse" });
    const rates: number[] = [];
    const momenta: number[] = [];
    const note = () => {
      rates.push(model.optimizer.learningRate);
      momenta.push(model.optimizer.momentumSchedule?.(model.optimizer.steps) ?? Number.NaN);
    };
    await fitOneCycle(model, x, y, { epochs: 4, batchSize: 24, maxLearningRate: 0.1, verbose: 0, callbacks: [{ onTrainBatchBegin: note }] });
    expect(rates).toHaveLength(16);
    expect(rates[0]).toBeCloseTo(0.1 / 25, 9);
    expect(rates.indexOf(Math.max(...rates))).toBe(4);
    expect(rates[15]).toBeLessThan(0.01);
    expect([momenta[0], momenta[4]]).toEqual([0.95, 0.85]);
    expect(model.optimizer.learningRate).toBe(0.001);
    expect(model.optimizer.momentumSchedule).toBeUndefined();
  });
});

describe("freezing", () => {
  it("lets only the last layers learn, more of them step by step", async () => {
    const model = deep();
    const changed = async () => {
      const before = model.getWeights();
      await model.fit(x, y, { verbose: 0 });
      return model.getWeights().map((weight, i) => weight.some((value, j) => value !== before[i][j]));
    };
    freeze(model);
    expect(await changed()).toEqual([false, false, false, false, true, true]);
    freezeTo(model, -2);
    expect(await changed()).toEqual([false, false, true, true, true, true]);
    unfreeze(model);
    expect(await changed()).toEqual([true, true, true, true, true, true]);
    expect(() => freezeTo(model, 3)).toThrow(/from -3 to 2/);
  });

  it("gives each layer a rate by its depth", async () => {
    const [plain, deepRates] = [deep(), deep()];
    discriminativeRates(deepRates, 10);
    const before = plain.getWeights();
    for (const model of [plain, deepRates]) await model.fit(x, y, { batchSize: rows, verbose: 0 });
    const moved = (model: Sequential, i: number) => model.getWeights()[i][0] - before[i][0];
    expect(moved(deepRates, 4)).toBeCloseTo(moved(plain, 4), 7);
    expect(moved(deepRates, 2) / moved(plain, 2)).toBeCloseTo(0.1, 2);
    expect(moved(deepRates, 0) / moved(plain, 0)).toBeCloseTo(0.01, 2);
  });
});
