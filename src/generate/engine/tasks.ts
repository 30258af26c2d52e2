// Work that takes many steps: an answer, a perplexity. The engine gives each one step in turn, so that several go on side by side.
import { InkstoneError } from "../../core/index.ts";
import type { CausalModel } from "../../models/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { CheckedOptions } from "../options.ts";
import { pick } from "../sampling/pick.ts";
import { StopScanner } from "../stop-strings.ts";
import type { FinishReason, GenerateResult } from "../types.ts";
import type { Answers } from "./protocol.ts";
import type { Slot } from "./slots.ts";

/** A task: `step` does a little and gives the answer when it is done. */
export interface Task<T> {
  readonly slot: Slot;
  step(): T | undefined;
}

/** What tasks run on. */
export interface Machinery {
  readonly model: CausalModel;
  readonly tokenizer: Tokenizer;
  readonly loadMs: number;
  /** Prompt tokens of one step: small enough that other answers and cancelling are not kept waiting. */
  readonly chunk: number;
}

/** An answer in the making. */
export class Answer implements Task<GenerateResult> {
  readonly slot: Slot;
  readonly #on: Machinery;
  readonly #options: CheckedOptions;
  readonly #control: Int32Array;
  readonly #emit: (text: string, ids: readonly number[]) => void;
  readonly #prompt: readonly number[];
  readonly #shared: number;
  readonly #limit: number;
  readonly #seen: Set<number>;
  readonly #decoder;
  readonly #scanner: StopScanner;
  readonly #began = performance.now();
  #firstAt = 0;
  #pending: readonly number[];
  #text = "";
  #unshown: number[] = [];
  readonly #ids: number[] = [];

  constructor(
    on: Machinery,
    taken: { slot: Slot; shared: number },
    prompt: readonly number[],
    limit: number,
    request: { options: CheckedOptions; control: Int32Array; emit: (text: string, ids: readonly number[]) => void },
  ) {
    this.#on = on;
    this.slot = taken.slot;
    this.#shared = taken.shared;
    this.#prompt = prompt;
    this.#pending = prompt.slice(taken.shared);
    this.#limit = limit;
    this.#options = request.options;
    this.#control = request.control;
    this.#emit = request.emit;
    this.#seen = new Set(prompt);
    this.#decoder = on.tokenizer.decoder();
    this.#scanner = new StopScanner(request.options.stop);
  }

  step(): GenerateResult | undefined {
    if (Atomics.load(this.#control, 0) !== 0) return this.#finish("cancelled");
    try {
      const piece = this.#pending.slice(0, this.#on.chunk);
      this.#on.model.run(this.slot.sequence, piece, { control: this.#control });
      this.slot.ids.push(...piece);
      this.#pending = this.#pending.slice(piece.length);
    } catch (error) {
      if (error instanceof InkstoneError && error.code === "E_CANCELLED") return this.#finish("cancelled");
      throw error;
    }
    if (this.#pending.length > 0) return undefined;
    return this.#next();
  }

  #next(): GenerateResult | undefined {
    const { model, tokenizer } = this.#on;
    const id = pick(model, model.vocabularySize, this.#options, this.#seen, this.#ids.length);
    if (this.#ids.length === 0) this.#firstAt = performance.now();
    if (tokenizer.endOfTurn.has(id)) return this.#finish("stop");
    this.#ids.push(id);
    this.#seen.add(id);
    this.#unshown.push(id);
    this.#show(this.#scanner.push(this.#decoder.push([id])));
    if (this.#scanner.stopped) return this.#finish("stop");
    if (this.#ids.length >= this.#limit) return this.#finish("length");
    this.#pending = [id];
    return undefined;
  }

  #show(text: string): void {
    if (text === "") return;
    this.#text += text;
    this.#emit(text, this.#unshown);
    this.#unshown = [];
  }

  #finish(reason: FinishReason): GenerateResult {
    const ended = performance.now();
    if (!this.#scanner.stopped) this.#show(this.#scanner.push(this.#decoder.end()));
    if (!this.#scanner.stopped) this.#show(this.#scanner.end());
    const first = this.#firstAt || ended;
    const computed = this.#prompt.length - this.#shared;
    const later = this.#ids.length - 1;
    return {
      text: this.#text,
      tokenIds: this.#ids,
      promptTokens: this.#prompt.length,
      cachedPromptTokens: this.#shared,
      completionTokens: this.#ids.length,
      finishReason: this.#scanner.stopped ? "stop" : reason,
      seed: this.#options.seed,
      timings: {
        loadMs: this.#on.loadMs,
        firstTokenMs: first - this.#began,
        prefillTokensPerSecond: rate(computed, first - this.#began),
        decodeTokensPerSecond: rate(later, ended - first),
      },
    };
  }
}

const rate = (count: number, ms: number) => (count > 0 && ms > 0 ? (count * 1000) / ms : 0);

/** Mean negative log-likelihood over windows side by side; every position but the first of a window is scored. */
export class Perplexity implements Task<Answers["perplexity"]> {
  readonly slot: Slot;
  readonly #on: Machinery;
  readonly #ids: readonly number[];
  readonly #window: number;
  readonly #control: Int32Array;
  readonly #progress: (done: number, total: number) => void;
  #at = 0;
  #total = 0;
  #scored = 0;

  constructor(
    on: Machinery,
    slot: Slot,
    ids: readonly number[],
    window: number,
    control: Int32Array,
    progress: (done: number, total: number) => void,
  ) {
    this.#on = on;
    this.slot = slot;
    this.#ids = ids;
    this.#window = window;
    this.#control = control;
    this.#progress = progress;
  }

  step(): Answers["perplexity"] | undefined {
    if (Atomics.load(this.#control, 0) !== 0) throw new InkstoneError("E_CANCELLED", { what: "perplexity" });
    const window = this.#ids.slice(this.#at, this.#at + this.#window);
    this.slot.sequence.truncate(0);
    this.slot.ids.length = 0;
    if (window.length > 1) {
      const nll = this.#on.model.score(this.slot.sequence, window.slice(0, -1), window.slice(1), { control: this.#control });
      for (const value of nll) this.#total += value;
      this.#scored += nll.length;
    }
    this.#at += window.length;
    this.#progress(this.#at, this.#ids.length);
    if (this.#at < this.#ids.length) return undefined;
    if (!Number.isFinite(this.#total)) throw new InkstoneError("E_LOGITS", { position: this.#at });
    const nllPerToken = this.#total / this.#scored;
    return { perplexity: Math.exp(nllPerToken), nllPerToken, tokens: this.#ids.length, scored: this.#scored };
  }
}
