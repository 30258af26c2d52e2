// Making a weight that training changes. Knows no layers.

import { outsideScopes, type Shape, type Tensor, zeros } from "../tensor/index.ts";
import { takeRoom } from "./initializers/loading.ts";

/**
 * A weight: f32, requires a gradient, lives until its layer is disposed of, whatever scope it is made in. Without values: zeros. PyTorch's `nn.Parameter`. Errors: `E_SHAPE`, `E_MEMORY`.
 *
 * @example
 * parameter([2], [1, 2]).requiresGrad; // true
 * parameter([2]).dataSync(); // [0, 0]
 */
export function parameter(shape: Shape, values?: ArrayLike<number>): Tensor {
  takeRoom(shape);
  return outsideScopes(() => {
    const made = zeros(shape, { dense: true });
    if (values && values.length > 0) made.write(values);
    return made.requireGrad();
  });
}
