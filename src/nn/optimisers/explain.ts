// What the error of a step means to whoever trains. Knows no update rule.
import { InkstoneError } from "../../core/index.ts";

/** A gradient of a step: whose it was, and in how many runs its squares are summed. */
export interface SeenGradient {
  readonly parameter: number;
  readonly runs: number;
}

/** `E_STEP` where an error says that a sum of squares is not finite, with the parameter whose gradient that is; any other as it is. */
export function stepError(error: unknown, seen: readonly SeenGradient[], count: number, names: readonly string[]): unknown {
  if (!(error instanceof InkstoneError && error.code === "E_KERNEL")) return error;
  const { kernel, why, value, limit } = error.parameters as { kernel: string; why: string; value: number; limit: number };
  if (kernel !== "gradientScale" || why !== "numeric" || limit !== seen.reduce((sum, { runs }) => sum + runs, 0)) return error;
  let left = value;
  const found = seen.find(({ runs }) => {
    left -= runs;
    return left < 0;
  });
  const number = (found?.parameter ?? 0) + 1;
  const name = names[number - 1];
  const parameter =
    name === undefined
      ? { en: `parameter ${number} of ${count}`, zh: `第 ${number} 个参数（共 ${count} 个）` }
      : { en: `"${name}"`, zh: `“${name}”` };
  return new InkstoneError("E_STEP", { parameter }, { cause: error });
}
