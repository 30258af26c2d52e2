// Products of plain matrices and their gradients.
import { InkstoneError } from "../../core/index.ts";
import type { Kernels } from "../command.ts";
import { defineOp, expectShape, expectTensor, type Op } from "../op.ts";
import { computePrecision } from "../precision.ts";
import type { Gradient } from "../tape/gradient.ts";
import type { Tensor } from "../tensor.ts";
import { type Shape, sizeOf } from "../types.ts";

/** Options of `matmul`. */
export interface MatmulOptions {
  /** Whether each matrix of a is used transposed. Default false. */
  readonly transposeA?: boolean;
  /** Whether each matrix of b is used transposed. Default false. */
  readonly transposeB?: boolean;
  /** Added to each row of the product: [N]. */
  readonly bias?: Tensor;
}

// What a product is, once its options are settled.
interface Form {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly bf16: boolean;
}

interface Sizes {
  readonly batch: number;
  readonly batchA: number;
  readonly batchB: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

// Leading dimensions become rows where all share one b: then it is one product.
function sizesOf(a: Tensor, b: Tensor, { transposeA, transposeB }: Form): Sizes {
  const [rows, depth] = lastTwo(a, transposeA);
  const columns = lastTwo(b, transposeB)[1];
  const batch = sizeOf(a.shape.slice(0, -2));
  if (b.shape.length > 2) return { batch, batchA: batch, batchB: batch, rows, columns, depth };
  if (!transposeA) return { batch: 1, batchA: 1, batchB: 1, rows: batch * rows, columns, depth };
  return { batch, batchA: batch, batchB: 1, rows, columns, depth };
}

function lastTwo({ shape }: Tensor, transposed: boolean): [number, number] {
  const [first, second] = shape.slice(-2);
  return transposed ? [second, first] : [first, second];
}

function shapeOf(a: Tensor, b: Tensor, bias: Tensor | undefined, form: Form): Shape {
  expectTensor("matmul", b);
  for (const matrix of [a, b]) expectShape(matrix.shape.length >= 2, "matmul", { en: "matrices", zh: "矩阵" }, matrix);
  const [rows, depth] = lastTwo(a, form.transposeA);
  const [inner, columns] = lastTwo(b, form.transposeB);
  const leading = a.shape.slice(0, -2);
  const fits = inner === depth && (b.shape.length === 2 || (b.shape.length === a.shape.length && leading.every((size, i) => size === b.shape[i])));
  if (!fits) {
    const matrix = (form.transposeB ? ["N", depth] : [depth, "N"]).join(", ");
    const whole = [...leading, matrix].join(", ");
    const expected = leading.length > 0 ? { en: `[${matrix}] or [${whole}]`, zh: `[${matrix}] 或 [${whole}]` } : [`[${matrix}]`];
    throw new InkstoneError("E_SHAPE", { operation: "matmul", expected, got: b.shape });
  }
  if (bias)
    expectShape(
      bias.shape.length === 1 && bias.size === columns,
      "matmul",
      () => ({ en: `a bias of ${columns} values`, zh: `${columns} 个值的偏置` }),
      bias,
    );
  return [...leading, rows, columns];
}

type Side = readonly [tensor: Tensor, matrices: number, transposed: boolean];

// into (+)= left · right, matrix by matrix.
function product(
  run: Kernels,
  [a, batchA, transposeA]: Side,
  [b, batchB, transposeB]: Side,
  into: Gradient,
  sizes: Omit<Sizes, "batchA" | "batchB">,
  bf16: boolean,
) {
  run.matmul({ a, b, bias: a, c: into, ...sizes, batchA, batchB, hasBias: 0, transposeA, transposeB, bf16 });
}

const multiply: Op<[a: Tensor, b: Tensor, bias: Tensor | undefined, form: Form]> = defineOp<[Tensor, Tensor, Tensor | undefined, Form]>({
  name: "matmul",
  shape: ([a, b, bias, form]) => ({ shape: shapeOf(a, b, bias, form) }),
  forward: (run, [a, b, bias, form], c) => run.matmul({ a, b, bias: bias ?? a, c, ...sizesOf(a, b, form), hasBias: bias ? 1 : 0, ...form }),
  gradient(run, [a, b, , form], dc, [da, db, dbias]) {
    const { batch, batchA, batchB, rows, columns, depth } = sizesOf(a, b, form);
    const { transposeA, transposeB, bf16 } = form;
    const [left, right]: [Side, Side] = [
      [dc, batch, false],
      [b, batchB, !transposeB],
    ];
    // da = dc · bᵀ, or its transpose b · dcᵀ.
    if (da && !transposeA) product(run, left, right, da, { batch, rows, columns: depth, depth: columns }, bf16);
    if (da && transposeA) product(run, [b, batchB, transposeB], [dc, batch, true], da, { batch, rows: depth, columns: rows, depth: columns }, bf16);
    // db = aᵀ · dc, or its transpose dcᵀ · a; summed over the batch where it shares one b.
    const pieces = batchB === batch ? 1 : batch;
    for (let i = 0; db && i < pieces; i++) {
      const [x, dy] = pieces === 1 ? [a, dc] : [part(a, batchA, i), part(dc, batch, i)];
      const each = batch / pieces;
      if (transposeB) product(run, [dy, each, true], [x, each, transposeA], db, { batch: each, rows: columns, columns: depth, depth: rows }, bf16);
      else product(run, [x, each, !transposeA], [dy, each, false], db, { batch: each, rows: depth, columns, depth: rows }, bf16);
    }
    if (dbias) run.columnSums({ x: dc, y: dbias, rows: batch * rows, columns });
  },
});

function part(tensor: Tensor, matrices: number, i: number): Tensor {
  return tensor.reshape([matrices, tensor.size / matrices]).rows(i, 1);
}

/**
 * y = a · b (+ bias): the product of matrices, batched. With `transposeA` or `transposeB` the matrices of that side are used transposed, without a copy.
 *
 * Shapes: a [..., M, K] ([..., K, M] transposed); b [..., K, N] ([..., N, K] transposed) with the same leading dimensions, or two-dimensional and shared by all
 * of them; bias [N]; y [..., M, N]. Types: f32; within `withPrecision("bf16")` a and b are rounded to bf16, sums stay f32. Errors: `E_SHAPE`.
 *
 * Gradients: da = dy · bᵀ, db = aᵀ · dy, dbias = the column sums of dy.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * matmul(x, tensor([[1], [10]])).dataSync(); // [21, 43]
 * matmul(x, x, { transposeB: true, bias: tensor([0, 100]) }).dataSync(); // [5, 111, 11, 125]
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, bias } = options;
  return multiply(a, b, bias, { transposeA, transposeB, bf16: computePrecision() === "bf16" });
}
