// What becomes of a model that gives no numbers: one error, wherever it is found. Knows no sampling and no scores.
import { InkstoneError } from "../core/index.ts";

/** `E_LOGITS` with the position in place of a kernel's refusal of numbers that are none; other errors as they are. */
export function notNumbers(position: number, error: unknown): unknown {
  const numeric = error instanceof InkstoneError && error.code === "E_KERNEL" && (error.parameters as { why?: unknown }).why === "numeric";
  return numeric ? new InkstoneError("E_LOGITS", { position }, { cause: error }) : error;
}
