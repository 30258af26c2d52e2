// The two ways to make an optimiser. Knows no update rule.
import { aboveZero, aFlag, aFunction, atLeastOne, belowOne, either, fromZero, type Rules, readOptions } from "../../core/index.ts";
import type { Parameters } from "./groups.ts";
import type { OptimizerOptions } from "./optimizer.ts";

/** What a constructor was called with. */
export interface Given<O> {
  readonly parameters: Parameters;
  readonly options: O;
  /** Parameters came first: PyTorch's form and defaults. Else Keras's. */
  readonly torch: boolean;
}

const rules: Rules<Omit<OptimizerOptions, "momentumSchedule">> = {
  learningRate: either(fromZero, aFunction),
  weightDecay: fromZero,
  checkFirst: aFlag,
  ...{ clipnorm: aboveZero, globalClipnorm: aboveZero, maxGradNorm: aboveZero, clipvalue: aboveZero },
  ...{ useEma: aFlag, emaMomentum: belowOne, emaOverwriteFrequency: atLeastOne },
};

/**
 * `(options)` as Keras has it, or `(parameters, options)` as PyTorch has it. `own`: what the options of this optimiser may be beside those of every one; `momentum`: whether it
 * has one that a schedule may change. Errors: `E_OPTION`, `E_OPTION_UNKNOWN`.
 */
export function given<O extends OptimizerOptions>(
  of: string,
  first: Parameters | O | undefined,
  second: O | undefined,
  own: Rules<Omit<O, keyof OptimizerOptions>>,
  momentum = true,
): Given<O> {
  const torch = Array.isArray(first);
  const options = readOptions<object>(of, torch ? second : (first as O | undefined), {
    ...rules,
    ...(momentum ? { momentumSchedule: aFunction } : {}),
    ...own,
  }) as O;
  return { parameters: torch ? (first as Parameters) : [], options, torch };
}
