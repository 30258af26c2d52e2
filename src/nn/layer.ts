// Layer: a module that learns the width of its input when it first sees one, as Keras's layers do. Knows no arithmetic.
import { InkstoneError, knownOptions, type Phrase } from "../core/index.ts";
import type { Shape, Tensor } from "../tensor/index.ts";
import { Module } from "./module.ts";
import { penaltyOf, type Regularizer } from "./regularizers.ts";

/** What a layer is called with beside its input. */
export interface LayerCall {
  /** Which steps of each sequence count: i32 [B, T], 1 or 0. Undefined: all. */
  readonly mask?: Tensor;
}

/** What a last activation is given, and which it is. */
export interface Logits {
  readonly values: Tensor;
  readonly activation: "softmax" | "sigmoid";
}

const layerOptionNames = ["name", "inputShape", "trainable"];

/** Options of every layer. */
export interface LayerOptions {
  /** Default: the class name in snake case, with a number where there are several. */
  readonly name?: string;
  /** Shape of one example, without the batch: only for the first layer, and only where the data does not tell. */
  readonly inputShape?: Shape;
  /** Default true. */
  readonly trainable?: boolean;
}

// Masks go with tensors from layer to layer, as in Keras; operations between them let go of it.
const masks = new WeakMap<Tensor, Tensor>();

/**
 * The mask that the layer which gave a tensor has left on it: which steps count.
 *
 * @example
 * const x = new Embedding({ inputDim: 3, outputDim: 1, maskZero: true }).call(tensor(Int32Array.of(2, 0), [1, 2]));
 * maskOn(x)?.dataSync(); // [1, 0]
 */
export function maskOn(x: Tensor): Tensor | undefined {
  return masks.get(x);
}

/**
 * Leaves a mask on a tensor: layers that are called with it go by it. For operations between layers that keep the steps.
 *
 * @example
 * const x = tensor([[[1], [2]]]);
 * leaveMask(x, tensor(Int32Array.of(1, 0), [1, 2]));
 * new GlobalAveragePooling1D().call(x).dataSync(); // [1]
 */
export function leaveMask(x: Tensor, mask: Tensor): void {
  masks.set(x, mask);
}

/**
 * A tensor of a graph: what a layer gives for others, or an input. Made by `input` and `layer.apply`.
 *
 * @example
 * const a: SymbolicTensor = input({ shape: [4] });
 * new Dense({ units: 2 }).apply(a).inputs[0] === a; // true
 */
export class SymbolicTensor {
  /** Of one example. */
  readonly shape: Shape;
  readonly type: "f32" | "i32";
  /** What gives it; an input has none. */
  readonly layer: Layer | undefined;
  readonly inputs: readonly SymbolicTensor[];
  /** Of an input. */
  readonly name: string | undefined;

  constructor(shape: Shape, type: "f32" | "i32", layer?: Layer, inputs: readonly SymbolicTensor[] = [], name?: string) {
    this.shape = shape;
    this.type = type;
    this.layer = layer;
    this.inputs = inputs;
    this.name = name;
  }
}

/**
 * Base of Keras-named layers. Shapes in `build` and `outputShape` are those of one example, without the batch; tensors have it first.
 *
 * A subclass makes its weights in `build`, as public fields, and computes in `forward`; both are called through `call`.
 *
 * @example
 * class Double extends Layer {
 *   forward(x: Tensor): Tensor {
 *     return add(x, x);
 *   }
 *   outputShape(shape: Shape): Shape {
 *     return shape;
 *   }
 * }
 * new Double().call(tensor([[1, 2]])).dataSync(); // [2, 4]
 * new Double().name; // "double"
 */
export abstract class Layer extends Module {
  /** The name by which a layer of this class is saved and made again: each class declares its own. Without one it cannot be saved as part of a model. */
  static readonly className: string = "";
  /** Names of its options beside those of every layer; a class that declares them refuses all others. */
  static readonly optionNames: readonly string[] | undefined = undefined;

  readonly inputShape: Shape | undefined;
  name: string;
  /** What its input holds: numbers, or ids. */
  readonly inputType: "f32" | "i32" = "f32";
  readonly #options: LayerOptions;
  #built = false;

  constructor(options: LayerOptions = {}) {
    super();
    if (Object.hasOwn(new.target, "optionNames"))
      knownOptions(new.target.className, options, [...layerOptionNames, ...(new.target.optionNames ?? [])]);
    this.name = options.name ?? snakeCase(declaredName(new.target) ?? new.target.name);
    this.#options = options;
    this.inputShape = options.inputShape;
    if (options.trainable === false) this.trainable = false;
  }

