// The engine: lives where the model lives, speaks only in messages. Answers go on side by side, one step each in turn; new messages are seen between steps.
import { InkstoneError } from "../../core/index.ts";
import { openGguf } from "../../formats/index.ts";
import { loadModel } from "../../models/index.ts";
import { openExecutor } from "../../native/index.ts";
import { cpu } from "../../tensor/index.ts";
import { ChatTemplate, chatTokens, tokenizerFromGguf } from "../../text/index.ts";
import type { ModelInformation } from "../types.ts";
import type { Answers, Call, FromEngine, PlainError, ToEngine } from "./protocol.ts";
import { Slots } from "./slots.ts";
import { Answer, type Machinery, Perplexity, type Task } from "./tasks.ts";

/** Requests that may wait for a slot. */
const WAITING = 64;
const DEFAULT_MAX_TOKENS = 512;
const MOST_CONTEXT = 8192;

interface Loaded extends Machinery {
  readonly slots: Slots;
  readonly template: ChatTemplate | undefined;
  readonly context: number;
  readonly dispose: () => void;
}

interface Job {
  readonly id: number;
  readonly prompt: readonly number[];
  readonly control: Int32Array;
  /** Makes the task once a slot is free. */
  readonly begin: (taken: NonNullable<ReturnType<Slots["take"]>>) => Task<unknown>;
}

/** One engine. `post` sends to its owner. */
export class Engine {
  readonly #post: (message: FromEngine) => void;
  #loaded: Loaded | undefined;
  readonly #waiting: Job[] = [];
  readonly #running: { id: number; task: Task<unknown> }[] = [];
  #turning = false;

  constructor(post: (message: FromEngine) => void) {
    this.#post = post;
  }

  /** Takes a message. Never throws: what fails is answered as an error. */
  async take({ id, call, control }: ToEngine): Promise<void> {
    try {
      await this.#handle(id, call, control);
    } catch (error) {
      this.#post({ id, type: "error", error: plainError(error) });
    }
  }

  async #handle(id: number, call: Call, control: Int32Array): Promise<void> {
    const answer = (value: Answers[Call["kind"]]) => this.#post({ id, type: "answer", value });
    if (call.kind === "load") return answer(await this.#load(id, call, control));
    if (call.kind === "close") {
      this.#close();
      return answer(undefined);
    }
    const on = this.#loaded;
    if (on === undefined) throw new InkstoneError("E_ENGINE_CLOSED", { what: call.kind });
    if (call.kind === "tokenize") {
      const ids = on.tokenizer.encode(call.text, { special: call.special });
      return answer({ ids, tokens: on.tokenizer.tokens(ids) });
    }
    if (call.kind === "detokenize") return answer(on.tokenizer.decode(call.ids));
    this.#enqueue(call.kind === "generate" ? answerJob(on, id, call, control, this.#post) : perplexityJob(on, id, call, control, this.#post));
  }

