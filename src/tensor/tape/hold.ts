// Gradients that are there before the first backward pass: what recordings add to. Knows no operations.
import { outsideScopes } from "../scope.ts";
import { Storage } from "../storage.ts";
import { Tensor } from "../tensor.ts";
import { track } from "./tracking.ts";

/**
 * Gives each tensor a `grad`, of zeros where it has none yet, and these gradients: a recorded `backward` adds to them at each run. `zeroGrad` lets go of them.
 *
 * @example
 * const x = tensor([1, 2]).requireGrad();
 * holdGradients([x])[0].dataSync(); // [0, 0]
 */
export function holdGradients(of: readonly Tensor[]): Tensor[] {
  return outsideScopes(() =>
    of.map(({ storage, shape, offset }) => {
      const tracking = track(storage);
      if (tracking.gradient === undefined) {
        tracking.gradient = Storage.own(storage.device, storage.bytes);
        tracking.gradient.retain();
      }
      return new Tensor(tracking.gradient, shape, "f32", offset);
    }),
  );
}