  get built(): boolean {
    return this.#built;
  }

  /** The options that it was made with: what a saved model makes it of again. Subclasses hand theirs on to this class whole. */
  get options(): LayerOptions {
    return this.#options;
  }

  /** Of a layer that takes ids: they are below this; undefined where it does not say. */
  get idLimit(): number | undefined {
    return undefined;
  }

  /** Makes the weights for examples of this shape, once. Errors: `E_SHAPE` that names the layer. */
  ensureBuilt(shape: Shape): void {
    if (this.#built) return;
    this.build(shape);
    this.#built = true;
    if (!this.trainable) this.trainable = false;
  }

  /** Builds where it has to, then computes. x: [B, ...example]. Without a mask it takes the one that the layer before has left on x, and leaves its own on what it gives. */
  call(x: Tensor, call: LayerCall = {}): Tensor {
    this.ensureBuilt(x.shape.slice(1));
    const mask = call.mask ?? maskOn(x);
    const y = this.forward(x, mask === call.mask ? call : { ...call, mask });
    const left = this.outputMask(x, mask);
    if (left !== undefined) leaveMask(y, left);
    return y;
  }

  /**
   * What it gives for one input of a graph, or, where it merges, for several. Keras's `layer(x)`. A layer that is applied twice shares its weights. Errors: `E_SHAPE`.
   *
   * @example
   * new Dense({ units: 2 }).apply(input({ shape: [4] })).shape; // [2]
   */
  apply(to: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor {
    const inputs = to instanceof SymbolicTensor ? [to] : to;
    return new SymbolicTensor(this.appliedShape(inputs.map(({ shape }) => shape)), "f32", this, inputs);
  }

  /** The shape of an example of what it gives for inputs of these. */
  protected appliedShape(shapes: readonly Shape[]): Shape {
    const one = { en: "one input: Add, Concatenate … take several", zh: "一个输入（接受多个输入的是 Add、Concatenate 等）" };
    this.expect(shapes.length === 1, one, [shapes.length]);
    return this.outputShape(shapes[0]);
  }

  /** The name that its class declares for itself; undefined where it declares none. */
  get className(): string | undefined {
    return declaredName(this.constructor as typeof Layer);
  }

  /** What its regularisers add to the loss, each [1]. */
  penalties(): readonly Tensor[] {
    if (!this.#built) return [];
    return this.regularized().flatMap(([weight, regularizer]) => (weight && regularizer ? [penaltyOf(weight, regularizer)] : []));
  }

  /** Weights with what is asked of their size. */
  protected regularized(): readonly (readonly [weight: Tensor | undefined, regularizer: Regularizer | undefined])[] {
    return [];
  }

  /** Makes the weights. */
  protected build(_shape: Shape): void {}

  abstract forward(x: Tensor, call?: LayerCall): Tensor;

  /** Shape of one example of its output. Errors: `E_SHAPE`. */
  abstract outputShape(shape: Shape): Shape;

  /** Instead of `forward`, where it ends in a softmax or sigmoid: what that is given. Losses are computed from it. Default: undefined. */
  logits(_x: Tensor, _call?: LayerCall): Logits | undefined {
    return undefined;
  }

  /** Forgets what it keeps from call to call: of stateful recurrent layers the states. Others keep nothing. */
  resetStates(): void {}

  /** The mask that the layers after it see; default: the one that it was given. */
  outputMask(_x: Tensor, mask?: Tensor): Tensor | undefined {
    return mask;
  }

  /** Throws `E_SHAPE` with this layer's name unless a condition holds. */
  protected expect(condition: boolean, expected: Phrase, got: Shape): void {
    if (!condition) throw new InkstoneError("E_SHAPE", { operation: { en: `Layer "${this.name}"`, zh: `层“${this.name}”` }, expected, got });
  }
}

// A name holds for the class that declares it, not for those made of it.
function declaredName(of: typeof Layer): string | undefined {
  return Object.hasOwn(of, "className") && of.className !== "" ? of.className : undefined;
}

/**
 * The name of a class as Keras names its layers.
 *
 * @example
 * snakeCase("TimeDistributed"); // "time_distributed"
 * snakeCase("LSTM"); // "lstm"
 * snakeCase("GlobalMaxPooling1D"); // "global_max_pooling1d"
 */
export function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z0-9])(?=[A-Z][a-z])/g, "_").toLowerCase();
}
