// A perplexity in the making: windows side by side, a few tokens a step. Knows one text and one slot.
import { InkstoneError } from "../../core/index.ts";
import type { StepResult } from "../../models/index.ts";
import { notNumbers } from "../numbers.ts";
import type { PerplexityResult } from "../types.ts";
import type { Slot } from "./slots.ts";
import type { Demand, Task } from "./task.ts";

/** What a perplexity needs beside a slot. */
export interface PerplexityRequest {
  readonly ids: readonly number[];
  readonly window: number;
  readonly control: Int32Array;
  readonly progress: (done: number, total: number) => void;
}

/**
 * Mean negative log-likelihood: every position but the first of a window is scored; a last window of one token scores nothing.
 *
 * Errors of a step: `E_CANCELLED`, `E_LOGITS`; those of the model.
 */
export class Perplexity implements Task<PerplexityResult> {
  readonly slot: Slot;
  readonly #request: PerplexityRequest;
  #at = 0;
  #sum = 0;
  #scored = 0;

  constructor(slot: Slot, request: PerplexityRequest) {
    this.slot = slot;
    this.#request = request;
  }

  get control(): Int32Array {
    return this.#request.control;
  }

  /** At least two: it reads. */
  get pending(): number {
    return Math.max(2, this.#end - 1 - this.#at);
  }

  // Of the window that is at work.
  get #start(): number {
    return this.#at - (this.#at % this.#request.window);
  }

  get #end(): number {
    return Math.min(this.#start + this.#request.window, this.#request.ids.length);
  }

  // Each id but the last foresees the one after it.
  wants(rows: number): Demand {
    const { ids } = this.#request;
    if (this.#at === this.#start) {
      this.slot.sequence.truncate(0);
      this.slot.ids.length = 0;
    }
    const count = Math.min(rows, this.#end - 1 - this.#at);
    return { ids: ids.slice(this.#at, this.#at + count), want: { targets: ids.slice(this.#at + 1, this.#at + count + 1) } };
  }

  take({ scores }: StepResult): PerplexityResult | undefined {
    const { ids, progress } = this.#request;
    this.slot.ids.length = 0; // nobody goes on from a window
    for (const [i, nll] of (scores ?? []).entries()) {
      if (!Number.isFinite(nll)) throw new InkstoneError("E_LOGITS", { position: this.#at + i });
      this.#sum += nll;
    }
    const end = this.#end;
    this.#scored += scores?.length ?? 0;
    this.#at += scores?.length ?? 0;
    // A last window of one token scores nothing.
    if (this.#at >= end - 1) this.#at = end + 1 >= ids.length ? ids.length : end;
    progress(this.#at, ids.length);
    return this.#at < ids.length ? undefined : this.#result();
  }

  cancelled(): PerplexityResult {
    throw new InkstoneError("E_CANCELLED", { what: ["perplexity"] });
  }

  failure(error: unknown): unknown {
    return notNumbers(this.#at, error);
  }

  #result(): PerplexityResult {
    const nllPerToken = this.#sum / this.#scored;
    return { perplexity: Math.exp(nllPerToken), nllPerToken, tokens: this.#request.ids.length, scored: this.#scored };
  }
}
