// Tensor: a shaped view on a storage. Knows no operations.
/// <reference lib="esnext.disposable" preserve="true" />
import { InkstoneError } from "../core/index.ts";
import type { ElementType, Operand } from "../native/index.ts";
import type { Device } from "./device.ts";
import { format } from "./format.ts";
import { enterScope, outsideScopes } from "./scope.ts";
import type { Storage } from "./storage.ts";
import { isTracked, pass, track, trackingOf } from "./tape/tracking.ts";
import { decode, elementBytes, encode, isCount, type Shape, sizeOf, type Values } from "./types.ts";

/**
 * A shaped view on memory: row-major values of one type. Made by `tensor`, by operations, and by views of other tensors.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * x.rows(1, 1).toString(); // "f32[1, 2] [[3, 4]]"
 * await x.reshape([4]).data(); // [1, 2, 3, 4]
 */
export class Tensor {
  readonly shape: Shape;
  readonly type: ElementType;
  /** Elements. */
  readonly size: number;
  readonly storage: Storage;
  /** Elements of the storage before the first. */
  readonly offset: number;
  #disposed = false;
  /** The view that `grad` gave last. */
  #grad: Tensor | undefined;

  constructor(storage: Storage, shape: Shape, type: ElementType, offset = 0) {
    storage.retain();
    this.storage = storage;
    this.shape = shape;
    this.type = type;
    this.offset = offset;
    this.size = sizeOf(shape);
    enterScope(this);
  }

  get device(): Device {
    return this.storage.device;
  }

  /** How kernels find it. Errors: `E_DISPOSED`. */
  get operand(): Operand {
    const { buffer, byteOffset } = this.storage.place;
    return { buffer, offset: byteOffset / elementBytes[this.type] + this.offset, type: this.type };
  }

  /**
   * A copy of the values; bf16 comes widened to f32.
   *
   * Errors: `E_DISPOSED`; `E_RECORDING` inside a recording, where nothing has run yet.
   */
  async data(): Promise<Values> {
    return this.dataSync();
  }

  /** The same at once: only where the device is the processor. */
  dataSync(): Values {
    this.alive();
    const bytes = new Uint8Array(this.size * elementBytes[this.type]);
    this.device.executor.read(this.storage.place.buffer, this.#byteOffset(0), bytes);
    return decode(bytes, this.type);
  }

  /**
   * The one value of a tensor of one element. PyTorch's `item()`. Errors: `E_SHAPE` where there are none or several; as `dataSync`.
   *
   * @example
   * tensor([[7]]).item(); // 7
   */
  item(): number {
    if (this.size !== 1) throw new InkstoneError("E_SHAPE", { operation: "item", expected: { en: "one value", zh: "一个值" }, got: this.shape });
    return this.dataSync()[0];
  }

  /** Writes values from element `at` on: how inputs of a recording change between runs. Errors: `E_SHAPE` when they do not fit. */
  write(values: ArrayLike<number>, at = 0): void {
    this.alive();
    if (!isCount(at) || at + values.length > this.size) {
      throw new InkstoneError("E_SHAPE", {
        operation: "write",
        expected: { en: `at most ${this.size - at} values`, zh: `不超过 ${this.size - at} 个值` },
        got: [values.length],
      });
    }
    this.device.executor.write(this.storage.place.buffer, this.#byteOffset(at), encode(values, this.type));
    this.storage.version++;
  }

  /**
   * The same values in another shape of the same size; no copy. One size may be -1: what is left over. Errors: `E_SHAPE`.
   *
   * @example
   * tensor([1, 2, 3, 4]).reshape([2, -1]).shape; // [2, 2]
   */
  reshape(wanted: Shape): Tensor {
    this.alive();
    const shape = Array.isArray(wanted) ? whole(wanted, this.size) : wanted;
    if (sizeOf(shape) !== this.size)
      throw new InkstoneError("E_SHAPE", {
        operation: "reshape",
        expected: { en: `a shape of ${this.size} values`, zh: `含 ${this.size} 个值的形状` },
        got: shape,
      });
    return new Tensor(this.storage, shape, this.type, this.offset);
  }

  /** Rows `first` … `first + count - 1` of the first dimension; no copy. Errors: `E_SHAPE`. */
  rows(first: number, count: number): Tensor {
    this.alive();
    const [length, ...rest] = this.shape;
    if (!(isCount(first) && isCount(count) && first + count <= length)) {
      throw new InkstoneError("E_SHAPE", {
        operation: "rows",
        expected: { en: `rows within ${length}`, zh: `${length} 行之内` },
        got: [first, count],
      });
    }
    return new Tensor(this.storage, [count, ...rest], this.type, this.offset + first * sizeOf(rest));
  }

  /** Whether gradients go through it: it requires one itself, or was computed from a tensor that does. */
  get requiresGrad(): boolean {
    return isTracked(this.storage);
  }

  /**
   * Asks for the gradient of this tensor (and of all views of it), or no longer. PyTorch's `requires_grad_`. Errors: `E_TENSOR_TYPE` unless it is f32.
   *
   * @example
   * const x = tensor([3, 4]).requireGrad();
   * add(x, x).backward(tensor([1, 10]));
   * x.grad?.dataSync(); // [2, 20]
   */
  requireGrad(wanted = true): this {
    if (wanted && this.type !== "f32") {
      throw new InkstoneError("E_TENSOR_TYPE", {
        operation: "requireGrad",
        operand: { en: "the tensor", zh: "张量" },
        expected: ["f32"],
        got: this.type,
      });
    }
    track(this.storage).leaf = wanted;
    return this;
  }

  /** What `backward` has summed up; undefined before, and after `zeroGrad`. */
  get grad(): Tensor | undefined {
    const gradient = trackingOf(this.storage)?.gradient;
    if (gradient === undefined) return undefined;
    const seen = this.#grad;
    if (seen?.storage === gradient && !seen.#disposed) return seen;
    this.#grad = outsideScopes(() => new Tensor(gradient, this.shape, "f32", this.offset));
    return this.#grad;
  }

  /** Forgets the gradient. */
  zeroGrad(): void {
    const tracking = trackingOf(this.storage);
    tracking?.gradient?.release();
    if (tracking) tracking.gradient = undefined;
  }

  /** Adds the gradients of this loss to `grad` of every tensor that requires one. `seed`: its own gradient, where it has more than one value. Errors: `E_GRADIENT`. */
  backward(seed?: Tensor): void {
    pass.backward?.(this, seed);
  }

  /** Throws `E_DISPOSED` when it can no longer be used. */
  alive(): void {
    if (this.#disposed) throw new InkstoneError("E_DISPOSED", { what: { en: "A disposed tensor", zh: "已释放的张量" } });
  }

  /** Gives its memory back, once no view of it is left. Twice is once. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.storage.release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Type, shape and values, e.g. `f32[2, 2] [[1, 2], [3, 4]]`; long dimensions are cut. */
  toString(): string {
    return `${this.type}[${this.shape.join(", ")}] ${format(this.dataSync(), this.shape)}`;
  }

  #byteOffset(at: number): number {
    return this.storage.place.byteOffset + (this.offset + at) * elementBytes[this.type];
  }
}

// A shape with its one -1 filled in, where the others divide the size.
function whole(shape: Shape, size: number): Shape {
  const open = shape.indexOf(-1);
  if (open < 0) return shape;
  const others = shape.reduce((product, each, i) => (i === open ? product : product * each), 1);
  return others > 0 && size % others === 0 ? shape.with(open, size / others) : shape;
}
