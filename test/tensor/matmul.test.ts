// Products of plain matrices: values, shapes, gradients, precision.
import { describe, expect, it } from "vitest";
import { openExecutor } from "#native";
import { gradients, matmul, type Tensor, tensor, withPrecision, zeros } from "#tensor";
import { f32, noise } from "../native/support/cases.ts";
import { hasNative, runCommand, tiers } from "../native/support/run.ts";
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

describe.runIf(hasNative)("matmul on threads", () => {
  // Rows and columns past several tiles, k past several blocks; cut differently for each number of threads.
  const sizes = { batch: 2, batchA: 2, batchB: 1, rows: 150, columns: 530, depth: 1100, hasBias: 1 };
  const operands = { a: f32(noise(2 * 150 * 1100, 1)), b: f32(noise(530 * 1100, 2)), bias: f32(noise(530, 3)), c: f32(noise(2 * 150 * 530, 4)) };

  it("gives the same bits for 1, 2 and 3 threads, on every tier, in f32 and bf16", () => {
    for (const tier of tiers) {
      for (const bf16 of [false, true]) {
        const flags = { transposeA: bf16, transposeB: true, accumulate: true, bf16 };
        const run = (threads: number) =>
          runCommand(openExecutor({ executor: "native", threads }), { kernel: "matmul", operands, sizes, flags }, { tier }).c;
        const one = run(1);
        for (const threads of [2, 3])
          expect(Buffer.compare(Buffer.from(run(threads).buffer), Buffer.from(one.buffer)), `${tier}, ${threads}`).toBe(0);
      }
    }
  });

  it("gives each row the bits that it has alone, on every tier", () => {
    const { a, b, bias } = operands;
    for (const tier of tiers) {
      for (const bf16 of [false, true]) {
        const flags = { transposeB: true, bf16 };
        const executor = openExecutor({ executor: "native", threads: 2 });
        const run = (rows: number) => {
          const call = { a, b, bias, c: f32(new Float32Array(rows * 530)) };
          return runCommand(executor, { kernel: "matmul", operands: call, sizes: { ...sizes, batch: 1, batchA: 1, rows }, flags }, { tier }).c;
        };
        const all = run(150);
        for (const rows of [1, 3, 20, 49]) expect(Array.from(run(rows)), `${tier}, ${rows} rows`).toEqual(Array.from(all.slice(0, rows * 530)));
      }
    }
  });
});
