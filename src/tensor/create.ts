// Tensors from values. Knows no operations.
import { InkstoneError, refuseOption } from "../core/index.ts";
import type { ElementType } from "../native/index.ts";
import { cpu, type Device } from "./device.ts";
import { Storage } from "./storage.ts";
import { Tensor } from "./tensor.ts";
import { elementBytes, isCount, type Shape, sizeOf } from "./types.ts";

/** Numbers, nested as deep as there are dimensions. */
export type Nested = number | readonly Nested[];

/** How to make a tensor. */
export interface TensorOptions {
  /** Default: that of a typed array; f32 for plain numbers. */
  readonly type?: ElementType;
  /** Default: the device that the whole program shares. */
  readonly device?: Device;
  /** All of it will be written and read whole, again and again, as weights are: it lies on large pages. Default false. */
  readonly dense?: boolean;
}

/**
 * A tensor of these values. Without a shape: the nesting of the arrays, or one dimension for a typed array.
 *
 * Errors: `E_TENSOR_VALUES` when the values do not fill the shape, or rows differ in length; `E_OPTION` for texts and what else is no number; `E_MEMORY`.
 *
 * @example
 * tensor([[1, 2], [3, 4]]).shape; // [2, 2]
 */
export function tensor(values: Nested | Float32Array | Int32Array | Uint8Array, shape?: Shape, options: TensorOptions = {}): Tensor {
  const flat = ArrayBuffer.isView(values) ? values : ([values].flat(Number.POSITIVE_INFINITY as 1) as readonly number[]);
  if (!ArrayBuffer.isView(values)) checkNumbers(flat as readonly unknown[]);
  const found = shape ?? (ArrayBuffer.isView(values) ? [values.length] : nesting(values));
  if (sizeOf(found) !== flat.length) throw new InkstoneError("E_TENSOR_VALUES", { expected: sizeOf(found), got: flat.length, shape: found });
  if (shape === undefined && !ArrayBuffer.isView(values)) checkRows(values, found);
  const made = zeros(found, { type: typeOf(values), ...options });
  made.write(flat);
  return made;
}

/**
 * A tensor of zeros: its memory is committed only when touched. Errors: `E_MEMORY`.
 *
 * @example
 * zeros([2, 2]).dataSync(); // [0, 0, 0, 0]
 */
export function zeros(shape: Shape, { type = "f32", device = cpu(), dense }: TensorOptions = {}): Tensor {
  const storage = Storage.own(device, sizeOf(shape) * elementBytes[type], dense);
  return new Tensor(storage, shape, type);
}

/** Options of `arange`. */
export interface RangeOptions extends Omit<TensorOptions, "type" | "dense"> {
  /** Default: i32 where start, end and step are whole, else f32. */
  readonly type?: "f32" | "i32";
}

/**
 * The numbers start, start + step … before end. PyTorch's `torch.arange`. With one number: from 0 to before it. Errors: `E_OPTION` for a step that does not lead to the end.
 *
 * @example
 * arange(3).dataSync(); // [0, 1, 2]
 * arange(1, 2, 0.5).dataSync(); // [1, 1.5]
 */
export function arange(start: number, end?: number, step: number = 1, options: RangeOptions = {}): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end];
  const count = Math.ceil((to - from) / step);
  if (!(isCount(count) && step !== 0)) {
    throw new InkstoneError("E_OPTION", {
      option: "step",
      value: step,
      allowed: { en: `a step from ${from} towards ${to}`, zh: `从 ${from} 走向 ${to} 的步长` },
    });
  }
  const whole = [from, to, step].every(Number.isInteger);
  const { type = whole ? "i32" : "f32", device } = options;
  const values = Array.from({ length: count }, (_, i) => from + i * step);
  return tensor(type === "i32" ? Int32Array.from(values) : Float32Array.from(values), [count], { device });
}

function typeOf(values: unknown): ElementType {
  if (values instanceof Int32Array) return "i32";
  return values instanceof Uint8Array ? "u8" : "f32";
}

// Truth values count as 1 and 0, as everywhere in the language.
function checkNumbers(values: readonly unknown[]): void {
  for (const value of values) {
    if (typeof value === "number" || typeof value === "boolean") continue;
    refuseOption("values", value, { en: "numbers, nested as deep as there are dimensions", zh: "数字，嵌套层数与维数相同" });
  }
}

function nesting(values: Nested): number[] {
  return !Array.isArray(values) ? [] : [values.length, ...(values.length ? nesting(values[0]) : [])];
}

// The count alone does not tell [[1, 2, 3], [4]] from [[1, 2], [3, 4]].
function checkRows(values: Nested, [length, ...rest]: Shape): void {
  const got = Array.isArray(values) ? values.length : undefined;
  if (got !== length) throw new InkstoneError("E_TENSOR_VALUES", { expected: length ?? 1, got: got ?? 1, shape: [length ?? 1, ...rest] });
  if (Array.isArray(values) && length !== undefined) for (const row of values) checkRows(row, rest);
}
