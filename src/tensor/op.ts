// Operations: one object says shape, forward and (for training) gradient. Outside a recording an operation runs at once; inside, it is recorded.
import { InkstoneError, type Phrase } from "../core/index.ts";
import type { ElementType, Scalar } from "../native/index.ts";
import { type Kernels, kernelsFor } from "./command.ts";
import { currentSink } from "./sink.ts";
import type { Gradient } from "./tape/gradient.ts";
import { gradientsWanted, isTracked, trackingOf } from "./tape/tracking.ts";
import { refusal, writeStep } from "./tape/write.ts";
import { Tensor } from "./tensor.ts";
import { elementBytes, type Shape, sizeOf } from "./types.ts";

/** What an operation gives: a tensor, or several by name. */
export type Results = Tensor | Readonly<Record<string, Tensor>>;

/** Shape and type (default f32) of a result to be made; a tensor stands for one like itself. */
export interface Like {
  readonly shape: Shape;
  readonly type?: ElementType;
}

/** An operation as users call it. */
export type Op<A extends readonly [Tensor, ...unknown[]], O extends Results = Tensor> = (...args: A) => O;

/** Of each argument: where its gradient goes (undefined where none is wanted), a list of these for a list of tensors. */
export type GradientsOf<A extends readonly unknown[]> = {
  readonly [K in keyof A]: NonNullable<A[K]> extends Tensor
    ? Gradient | undefined
    : NonNullable<A[K]> extends readonly Tensor[]
      ? readonly (Gradient | undefined)[]
      : undefined;
};

/** The gradient of a result; of several, those that something came back to. */
export type ResultGradients<O extends Results> = O extends Tensor ? Tensor : { readonly [K in keyof O]: Tensor | undefined };

/** What an operation is. `A`: its arguments, tensors and options; `O`: its results. */
export interface OpDefinition<A extends readonly [Tensor, ...unknown[]], O extends Results> {
  readonly name: string;
  /** Shapes of the results from the arguments; throws `E_SHAPE`. */
  readonly shape?: (args: A) => O extends Tensor ? Like : { readonly [K in keyof O]: Like };
  /** In-place operations have this instead: the argument that they change, which is also their result. */
  readonly inPlace?: (args: A) => O;
  /** The kernels that compute `results`. */
  readonly forward: (run: Kernels, args: A, results: O) => void;
  /** The kernels that add the gradients of the arguments: each gradient is given to a kernel in place of the tensor that it updates. */
  readonly gradient?: (run: Kernels, args: A, resultGradients: ResultGradients<O>, argumentGradients: GradientsOf<A>, results: O) => void;
  /** Whether the gradient reads the values of `results`. Default false. */
  readonly keepsResults?: boolean;
}

const kernels: Kernels = kernelsFor((command) => currentSink().emit(command));

/**
 * Makes an operation of its definition.
 *
 * @example
 * const double: Op<[x: Tensor]> = defineOp({ name: "double", shape: ([x]) => x, forward: (run, [x], y) => run.add({ a: x, b: x, y, n: x.size }) });
 */
export function defineOp<A extends readonly [Tensor, ...unknown[]]>(definition: OpDefinition<A, Tensor>): Op<A>;
export function defineOp<A extends readonly [Tensor, ...unknown[]], O extends Results>(definition: OpDefinition<A, O>): Op<A, O>;
export function defineOp<A extends readonly [Tensor, ...unknown[]], O extends Results>(definition: OpDefinition<A, O>): Op<A, O> {
  return (...args) => {
    expectTensor(definition.name, args[0]);
    if (definition.inPlace) checkInPlace(definition.name, args);
    const results = definition.inPlace ? definition.inPlace(args) : (make(args[0], definition.shape?.(args) ?? {}) as O);
    definition.forward(kernels, args, results);
    if (gradientsWanted()) write(definition, args, results);
    if (definition.inPlace) for (const { storage } of tensorsOf(results)) storage.version++;
    return results;
  };
}

/** Throws `E_OPTION` unless a value is a tensor: numbers and lists become one by `tensor`. */
export function expectTensor(operation: string, value: unknown): asserts value is Tensor {
  if (value instanceof Tensor) return;
  const allowed = { en: "tensors: tensor(values) makes one of numbers and lists", zh: "张量：请用 tensor(values) 由数或列表创建" };
  const shown = typeof value === "object" && value !== null ? Object.prototype.toString.call(value) : value;
  throw new InkstoneError("E_OPTION", { option: operation, value: shown, allowed });
}

