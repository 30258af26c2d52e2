// Attention over whole sequences: gradients, masks, dropout, groups of heads; rotary positions and the gated activation on the tape.
import { describe, expect, it } from "vitest";
import { nativeStatus, openExecutor } from "#native";
import {
  add,
  attentionWeights,
  checkGradients,
  cpu,
  type Device,
  gradients,
  recompute,
  rotary,
  scaledDotProductAttention,
  siluMultiply,
  type Tensor,
  tensor,
  transpose,
  withRandom,
} from "#tensor";
import { cases, expectClose, type FixtureArray, numbers, tensorOf } from "../parity/learn/support.ts";
import { devices } from "../support/devices.ts";
import { expectBits, expectNear, noise, on } from "../support/numbers.ts";
import { testOp } from "../support/test-op.ts";

const ids = (like: Tensor, values: readonly number[], length: number) =>
  tensor(Int32Array.from(values), [values.length / length, length], { device: like.device });

testOp("scaledDotProductAttention", [
  {
    shapes: [
      [2, 3, 2, 5],
      [2, 4, 2, 5],
      [2, 4, 2, 5],
    ],
    run: (q, k, v) => scaledDotProductAttention(q, k, v),
  },
  {
    label: "causal",
    shapes: [
      [1, 6, 1, 4],
      [1, 6, 1, 4],
      [1, 6, 1, 4],
    ],
    run: (q, k, v) => scaledDotProductAttention(q, k, v, { causal: true, scale: 2 }),
  },
  {
    label: "causal, more keys than queries",
    shapes: [
      [1, 2, 1, 3],
      [1, 5, 1, 3],
      [1, 5, 1, 3],
    ],
    run: (q, k, v) => scaledDotProductAttention(q, k, v, { causal: true }),
  },
  {
    label: "groups of heads",
    shapes: [
      [1, 3, 6, 4],
      [1, 3, 2, 4],
      [1, 3, 2, 4],
    ],
    run: (q, k, v) => scaledDotProductAttention(q, k, v, { causal: true }),
  },
  {
    label: "packed sequences and padding",
    shapes: [
      [2, 5, 1, 3],
      [2, 5, 1, 3],
      [2, 5, 1, 3],
    ],
    run: (q, k, v) => {
      const segments = ids(q, [0, 0, 1, 1, -1, 3, 3, 3, -1, -1], 5);
      return scaledDotProductAttention(q, k, v, { causal: true, querySegments: segments, keySegments: segments });
    },
  },
  {
    label: "a mask of keys",
    shapes: [
      [2, 2, 1, 3],
      [2, 3, 1, 3],
      [2, 3, 1, 3],
    ],
    run: (q, k, v) => scaledDotProductAttention(q, k, v, { keySegments: ids(q, [1, 1, 0, 1, 0, 0], 3), firstSegment: 1 }),
  },
  {
    label: "dropout",
    shapes: [
      [1, 4, 2, 3],
      [1, 4, 2, 3],
      [1, 4, 2, 3],
    ],
    run: (q, k, v) => withRandom({ seed: 5, step: 1 }, () => scaledDotProductAttention(q, k, v, { dropout: 0.4 })),
  },
  {
    label: "values of another width",
    shapes: [
      [1, 4, 2, 3],
      [1, 5, 1, 3],
      [1, 5, 1, 4],
    ],
    run: (q, k, v) => scaledDotProductAttention(q, k, v),
  },
  { label: "a tensor with itself", shapes: [[1, 4, 1, 3]], run: (x) => scaledDotProductAttention(x, x, x) },
  {
    label: "many blocks",
    shapes: [
      [1, 70, 1, 2],
      [1, 70, 1, 2],
      [1, 70, 1, 2],
    ],
    run: (q, k, v) => scaledDotProductAttention(q, k, v, { causal: true }),
  },
]);

