// Sequences side by side in the key-value cache, each with the ids that it holds. Knows which one saves the most work for a prompt.
import type { Sequence } from "../../models/index.ts";

/** One sequence and the ids in its cache. */
export interface Slot {
  readonly sequence: Sequence;
  readonly ids: number[];
}

/** A slot taken for a prompt, and how many of the prompt's tokens it holds already. */
export interface Taken {
  readonly slot: Slot;
  readonly shared: number;
}

/** The sequences of an engine. */
export class Slots {
  /** Free slots, the longest unused first. */
  readonly #free: Slot[];
  readonly count: number;

  constructor(sequences: readonly Sequence[]) {
    this.#free = sequences.map((sequence) => ({ sequence, ids: [] }));
    this.count = sequences.length;
  }

  get free(): number {
    return this.#free.length;
  }

  /**
   * Takes the free slot whose cache shares the longest beginning with the prompt, and cuts it to that. Undefined when all are busy.
   * At least the last token of the prompt is left to compute: its logits are needed.
   *
   * A cache that would be lost for little (less than half of it is shared, and less than the prompt could share) is left to the chat that made it,
   * and the slot that was unused for longest is taken: else chats with the same system message would take each other's slot at every turn.
   */
  take(prompt: readonly number[]): Taken | undefined {
    const most = Math.max(0, prompt.length - 1);
    let best: Taken | undefined;
    for (const slot of this.#free) {
      const shared = Math.min(sharedLength(slot.ids, prompt), most);
      const isWorthIt = shared > 0 && (shared === most || 2 * shared >= slot.ids.length);
      if (isWorthIt && shared > (best?.shared ?? 0)) best = { slot, shared };
    }
    if (best === undefined && this.#free.length > 0) best = { slot: this.#free[0], shared: Math.min(sharedLength(this.#free[0].ids, prompt), most) };
    if (best === undefined) return undefined;
    this.#free.splice(this.#free.indexOf(best.slot), 1);
    cut(best.slot, best.shared);
    return best;
  }

  /** Gives a slot back. What it holds is kept for the next turn of the same chat, unless it is to be forgotten. */
  release(slot: Slot, forget = false): void {
    cut(slot, forget ? 0 : Math.min(slot.ids.length, slot.sequence.length));
    this.#free.push(slot);
  }
}

function cut(slot: Slot, length: number): void {
  slot.sequence.truncate(length);
  slot.ids.length = length;
}

function sharedLength(a: readonly number[], b: readonly number[]): number {
  const end = Math.min(a.length, b.length);
  let i = 0;
  while (i < end && a[i] === b[i]) i++;
  return i;
}
