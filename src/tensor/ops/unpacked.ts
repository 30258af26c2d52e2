// Products with packed weights in training: the matrix is de-quantised for one product and let go of again, so that gradients pass through it. Knows no layers.
import { packedFormatNumber } from "../../native/index.ts";
import type { Kernels } from "../command.ts";
import { defineOp, expectShape, type Op, scratchLike } from "../op.ts";
import type { PackedMatrix } from "../packed-matrix.ts";
import { computePrecision } from "../precision.ts";
import { tidy } from "../scope.ts";
import type { Gradient } from "../tape/gradient.ts";
import type { Tensor } from "../tensor.ts";
import { matmul } from "./matmul.ts";
import { scale as scaled } from "./pointwise.ts";

function unpackInto(run: Kernels, { weight, outputs, inputs, format }: PackedMatrix, y: Tensor): void {
  run.unpackRows({ weight, y, firstRow: 0, rows: outputs, outputs, inputs, format: packedFormatNumber[format] });
}

// into (+)= x · W, or x · Wᵀ: the matrix exists for as long.
function multiply(run: Kernels, x: Tensor, packed: PackedMatrix, into: Tensor | Gradient, transposeB: boolean, bf16: boolean): void {
  const { outputs, inputs } = packed;
  const [depth, columns] = transposeB ? [inputs, outputs] : [outputs, inputs];
  tidy(() => {
    const b = scratchLike(x, { shape: [outputs, inputs] });
    unpackInto(run, packed, b);
    const sizes = { batch: 1, batchA: 1, batchB: 1, rows: depth === 0 ? 0 : x.size / depth, columns, depth, hasBias: 0 };
    run.matmul({ a: x, b, bias: x, c: into, ...sizes, transposeB, bf16 });
  });
}

const product: Op<[x: Tensor, packed: PackedMatrix, bf16: boolean]> = defineOp<[Tensor, PackedMatrix, boolean]>({
  name: "unpackedLinear",
  shape: ([x, { inputs, outputs }]) => {
    expectShape(x.shape.at(-1) === inputs, "unpackedLinear", () => ({ en: `rows of ${inputs} values`, zh: `每行 ${inputs} 个值` }), x);
    return { shape: [...x.shape.slice(0, -1), outputs] };
  },
  forward: (run, [x, packed, bf16], y) => multiply(run, x, packed, y, true, bf16),
  gradient(run, [, packed, bf16], dy, [dx]) {
    if (dx) multiply(run, dy, packed, dx, false, bf16);
  },
});

/**
 * y = x · Wᵀ with a packed matrix, in the precision of products (`withPrecision`), with the gradient of x: dx = dy · W. The matrix has none. Made for many rows: a whole
 * matrix is de-quantised for each product.
 *
 * Shapes: x [..., inputs] -> [..., outputs]. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * const ones = packMatrix(cpu(), { sourceType: 0, outputs: 2, inputs: 32, readRows: (_first, rows, into) => into.set(new Uint8Array(new Float32Array(rows * 32).fill(1).buffer)) });
 * const x = tensor(new Float32Array(32).fill(0.5), [1, 32]).requireGrad();
 * const y = unpackedLinear(x, ones);
 * y.dataSync(); // [16, 16]
 * gradients(y, [x], { seed: tensor([[1, 2]]) })[0].dataSync()[0]; // 3
 */
export function unpackedLinear(x: Tensor, packed: PackedMatrix): Tensor {
  return product(x, packed, computePrecision() === "bf16");
}

const unpack: Op<[weight: Tensor, packed: PackedMatrix]> = defineOp<[Tensor, PackedMatrix]>({
  name: "unpackMatrix",
  shape: ([, { outputs, inputs }]) => ({ shape: [outputs, inputs] }),
  forward: (run, [, packed], y) => unpackInto(run, packed, y),
});

/**
 * The values of a packed matrix: [outputs, inputs], f32. Errors: `E_MEMORY`.
 *
 * @example
 * const ones = packMatrix(cpu(), { sourceType: 0, outputs: 2, inputs: 32, readRows: (_first, rows, into) => into.set(new Uint8Array(new Float32Array(rows * 32).fill(1).buffer)) });
 * unpackMatrix(ones).shape; // [2, 32]
 */