testOp("attentionWeights", [
  {
    shapes: [
      [2, 3, 4, 5],
      [2, 6, 2, 5],
    ],
    gradient: false,
    run: (q, k) => attentionWeights(q, k),
  },
  {
    label: "causal",
    shapes: [
      [1, 3, 1, 2],
      [1, 3, 1, 2],
    ],
    gradient: false,
    run: (q, k) => attentionWeights(q, k, { causal: true }),
  },
]);

testOp("siluMultiply", [
  {
    shapes: [
      [3, 5],
      [3, 5],
    ],
    run: (gate, up) => siluMultiply(gate, up),
  },
  { label: "of a tensor with itself", shapes: [[7]], run: (x) => siluMultiply(x, x) },
]);

const turns = (device: Device, positions: number, width: number) => {
  const angles = Array.from({ length: (positions * width) / 2 }, (_, n) => 0.3 * (1 + Math.floor((2 * n) / width)) * (1 + (n % (width / 2))));
  return on(
    device,
    angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]),
    [positions, width / 2, 2],
  );
};

testOp("rotary", [
  { shapes: [[3, 2, 4]], run: (x) => rotary(add(x, x), turns(x.device, 5, 4), { start: 2 }) },
  { label: "neighbours", shapes: [[2, 3, 1, 4]], run: (x) => rotary(add(x, x), turns(x.device, 3, 4), { start: 0, adjacent: true }) },
  {
    label: "before attention and other uses",
    shapes: [[1, 3, 2, 4]],
    run: (x) => {
      const table = turns(x.device, 3, 4);
      const [q, k] = [add(x, x), add(x, x)];
      rotary(q, table, { start: 0 });
      return add(scaledDotProductAttention(q, rotary(k, table, { start: 0 }), x, { causal: true }), add(q, x));
    },
  },
]);

describe("rotary over sequences", () => {
  it("starts each of a batch at the same position", () => {
    const { device } = devices[0];
    const values = noise(2 * 3 * 4, 1);
    const whole = rotary(on(device, values, [2, 3, 1, 4]), turns(device, 4, 4), { start: 1 }).dataSync();
    const second = rotary(on(device, values.subarray(12), [3, 1, 4]), turns(device, 4, 4), { start: 1 }).dataSync();
    expect(whole.subarray(12)).toEqual(second);
  });
});

