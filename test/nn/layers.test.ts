// Each layer against plain loops: embedding, linear, norm, rotary positions, gated MLP; weights in every packed form; modules as trees of named parts.
import { describe, expect, it } from "vitest";
import { createReferenceExecutor } from "#native";
import { Decoder, Dense, GatedMlp, Linear, Module, RMSNorm, RotaryPositions, TokenEmbedding } from "#nn";
import { tensor, withRandom } from "#tensor";
import { devices, watch } from "../support/devices.ts";
import { blockOf, small, weightOf } from "../support/layers.ts";
import { expectBits, expectNear, noise, on, weightTypes } from "../support/numbers.ts";
import { integers, normed, product, toBf16, turned } from "../support/plain.ts";
import { plainMlp } from "../support/plain-decoder.ts";

const [ROWS, OUTPUTS, INPUTS] = [4, 45, 96];

describe.each([devices[0], devices[devices.length - 1]])("layers on $name", ({ device }) => {
  const x = noise(ROWS * INPUTS, 1);
  const input = () => on(device, x, [ROWS, INPUTS]);

  it.each(weightTypes)("Linear multiplies by the values that its %s weights stand for", (type) => {
    const { weight, dense } = weightOf(device, type, 2, OUTPUTS, INPUTS);
    expect([weight.shape, weight.size]).toEqual([[OUTPUTS, INPUTS], OUTPUTS * INPUTS]);
    const y = new Linear(weight).forward(input());
    expect(y.shape).toEqual([ROWS, OUTPUTS]);
    expectNear(y.dataSync(), product(x, dense, ROWS, OUTPUTS, INPUTS));
  });

  it.each(weightTypes)("a %s weight gives what the f32 weight of the same values gives, in exact to the last sums", (type) => {
    const { weight, dense } = weightOf(device, type, 3, OUTPUTS, INPUTS);
    const { weight: plain } = weightOf(device, "F32", 3, OUTPUTS, INPUTS);
    expectNear(new Linear(weight).forward(input()).dataSync(), product(x, dense, ROWS, OUTPUTS, INPUTS));
    const far = type.startsWith("Q4") ? 0.3 : type === "F32" ? 0 : 0.02;
    expectNear(new Linear(weight).forward(input()).dataSync(), new Linear(plain).forward(input()).dataSync(), far, type);
  });

  it.each(["bf16", "fast"] as const)("Linear in %s rounds as it is declared, by its weights", (precision) => {
    for (const type of weightTypes) {
      const { weight, dense } = weightOf(device, type, 4, OUTPUTS, INPUTS, precision);
      const { q, d } = integers(x);
      const int8 = precision === "fast" && type.startsWith("Q");
      const left = int8 ? Float64Array.from(q, (value, i) => value * d[Math.floor(i / 32)]) : x.map(toBf16);
      expectNear(new Linear(weight).forward(input()).dataSync(), product(left, int8 ? dense : dense.map(toBf16), ROWS, OUTPUTS, INPUTS), 2e-6, type);
    }
  });

  it.each(weightTypes)("TokenEmbedding gives the rows of its ids from a %s table", (type) => {
    const { weight, dense } = weightOf(device, type, 5, OUTPUTS, INPUTS);
    const ids = [44, 0, 44, 17];
    const y = new TokenEmbedding(weight).forward(tensor(Int32Array.from(ids), undefined, { device }));
    expect(y.shape).toEqual([4, INPUTS]);
    expectNear(
      y.dataSync(),
      ids.flatMap((id) => [...dense.subarray(id * INPUTS, (id + 1) * INPUTS)]),
      0,
    );
  });

  it("RMSNorm is x over the root of its mean square, times its weight", () => {
    const weight = noise(INPUTS, 6);
    expectNear(new RMSNorm(on(device, weight, [INPUTS]), 1e-3).forward(input()).dataSync(), normed(x, weight, 1e-3));
  });

  it("layers compute the valid rows only, with the same bits", () => {
    const { weight } = weightOf(device, "Q4_1", 7, OUTPUTS, INPUTS);
    const norm = new RMSNorm(on(device, noise(INPUTS, 8), [INPUTS]), 1e-5);
    const layers = [new Linear(weight), norm] as const;
    for (const layer of layers) {
      const all = layer.forward(input()).dataSync();
      for (const rows of [1, 3]) {
        const some = layer.forward(input(), rows).dataSync();
        const valid = (all.length / ROWS) * rows;
        expectBits(some.subarray(0, valid), all.subarray(0, valid));
        expect(some.subarray(valid).every((value) => value === 0)).toBe(true);
      }
    }
  });

  it.each([true, false])("RotaryPositions turns pairs by position · base^(-2i/width) / scale (neighbours: %s)", (adjacent) => {
    const [heads, width] = [3, 32];
    const placesFrom = (start: number) => tensor(Int32Array.of(start, start + 1, 0, 0), undefined, { device });
    for (const scale of [undefined, 4]) {
      const positions = new RotaryPositions(device, { width, base: 500, positions: 2000, scale, adjacent });
      for (const start of [0, 1, 1998]) {
        const y = positions.apply(on(device, x, [4, heads, width]), { places: placesFrom(start), rows: 2 }).dataSync();
        const valid = 2 * heads * width;
        expectNear(y.subarray(0, valid), turned(x.subarray(0, valid), { heads, width, start, base: 500, scale, adjacent }));
        expectBits(y.subarray(valid), x.subarray(valid));
      }
    }
  });

  it("RotaryPositions keeps far positions exact: its angles are those of f64", () => {
    const positions = new RotaryPositions(device, { width: 16, base: 10_000, positions: 131_072, adjacent: true });
    const y = positions.apply(on(device, x.subarray(0, 16), [1, 1, 16]), { places: tensor(Int32Array.of(131_071), undefined, { device }), rows: 1 });
    expectNear(y.dataSync(), turned(x.subarray(0, 16), { heads: 1, width: 16, start: 131_071, base: 10_000, adjacent: true }), 2e-7);
  });

  it("GatedMlp is down(silu(gate(x)) · up(x))", () => {
    const { mlp, plain } = blockOf(device, 1);
    const values = noise(3 * small.width, 9, 2);
    const y = mlp.forward(on(device, values, [3, small.width]));
    expect(y.shape).toEqual([3, small.width]);
    expectNear(y.dataSync(), plainMlp(values, plain, small));
  });
});

