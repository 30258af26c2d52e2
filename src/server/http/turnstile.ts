// How many requests are answered side by side, and how many may wait: first come, first served, in turns between those who ask. Knows no HTTP.
import { InkstoneError } from "../../core/index.ts";

/**
 * A bounded number of places and a bounded line before them. Whoever waits for several places gets them in turn with the others who wait.
 *
 * @example
 * const turnstile = new Turnstile(1, 0);
 * const leave = await turnstile.enter(new AbortController().signal);
 * turnstile.inside; // 1
 * await turnstile.enter(new AbortController().signal); // throws E_QUEUE
 * leave();
 */
export class Turnstile {
  readonly #places: number;
  readonly #mostWaiting: number;
  // Lines by who waits; the one whose turn is next is first.
  readonly #lines = new Map<string, (() => void)[]>();
  // Of each who is known by a name: inside and waiting.
  readonly #here = new Map<string, number>();
  readonly #mostOfOne: number;
  #waiting = 0;
  #inside = 0;

  /** `mostOfOne`: of one who has a name, inside and waiting together. Default: no limit of its own. */
  constructor(places: number, mostWaiting: number, mostOfOne: number = Number.POSITIVE_INFINITY) {
    this.#places = places;
    this.#mostWaiting = mostWaiting;
    this.#mostOfOne = mostOfOne;
  }

  get inside(): number {
    return this.#inside;
  }
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Waits for a place; the returned function gives it back (once; later calls do nothing). `who` shares its turn with all its other requests.
   *
   * Errors: E_QUEUE when the line is full, or `who` has as many here as one may have; the signal's reason when it is aborted while waiting, and then no place is taken.
   */
  async enter(signal: AbortSignal, who: string = ""): Promise<() => void> {
    signal.throwIfAborted();
    const here = this.#here.get(who) ?? 0;
    if (who !== "" && here >= this.#mostOfOne) throw new InkstoneError("E_QUEUE", { waiting: here, limit: this.#mostOfOne });
    this.#here.set(who, here + 1);
    try {
      if (this.#inside < this.#places && this.#waiting === 0) this.#inside++;
      else await this.#wait(signal, who);
    } catch (error) {
      this.#gone(who);
      throw error;
    }
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#gone(who);
      const next = this.#next();
      if (next) next();
      else this.#inside--;
    };
  }

  #gone(who: string): void {
    const here = (this.#here.get(who) ?? 1) - 1;
    if (here === 0) this.#here.delete(who);
    else this.#here.set(who, here);
  }

  #next(): (() => void) | undefined {
    const [first] = this.#lines;
    if (first === undefined) return undefined;
    const [who, line] = first;
    const go = line.shift();
    this.#lines.delete(who);
    if (line.length > 0) this.#lines.set(who, line);
    this.#waiting--;
    return go;
  }

  #wait(signal: AbortSignal, who: string): Promise<void> {
    if (this.#waiting >= this.#mostWaiting) throw new InkstoneError("E_QUEUE", { waiting: this.#waiting, limit: this.#mostWaiting });
    return new Promise((done, fail) => {
      const go = () => {
        signal.removeEventListener("abort", leave);
        done();
      };
      const leave = () => {
        const line = this.#lines.get(who)?.filter((each) => each !== go) ?? [];
        if (line.length === 0) this.#lines.delete(who);
        else this.#lines.set(who, line);
        this.#waiting--;
        fail(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      const line = this.#lines.get(who);
      if (line === undefined) this.#lines.set(who, [go]);
      else line.push(go);
      this.#waiting++;
    });
  }
}
