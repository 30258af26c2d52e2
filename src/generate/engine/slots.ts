// Sequences side by side in the key-value cache, each with the ids that it holds. Knows which one saves the most work for a prompt.
import type { Sequence } from "../../models/index.ts";
import { PAGE_POSITIONS } from "../../tensor/index.ts";

/** One sequence, the ids in its cache, and whose they are. */
export interface Slot {
  readonly sequence: Sequence;
  readonly ids: number[];
  key: string;
  /** Whose additions its keys and values were computed with: the number of an adapter, 0 for none. */
  adapter: number;
}

/** A slot taken for a prompt, and how many of the prompt's tokens it holds already. */
export interface Taken {
  readonly slot: Slot;
  readonly shared: number;
}

/** Makes a sequence the beginning of another: whole pages, held by both. */
export type Share = (from: Sequence, to: Sequence, length: number) => void;

/** The sequences of an engine. */
export class Slots {
  readonly #all: readonly Slot[];
  /** Free slots, the longest unused first. */
  readonly #free: Slot[];
  readonly #share: Share;
  readonly count: number;

  constructor(sequences: readonly Sequence[], share: Share) {
    this.#all = sequences.map((sequence) => ({ sequence, ids: [], key: "", adapter: 0 }));
    this.#free = [...this.#all];
    this.#share = share;
    this.count = sequences.length;
  }

  get free(): number {
    return this.#free.length;
  }

  /**
   * Takes the free slot whose cache shares the longest beginning with the prompt, and cuts it to that. Undefined when all are busy.
   * Where another slot, busy or not, shares more, its whole pages are held by both. Nothing is shared across adapters, nor across keys: how fast an answer begins would tell what others asked.
   * At least the last token of the prompt is left to compute: its logits are needed.
   *
   * A cache that would be lost for little (less than half of it is shared, and less than the prompt could share) is left to the chat that made it,
   * and the slot that was unused for longest is taken: else chats with the same system message would take each other's slot at every turn.
   */
  take(prompt: readonly number[], key = "", adapter = 0): Taken | undefined {
    const most = Math.max(0, prompt.length - 1);
    const sharedBy = (slot: Slot) => (slot.key === key && slot.adapter === adapter ? Math.min(sharedLength(slot.ids, prompt), most) : 0);
    let best: Taken | undefined;
    for (const slot of this.#free) {
      const shared = sharedBy(slot);
      const isWorthIt = shared > 0 && (shared === most || 2 * shared >= slot.ids.length);
      if (isWorthIt && shared > (best?.shared ?? 0)) best = { slot, shared };
    }
    if (best === undefined && this.#free.length > 0) best = { slot: this.#free[0], shared: sharedBy(this.#free[0]) };
    if (best === undefined) return undefined;
    const { slot } = best;
    this.#free.splice(this.#free.indexOf(slot), 1);
    slot.key = key;
    slot.adapter = adapter;
    cut(slot, best.shared);
    for (const other of this.#all) if (other !== slot) this.#adopt(other, slot, sharedBy(other), prompt);
    return { slot, shared: slot.ids.length };
  }

  // Whole pages of another slot, where they are more than the slot has itself.
  #adopt(from: Slot, to: Slot, shared: number, prompt: readonly number[]): void {
    if (shared - (shared % PAGE_POSITIONS) <= to.ids.length) return;
    this.#share(from.sequence, to.sequence, shared);
    to.ids.splice(0, to.ids.length, ...prompt.slice(0, to.sequence.length));
  }

  /** Gives a slot back. What it holds is kept for the next turn of the same chat, unless it is to be forgotten. */
  release(slot: Slot, forget = false): void {
    cut(slot, forget ? 0 : Math.min(slot.ids.length, slot.sequence.length));
    this.#free.push(slot);
  }
}

// Where a page is held by others as well, more is forgotten than was asked for.
function cut(slot: Slot, length: number): void {
  slot.sequence.truncate(length);
  slot.ids.length = slot.sequence.length;
}

/** How many ids two lists begin with alike. */
export function sharedLength(a: readonly number[], b: readonly number[]): number {
  const end = Math.min(a.length, b.length);
  let i = 0;
  while (i < end && a[i] === b[i]) i++;
  return i;
}
