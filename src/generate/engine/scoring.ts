// How likely given texts are after others, in the making: what they begin with alike is read once. Knows ids and one slot.
import { InkstoneError } from "../../core/index.ts";
import type { StepResult } from "../../models/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import { notNumbers } from "../numbers.ts";
import type { Scored, ScoreItem } from "../types.ts";
import { type Slot, sharedLength } from "./slots.ts";
import type { Demand, Task } from "./task.ts";

/** A text as ids, and where what is scored begins: at least at 1, for something has to stand before it. */
export interface ScoreIds {
  readonly ids: readonly number[];
  readonly start: number;
  /** Ids of the context that were left out at its beginning. */
  readonly cut: number;
}

/** What scoring needs beside a slot. */
export interface ScoringRequest {
  readonly items: readonly ScoreIds[];
  readonly greedy: boolean;
  readonly control: Int32Array;
}

/**
 * Context and continuation as ids, as lm-evaluation-harness makes them: blanks at the end of the context belong to the continuation, both are encoded as one
 * text, the context's own length says where the continuation begins; before an empty context stands BOS, or EOS where there is no BOS. What does not fit is
 * left out at the beginning.
 *
 * Errors: `E_EMPTY_PROMPT` for a continuation of no tokens, or no context where the model has neither BOS nor EOS; `E_CONTEXT`.
 */
export function scoreIds(tokenizer: Tokenizer, { context, continuation }: ScoreItem, contextLength: number): ScoreIds {
  const kept = context.trimEnd();
  const before = tokenizer.encode(kept);
  const whole = tokenizer.encode(context + continuation);
  const first = before.length === 0 ? (tokenizer.bos ?? tokenizer.eos) : undefined;
  const ids = first === undefined ? whole : [first, ...whole];
  const start = before.length === 0 ? 1 : before.length;
  if (start >= ids.length) throw new InkstoneError("E_EMPTY_PROMPT", { what: { en: "A continuation", zh: "续文" } });
  if (before.length === 0 && first === undefined)
    throw new InkstoneError("E_EMPTY_PROMPT", { what: { en: "A context, for a model without BOS and EOS,", zh: "（无 BOS 与 EOS 的模型的）上文" } });
  const cut = Math.max(0, ids.length - 1 - contextLength);
  if (cut >= start) throw new InkstoneError("E_CONTEXT", { prompt: 1, maxTokens: ids.length - start, context: contextLength });
  return { ids: ids.slice(cut), start: start - cut, cut };
}

/**
 * Sums of logarithms of probabilities, text after text on one slot. Where it is asked whether the continuation is what the model itself would write, id by id.
 *
 * Errors of a step: `E_CANCELLED`, `E_LOGITS`; those of the model.
 */
export class Scoring implements Task<readonly Scored[]> {
  readonly slot: Slot;
  readonly #request: ScoringRequest;
  readonly #done: Scored[] = [];
  #sum = 0;
  #isGreedy = true;

  constructor(slot: Slot, request: ScoringRequest) {
    this.slot = slot;
    this.#request = request;
    this.#begin();
  }

  get control(): Int32Array {
    return this.#request.control;
  }

  get pending(): number {
    const at = this.#at;
    const { ids, start } = this.#item;
    return at < start - 1 ? start - 1 - at : this.#request.greedy ? 1 : ids.length - 1 - at;
  }

  /** How many ids of the text at work are in the cache. */
  get #at(): number {
    return this.slot.ids.length;
  }

  get #item(): ScoreIds {
    return this.#request.items[this.#done.length];
  }

  // The last id of the context is computed again: what follows it is asked there.
  #begin(): void {
    const { ids, start } = this.#item;
    this.slot.sequence.truncate(Math.min(sharedLength(this.slot.ids, ids), start - 1));
    this.slot.ids.length = this.slot.sequence.length;
    this.#sum = 0;
    this.#isGreedy = true;
  }

  wants(rows: number): Demand {
    const at = this.#at;
    const { ids, start } = this.#item;
    if (at < start - 1) return { ids: ids.slice(at, Math.min(at + rows, start - 1)) };
    if (this.#request.greedy) return { ids: [ids[at]], want: { likeliest: 1 } };
    const end = Math.min(at + rows, ids.length - 1);
    return { ids: ids.slice(at, end), want: { targets: ids.slice(at + 1, end + 1) } };
  }

  take({ scores, likeliest, logits }: StepResult): readonly Scored[] | undefined {
    const { ids, start, cut } = this.#item;
    for (const nll of scores ?? []) this.#add(-nll);
    if (likeliest !== undefined && logits !== undefined) {
      const target = ids[this.#at];
      this.#add(logits()[target] - likeliest.normalizer);
      this.#isGreedy &&= likeliest.indices[0] === target;
    }
    if (this.#at < ids.length - 1) return undefined;
    const scored = { logProbability: this.#sum, tokens: ids.length - start, cut };
    this.#done.push(this.#request.greedy ? { ...scored, isGreedy: this.#isGreedy } : scored);
    if (this.#done.length === this.#request.items.length) return this.#done;
    this.#begin();
    return undefined;
  }

  #add(logProbability: number): void {
    if (!Number.isFinite(logProbability)) throw new InkstoneError("E_LOGITS", { position: this.#at });
    this.#sum += logProbability;
  }

  cancelled(): readonly Scored[] {
    throw new InkstoneError("E_CANCELLED", { what: ["score"] });
  }

  failure(error: unknown): unknown {
    return notNumbers(this.#at, error);
  }
}
