// What operations of losses share. Knows no loss.
import { InkstoneError } from "../../../core/index.ts";
import { refusal } from "../../tape/write.ts";
import type { Tensor } from "../../tensor.ts";

/** A label smoothing that can be. Errors: `E_OPTION`. */
export function smoothingOf({ labelSmoothing = 0 }: { readonly labelSmoothing?: number }): number {
  if (labelSmoothing >= 0 && labelSmoothing < 1) return labelSmoothing;
  throw new InkstoneError("E_OPTION", {
    option: "labelSmoothing",
    value: labelSmoothing,
    allowed: { en: "from 0 up to but not 1", zh: "0 至 1（不含 1）" },
  });
}

/** Throws `E_GRADIENT` where a gradient is wanted of what is taken as a constant. */
export function expectConstants(operation: string, others: readonly unknown[]): void {
  if (others.some((gradient) => gradient !== undefined)) {
    throw refusal(operation, "targets and weights are constants; use noGrad for what they come from", "目标和权重视为常量；请在 noGrad 中计算");
  }
}

/** The result `y`; what only the gradient needs stays with the tape. */
export function only({ y, ...rest }: { readonly [name: string]: Tensor }): Tensor {
  for (const part of Object.values(rest)) part.dispose();
  return y;
}
