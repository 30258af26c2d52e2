// One piece of work on a model at a time: what shares its weights and memory waits for its turn. Knows no work.

/** Runs pieces of work one after the other, in the order in which they were given. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` once everything given before is over, however that ended. */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

const queues = new WeakMap<object, Queue>();

/** The queue of a model: training, evaluation and prediction of it take turns, step by step. */
export function queueOf(model: object): Queue {
  const found = queues.get(model) ?? new Queue();
  queues.set(model, found);
  return found;
}
