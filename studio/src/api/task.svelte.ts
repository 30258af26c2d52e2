// One thing that a view asks for at a time: its answer, why there is none, and a way to stop it. Knows no route.
import { type Failure, failureOf } from "./http.ts";

/** Runs the newest of what it is given; what was going on before is ended. */
export class Task<Answer> {
  answer: Answer | undefined = $state.raw();
  failure: Failure | undefined = $state.raw();
  busy = $state(false);
  #abort = new AbortController();

  /** The answer of `work` becomes `answer`; before it comes the last one stays, unless `clear` is said. */
  async run(work: (signal: AbortSignal) => Promise<Answer>, { clear = false }: { clear?: boolean } = {}): Promise<Answer | undefined> {
    this.stop();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.busy = true;
    this.failure = undefined;
    if (clear) this.answer = undefined;
    try {
      const answer = await work(signal);
      if (signal.aborted) return undefined;
      this.answer = answer;
      return answer;
    } catch (error) {
      if (!signal.aborted) this.failure = failureOf(error);
      return undefined;
    } finally {
      if (this.#abort.signal === signal) this.busy = false;
    }
  }

  stop(): void {
    this.#abort.abort();
    this.busy = false;
  }

  /** As at the beginning. */
  forget(): void {
    this.stop();
    this.answer = undefined;
    this.failure = undefined;
  }
}
