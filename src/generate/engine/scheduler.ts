// Makes one step of the model out of what all tasks want: those that write go with every step, those that read share its rows. Knows no requests, no text, no HTTP.
import { InkstoneError } from "../../core/index.ts";
import type { CausalModel, StepPart, StepResult } from "../../models/index.ts";
import { CONTROL_CANCEL } from "../../native/index.ts";
import { Pace } from "./pace.ts";
import type { Demand, Task } from "./task.ts";

/** Least rows of a prompt that is read beside others. */
const LEAST = 8;
/** Most tasks of a step. */
const MOST = 64;

/** How a task ended: with an answer, or an error. */
export type Ending<T> = { readonly answer: T } | { readonly error: unknown };

interface Part<T> {
  readonly task: Task<T>;
  readonly demand: Demand;
}

/**
 * The tasks that are going on, each on a slot of its own. A paused one keeps its slot and takes no part in steps.
 *
 * A task's results have the same bits in any company: so who goes with whom is free. Where a step fails, its parts are tried one by one: a failure stays with its task.
 */
export class Scheduler<T> {
  readonly #model: CausalModel;
  readonly #pace = new Pace();
  readonly #onEnd: (task: Task<T>, ending: Ending<T>) => void;
  readonly #paused = new Set<Task<T>>();
  /** In the order in which they are served: who has read goes behind those who wait. */
  #tasks: Task<T>[] = [];

  constructor(model: CausalModel, onEnd: (task: Task<T>, ending: Ending<T>) => void) {
    this.#model = model;
    this.#onEnd = onEnd;
  }

  get size(): number {
    return this.#tasks.length;
  }

  add(task: Task<T>): void {
    this.#tasks.push(task);
  }

  pause(task: Task<T>): void {
    this.#paused.add(task);
  }

  resume(task: Task<T>): void {
    this.#paused.delete(task);
  }

  /** Ends every task without a word. */
  clear(): void {
    this.#tasks = [];
    this.#paused.clear();
  }

  /** Whether any task can go on. */
  get ready(): boolean {
    return this.#tasks.some((task) => !this.#paused.has(task) || isCancelled(task));
  }

  /** One step for all that can go on. */
  step(): void {
    for (const task of this.#tasks.filter(isCancelled)) this.#settle(task, () => task.cancelled());
    const parts = this.#parts();
    if (parts.length === 0) return;
    const rows = parts.reduce((sum, { demand }) => sum + demand.ids.length, 0);
    // One alone can be cancelled within its step; of several each waits for the end of the step, which is short.
    const control = parts.length === 1 ? parts[0].task.control : undefined;
    this.#pace.run(rows, () => this.#run(parts, control));
  }

  #parts(): Part<T>[] {
    const going = this.#tasks.filter((task) => !this.#paused.has(task)).slice(0, MOST);
    const reading = going.filter(({ pending }) => pending > 1);
    const shares = sharesOf(
      reading.map(({ pending }) => pending),
      this.#pace.rows,
    );
    const parts: Part<T>[] = [];
    for (const task of going) {
      const at = reading.indexOf(task);
      const rows = at < 0 ? 1 : shares[at];
      if (rows > 0) parts.push({ task, demand: task.wants(rows) });
    }
    // Those who read go behind those who wait to read.
    const served = new Set(parts.filter(({ demand }) => demand.ids.length > 1).map(({ task }) => task));
    this.#tasks = [...this.#tasks.filter((task) => !served.has(task)), ...served];
    return parts;
  }

  #run(parts: readonly Part<T>[], control: Int32Array | undefined): void {
    const before = parts.map(({ task }) => task.slot.sequence.length);
    let results: StepResult[];
    try {
      results = this.#model.step(parts.map(partOf), { control });
    } catch (error) {
      for (const [i, { task, demand }] of parts.entries()) {
        // What was computed on the way counts only where it is kept.
        if (parts.length > 1) task.slot.sequence.truncate(before[i]);
        else task.slot.ids.push(...demand.ids.slice(0, task.slot.sequence.length - before[i]));
      }
      if (parts.length > 1) for (const part of parts) this.#run([part], part.task.control);
      else this.#fail(parts[0].task, error);
      return;
    }
    for (const [i, { task, demand }] of parts.entries()) {
      task.slot.ids.push(...demand.ids);
      this.#settle(task, () => task.take(results[i], demand.ids));
    }
  }

  #settle(task: Task<T>, work: () => T | undefined): void {
    try {
      const answer = work();
      if (answer !== undefined) this.#end(task, { answer });
    } catch (error) {
      this.#end(task, { error: task.failure(error) });
    }
  }

  #fail(task: Task<T>, error: unknown): void {
    if (error instanceof InkstoneError && error.code === "E_CANCELLED") this.#settle(task, () => task.cancelled());
    else this.#end(task, { error: task.failure(error) });
  }

  #end(task: Task<T>, ending: Ending<T>): void {
    this.#tasks = this.#tasks.filter((other) => other !== task);
    this.#paused.delete(task);
    this.#onEnd(task, ending);
  }
}

const isCancelled = ({ control }: { readonly control: Int32Array }): boolean => Atomics.load(control, CONTROL_CANCEL) !== 0;

const partOf = ({ task: { slot }, demand }: { readonly task: Pick<Task<unknown>, "slot">; readonly demand: Demand }): StepPart => ({
  sequence: slot.sequence,
  ids: demand.ids,
  want: demand.want,
  adapter: slot.adapter,
});

/**
 * How `rows` are shared among prompts: alike, a short one no more than it has left, the first ones first where there are not enough.
 *
 * @example
 * sharesOf([4000, 20], 64); // [44, 20]
 */
export function sharesOf(pending: readonly number[], rows: number): number[] {
  const shares = pending.map(() => 0);
  let left = rows;
  while (left > 0) {
    const hungry = pending.flatMap((count, i) => (shares[i] < count ? [i] : []));
    if (hungry.length === 0) break;
    const each = Math.max(LEAST, Math.floor(left / hungry.length));
    for (const i of hungry) {
      const more = Math.min(each, pending[i] - shares[i], left);
      shares[i] += more;
      left -= more;
    }
  }
  return shares;
}
