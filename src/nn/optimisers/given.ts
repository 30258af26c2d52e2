// The two ways to make an optimiser. Knows no update rule.
import type { Parameters } from "./groups.ts";

/** What a constructor was called with. */
export interface Given<O> {
  readonly parameters: Parameters;
  readonly options: O;
  /** Parameters came first: PyTorch's form and defaults. Else Keras's. */
  readonly torch: boolean;
}

/** `(options)` as Keras has it, or `(parameters, options)` as PyTorch has it. */
export function given<O extends object>(first: Parameters | O | undefined, second: O | undefined): Given<O> {
  if (Array.isArray(first)) return { parameters: first as Parameters, options: second ?? ({} as O), torch: true };
  return { parameters: [], options: (first as O | undefined) ?? ({} as O), torch: false };
}
