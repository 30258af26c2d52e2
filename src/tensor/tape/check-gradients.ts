// Whether gradients are right: against finite differences. Knows no operations.
import { uniform } from "../../core/index.ts";
import { zeros } from "../create.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { gradients } from "./backward.ts";
import { noGrad } from "./tracking.ts";

/** The element whose gradient is worst. */
export interface GradientCheck {
  /** |got - expected| / (|expected| + the largest gradient of its input / 100 + 1e-3), the largest of all elements. */
  readonly worst: number;
  readonly input: number;
  readonly element: number;
  /** By finite differences. */
  readonly expected: number;
  /** By the tape. */
  readonly got: number;
}

/**
 * Compares the tape's gradients of `fn` with central differences, every element of every input. `fn` gives one tensor; its values are weighted by fixed random numbers.
 *
 * `epsilon`: the step, default 1e-2: values are f32, so smaller steps lose digits. A right gradient of a smooth function has `worst` below about 1e-2; a wrong one is near 1.
 *
 * @example
 * const x = tensor([1, 2]).requireGrad();
 * checkGradients((a) => add(a, a), [x]).worst < 1e-3; // true
 */
export function checkGradients(
  fn: (...inputs: readonly Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  options: { epsilon?: number } = {},
): GradientCheck {
  const { epsilon = 1e-2 } = options;
  return tidy(() => {
    for (const input of inputs) input.requireGrad();
    const y = fn(...inputs);
    const weights = Float32Array.from({ length: y.size }, (_, i) => 2 * uniform(0, 0, 0, i) - 1);
    const seed = zeros(y.shape, { device: y.device });
    seed.write(weights);
    const found = gradients(y, inputs, { seed }).map((gradient) => gradient.dataSync());
    const value = () =>
      weighted(
        tidy(() => noGrad(() => fn(...inputs).dataSync())),
        weights,
      );
    let worst: GradientCheck = { worst: 0, input: 0, element: 0, expected: 0, got: 0 };
    for (const [input, tensor] of inputs.entries()) {
      const expected = differences(tensor, value, epsilon);
      const largest = expected.reduce((most, part) => Math.max(most, Math.abs(part)), 0);
      for (const [element, want] of expected.entries()) {
        const got = found[input][element];
        const error = Math.abs(got - want) / (Math.abs(want) + largest / 100 + 1e-3);
        // Nothing is worse than what is no number: the first of them is the answer.
        if (error > worst.worst || Number.isNaN(error)) worst = { worst: error, input, element, expected: want, got };
        if (Number.isNaN(error)) return worst;
      }
    }
    return worst;
  });
}

function weighted(values: ArrayLike<number>, weights: Float32Array): number {
  return weights.reduce((sum, weight, i) => sum + weight * values[i], 0);
}

function differences(tensor: Tensor, value: () => number, epsilon: number): Float64Array {
  const values = Float32Array.from(tensor.dataSync());
  const at = (element: number, changed: number) => {
    tensor.write([changed], element);
    return value();
  };
  return Float64Array.from(values, (x, element) => {
    const [above, below] = [Math.fround(x + epsilon), Math.fround(x - epsilon)];
    const difference = (at(element, above) - at(element, below)) / (above - below);
    tensor.write([x], element);
    return difference;
  });
}
