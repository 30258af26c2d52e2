// Gated activations.
import { defineOp, elementsOf, expectShape, type Op, type Rows, scratchLike } from "../op.ts";
import { Tensor } from "../tensor.ts";

function expectAlike(operation: string, a: Tensor, b: Tensor): void {
  expectShape(
    a.shape.length === b.shape.length && a.shape.every((size, i) => size === b.shape[i]),
    operation,
    () => ({ en: `the shape [${a.shape.join(", ")}]`, zh: `形状 [${a.shape.join(", ")}]` }),
    b,
  );
}

/**
 * y = silu(gate) · up, silu(x) = x / (1 + exp(-x)): the gated activation of SwiGLU. Shapes: both the same, and so the result. Types: f32. Errors: `E_SHAPE`.
 *
 * Source: Shazeer 2020, arXiv:2002.05202.
 *
 * @example
 * siluMultiply(tensor([0, 1]), tensor([5, 2])).dataSync(); // [0, 1.4621]
 */
export const siluMultiply: Op<[gate: Tensor, up: Tensor, options?: Rows]> = defineOp({
  name: "siluMultiply",
  shape: ([gate, up]) => {
    expectAlike("siluMultiply", gate, up);
    return gate;
  },
  forward: (run, [gate, up, options], y) => run.siluMultiply({ gate, up, y, n: elementsOf("siluMultiply", gate, options) }),
  gradient(run, [gate, up, options], dy, [dgate, dup]) {
    // Both at once; where one is not wanted, or is the other's, it goes elsewhere first.
    const same = gate.storage === up.storage;
    const second = same || dup === undefined ? scratchLike(up, up) : dup;
    run.siluMultiplyGrad({ gate, up, dy, dgate: dgate ?? scratchLike(gate, gate), dup: second, n: elementsOf("siluMultiply", gate, options) });
    if (same && second instanceof Tensor) dup?.take(second);
  },
});
