// Products of plain matrices: values, shapes, gradients, precision.
import { describe, expect, it } from "vitest";
import { gradients, matmul, type Tensor, tensor, withPrecision, zeros } from "#tensor";
import { type OpCase, testOp } from "../support/test-op.ts";

const ways = [0, 1, 2, 3].map((number) => ({ transposeA: number % 2 > 0, transposeB: number > 1 }));

const shapesOf = (
  leading: number[],
  [rows, columns, depth]: readonly number[],
  { transposeA, transposeB }: (typeof ways)[number],
  shared = false,
) => [
  [...leading, ...(transposeA ? [depth, rows] : [rows, depth])],
  [...(shared ? [] : leading), ...(transposeB ? [columns, depth] : [depth, columns])],
];

const cases: OpCase[] = ways.flatMap((way): OpCase[] => [
  { shapes: shapesOf([], [3, 5, 4], way), run: (a, b) => matmul(a, b, way) },
  { shapes: [...shapesOf([], [4, 3, 2], way), [3]], run: (a, b, bias) => matmul(a, b, { ...way, bias }) },
  { shapes: shapesOf([2, 2], [3, 2, 4], way), run: (a, b) => matmul(a, b, way) },
  { shapes: [...shapesOf([3], [2, 4, 3], way, true), [4]], run: (a, b, bias) => matmul(a, b, { ...way, bias }) },
  { label: "larger than a tile", shapes: shapesOf([], [70, 90, 50], way), run: (a, b) => matmul(a, b, way), gradient: false },
]);

testOp("matmul", cases);

testOp("matmul of a tensor with itself", [{ shapes: [[4, 4]], run: (a) => matmul(a, a, { transposeB: true }) }]);

testOp("matmul in bf16", [
  {
    shapes: [
      [9, 33],
      [33, 17],
    ],
    run: (a, b) => withPrecision("bf16", () => matmul(a, b)),
    gradient: false,
  },
]);

const values = (y: Tensor) => Array.from(y.dataSync());

describe("matmul", () => {
  it("rounds both sides to bf16 where that was the precision of the forward pass, in its gradient as well", () => {
    const [x, w] = [tensor([[1.001]]).requireGrad(), tensor([[3.01]]).requireGrad()];
    const y = withPrecision("bf16", () => matmul(x, w));
    expect(values(y)).toEqual([3.015625]);
    const [dx, dw] = gradients(y, [x, w], { seed: tensor([[1.001]]) });
    expect(values(dx)).toEqual([3.015625]);
    expect(values(dw)).toEqual([1]);
  });

  it("of no rows is empty, and of no inner values is its bias", () => {
    expect(matmul(zeros([0, 3]), zeros([3, 2])).shape).toEqual([0, 2]);
    expect(values(matmul(zeros([2, 0]), zeros([0, 2]), { bias: tensor([5, 6]) }))).toEqual([5, 6, 5, 6]);
  });

  it("names the shape that would fit", () => {
    expect(() => matmul(zeros([2, 3]), zeros([4, 5]))).toThrow("[3, N]");
    expect(() => matmul(zeros([2, 3]), zeros([4, 5]), { transposeB: true })).toThrow("[N, 3]");
    expect(() => matmul(zeros([6, 2, 3]), zeros([5, 3, 4]))).toThrow("[3, N] or [6, 3, N]");
    expect(() => matmul(zeros([3]), zeros([3, 4]))).toThrow("matrices");
    expect(() => matmul(zeros([2, 3]), zeros([3, 4]), { bias: zeros([3]) })).toThrow("a bias of 4 values");
  });

  it("passes NaN and infinities on", () => {
    expect(values(matmul(tensor([[Number.NaN, 1]]), tensor([[0], [1]])))).toEqual([Number.NaN]);
    expect(values(matmul(tensor([[Number.POSITIVE_INFINITY, 1]]), tensor([[0], [1]])))).toEqual([Number.NaN]);
    expect(values(matmul(tensor([[Number.POSITIVE_INFINITY, 1]]), tensor([[2], [1]])))).toEqual([Number.POSITIVE_INFINITY]);
  });
});
