// The engine: lives where the model lives, speaks only in messages. Requests go on side by side, one step each in turn; new messages are seen between steps.
import { InkstoneError } from "../../core/index.ts";
import { CONTROL_CANCEL } from "../../native/index.ts";
import { answerJob, type Job, perplexityJob } from "./jobs.ts";
import type { Machinery, OpenMachinery } from "./machinery.ts";
import type { AnyAnswer, Call, CallMessage, CallOf, FromEngine, PlainError, SignalMessage, ToEngine } from "./protocol.ts";
import type { Slot } from "./slots.ts";
import { Pace, type Task } from "./task.ts";

/** Requests that may wait for a slot. */
const MOST_WAITING = 64;

interface Running {
  readonly id: number;
  readonly control: Int32Array;
  readonly slot: Slot;
  readonly task: Task<AnyAnswer>;
}

/** One engine with one model. `post` sends to its owner, `open` makes what it works with. */
export class Engine {
  readonly #post: (message: FromEngine) => void;
  readonly #open: OpenMachinery;
  readonly #pace = new Pace();
  readonly #waiting: Job[] = [];
  #running: Running[] = [];
  #machinery: Machinery | undefined;
  /** Answers whose readers are behind. */
  readonly #paused = new Set<number>();
  #wake: () => void = () => undefined;
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

  #signal({ id, signal }: SignalMessage): void {
    if (signal === "pause" && this.#running.some((each) => each.id === id)) this.#paused.add(id);
    else this.#paused.delete(id);
    this.#wake();
  }

  async #call({ id, call, control }: CallMessage): Promise<void> {
    try {
      if (call.kind === "load") this.#answer(id, await this.#load(id, call, control));
      else if (call.kind === "close") this.#answer(id, this.#close());
      else this.#serve(id, call, control);
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
    return machinery.information;
  }

  #serve(id: number, call: Exclude<Call, CallOf<"load"> | CallOf<"close">>, control: Int32Array): void {
    const on = this.#machinery;
    if (on === undefined) throw new InkstoneError("E_ENGINE_CLOSED", { what: call.kind });
    if (call.kind === "tokenize") {
      const ids = on.tokenizer.encode(call.text, { special: call.special });
      this.#answer(id, { ids, tokens: on.tokenizer.tokens(ids) });
    } else if (call.kind === "detokenize") this.#answer(id, on.tokenizer.decode(call.ids));
    else this.#enqueue(id, call, control, on);
  }

  #enqueue(id: number, call: CallOf<"generate"> | CallOf<"perplexity">, control: Int32Array, on: Machinery): void {
    if (this.#waiting.length >= MOST_WAITING) throw new InkstoneError("E_BUSY", { waiting: this.#waiting.length });
    const received = { id, control, post: this.#post };
    this.#waiting.push(call.kind === "generate" ? answerJob(on, { ...received, call }) : perplexityJob(on, { ...received, call }));
    this.#admit(on);
    this.#wake();
    void this.#turn(on);
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
      const taken = on.slots.take(this.#waiting[0].prompt);
      const job = taken && this.#waiting.shift();
      if (taken === undefined || job === undefined) return;
      this.#running.push({ id: job.id, control: job.control, slot: taken.slot, task: job.begin(taken, this.#pace) });
    }
  }

  async #turn(on: Machinery): Promise<void> {
    if (this.#turning) return;
    this.#turning = true;
    while (this.#running.length > 0) {
      const wanted = this.#running.filter((each) => !this.#paused.has(each.id) || isCancelled(each));
      for (const running of wanted) this.#step(running, on);
      this.#admit(on);
      if (wanted.length > 0)
        await new Promise((next) => setImmediate(next)); // messages that have come are taken here
      else await this.#woken();
    }
    this.#turning = false;
  }

  // All readers are behind: nothing is to be done until a message comes.
  #woken(): Promise<void> {
    return new Promise((wake) => {
      this.#wake = wake;
    });
  }

  // A slot whose task failed is forgotten: what its cache holds may be what failed.
  #step(running: Running, on: Machinery): void {
    const { id, slot, task } = running;
    const end = (forget: boolean) => {
      this.#running = this.#running.filter((other) => other !== running);
      this.#paused.delete(id);
      on.slots.release(slot, forget);
    };
    try {
      const answer = task.step();
      if (answer === undefined) return;
      end(false);
      this.#answer(id, answer);
    } catch (error) {
      if (this.#running.includes(running)) end(true);
      this.#fail(id, error);
    }
  }

  #close(): undefined {
    this.#closed = true;
    for (const { id } of [...this.#running, ...this.#waiting]) this.#fail(id, new InkstoneError("E_ENGINE_CLOSED", { what: "generate" }));
    this.#running = [];
    this.#paused.clear();
    this.#wake();
    this.#waiting.length = 0;
    this.#machinery?.dispose();
    this.#machinery = undefined;
  }
}

const isCancelled = ({ control }: Pick<Job, "control">) => Atomics.load(control, CONTROL_CANCEL) !== 0;

function plainError(error: unknown): PlainError {
  const stack = error instanceof Error ? error.stack : undefined;
  if (error instanceof InkstoneError) return { ...error.toJSON(), stack };
  return { code: "E_INTERNAL", parameters: { why: error instanceof Error ? error.message : String(error) }, stack };
}
