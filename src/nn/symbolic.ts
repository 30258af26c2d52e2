// Inputs that are not there yet: layers applied to them make the graph of a model. Keras's functional manner. Knows no models.
import { type Shape, sizeOf } from "../tensor/index.ts";
import { type Layer, SymbolicTensor } from "./layer.ts";

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
  sizeOf(shape);
  return new SymbolicTensor(shape, type, undefined, [], name);
}

/**
 * What a layer gives for one input of a graph, or, where it merges, for several: `layer.apply(to)`. A layer that is applied twice shares its weights. Errors: `E_SHAPE` that names the layer.
 *
 * @example
 * const a = input({ shape: [4] });
 * apply(new Concatenate(), [apply(new Dense({ units: 2 }), a), a]).shape; // [6]
 */
export function apply(layer: Layer, to: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor {
  return layer.apply(to);
}
