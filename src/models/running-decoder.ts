// A decoder that runs: its forward pass recorded once for each bucket of rows, then replayed. Knows ids, positions and the cache; no text, no sampling.
import { InkstoneError } from "../core/index.ts";
import type { Precision } from "../native/index.ts";
import { CachedSequence, type Decoder, KeyValueCache } from "../nn/index.ts";
import { type Device, PAGE_POSITIONS, type Tensor } from "../tensor/index.ts";
import type { DecoderConfig } from "./architecture.ts";
import { DecoderPasses, MOST_ROWS, MOST_RUNS, type Piece, SCORE_ROWS } from "./decoder-passes.ts";
import type { CausalModel, RunOptions, Sequence, StepPart, StepResult } from "./types.ts";

/** Parts of a running decoder. */
export interface RunningParts {
  readonly architecture: string;
  readonly config: DecoderConfig;
  readonly decoder: Decoder;
  readonly device: Device;
  readonly precision: Precision;
  /** Weights and whatever else is to be freed with it. */
  readonly owned: readonly { dispose(): void }[];
  /** i32: the adapter of each row of a step, where there are adapters. */
  readonly adapterRows?: Tensor;
}

/** A decoder over one paged cache. */
export class RunningDecoder implements CausalModel {
  readonly architecture: string;
  readonly parameterCount: number;
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly device: Device;
  readonly #parts: RunningParts;
  #cache: KeyValueCache | undefined;
  #passes: DecoderPasses | undefined;

  constructor(parts: RunningParts) {
    this.#parts = parts;
    this.architecture = parts.architecture;
    this.parameterCount = parts.decoder.parameterCount;
    this.contextLength = parts.config.contextLength;
    this.vocabularySize = parts.config.vocabularySize;
    this.device = parts.device;
  }

  openSequences(count: number, contextLength: number): readonly Sequence[] {
    this.#closeSequences();
    const { layers, keyValueHeads, headWidth } = this.#parts.config;
    const capacity = Math.min(contextLength, this.contextLength);
    const slotPages = Math.ceil(capacity / PAGE_POSITIONS);
    const type = this.#parts.precision === "exact" ? "f32" : "bf16";
    const sizes = { layers, heads: keyValueHeads, width: headWidth, pages: count * slotPages, slots: count, slotPages, type } as const;
    const cache = new KeyValueCache(this.device, sizes);
    this.#cache = cache;
    this.#passes = new DecoderPasses(this.#parts.decoder, cache, this.device, this.vocabularySize, this.#parts.adapterRows);
    return Array.from({ length: count }, (_, slot) => new CachedSequence(cache, capacity, slot));
  }

  share(from: Sequence, to: Sequence, length: number): void {
    this.#own(to).adopt(this.#own(from), length);
  }

  step(parts: readonly StepPart[], options: RunOptions = {}): StepResult[] {
    const sequences = parts.map(({ sequence }) => this.#own(sequence));
    if (new Set(sequences).size < sequences.length) throw new InkstoneError("E_SEQUENCE_FOREIGN", {});
    for (const [i, { ids }] of parts.entries()) sequences[i].reserve(ids.length);
    const results: StepResult[] = parts.map(() => ({}));
    const passes = passesOf(parts);
    let done = 0;
    for (const [at, pieces] of passes.entries()) {
      const running = pieces.map(({ part, from, ids, last }): Piece => {
        const { want, adapter } = parts[part];
        const targets = want && "targets" in want ? want.targets.slice(from, from + ids.length) : undefined;
        const { slot, length } = sequences[part];
        return { ids, slot, start: length, targets, adapter, likeliest: last && want && "likeliest" in want ? want : undefined };
      });
      const outcomes = (this.#passes as DecoderPasses).run(running, options.control, at + 1 < passes.length);
      for (const [i, { part, ids }] of pieces.entries()) {
        sequences[part].advance(ids.length);
        done += ids.length;
        results[part] = joined(results[part], outcomes[i]);
      }
      options.onChunk?.(done);
    }
    return results;
  }

  dispose(): void {
    this.#closeSequences();
    for (const part of this.#parts.owned) part.dispose();
  }

  #closeSequences(): void {
    this.#passes?.dispose();
    this.#cache?.dispose();
    this.#passes = undefined;
    this.#cache = undefined;
  }

  #own(sequence: Sequence): CachedSequence {
    if (sequence instanceof CachedSequence && sequence.cache === this.#cache) return sequence;
    throw new InkstoneError("E_SEQUENCE_FOREIGN", {});
  }
}

interface PlannedPiece {
  /** Number of the part, and which of its ids. */
  readonly part: number;
  readonly from: number;
  readonly ids: readonly number[];
  readonly last: boolean;
}

// Parts cut into passes of at most so many rows and runs. Texts that are scored go by themselves: all of their rows have logits.
function passesOf(parts: readonly StepPart[]): PlannedPiece[][] {
  const passes: PlannedPiece[][] = [];
  for (const scored of [false, true]) {
    const most = scored ? SCORE_ROWS : MOST_ROWS;
    let pass: PlannedPiece[] = [];
    let rows = most;
    for (const [part, { ids, want }] of parts.entries()) {
      if ((want !== undefined && "targets" in want) !== scored) continue;
      for (let from = 0; from < ids.length; ) {
        if (rows === most || pass.length === MOST_RUNS) {
          pass = [];
          passes.push(pass);
          rows = 0;
        }
        const count = Math.min(most - rows, ids.length - from);
        pass.push({ part, from, ids: ids.slice(from, from + count), last: from + count === ids.length });
        rows += count;
        from += count;
      }
    }
  }
  return passes;
}

// Scores of one text come pass by pass.
function joined(before: StepResult, more: StepResult): StepResult {
  if (before.scores === undefined || more.scores === undefined) return { ...before, ...more };
  const scores = new Float32Array(before.scores.length + more.scores.length);
  scores.set(before.scores);
  scores.set(more.scores, before.scores.length);
  return { scores };
}
