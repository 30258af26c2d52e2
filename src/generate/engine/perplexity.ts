// A perplexity in the making: windows side by side, a few tokens a step. Knows one text and one slot.
import { InkstoneError } from "../../core/index.ts";
import { CONTROL_CANCEL } from "../../native/index.ts";
import { orNoNumbers } from "../numbers.ts";
import type { PerplexityResult } from "../types.ts";
import type { Machinery } from "./machinery.ts";
import type { Slot } from "./slots.ts";
import type { Pace, Task } from "./task.ts";

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
  readonly #on: Machinery;
  readonly #slot: Slot;
  readonly #request: PerplexityRequest;
  readonly #pace: Pace;
  #at = 0;
  #sum = 0;
  #scored = 0;

  constructor(on: Machinery, slot: Slot, request: PerplexityRequest, pace: Pace) {
    this.#on = on;
    this.#slot = slot;
    this.#request = request;
    this.#pace = pace;
  }

  step(): PerplexityResult | undefined {
    const { ids, window, control, progress } = this.#request;
    if (Atomics.load(control, CONTROL_CANCEL) !== 0) throw new InkstoneError("E_CANCELLED", { what: "perplexity" });
    const start = this.#at - (this.#at % window);
    const end = Math.min(start + window, ids.length);
    if (this.#at === start) this.#slot.sequence.truncate(0);
    const count = Math.min(this.#pace.rows, end - 1 - this.#at);
    if (count > 0) this.#score(ids.slice(this.#at, this.#at + count + 1));
    this.#at += count;
    if (this.#at >= end - 1) this.#at = end;
    progress(this.#at, ids.length);
    return this.#at < ids.length ? undefined : this.#result();
  }

  // Each id but the last foresees the one after it.
  #score(ids: readonly number[]): void {
    const { model } = this.#on;
    const { control } = this.#request;
    const score = () => model.score(this.#slot.sequence, ids.slice(0, -1), ids.slice(1), { control });
    const scores = this.#pace.run(ids.length - 1, () => orNoNumbers(this.#at, score));
    for (const [i, nll] of scores.entries()) {
      if (!Number.isFinite(nll)) throw new InkstoneError("E_LOGITS", { position: this.#at + i });
      this.#sum += nll;
    }
    this.#scored += scores.length;
  }

  #result(): PerplexityResult {
    const nllPerToken = this.#sum / this.#scored;
    return { perplexity: Math.exp(nllPerToken), nllPerToken, tokens: this.#request.ids.length, scored: this.#scored };
  }
}
