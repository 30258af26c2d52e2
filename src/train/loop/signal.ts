// What a signal that was given means. Knows no work.
import { InkstoneError } from "../../core/index.ts";

/** Throws `E_CANCELLED` once a signal has been given. */
export function checkSignal(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new InkstoneError("E_CANCELLED", { what: [what] });
}