export function unpackMatrix(packed: PackedMatrix): Tensor {
  return unpack(packed.weight, packed);
}

/** How matrices of a product lie, and whether it is added to what is there. */
interface Turned {
  readonly a?: boolean;
  readonly b?: boolean;
  readonly add?: boolean;
}

// into (+)= left · right: [rows, depth] · [depth, columns].
function small(
  run: Kernels,
  a: Tensor,
  b: Tensor,
  c: Tensor | Gradient,
  [rows, columns, depth]: readonly [number, number, number],
  turned: Turned,
  bf16: boolean,
): void {
  const one = { batch: 1, batchA: 1, batchB: 1, hasBias: 0, bias: a };
  const added = turned.add ? { accumulate: true } : {};
  run.matmul({ a, b, c, ...one, rows, columns, depth, transposeA: turned.a, transposeB: turned.b, ...added, bf16 });
}

// y = x · Wᵀ + u · Bᵀ, added where it lies.
const joined: Op<[x: Tensor, u: Tensor, b: Tensor, packed: PackedMatrix, bf16: boolean]> = defineOp<[Tensor, Tensor, Tensor, PackedMatrix, boolean]>({
  name: "lowRankLinear",
  shape: ([x, u, b, { inputs, outputs }]) => {
    expectShape(x.shape.at(-1) === inputs, "lowRankLinear", () => ({ en: `rows of ${inputs} values`, zh: `每行 ${inputs} 个值` }), x);
    expectShape(
      b.shape.length === 2 && b.shape[0] === outputs && b.shape[1] === u.shape.at(-1),
      "lowRankLinear",
      () => ({ en: `a matrix [${outputs}, r]`, zh: `形如 [${outputs}, r] 的矩阵` }),
      b,
    );
    return { shape: [...x.shape.slice(0, -1), outputs] };
  },
  forward(run, [x, u, b, packed, bf16], y) {
    multiply(run, x, packed, y, true, bf16);
    small(run, u, b, y, [rowsIn(u), packed.outputs, b.shape[1]], { b: true, add: true }, bf16);
  },
  gradient(run, [, u, b, packed, bf16], dy, [dx, du, db]) {
    const [rows, rank] = [rowsIn(u), b.shape[1]];
    if (db) small(run, dy, u, db, [packed.outputs, rank, rows], { a: true }, bf16);
    if (du) small(run, dy, b, du, [rows, rank, packed.outputs], {}, bf16);
    if (dx) multiply(run, dy, packed, dx, false, bf16);
  },
});

const rowsIn = (x: Tensor): number => x.size / Math.max(x.shape.at(-1) ?? 1, 1);

/**
 * y = x · Wᵀ + scale · (x · Aᵀ) · Bᵀ with a packed matrix W, which has no gradient: a low-rank weight in one step, which keeps its input and r values a row.
 *
 * Shapes: x [..., inputs], a [r, inputs], b [outputs, r] -> [..., outputs]. Types: f32; products in the precision of `withPrecision`. Errors: `E_SHAPE`.
 * Source: Hu et al. 2021, arXiv:2106.09685, equation 3.
 *
 * @example
 * const ones = packMatrix(cpu(), { sourceType: 0, outputs: 2, inputs: 32, readRows: (_first, rows, into) => into.set(new Uint8Array(new Float32Array(rows * 32).fill(1).buffer)) });
 * const x = tensor(new Float32Array(32).fill(0.5), [1, 32]);
 * lowRankLinear(x, tensor(new Float32Array(32).fill(1), [1, 32]), tensor([[1], [0]]), ones, 2).dataSync(); // [48, 16]
 */
export function lowRankLinear(x: Tensor, a: Tensor, b: Tensor, packed: PackedMatrix, scale: number): Tensor {
  return tidy(() => joined(x, scaled(matmul(x, a, { transposeB: true }), scale), b, packed, computePrecision() === "bf16"));
}
