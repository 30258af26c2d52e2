// Every operation outside a recording, on every executor and tier: values by hand or by plain loops, shapes, types, and what is refused.
import { describe, expect, it } from "vitest";
import {
  add,
  gatherRows,
  negativeLogLikelihood,
  packedLinear,
  quantizeRows,
  rmsNorm,
  selectRow,
  siluMultiply,
  tensor,
  topCandidates,
  zeros,
} from "#tensor";
import { devices } from "../support/devices.ts";
import { expectNear, noise, on, packed, weightTypes } from "../support/numbers.ts";
import { gated, integers, logSumExp, normed, product, sum, toBf16 } from "../support/plain.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });
const shapeError = (operation: string) => code("E_SHAPE", { operation });

describe.each(devices)("element by element on $name", ({ device }) => {
  it("add gives a + b in any shape, also an empty one", () => {
    const y = add(
      tensor(
        [
          [1, 2],
          [3, 4],
        ],
        undefined,
        { device },
      ),
      tensor(
        [
          [10, 20],
          [30, 40],
        ],
        undefined,
        { device },
      ),
    );
    expect(y).toMatchObject({ shape: [2, 2], type: "f32" });
    expect(y.dataSync()).toEqual(Float32Array.of(11, 22, 33, 44));
    const [a, b] = [noise(1001, 1), noise(1001, 2)];
    expectNear(add(on(device, a, [7, 11, 13]), on(device, b, [7, 11, 13])).dataSync(), sum(a, b));
    for (const shape of [[0], [0, 3], [3, 0]])
      expect(add(zeros(shape, { device }), zeros(shape, { device }), { rows: 0 })).toMatchObject({ shape, size: 0 });
  });

  it("siluMultiply gives silu(gate) · up, also far from zero", () => {
    expectNear(
      siluMultiply(tensor([0, 1, -1], undefined, { device }), tensor([5, 2, 3], undefined, { device })).dataSync(),
      [0, 1.4621171573, -0.8068242641],
    );
    const [gate, up] = [noise(600, 3, 30), noise(600, 4)];
    const y = siluMultiply(on(device, gate, [6, 100]), on(device, up, [6, 100]));
    expect(y).toMatchObject({ shape: [6, 100], type: "f32" });
    expectNear(y.dataSync(), gated(gate, up));
    expectNear(siluMultiply(tensor([-1000, 1000], undefined, { device }), tensor([1, 1], undefined, { device })).dataSync(), [0, 1000]);
  });

  it("computes the valid rows only: what lies behind them stays as it was", () => {
    const x = on(device, noise(12, 5), [4, 3]);
    for (const operation of [add, siluMultiply]) expect([...operation(x, x, { rows: 2 }).dataSync().subarray(6)]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("refuses shapes that differ, more rows than there are, and other types", () => {
    const [a, b] = [zeros([2, 3], { device }), zeros([3, 2], { device })];
    expect(() => add(a, b)).toThrow(shapeError("add"));
    expect(() => siluMultiply(a, zeros([6], { device }))).toThrow(shapeError("siluMultiply"));
    for (const rows of [3, -1, Number.NaN]) expect(() => add(a, a, { rows })).toThrow(shapeError("add"));
    const integer = zeros([2, 3], { device, type: "i32" });
    expect(() => add(a, integer)).toThrow(code("E_TENSOR_TYPE", { operation: "add", operand: ["b"], expected: ["f32"], got: "i32" }));
  });
});

describe.each(devices)("rows on $name", ({ device }) => {
  it("rmsNorm divides by the root of the mean square", () => {
    expectNear(rmsNorm(tensor([[3, 4]], undefined, { device }), tensor([1, 2], undefined, { device }), 0).dataSync(), [
      3 / Math.sqrt(12.5),
      8 / Math.sqrt(12.5),
    ]);
    const [x, weight] = [noise(5 * 70, 6, 3), noise(70, 7)];
    const y = rmsNorm(on(device, x, [5, 70]), on(device, weight, [70]), 1e-5);
    expect(y).toMatchObject({ shape: [5, 70], type: "f32" });
    expectNear(y.dataSync(), normed(x, weight, 1e-5));
    expect([...rmsNorm(zeros([1, 3], { device }), tensor([1, 1, 1], undefined, { device }), 1e-5).dataSync()]).toEqual([0, 0, 0]);
  });

  it("selectRow copies one row, and refuses one that is not there", () => {
    const x = tensor(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      undefined,
      { device },
    );
    expect(selectRow(x, 2)).toMatchObject({ shape: [1, 2], type: "f32" });
    expect([0, 1, 2].map((row) => [...selectRow(x, row).dataSync()])).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(() => selectRow(x, 3)).toThrow(code("E_KERNEL", { kernel: "selectRow", why: "index", value: 3, limit: 3 }));
  });

  it("quantizeRows gives each block of 32 its own scale and integers, ties to even", () => {
    const x = noise(3 * 96, 8, 5);
    x.fill(0, 32, 64);
    // d is 2: halves are ties.
    x.set([254, 1, 3, 5, -1, -3, 0.99, 1.01], 64);
    x.fill(7, 72, 96);
    const { quantized, scales } = quantizeRows(on(device, x, [3, 96]));
    expect([quantized.shape, quantized.type, scales.shape, scales.type]).toEqual([[3, 96], "u8", [3, 3, 2], "f32"]);
    const { q, d } = integers(x);
    const found = new Int8Array(quantized.dataSync());
    expect([...found.subarray(64, 72)]).toEqual([127, 0, 2, 2, 0, -2, 0, 1]);
    expect([...found]).toEqual([...q]);
    const sums = Array.from(d, (_, block) => q.subarray(32 * block, 32 * block + 32).reduce((total, value) => total + value, 0));
    expectNear(scales.dataSync(), Array.from(d, (scale, block) => [scale, scale * sums[block]]).flat());
  });

  it("refuse what does not fit", () => {
    const x = zeros([2, 48], { device });
    expect(() => rmsNorm(x, zeros([47], { device }), 1e-5)).toThrow(shapeError("rmsNorm"));
    expect(() => rmsNorm(zeros([], { device }), zeros([1], { device }), 1e-5)).toThrow(shapeError("rmsNorm"));
    expect(() => quantizeRows(x)).toThrow(shapeError("quantizeRows"));
    expect(() => selectRow(zeros([4], { device }), 0)).toThrow(shapeError("selectRow"));
  });
});

describe.each(devices)("products on $name", ({ device }) => {
  const [rows, outputs, inputs] = [5, 37, 96];
  const x = noise(rows * inputs, 9);
  const weights = noise(outputs * inputs, 10);

  it.each(weightTypes)("exact on %s weights are those of the values that the weights stand for", (type) => {
    const { matrix, dense } = packed(device, type, weights, outputs, inputs);
    const y = packedLinear(on(device, x, [rows, inputs]), matrix);
    expect(y).toMatchObject({ shape: [rows, outputs], type: "f32" });
    expectNear(y.dataSync(), product(x, dense, rows, outputs, inputs));
  });

  it.each(weightTypes)("bf16 on %s weights round both sides first", (type) => {
    const { matrix, dense } = packed(device, type, weights, outputs, inputs);
    const y = packedLinear(on(device, x, [rows, inputs]), matrix, { precision: "bf16" });
    expectNear(y.dataSync(), product(x.map(toBf16), dense.map(toBf16), rows, outputs, inputs));
  });

  it.each(["Q4_0", "Q4_1", "Q8_0"] as const)("fast on %s weights round x to int8 first", (type) => {
    const { matrix, dense } = packed(device, type, weights, outputs, inputs);
    const { q, d } = integers(x);
    const rounded = Float64Array.from(q, (value, i) => value * d[Math.floor(i / 32)]);
    expectNear(packedLinear(on(device, x, [rows, inputs]), matrix, { precision: "fast" }).dataSync(), product(rounded, dense, rows, outputs, inputs));
  });

  it.each(["F32", "F16", "BF16"] as const)("fast on %s weights, which have no blocks, are those of bf16", (type) => {
    const { matrix } = packed(device, type, weights, outputs, inputs);
    const [fast, bf16] = (["fast", "bf16"] as const).map((precision) =>
      packedLinear(on(device, x, [rows, inputs]), matrix, { precision }).dataSync(),
    );
    expect(fast).toEqual(bf16);
  });

  it.each(weightTypes)("gatherRows reads rows of %s weights without any rounding", (type) => {
    const { matrix, dense } = packed(device, type, weights, outputs, inputs);
    const y = gatherRows(tensor(Int32Array.of(36, 0, 16, 16), undefined, { device }), matrix);
    expect(y).toMatchObject({ shape: [4, inputs], type: "f32" });
    const expected = [36, 0, 16, 16].flatMap((id) => [...dense.subarray(id * inputs, (id + 1) * inputs)]);
    // Added to zero, so that the zero of a negative scale is a zero.
    expect([...y.dataSync()].map((value) => value + 0)).toEqual(expected.map((value) => value + 0));
  });

  it("refuse what does not fit, and ids outside the matrix", () => {
    const { matrix } = packed(device, "F32", weights, outputs, inputs);
    expect(() => packedLinear(zeros([2, 95], { device }), matrix)).toThrow(shapeError("linear"));
    expect(() => packedLinear(zeros([96, 1], { device }), matrix)).toThrow(shapeError("linear"));
    expect(() => packedLinear(zeros([2, 96], { device }), matrix, { rows: 3 })).toThrow(shapeError("linear"));
    expect(gatherRows(zeros([2, 1], { device, type: "i32" }), matrix).shape).toEqual([2, 1, 96]);
    expect(() => gatherRows(zeros([2], { device }), matrix)).toThrow(code("E_TENSOR_TYPE", { operation: "gatherRows", operand: ["ids"] }));
    for (const id of [37, -1]) {
      const ids = tensor(Int32Array.of(id), undefined, { device });
      expect(() => gatherRows(ids, matrix)).toThrow(code("E_KERNEL", { kernel: "gatherRows", why: "index", value: id, limit: 37 }));
    }
  });
});

describe.each(devices)("scores on $name", ({ device }) => {
  const [rows, vocabulary] = [3, 101];
  const logits = noise(rows * vocabulary, 11, 20);

  it("negativeLogLikelihood is log(sum exp) minus the target's logit", () => {
    expectNear(negativeLogLikelihood(tensor([[0, 0]], undefined, { device }), tensor(Int32Array.of(1), undefined, { device })).dataSync(), [
      Math.LN2,
    ]);
    const targets = [0, 100, 50];
    const nll = negativeLogLikelihood(on(device, logits, [rows, vocabulary]), tensor(Int32Array.from(targets), undefined, { device }));
    expect(nll).toMatchObject({ shape: [rows], type: "f32" });
    const expected = targets.map((target, row) => {
      const values = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
      return logSumExp(values) - values[target];
    });
    expectNear(nll.dataSync(), expected);
  });

  it("topCandidates sorts by value, ties by index, and gives what makes probabilities of them", () => {
    const { values, indices, normalizer } = topCandidates(tensor([1, 3, 2, 3, -5], undefined, { device }), 4, {
      scales: tensor([0.5], undefined, { device }),
    });
    expect([values.type, indices.type, normalizer.shape]).toEqual(["f32", "i32", []]);
    expect([...values.dataSync()]).toEqual([3, 3, 2, 1]);
    expect([...indices.dataSync()]).toEqual([1, 3, 2, 0]);
    expectNear(normalizer.dataSync(), [logSumExp([1, 3, 2, 3, -5], 0.5)]);
    const all = topCandidates(on(device, logits, [rows, vocabulary]), 101);
    expect([all.values.shape, all.normalizer.shape]).toEqual([[rows, vocabulary], [rows]]);
    expect(all.values.dataSync().subarray(202)).toEqual(logits.subarray(202).toSorted((a, b) => b - a));
  });

  it("refuse what does not fit, targets outside, and logits that are no numbers", () => {
    const x = on(device, logits, [rows, vocabulary]);
    expect(() => negativeLogLikelihood(x, zeros([2], { device, type: "i32" }))).toThrow(shapeError("negativeLogLikelihood"));
    expect(() => negativeLogLikelihood(zeros([3], { device }), zeros([3], { device, type: "i32" }))).toThrow(shapeError("negativeLogLikelihood"));
    for (const count of [0, 102, 1.5, -1]) expect(() => topCandidates(x, count)).toThrow(shapeError("topCandidates"));
    for (const target of [-1, 101]) {
      const targets = tensor(Int32Array.of(0, target, 0), undefined, { device });
      expect(() => negativeLogLikelihood(x, targets)).toThrow(
        code("E_KERNEL", { kernel: "negativeLogLikelihood", why: "index", value: target, limit: 101 }),
      );
    }
    const bad = tensor(
      [
        [0, 0, 0],
        [0, Number.NaN, 0],
      ],
      undefined,
      { device },
    );
    expect(() => negativeLogLikelihood(bad, zeros([2], { device, type: "i32" }))).toThrow(
      code("E_KERNEL", { kernel: "negativeLogLikelihood", why: "numeric", value: 1, limit: 3 }),
    );
    expect(() => topCandidates(bad, 1)).toThrow(code("E_KERNEL", { kernel: "topCandidates", why: "numeric", value: 1, limit: 3 }));
  });
});