  async #load(id: number, { path, name, options }: Extract<Call, { kind: "load" }>, control: Int32Array): Promise<ModelInformation> {
    const began = performance.now();
    const executor = openExecutor({ executor: options.executor, tier: options.tier, threads: options.threads });
    const gguf = await openGguf(path);
    const precision = options.precision ?? "fast";
    const cancelled = new AbortController();
    try {
      const tokenizer = tokenizerFromGguf(gguf.metadata, executor);
      const model = await loadModel(gguf, cpu(executor), {
        precision,
        contextLength: options.contextLength,
        signal: cancelled.signal,
        onProgress: (fraction) => {
          this.#post({ id, type: "progress", done: fraction, total: 1 });
          if (Atomics.load(control, 0) !== 0) cancelled.abort(new InkstoneError("E_CANCELLED", { what: "loading" }));
        },
      });
      const context = Math.min(options.contextLength ?? MOST_CONTEXT, model.contextLength);
      const source = gguf.metadata.has("tokenizer.chat_template") ? gguf.metadata.string("tokenizer.chat_template") : undefined;
      const loadMs = performance.now() - began;
      this.#loaded = {
        model,
        tokenizer,
        loadMs,
        chunk: executor.name === "native" ? 256 : 16,
        slots: new Slots(model.openSequences(options.slots ?? 4, context)),
        template: source === undefined ? undefined : new ChatTemplate(source),
        context,
        dispose: () => {
          model.dispose();
          tokenizer.dispose();
        },
      };
      return {
        name,
        architecture: model.architecture,
        parameters: model.parameterCount,
        contextLength: context,
        vocabularySize: model.vocabularySize,
        precision,
        executor: executor.name,
        tier: executor.tier,
        threads: executor.threads,
        loadMs,
      };
    } finally {
      gguf.close();
    }
  }

  #enqueue(job: Job): void {
    if (this.#waiting.length >= WAITING) throw new InkstoneError("E_BUSY", { waiting: this.#waiting.length });
    this.#waiting.push(job);
    this.#admit();
    void this.#turn();
  }

  // Jobs get slots in the order they came.
  #admit(): void {
    while (this.#loaded !== undefined && this.#waiting.length > 0) {
      const taken = this.#loaded.slots.take(this.#waiting[0].prompt);
      if (taken === undefined) return;
      const job = this.#waiting.shift();
      if (job !== undefined) this.#running.push({ id: job.id, task: job.begin(taken) });
    }
  }

  async #turn(): Promise<void> {
    if (this.#turning) return;
    this.#turning = true;
    while (this.#running.length > 0) {
      for (const entry of [...this.#running]) this.#step(entry);
      this.#admit();
      await new Promise((next) => setImmediate(next));
    }
    this.#turning = false;
  }

  #step(entry: { id: number; task: Task<unknown> }): void {
    let message: FromEngine | undefined;
    try {
      const value = entry.task.step();
      if (value === undefined) return;
      message = { id: entry.id, type: "answer", value: value as Answers[Call["kind"]] };
    } catch (error) {
      message = { id: entry.id, type: "error", error: plainError(error) };
    }
    this.#running.splice(this.#running.indexOf(entry), 1);
    this.#loaded?.slots.release(entry.task.slot);
    this.#post(message);
  }

  #close(): void {
    const error = plainError(new InkstoneError("E_ENGINE_CLOSED", { what: "generate" }));
    for (const { id } of [...this.#running.splice(0), ...this.#waiting.splice(0)]) this.#post({ id, type: "error", error });
    this.#loaded?.dispose();
    this.#loaded = undefined;
  }
}

function answerJob(
  on: Loaded,
  id: number,
  { prompt, options }: Extract<Call, { kind: "generate" }>,
  control: Int32Array,
  post: (message: FromEngine) => void,
): Job {
  const ids = typeof prompt === "string" ? on.tokenizer.encode(prompt, { special: options.special }) : chatTokens(on.tokenizer, on.template, prompt);
  if (ids.length === 0) throw new InkstoneError("E_EMPTY_PROMPT", { what: "The prompt" });
  const room = on.context - ids.length;
  if (room < (options.maxTokens ?? 1))
    throw new InkstoneError("E_CONTEXT", { prompt: ids.length, maxTokens: options.maxTokens ?? 1, context: on.context });
  const limit = options.maxTokens ?? Math.min(DEFAULT_MAX_TOKENS, room);
  const emit = (text: string, tokenIds: readonly number[]) => post({ id, type: "piece", text, tokenIds });
  return { id, prompt: ids, control, begin: (taken) => new Answer(on, taken, ids, limit, { options, control, emit }) };
}

function perplexityJob(
  on: Loaded,
  id: number,
  { text, window, special }: Extract<Call, { kind: "perplexity" }>,
  control: Int32Array,
  post: (message: FromEngine) => void,
): Job {
  if (window < 2 || window > on.context)
    throw new InkstoneError("E_OPTION", { option: "window", value: window, allowed: `a whole number from 2 to ${on.context}` });
  const ids = on.tokenizer.encode(text, { special });
  if (ids.length < 2) throw new InkstoneError("E_EMPTY_PROMPT", { what: "A text of fewer than two tokens" });
  const progress = (done: number, total: number) => post({ id, type: "progress", done, total });
  return { id, prompt: [-1], control, begin: ({ slot }) => new Perplexity(on, slot, ids, window, control, progress) };
}

function plainError(error: unknown): PlainError {
  const stack = error instanceof Error ? error.stack : undefined;
  if (error instanceof InkstoneError) return { ...error.toJSON(), stack };
  return { code: "E_INTERNAL", parameters: { why: error instanceof Error ? error.message : String(error) }, stack };
}
