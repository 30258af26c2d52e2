// Sums, means, largest values: values, gradients, shapes, what is refused.
import { describe, expect, it } from "vitest";
import { argMax, gradients, max, mean, sum, type Tensor, tensor, zeros } from "#tensor";
import { devices } from "../support/devices.ts";
import { noise, on } from "../support/numbers.ts";
import { testOp } from "../support/test-op.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });
const shapes = [[3, 5], [2, 3, 4], [1, 1, 17], [7]] as const;

for (const [name, op] of Object.entries({ sum, mean })) {
  testOp(
    name,
    [...shapes, [0, 3]].flatMap((shape) => [
      ...(name === "mean" && shape[0] === 0 ? [] : [{ label: `all of [${shape}]`, shapes: [shape], run: (x: Tensor) => op(x) }]),
      ...shape.flatMap((length, axis) =>
        name === "mean" && length === 0
          ? []
          : [{ label: `[${shape}] along ${axis}`, shapes: [shape], run: (x: Tensor) => op(x, { axis, keepDimensions: axis === 0 }) }],
      ),
    ]),
  );
}
// No two are near each other: there would be a kink.
const apart = (shape: readonly number[]) => [Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 11) % 31) / 10 - 1)];
testOp(
  "max",
  shapes.flatMap((shape) => [
    { label: `all of [${shape}]`, shapes: [shape], values: apart(shape), run: (x: Tensor) => max(x) },
    ...shape.map((_, axis) => ({ label: `[${shape}] along ${axis}`, shapes: [shape], values: apart(shape), run: (x: Tensor) => max(x, { axis }) })),
  ]),
);

describe.each(devices)("reductions on $name", ({ device }) => {
  const x = () => on(device, [1, 5, 2, 7, 7, 0], [2, 3]);

  it("take one dimension or all away, or keep it as 1", () => {
    expect(sum(x())).toMatchObject({ shape: [], size: 1 });
    expect(sum(x(), { keepDimensions: true }).shape).toEqual([1, 1]);
    expect([...sum(x(), { axis: -1 }).dataSync()]).toEqual([8, 14]);
    expect(mean(x(), { axis: 0, keepDimensions: true }).shape).toEqual([1, 3]);
    expect([...mean(x(), { axis: 0 }).dataSync()]).toEqual([4, 6, 1]);
    expect([...max(x(), { axis: 0 }).dataSync()]).toEqual([7, 7, 2]);
  });

  it("argMax is the first of equals, on any dimension, and NaN is above all", () => {
    expect(argMax(x(), { axis: 1 })).toMatchObject({ type: "i32", shape: [2] });
    expect([...argMax(x(), { axis: 1 }).dataSync()]).toEqual([1, 0]);
    expect([...argMax(x(), { axis: 0 }).dataSync()]).toEqual([1, 1, 0]);
    expect([...argMax(x()).dataSync()]).toEqual([3]);
    const odd = noise(5000, 3);
    odd[4001] = Number.NaN;
    odd[4500] = Number.NaN;
    expect([...argMax(on(device, odd, [5000])).dataSync()]).toEqual([4001]);
    expect([...max(on(device, odd, [2500, 2]), { axis: 0 }).dataSync()]).toEqual(
      [Number.NaN, Number.NaN].map((_, i) => (i === 1 ? Number.NaN : Number.NaN)),
    );
  });

  it("the gradient of max goes to the first of equals", () => {
    const tied = on(device, [2, 2, 1, 2], [4]).requireGrad();
    expect([...gradients(max(tied), [tied])[0].dataSync()]).toEqual([1, 0, 0, 0]);
  });

  it("of nothing: a sum is 0, a mean NaN, and there is no largest", () => {
    expect([...sum(zeros([0, 3], { device }), { axis: 0 }).dataSync()]).toEqual([0, 0, 0]);
    expect([...mean(zeros([0], { device })).dataSync()]).toEqual([Number.NaN]);
    expect(() => max(zeros([0], { device }))).toThrow(code("E_SHAPE", { operation: "max" }));
    expect(() => sum(zeros([2, 3], { device }), { axis: 2 })).toThrow(code("E_SHAPE", { operation: "sum" }));
  });

  it("long sums keep their digits", () => {
    const ones = tensor(new Float32Array(3_000_000).fill(0.1), undefined, { device });
    expect(sum(ones).dataSync()[0] / 300_000).toBeCloseTo(1, 5);
  });
});
