// Initialisers: Keras's bounds and deviations, the same numbers for the same seed.
import { describe, expect, it } from "vitest";
import { type InitializerName, initialize, normalQuantile, parameter } from "#nn";
import { tidy, withRandom } from "#tensor";

const draw = (name: InitializerName, shape: readonly number[], seed = 1) => withRandom({ seed, step: 0 }, () => initialize(name, shape));
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: ArrayLike<number>) => Math.sqrt(mean(Array.from(values, (value) => value * value)) - mean(values) ** 2);

describe("initialize", () => {
  it.each<[InitializerName, number, number]>([
    // In 200, out 300: √(6 / 500), and so on; cut normal distributions end at two deviations of the uncut one.
    ["glorot_uniform", Math.sqrt(6 / 500), Math.sqrt(2 / 500)],
    ["he_uniform", Math.sqrt(6 / 200), Math.sqrt(2 / 200)],
    ["lecun_uniform", Math.sqrt(3 / 200), Math.sqrt(1 / 200)],
    ["glorot_normal", (2 * Math.sqrt(2 / 500)) / 0.8796256610342398, Math.sqrt(2 / 500)],
    ["he_normal", (2 * Math.sqrt(2 / 200)) / 0.8796256610342398, Math.sqrt(2 / 200)],
    ["lecun_normal", (2 * Math.sqrt(1 / 200)) / 0.8796256610342398, Math.sqrt(1 / 200)],
    ["random_uniform", 0.05, 0.05 / Math.sqrt(3)],
    ["truncated_normal", 0.1, 0.05 * 0.8796256610342398],
  ])("%s: bound and deviation", (name, bound, right) => {
    const values = draw(name, [200, 300]);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual(bound * (1 + 1e-6));
    expect(largest).toBeGreaterThan(bound * 0.99);
    expect(deviation(values)).toBeCloseTo(right, 3);
    expect(Math.abs(mean(values))).toBeLessThan(right / 50);
  });

  it("random_normal has the moments of a normal distribution", () => {
    const values = draw("random_normal", [300, 300]);
    const scaled = Array.from(values, (value) => value / 0.05);
    expect(deviation(scaled)).toBeCloseTo(1, 2);
    expect(mean(scaled.map((value) => value ** 4))).toBeCloseTo(3, 1);
  });

  it.each([
    [6, 6],
    [9, 4],
    [4, 9],
    [2, 3, 5],
  ])("orthogonal %i %i %s: columns or rows of length 1 at right angles", (...shape) => {
    const sizes = shape.filter((size) => size !== undefined);
    const values = draw("orthogonal", sizes);
    const columns = sizes[sizes.length - 1];
    const rows = values.length / columns;
    const tall = rows >= columns;
    const at = (vector: number, k: number) => (tall ? values[k * columns + vector] : values[vector * columns + k]);
    for (let i = 0; i < Math.min(rows, columns); i++) {
      for (let j = 0; j <= i; j++) {
        let product = 0;
        for (let k = 0; k < Math.max(rows, columns); k++) product += at(i, k) * at(j, k);
        expect(product).toBeCloseTo(i === j ? 1 : 0, 6);
      }
    }
  });

  it("gives the same numbers for the same seed, others for another and for the next weight", () => {
    expect(draw("glorot_uniform", [5, 7])).toEqual(draw("glorot_uniform", [5, 7]));
    expect(draw("glorot_uniform", [5, 7], 2)).not.toEqual(draw("glorot_uniform", [5, 7]));
    const [first, second] = withRandom({ seed: 1, step: 0 }, () => [initialize("he_normal", [3, 3]), initialize("he_normal", [3, 3])]);
    expect(second).not.toEqual(first);
  });

  it("takes numbers of its own, functions, and no unknown names", () => {
    expect([...initialize({ name: "constant", value: 2 }, [2])]).toEqual([2, 2]);
    expect(initialize((shape) => new Float32Array(shape[0]).fill(7), [2])).toEqual(Float32Array.of(7, 7));
    expect(() => initialize("glorot" as InitializerName, [2, 2])).toThrow(/glorot/);
    expect(() => initialize("orthogonal", [3])).toThrow(/two dimensions/);
  });

  it("knows the quantiles of the normal distribution to seven figures", () => {
    // SciPy: norm.ppf of these.
    const right: [number, number][] = [
      [0.5, 0],
      [0.1, -1.2815515655],
      [0.975, 1.9599639845],
      [0.999, 3.0902323062],
      [1e-7, -5.1993375822],
      [1e-12, -7.0344838253],
    ];
    for (const [p, z] of right) expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(1e-6 * Math.max(1, Math.abs(z)));
  });
});

describe("parameter", () => {
  it("lives on behind the scope that it is made in, and asks for a gradient", () => {
    const made = tidy(() => ({ weight: [parameter([2], Float32Array.of(1, 2))] })).weight[0];
    const inner = tidy(() => {
      const hidden = parameter([1], undefined);
      return () => hidden;
    })();
    expect([...made.dataSync(), ...inner.dataSync()]).toEqual([1, 2, 0]);
    expect(inner.requiresGrad).toBe(true);
  });
});
