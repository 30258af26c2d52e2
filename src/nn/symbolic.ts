// Inputs that are not there yet: layers applied to them make the graph of a model. Keras's functional manner. Knows no models.
import { InkstoneError } from "../core/index.ts";
import type { Shape } from "../tensor/index.ts";
import type { Layer } from "./layer.ts";
import { Merge } from "./layers/merging.ts";

/**
 * A tensor of a graph: what a layer gives for others, or an input. Made by `input` and `apply`.
 *
 * @example
 * const a: SymbolicTensor = input({ shape: [4] });
 * apply(new Dense({ units: 2 }), a).inputs[0] === a; // true
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
 * An input of a graph. `type`: "i32" for ids. Keras's `Input`.
 *
 * @example
 * input({ shape: [4] }).shape; // [4]
 */
export function input({
  shape,
  type = "f32",
  name,
}: {
  readonly shape: Shape;
  readonly type?: "f32" | "i32";
  readonly name?: string;
}): SymbolicTensor {
  return new SymbolicTensor(shape, type, undefined, [], name);
}

/**
 * What a layer gives for one input of a graph, or, where it merges, for several. A layer that is applied twice shares its weights. Errors: `E_SHAPE` that names the layer.
 *
 * @example
 * const a = input({ shape: [4] });
 * apply(new Concatenate(), [apply(new Dense({ units: 2 }), a), a]).shape; // [6]
 */
export function apply(layer: Layer, to: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor {
  const inputs = to instanceof SymbolicTensor ? [to] : to;
  if (layer instanceof Merge) return new SymbolicTensor(layer.mergedShape(inputs.map(({ shape }) => shape)), "f32", layer, inputs);
  if (inputs.length !== 1)
    throw new InkstoneError("E_SHAPE", {
      operation: { en: `Layer "${layer.name}"`, zh: `层“${layer.name}”` },
      expected: { en: "one input: Add, Concatenate … take several", zh: "一个输入（接受多个输入的是 Add、Concatenate 等）" },
      got: [inputs.length],
    });
  return new SymbolicTensor(layer.outputShape(inputs[0].shape), "f32", layer, inputs);
}
