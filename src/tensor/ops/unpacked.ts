// Products with packed weights in training: the matrix is de-quantised for one product and let go of again, so that gradients pass through it. Knows no layers.
import { packedFormatNumber } from "../../native/index.ts";
import type { Kernels } from "../command.ts";
import { defineOp, expectShape, type Op, scratchLike } from "../op.ts";
import type { PackedMatrix } from "../packed-matrix.ts";
import { computePrecision } from "../precision.ts";
import { tidy } from "../scope.ts";
import type { Gradient } from "../tape/gradient.ts";
import type { Tensor } from "../tensor.ts";

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
    expectShape(x.shape.at(-1) === inputs, "unpackedLinear", `rows of ${inputs} values`, x);
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