describe("Linear of sizes", () => {
  it("begins as PyTorch's does: weights and bias within 1 / √inputs, other ones each time, the same for the same seed", () => {
    const made = (step: number, options?: { bias?: boolean }) => withRandom({ seed: 5, step }, () => new Linear(100, 30, options));
    const [weight, bias] = made(0).trainableParameters();
    expect([weight.shape, bias.shape]).toEqual([[30, 100], [30]]);
    const values = [...weight.dataSync()];
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.1);
    expect(Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)).toBeCloseTo(0.1 / Math.sqrt(3), 2);
    expect(made(0).trainableParameters()[0].dataSync()).toEqual(weight.dataSync());
    expect(made(1).trainableParameters()[0].dataSync()).not.toEqual(weight.dataSync());
    expect(made(0, { bias: false }).parameters()).toHaveLength(1);
  });

  it("refuses sizes that are none, and options by the nearest name", () => {
    const untyped = Linear as unknown as new (...args: readonly unknown[]) => Linear;
    for (const sizes of [[0, 1], [2], [2, 1.5], [2, "3"], ["2", 3], []]) expect(() => new untyped(...sizes)).toThrow(/inputs|outputs/);
    expect(() => new untyped(2, 3, { Bias: false })).toThrow(/bias/);
  });
});

describe("Dense", () => {
  it("says how its sizes are given, and that softmax of one unit is always 1", () => {
    const refused = (make: () => unknown) => {
      try {
        make();
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    expect(refused(() => new Dense(16 as never))).toMatch(/an object with any of .*units.*: Dense\(\{ … \}\)/);
    expect(refused(() => new Dense({ units: 1, activation: "softmax" }))).toContain("softmax of one number is always 1");
    expect(new Dense({ units: 1, activation: "sigmoid" }).units).toBe(1);
  });
});

describe("modules", () => {
  const begin = () => {
    const { device, live } = watch(createReferenceExecutor());
    const { block } = blockOf(device, 2, { positions: 8 });
    const { weight } = weightOf(device, "F32", 3, 10, small.width);
    const norm = new RMSNorm(on(device, noise(small.width, 4), [small.width]), 1e-5);
    return { live, decoder: new Decoder({ embedding: new TokenEmbedding(weight), layers: [block], norm, head: weight }) };
  };

  it("name their weights by their fields, a shared one once", () => {
    const { decoder } = begin();
    expect([...decoder.stateDict().keys()]).toEqual([
      "embedding.weight",
      "layers.0.attentionNorm.weight",
      ...["query", "key", "value", "output"].map((name) => `layers.0.attention.${name}.weight`),
      "layers.0.mlpNorm.weight",
      ...["gate", "up", "down"].map((name) => `layers.0.mlp.${name}.weight`),
      "norm.weight",
    ]);
    const { width, heads, keyValueHeads, headWidth, mlpWidth } = small;
    const matrices = 2 * heads * headWidth * width + 2 * keyValueHeads * headWidth * width + 3 * mlpWidth * width + 10 * width;
    expect(decoder.parameterCount).toBe(matrices + 3 * width);
    expect(decoder.parameters()).toHaveLength(11);
  });

  it("free their weights, each once", () => {
    const { decoder, live } = begin();
    const before = live.buffers.size;
    decoder.dispose();
    expect(before - live.buffers.size).toBe(11);
    expect(() => (decoder.norm as RMSNorm).weight.dataSync()).toThrow(expect.objectContaining({ code: "E_DISPOSED" }));
  });

  it("are trees of modules and weights alone: other fields are not weights", () => {
    class Odd extends Module {
      readonly name = "odd";
      readonly sizes = [1, 2];
      readonly inner: readonly (Module | undefined)[] = [undefined, new GatedMlp(begin().decoder.layers[0].mlp as GatedMlp)];
    }
    expect([...new Odd().stateDict().keys()]).toEqual(["inner.1.gate.weight", "inner.1.up.weight", "inner.1.down.weight"]);
  });
});