const tensorsOf = (results: Results): readonly Tensor[] => (results instanceof Tensor ? [results] : Object.values(results));
const isTensors = (value: unknown): value is readonly Tensor[] =>
  Array.isArray(value) && value.length > 0 && value.every((part) => part instanceof Tensor);

function write<A extends readonly [Tensor, ...unknown[]], O extends Results>(definition: OpDefinition<A, O>, args: A, results: O): void {
  if (
    !args.some((value) => (value instanceof Tensor ? isTracked(value.storage) : isTensors(value) && value.some(({ storage }) => isTracked(storage))))
  )
    return;
  const inputs = args.flatMap((value) => (value instanceof Tensor ? [value] : isTensors(value) ? value : []));
  const outputs = tensorsOf(results);
  const { name, gradient, keepsResults, inPlace } = definition;
  writeStep({
    operation: name,
    inputs,
    results: outputs,
    // What an operation changes itself is not there any more when its gradient runs.
    reads: [
      ...(inPlace ? inputs.filter(({ storage }) => outputs.every((result) => result.storage !== storage)) : inputs),
      ...(keepsResults ? outputs : []),
    ],
    gradient:
      gradient &&
      ((sums, held) => {
        const map = <T>(of: (tensor: Tensor) => T) =>
          args.map((value) => (value instanceof Tensor ? of(value) : isTensors(value) ? value.map(of) : undefined));
        const kept = map(held).map((value, i) => value ?? args[i]) as unknown as A;
        const into = map((tensor) => sums.into(held(tensor), outputs.map(held))) as unknown as GradientsOf<A>;
        const each = <T>(of: (tensor: Tensor) => T) =>
          results instanceof Tensor ? of(results) : Object.fromEntries(Object.entries<Tensor>(results).map(([key, tensor]) => [key, of(tensor)]));
        gradient(kernels, kept, each((tensor) => sums.of(held(tensor))) as ResultGradients<O>, into, each(held) as unknown as O);
      }),
  });
}

function checkInPlace(operation: string, args: readonly unknown[]): void {
  const [changed] = args;
  if (!(changed instanceof Tensor && gradientsWanted() && trackingOf(changed.storage)?.leaf)) return;
  throw refusal(operation, "it would change a tensor that requires a gradient in place", "该操作会就地修改需要梯度的张量");
}

/** Memory for a gradient's own use, like a result. */
export function scratchLike(source: Tensor, like: Like): Tensor {
  return make(source, like) as Tensor;
}

function make(source: Tensor, like: Like | Readonly<Record<string, Like>>): Results {
  if (isLike(like)) {
    const { shape, type = "f32" } = like;
    return new Tensor(currentSink().result(source.device, sizeOf(shape) * elementBytes[type]), shape, type);
  }
  return Object.fromEntries(Object.entries(like).map(([name, part]) => [name, make(source, part) as Tensor]));
}

function isLike(like: Like | Readonly<Record<string, Like>>): like is Like {
  return Array.isArray(like["shape"]);
}

/** Options of operations on rows. */
export interface Rows {
  /** Valid rows, usually a register: what lies behind them in a result is undefined. Default: all of them. */
  readonly rows?: Scalar;
}

/** The valid rows of x: as given, else its first dimension. Errors: `E_SHAPE` when more are given than x has. */
export function rowsOf(operation: string, x: Tensor, { rows }: Rows = {}): Scalar {
  const all = x.shape[0] ?? 1;
  if (rows === undefined) return all;
  currentSink().atMost(rows, all, operation);
  return rows;
}

/** The rows that the valid part of x [B, ..., C] has when all of its dimensions but the last are counted together. Errors: as `rowsOf`. */
export function leadingRows(operation: string, x: Tensor, options: Rows = {}): Scalar {
  const each = sizeOf(x.shape.slice(1, -1));
  if (x.shape.length < 2) return 1;
  return options.rows === undefined ? x.shape[0] * each : currentSink().times(rowsOf(operation, x, options), each);
}

/** The elements of the valid rows of x. */
export function elementsOf(operation: string, x: Tensor, options: Rows = {}): Scalar {
  if (options.rows === undefined) return x.size;
  return currentSink().times(rowsOf(operation, x, options), sizeOf(x.shape.slice(1)));
}

/** Throws `E_SHAPE` unless a condition holds. */
export function expectShape(condition: boolean, operation: string, expected: Phrase | (() => Phrase), got: Tensor): void {
  if (condition) return;
  throw new InkstoneError("E_SHAPE", { operation, expected: typeof expected === "function" ? expected() : expected, got: got.shape });
}
