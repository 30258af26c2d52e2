// Masks from ids.
import { defineOp, type Op } from "../op.ts";
import { noGrad } from "../tape/tracking.ts";
import type { Tensor } from "../tensor.ts";
import { toFloat } from "./pointwise.ts";
import { argMax } from "./reduce.ts";
import { stack } from "./shape/arrange.ts";

const halves: Op<[like: Tensor]> = defineOp<[Tensor]>({
  name: "maskOf",
  shape: ([{ shape }]) => ({ shape }),
  forward: (run, [{ size }], y) => run.fill({ y, n: size, value: 0.5 }),
});

/**
 * Which ids are not padding: 1 where an id is above 0, 0 elsewhere. i32 [...] -> i32 [...]. No gradient.
 *
 * @example
 * maskOf(tensor(Int32Array.of(7, 3, 0))).dataSync(); // [1, 1, 0]
 */
export function maskOf(ids: Tensor): Tensor {
  // The larger of one half and the id: its place is the mask, and of the type that masks have.
  return noGrad(() => argMax(stack([halves(ids), toFloat(ids)], -1), { axis: -1 }));
}
