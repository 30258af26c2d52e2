// The engine: lives where the model lives, speaks only in messages. Requests go on side by side, all in one step; new messages are seen between steps.
import { InkstoneError } from "../../core/index.ts";
import { CONTROL_CANCEL } from "../../native/index.ts";
import { disposeHeld, openHeld } from "./held.ts";
import { answerJob, chatIds, type Job, perplexityJob, type Received, scoreJob } from "./jobs.ts";
import type { Machinery, OpenMachinery } from "./machinery.ts";
import type { AnyAnswer, Call, CallMessage, CallOf, FromEngine, PlainError, SignalMessage, ToEngine } from "./protocol.ts";
import { type Ending, Scheduler } from "./scheduler.ts";
import type { Task } from "./task.ts";

/** Requests that may wait for a slot. */
const MOST_WAITING = 64;

interface Running {
  readonly id: number;
  readonly key: string;
  readonly task: Task<AnyAnswer>;
}

/** One engine with one model. `post` sends to its owner, `open` makes what it works with. */
export class Engine {
  readonly #post: (message: FromEngine) => void;
  readonly #open: OpenMachinery;
  readonly #waiting: Job[] = [];
  #running: Running[] = [];
  #machinery: Machinery | undefined;
  #scheduler: Scheduler<AnyAnswer> | undefined;
  #turning = false;
  #closed = false;

  constructor(post: (message: FromEngine) => void, open: OpenMachinery) {
    this.#post = post;
    this.#open = open;
  }

  /** Takes a message. Never throws: what fails is answered as an error. */
  async take(message: ToEngine): Promise<void> {
    if ("signal" in message) this.#signal(message);
    else await this.#call(message);
  }

  // A cancelled one that is paused is to see it.
  #signal({ id, signal }: SignalMessage): void {
    const task = this.#running.find((running) => running.id === id)?.task;
    if (task === undefined || this.#machinery === undefined) return;
    if (signal === "pause") this.#scheduler?.pause(task);
    else this.#scheduler?.resume(task);
    void this.#turn(this.#machinery);
  }

  async #call({ id, call, control }: CallMessage): Promise<void> {
    try {
      if (call.kind === "load") this.#answer(id, await this.#load(id, call, control));
      else if (call.kind === "close") this.#answer(id, this.#close());
      else await this.#serve(id, call, control);
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #answer(id: number, value: AnyAnswer): void {
    this.#post({ id, type: "answer", value });
  }

