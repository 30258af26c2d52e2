// Sequences side by side in the key-value cache, each with the ids that it holds. Knows which one saves the most work for a prompt.
import type { Sequence } from "../../models/index.ts";

/** One sequence and what is in its cache. */
export interface Slot {
  readonly sequence: Sequence;
  ids: number[];
  busy: boolean;
  lastUsed: number;
}

/** The sequences of an engine. */
export class Slots {
  readonly all: readonly Slot[];
  #clock = 0;

  constructor(sequences: readonly Sequence[]) {
    this.all = sequences.map((sequence) => ({ sequence, ids: [], busy: false, lastUsed: 0 }));
  }

  /**
   * Takes the free slot whose cache shares the longest beginning with the prompt, the longest unused of equals, and cuts it to that.
   * At least the last token of the prompt is left to compute: its logits are needed. Undefined when all are busy.
   */
  take(prompt: readonly number[]): { slot: Slot; shared: number } | undefined {
    let best: { slot: Slot; shared: number } | undefined;
    for (const slot of this.all) {
      if (slot.busy) continue;
      const shared = Math.min(sharedLength(slot.ids, prompt), prompt.length - 1);
      if (best === undefined || shared > best.shared || (shared === best.shared && slot.lastUsed < best.slot.lastUsed)) best = { slot, shared };
    }
    if (best === undefined) return undefined;
    const { slot, shared } = best;
    slot.busy = true;
    slot.lastUsed = ++this.#clock;
    slot.sequence.truncate(shared);
    slot.ids.length = shared;
    return best;
  }

  /** Gives a slot back. What its sequence really holds is kept for the next turn of the same chat. */
  release(slot: Slot): void {
    slot.ids.length = Math.min(slot.ids.length, slot.sequence.length);
    slot.sequence.truncate(slot.ids.length);
    slot.busy = false;
  }
}

function sharedLength(a: readonly number[], b: readonly number[]): number {
  const end = Math.min(a.length, b.length);
  let i = 0;
  while (i < end && a[i] === b[i]) i++;
  return i;
}
