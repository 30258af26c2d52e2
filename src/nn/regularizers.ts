// Penalties on the size of weights, added to the loss: Keras's regularizers. Knows no layers.
import { checkOption, fromZero, knownOptions, listed, refuseOption } from "../core/index.ts";
import { abs, add, scale, square, sum, type Tensor } from "../tensor/index.ts";

/** l1 · Σ|w| + l2 · Σw²: the factors, or Keras's names, which stand for 0.01. */
export type Regularizer = "l1" | "l2" | "l1_l2" | { readonly l1?: number; readonly l2?: number };

const named = { l1: { l1: 0.01 }, l2: { l2: 0.01 }, l1_l2: { l1: 0.01, l2: 0.01 } } as const;

/** The factors of a regularizer. Errors: `E_OPTION`, `E_OPTION_UNKNOWN`. */
function factorsOf(regularizer: Regularizer): { readonly l1?: number; readonly l2?: number } {
  if (typeof regularizer === "string") {
    if (!Object.hasOwn(named, regularizer)) refuseOption("regularizer", regularizer, listed(Object.keys(named)));
    return named[regularizer];
  }
  knownOptions("regularizer", regularizer, ["l1", "l2"]);
  for (const [name, value] of Object.entries(regularizer)) checkOption(name, value, fromZero);
  return regularizer;
}

/**
 * What a weight adds to the loss: [1]. Errors: `E_OPTION`, `E_OPTION_UNKNOWN`.
 *
 * @example
 * penaltyOf(tensor([1, -2]), { l1: 0.1, l2: 0.01 }).dataSync(); // [0.35]
 */
export function penaltyOf(weight: Tensor, regularizer: Regularizer): Tensor {
  const { l1 = 0, l2 = 0 } = factorsOf(regularizer);
  const parts = [...(l1 > 0 ? [scale(sum(abs(weight)), l1)] : []), ...(l2 > 0 || l1 === 0 ? [scale(sum(square(weight)), l2)] : [])];
  return parts.reduce((all, part) => add(all, part)).reshape([1]);
}
