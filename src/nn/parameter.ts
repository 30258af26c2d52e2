// Making a weight that training changes. Knows no layers.

import { outsideScopes, type Shape, type Tensor, zeros } from "../tensor/index.ts";
import { takeRoom } from "./initializers/loading.ts";

/**
 * A weight: f32, requires a gradient, lives until its layer is disposed of, whatever scope it is made in. Without values: zeros. Errors: `E_SHAPE`, `E_MEMORY`.
 *
 * @example
 * parameter([2], Float32Array.of(1, 2)).requiresGrad; // true
 */
export function parameter(shape: Shape, values: Float32Array | undefined): Tensor {
  takeRoom(shape);
  return outsideScopes(() => {
    const made = zeros(shape, { dense: true });
    if (values && values.length > 0) made.write(values);
    return made.requireGrad();
  });
}