describe.each(devices)("attention over whole sequences on $name", ({ device }) => {
  const sample = (seed: number, shape: readonly number[]) =>
    on(
      device,
      noise(
        shape.reduce((a, b) => a * b, 1),
        seed,
        2,
      ),
      shape,
    );

  it("is what its weights say", () => {
    const [q, k, v] = [sample(1, [2, 3, 2, 4]), sample(2, [2, 5, 1, 4]), sample(3, [2, 5, 1, 4])];
    const y = scaledDotProductAttention(q, k, v).dataSync();
    const weights = attentionWeights(q, k).dataSync();
    const values = v.dataSync();
    const expected = Array.from(y, (_, n) => {
      const [d, h, i, b] = [n % 4, Math.floor(n / 4) % 2, Math.floor(n / 8) % 3, Math.floor(n / 24)];
      return [0, 1, 2, 3, 4].reduce((sum, j) => sum + weights[((b * 2 + h) * 3 + i) * 5 + j] * values[(b * 5 + j) * 4 + d], 0);
    });
    expectNear(y, expected);
  });

  it("gives a packed row what each sequence alone would give", () => {
    const [first, second] = [70, 30];
    const [q, k, v] = [1, 2, 3].map((seed) => sample(seed, [1, first + second, 2, 16]));
    const segments = ids(q, [...new Array(first).fill(4), ...new Array(second).fill(9)], first + second);
    const packed = scaledDotProductAttention(q, k, v, { causal: true, querySegments: segments, keySegments: segments }).dataSync();
    const part = (x: Tensor, from: number, count: number) =>
      x
        .reshape([first + second, 2, 16])
        .rows(from, count)
        .reshape([1, count, 2, 16]);
    const alone = (from: number, count: number) =>
      scaledDotProductAttention(part(q, from, count), part(k, from, count), part(v, from, count), { causal: true }).dataSync();
    expectNear(packed, [...alone(0, first), ...alone(first, second)]);
  });

  it("gives sequences that lie end to end, of any lengths, what each alone would give, bit by bit", () => {
    const [heads, width] = [2, 24];
    for (const lengths of [[61, 61, 61, 9], [1, 2, 3, 130, 5, 64, 63], [200], [64, 64], [17, 65, 40]]) {
      const total = lengths.reduce((sum, length) => sum + length, 0);
      const filling = 7;
      const rows = total + filling;
      const [q, k, v] = [1, 2, 3].map((seed) => sample(seed, [1, rows, heads, width]));
      const own = ids(q, [...lengths.flatMap((length, i) => new Array(length).fill(i * 3)), ...new Array(filling).fill(-1)], rows);
      const packed = scaledDotProductAttention(q, k, v, { querySegments: own, keySegments: own }).dataSync();
      let first = 0;
      for (const length of lengths) {
        const part = (x: Tensor) => x.reshape([rows, heads, width]).rows(first, length).reshape([1, length, heads, width]);
        const alone = scaledDotProductAttention(part(q), part(k), part(v)).dataSync();
        const size = heads * width;
        if (device.executor.name === "native") expectBits(packed.subarray(first * size, (first + length) * size), alone, `${lengths} at ${first}`);
        else expectNear(packed.subarray(first * size, (first + length) * size), alone);
        first += length;
      }
      expect(packed.subarray(total * heads * width).every((value) => value === 0)).toBe(true);
    }
  });

  it("finds the keys of a segment wherever they lie", () => {
    const rows = 150;
    const [q, k, v] = [1, 2, 3].map((seed) => sample(seed, [2, rows, 2, 8]));
    const mixed = Array.from({ length: 2 * rows }, (_, i) => ((i * 7919) % 13) - 1);
    const [own, asked] = [
      ids(q, mixed, rows),
      ids(
        q,
        mixed.map((segment) => Math.max(segment, 0)),
        rows,
      ),
    ];
    const options = { querySegments: asked, keySegments: own };
    const weights = attentionWeights(q, k, options).dataSync();
    const values = v.dataSync();
    const expected = Array.from({ length: 2 * rows * 16 }, (_, n) => {
      const [d, h, i, b] = [n % 8, Math.floor(n / 8) % 2, Math.floor(n / 16) % rows, Math.floor(n / 16 / rows)];
      let sum = 0;
      for (let j = 0; j < rows; j++) sum += weights[((b * 2 + h) * rows + i) * rows + j] * values[((b * rows + j) * 2 + h) * 8 + d];
      return sum;
    });
    expectNear(scaledDotProductAttention(q, k, v, options).dataSync(), expected);
  });

  it("gives zeros and zero gradients where a query sees nothing, and no NaN", () => {
    const [q, k, v] = [1, 2, 3].map((seed) => sample(seed, [1, 3, 1, 2]).requireGrad());
    const y = scaledDotProductAttention(q, k, v, { keySegments: ids(q, [-1, -1, -1], 3) });
    expect([...y.dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
    for (const gradient of gradients(y, [q, k, v], { seed: y })) expect(gradient.dataSync().every((value) => value === 0)).toBe(true);
  });

  it("drops the asked share, keeps the mean, and differs from step to step", () => {
    const keys = 400;
    const q = tensor(new Float32Array(64), [1, 64, 1, 1], { device });
    const k = tensor(new Float32Array(keys), [1, keys, 1, 1], { device });
    const v = tensor(new Float32Array(keys).fill(1), [1, keys, 1, 1], { device });
    const at = (step: number) => withRandom({ seed: 1, step }, () => scaledDotProductAttention(q, k, v, { dropout: 0.25 })).dataSync();
    const found = [...at(3)];
    const mean = found.reduce((sum, value) => sum + value, 0) / 64;
    expect(Math.abs(mean - 1)).toBeLessThan(0.02);
    expect([...at(3)]).toEqual(found);
    expect([...at(4)]).not.toEqual(found);
  });

  it("refuses shapes that do not go together", () => {
    const q = sample(1, [1, 2, 3, 4]);
    const refused = (fn: () => unknown) => expect(fn).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
    refused(() => scaledDotProductAttention(q, sample(2, [1, 2, 2, 4]), sample(3, [1, 2, 2, 4])));
    refused(() => scaledDotProductAttention(q, q, sample(3, [1, 3, 3, 4])));
    refused(() => scaledDotProductAttention(q, q, q, { keySegments: ids(q, [0, 0, 0], 3) }));
    expect(() => scaledDotProductAttention(q, q, q, { dropout: 1 })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
    refused(() => attentionWeights(q, sample(2, [2, 2, 3, 4])));
  });
});

describe("attention on the tape", () => {
  it("draws the same dropout when a block is computed again", () => {
    const x = on(devices[0].device, noise(4 * 6, 1), [1, 4, 2, 3]).requireGrad();
    const block = (y: Tensor) => scaledDotProductAttention(y, y, y, { dropout: 0.5 });
    const seed = on(devices[0].device, noise(4 * 6, 2), [1, 4, 2, 3]);
    const run = (fn: () => Tensor) => withRandom({ seed: 2, step: 0 }, () => [...gradients(fn(), [x], { seed })[0].dataSync()]);
    expect(run(() => recompute(block, x))).toEqual(run(() => block(x)));
  });

  it("has gradients of only those that want one", () => {
    const [q, k, v] = [1, 2, 3].map((seed) => on(devices[0].device, noise(12, seed), [1, 3, 1, 4]));
    for (const at of [0, 1, 2]) {
      const check = checkGradients((x) => scaledDotProductAttention(at === 0 ? x : q, at === 1 ? x : k, at === 2 ? x : v), [[q, k, v][at]]);
      expect(check.worst).toBeLessThan(2e-2);
      [q, k, v][at].requireGrad(false);
    }
  });
});

describe.runIf(nativeStatus().available)("attention on more threads", () => {
  it("has the same bits, dropout and gradients included", () => {
    const run = (threads: number) => {
      const device = cpu(openExecutor({ executor: "native", threads }));
      const [q, k, v] = [1, 2, 3].map((seed) => on(device, noise(2 * 150 * 3 * 16, seed), [2, 150, 3, 16]).requireGrad());
      const y = withRandom({ seed: 3, step: 4 }, () => scaledDotProductAttention(q, k, v, { causal: true, dropout: 0.1 }));
      return [y, ...gradients(y, [q, k, v], { seed: y })].map((found) => found.dataSync());
    };
    expect(run(2)).toEqual(run(1));
  });
});

interface OperationCase {
  readonly name: string;
  readonly expression: string;
  readonly inputs: Readonly<Record<string, FixtureArray>>;
  readonly output: FixtureArray;
  readonly upstream: FixtureArray;
  readonly gradients: Readonly<Record<string, FixtureArray>>;
}

describe("attention beside PyTorch", () => {
  for (const one of cases<OperationCase>("ops").filter(({ name }) => name.startsWith("attention"))) {
    it(`has its values and gradients: ${one.name}`, () => {
      const [q, k, v] = ["q", "k", "v"].map((name) => tensorOf(one.inputs[name]).requireGrad());
      const turned = (x: Tensor) => transpose(x, [0, 2, 1, 3]);
      const mask = one.inputs["mask"] && tensorOf(one.inputs["mask"]);
      const y = scaledDotProductAttention(turned(q), turned(k), turned(v), {
        causal: /is_causal=True|tril/.test(one.expression),
        ...(one.expression.includes("scale=1.0") && { scale: 1 }),
        ...(mask && { keySegments: mask, firstSegment: 1 }),
      });
      const found = turned(y);
      expectClose(found.dataSync(), numbers(one.output), 1e-5, "output");
      const grads = gradients(found, [q, k, v], { seed: tensorOf(one.upstream) });
      for (const [i, name] of ["q", "k", "v"].entries()) expectClose(grads[i].dataSync(), numbers(one.gradients[name]), 1e-5, name);
    });
  }
});
