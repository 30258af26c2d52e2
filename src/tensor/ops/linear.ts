// Products with packed weights, and rows read from them.
import { BLOCK, isBlockFormat, type Precision, packedFormatNumber } from "../../native/index.ts";
import { defineOp, elementsOf, expectShape, leadingRows, type Op, type Rows } from "../op.ts";
import type { PackedMatrix } from "../packed-matrix.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";

/** Rows rounded to int8: quantized [..., C] u8 (read as int8); scales [..., C/32, 2] f32 = (d, d · sum q). */
export interface QuantizedRows {
  readonly [name: string]: Tensor;
  readonly quantized: Tensor;
  readonly scales: Tensor;
}

/** Options of products. */
export interface ProductOptions extends Rows {
  /** "exact": f32 throughout (default); "bf16": both sides rounded to bf16; "fast": int8 activations where the weights are quantised. */
  readonly precision?: Precision;
  /** [outputs], added to each row. */
  readonly bias?: Tensor | undefined;
}

/**
 * Rounds blocks of 32 along each row to int8: d = max|x| / 127, q = round(x / d), ties to even. Shapes: x [..., C], C a multiple of 32. Errors: `E_SHAPE`.
 *
 * @example
 * quantizeRows(zeros([1, 64])).scales.shape; // [1, 2, 2]
 */
export const quantizeRows: Op<[x: Tensor, options?: Rows], QuantizedRows> = defineOp<[Tensor, Rows?], QuantizedRows>({
  name: "quantizeRows",
  shape: ([x]) => {
    expectShape(
      lastOf(x) % BLOCK === 0,
      "quantizeRows",
      () => ({ en: `rows of a multiple of ${BLOCK} values`, zh: `每行值数为 ${BLOCK} 的倍数` }),
      x,
    );
    return { quantized: { shape: x.shape, type: "u8" }, scales: { shape: [...x.shape.slice(0, -1), lastOf(x) / BLOCK, 2] } };
  },
  forward: (run, [x, options], results) => run.quantizeRows({ x, ...results, rows: leadingRows("quantizeRows", x, options), width: lastOf(x) }),
});

// Of a single value there is no last dimension: nothing fits it.
const lastOf = (x: Tensor): number => x.shape.at(-1) ?? Number.NaN;

function expectBias({ bias }: ProductOptions, { outputs }: PackedMatrix): void {
  if (bias)
    expectShape(
      bias.shape.length === 1 && bias.size === outputs,
      "linear",
      () => ({ en: `a bias of ${outputs} values`, zh: `${outputs} 个值的偏置` }),
      bias,
    );
}

const sizesOf = ({ outputs, inputs, format }: PackedMatrix) => ({ outputs, inputs, format: packedFormatNumber[format] });

const product: Op<[x: Tensor, packed: PackedMatrix, options: ProductOptions]> = defineOp({
  name: "linear",
  shape: ([x, packed, options]) => {
    expectBias(options, packed);
    expectShape(lastOf(x) === packed.inputs, "linear", () => ({ en: `rows of ${packed.inputs} values`, zh: `每行 ${packed.inputs} 个值` }), x);
    return { shape: [...x.shape.slice(0, -1), packed.outputs] };
  },
  forward: (run, [x, packed, options], y) =>
    run.linear({
      x,
      weight: packed.weight,
      bias: options.bias ?? x,
      y,
      rows: leadingRows("linear", x, options),
      ...sizesOf(packed),
      hasBias: options.bias ? 1 : 0,
      roundBf16: (options.precision ?? "exact") !== "exact",
    }),
});

const integerProduct: Op<[quantized: Tensor, scales: Tensor, packed: PackedMatrix, options: ProductOptions]> = defineOp({
  name: "linearInt8",
  shape: ([quantized, , packed, options]) => {
    expectBias(options, packed);
    expectShape(
      lastOf(quantized) === packed.inputs,
      "linearInt8",
      () => ({ en: `rows of ${packed.inputs} values`, zh: `每行 ${packed.inputs} 个值` }),
      quantized,
    );
    return { shape: [...quantized.shape.slice(0, -1), packed.outputs] };
  },
  forward: (run, [quantized, scales, packed, options], y) =>
    run.linearInt8({
      quantized,
      scales,
      weight: packed.weight,
      bias: options.bias ?? scales,
      y,
      rows: leadingRows("linearInt8", quantized, options),
      ...sizesOf(packed),
      hasBias: options.bias ? 1 : 0,
    }),
});

/**
 * y = x · Wᵀ (+ bias). Shapes: x [..., inputs] -> [..., outputs]. Types: f32. Errors: `E_SHAPE`.
 *
 * "fast" on q4 and q8 weights rounds x to int8 first (`quantizeRows`); in a recording that is done once for all products of one x.
 *
 * @example
 * const ones = packMatrix(cpu(), { sourceType: 0, outputs: 2, inputs: 32, readRows: (_first, rows, into) => into.set(new Uint8Array(new Float32Array(rows * 32).fill(1).buffer)) });
 * packedLinear(tensor(new Float32Array(32).fill(0.5), [1, 32]), ones, { precision: "bf16" }).dataSync(); // [16, 16]
 */
export function packedLinear(x: Tensor, packed: PackedMatrix, options: ProductOptions = {}): Tensor {
  const integers = options.precision === "fast" && isBlockFormat(packed.format);
  if (!integers) return product(x, packed, options);
  return tidy(() => {
    const { quantized, scales } = quantizeRows(x, options);
    return integerProduct(quantized, scales, packed, options);
  });
}

/**
 * y[i] = row ids[i] of a packed matrix: an embedding. Shapes: ids [...] i32 -> [..., inputs] f32. Errors: `E_SHAPE`; `E_KERNEL` "index" for an id outside the matrix.
 *
 * @example
 * const ones = packMatrix(cpu(), { sourceType: 0, outputs: 2, inputs: 32, readRows: (_first, rows, into) => into.set(new Uint8Array(new Float32Array(rows * 32).fill(1).buffer)) });
 * gatherRows(tensor(Int32Array.of(1, 0, 1)), ones).shape; // [3, 32]
 */
export const gatherRows: Op<[ids: Tensor, packed: PackedMatrix, options?: Rows]> = defineOp({
  name: "gatherRows",
  shape: ([ids, packed]) => ({ shape: [...ids.shape, packed.inputs] }),
  forward: (run, [ids, packed, options], y) =>
    run.gatherRows({ ids, weight: packed.weight, y, rows: elementsOf("gatherRows", ids, options), ...sizesOf(packed) }),
});
