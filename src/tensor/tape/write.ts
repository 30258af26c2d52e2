// Writing a step down when its operation has run. Knows no kernels.
import { InkstoneError } from "../../core/index.ts";
import { outsideScopes } from "../scope.ts";
import { Tensor } from "../tensor.ts";
import type { GradientSums } from "./sums.ts";
import { gradientsWanted, isTracked, nextOrder, type Step, track } from "./tracking.ts";

/** What is to be written down. */
export interface StepDescription {
  readonly operation: string;
  readonly inputs: readonly Tensor[];
  readonly results: readonly Tensor[];
  /** Tensors whose values the gradient reads: inputs and results. */
  readonly reads: readonly Tensor[];
  /** The gradient; `held` stands for each of these tensors, which the caller may have disposed of. Undefined: there is none. */
  readonly gradient: ((sums: GradientSums, held: (tensor: Tensor) => Tensor) => void) | undefined;
  /** Written down even where no input requires a gradient: parameters inside may. */
  readonly always?: boolean;
}

/** Writes a step down, where gradients are wanted for any of its inputs. */
export function writeStep(description: StepDescription): void {
  const { operation, inputs, results, always = false } = description;
  if (!gradientsWanted() || !(always || inputs.some(({ storage }) => isTracked(storage)))) return;
  const step: Step = {
    order: nextOrder(),
    operation,
    inputs: inputs.map(({ storage }) => storage),
    results: results.map(({ storage }) => storage),
    ...holding(description),
  };
  for (const { storage, type } of results) if (type === "f32") track(storage).steps.push(step);
}

/** Why there is no gradient. */
export function refusal(operation: string, en: string, zh: string): InkstoneError {
  return new InkstoneError("E_GRADIENT", { operation, why: { en, zh } });
}

// The tensors of a step, as tensors of its own, until its gradient has run.
function holding({ operation, inputs, results, reads, gradient }: StepDescription): Pick<Step, "backward" | "release"> {
  const own = ({ storage, shape, type, offset }: Tensor) => outsideScopes(() => new Tensor(storage, shape, type, offset));
  const held = new Map([...inputs, ...results].map((tensor) => [tensor, own(tensor)]));
  const versions = reads.map(({ storage }) => ({ storage, version: storage.version }));
  let released = false;
  return {
    backward(sums) {
      if (released) throw refusal(operation, "its gradient has been taken already; compute the loss anew", "其梯度已经计算过；请重新计算损失");
      if (gradient === undefined) throw refusal(operation, "it has no gradient", "该操作没有梯度");
      if (versions.some(({ storage, version }) => storage.version !== version)) {
        throw refusal(operation, "a value that its gradient needs has been changed in place", "其梯度所需的值已被就地修改");
      }
      gradient(sums as GradientSums, (tensor) => held.get(tensor) ?? tensor);
    },
    release() {
      released = true;
      for (const tensor of held.values()) tensor.dispose();
    },
  };
}
