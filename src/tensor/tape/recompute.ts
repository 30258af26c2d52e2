// Memory for time: a block's intermediates are thrown away and computed again when its gradient is wanted. Knows no layers.
import { resumeRandom } from "../random.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { runSteps, stepsTo } from "./backward.ts";
import { again } from "./generation.ts";
import { gradientsWanted, nextOrder, noGrad, withGradients } from "./tracking.ts";
import { writeStep } from "./write.ts";

/**
 * `fn(...inputs)` without keeping what is computed on the way: the gradient runs `fn` again first. The values, the random numbers and the gradients are the same.
 *
 * `fn` is to be a function of its inputs, of parameters and of the random state alone. Source: Chen et al. 2016, arXiv:1604.06174.
 *
 * @example
 * const x = tensor([1, 2]).requireGrad();
 * const y = recompute((a) => add(add(a, a), a), x);
 * gradients(y, [x], { seed: tensor([1, 1]) })[0].dataSync(); // [3, 3]
 */
export function recompute<A extends readonly Tensor[]>(fn: (...inputs: A) => Tensor, ...inputs: A): Tensor {
  if (!gradientsWanted()) return fn(...inputs);
  const resumed = resumeRandom();
  const result = tidy(() => noGrad(() => fn(...inputs)));
  writeStep({
    operation: "recompute",
    inputs,
    results: [result],
    reads: inputs,
    always: true,
    gradient(sums, held) {
      const dy = sums.of(held(result));
      if (dy === undefined) return;
      const since = nextOrder();
      const anew = tidy(() => withGradients(true, () => again(() => resumed(() => fn(...(inputs.map(held) as unknown as A))))));
      sums.into(anew, [])?.take(dy);
      runSteps(stepsTo([anew.storage], since), sums);
    },
  });
  return result;
}