  #fail(id: number, error: unknown): void {
    this.#post({ id, type: "error", error: plainError(error) });
  }

  async #load(id: number, call: CallOf<"load">, control: Int32Array): Promise<AnyAnswer> {
    const onProgress = (fraction: number) => this.#post({ id, type: "progress", done: fraction, total: 1 });
    const machinery = await this.#open(call, { control, onProgress });
    if (this.#closed || this.#machinery !== undefined) {
      machinery.dispose();
      throw new InkstoneError("E_ENGINE_CLOSED", { what: call.kind });
    }
    this.#machinery = machinery;
    this.#scheduler = new Scheduler(machinery.model, (task, ending) => this.#ended(machinery, task, ending));
    return machinery.information;
  }

  async #serve(id: number, call: Exclude<Call, CallOf<"load"> | CallOf<"close">>, control: Int32Array): Promise<void> {
    const on = this.#machinery;
    if (on === undefined) throw new InkstoneError("E_ENGINE_CLOSED", { what: call.kind });
    if (call.kind === "tokenize") {
      const ids = on.tokenizer.encode(call.text, { special: call.special });
      this.#answer(id, { ids, tokens: on.tokenizer.tokens(ids) });
    } else if (call.kind === "detokenize") this.#answer(id, on.tokenizer.decode(call.ids));
    else if (call.kind === "render") {
      const ids = chatIds(on, call.messages, call);
      this.#answer(id, { ids, text: on.tokenizer.decode(ids) });
    } else await this.#enqueue(id, call, control, on);
  }

  // The order of arrival is kept but for those whose form has to be read first.
  async #enqueue(id: number, call: CallOf<"generate"> | CallOf<"perplexity"> | CallOf<"score">, control: Int32Array, on: Machinery): Promise<void> {
    if (this.#waiting.length >= MOST_WAITING) throw new InkstoneError("E_BUSY", { waiting: this.#waiting.length });
    const received = { id, control, post: this.#post };
    if (call.kind === "generate") this.#waiting.push(await this.#answerJob({ ...received, call }, on));
    else if (call.kind === "score") this.#waiting.push(scoreJob(on, { ...received, call }));
    else this.#waiting.push(perplexityJob(on, { ...received, call }));
    this.#admit(on);
    void this.#turn(on);
  }

  async #answerJob(received: Received<CallOf<"generate">>, on: Machinery): Promise<Job> {
    const { grammar, tools } = received.call.options;
    if (grammar === undefined && tools === undefined) return answerJob(on, received);
    const held = await openHeld(on, received.call.options);
    try {
      if (this.#machinery !== on) throw new InkstoneError("E_ENGINE_CLOSED", { what: "generate" });
      return answerJob(on, received, held);
    } catch (error) {
      disposeHeld(held);
      throw error;
    }
  }

  // Slots go to jobs in the order they came; those that are no longer wanted leave the line at once.
  #admit(on: Machinery): void {
    for (const job of this.#waiting.filter(isCancelled)) {
      this.#waiting.splice(this.#waiting.indexOf(job), 1);
      try {
        this.#answer(job.id, job.cancelled());
      } catch (error) {
        this.#fail(job.id, error);
      }
    }
    while (this.#waiting.length > 0) {
      const job = this.#fairest();
      const taken = on.slots.take(job.prompt, job.key, job.adapter);
      if (taken === undefined) return;
      this.#waiting.splice(this.#waiting.indexOf(job), 1);
      const task = job.begin(taken);
      this.#running.push({ id: job.id, key: job.key, task });
      this.#scheduler?.add(task);
    }
  }

  // Of those that wait the first of the key that has the fewest running.
  #fairest(): Job {
    const going = ({ key }: Job) => this.#running.filter((running) => running.key === key).length;
    return this.#waiting.reduce((best, job) => (going(job) < going(best) ? job : best));
  }

  async #turn(on: Machinery): Promise<void> {
    if (this.#turning) return;
    this.#turning = true;
    while (this.#scheduler?.ready) {
      this.#scheduler.step();
      this.#admit(on);
      await new Promise((next) => setImmediate(next)); // messages that have come are taken here
    }
    this.#turning = false;
  }

  // A slot whose task failed is forgotten: what its cache holds may be what failed.
  #ended(on: Machinery, task: Task<AnyAnswer>, ending: Ending<AnyAnswer>): void {
    const running = this.#running.find((one) => one.task === task);
    if (running === undefined) return;
    this.#running = this.#running.filter((other) => other !== running);
    task.dispose?.();
    on.slots.release(task.slot, "error" in ending);
    if ("error" in ending) this.#fail(running.id, ending.error);
    else this.#answer(running.id, ending.answer);
  }

  #close(): undefined {
    this.#closed = true;
    for (const { task } of this.#running) task.dispose?.();
    for (const { id } of [...this.#running, ...this.#waiting]) this.#fail(id, new InkstoneError("E_ENGINE_CLOSED", { what: "generate" }));
    this.#running = [];
    this.#waiting.length = 0;
    this.#scheduler?.clear();
    this.#machinery?.dispose();
    this.#machinery = undefined;
  }
}

const isCancelled = ({ control }: Job) => Atomics.load(control, CONTROL_CANCEL) !== 0;

function plainError(error: unknown): PlainError {
  const stack = error instanceof Error ? error.stack : undefined;
  if (error instanceof InkstoneError) return { ...error.toJSON(), stack };
  return { code: "E_INTERNAL", parameters: { why: error instanceof Error ? error.message : String(error) }, stack };
}
