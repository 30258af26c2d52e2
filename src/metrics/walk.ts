// A walk over many rows that leaves the event loop its turns, can be stopped, and says how far it is.
import { setImmediate } from "node:timers/promises";

/** Options of calls over many rows. */
export interface WalkOptions {
  readonly signal?: AbortSignal;
  /** Told after each stretch of rows. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

// Well below the 50 ms that no call may hold the event loop.
const STRETCH_MS = 20;

/** Does `work` for every row in order, with a pause whenever a stretch is over. Errors: those of `work`; the signal's reason. */
export async function walkRows(total: number, work: (row: number) => void, { signal, onProgress }: WalkOptions): Promise<void> {
  signal?.throwIfAborted();
  let begun = performance.now();
  for (let row = 0; row < total; row++) {
    work(row);
    if (performance.now() - begun < STRETCH_MS) continue;
    onProgress?.({ done: row + 1, total });
    await setImmediate();
    signal?.throwIfAborted();
    begun = performance.now();
  }
  onProgress?.({ done: total, total });
}
