// What becomes of a model that gives no numbers: one error, wherever it is found. Knows no sampling and no scores.
import { InkstoneError } from "../core/index.ts";

/** Runs `work`; where a kernel refuses numbers that are none, throws `E_LOGITS` with the position. Other errors pass as they are. */
export function orNoNumbers<T>(position: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof InkstoneError && error.code === "E_KERNEL" && isNumeric(error))
      throw new InkstoneError("E_LOGITS", { position }, { cause: error });
    throw error;
  }
}

const isNumeric = ({ parameters }: InkstoneError) => (parameters as { why?: unknown }).why === "numeric";
