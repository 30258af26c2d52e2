// How many requests are answered side by side, and how many may wait. Knows no HTTP.
import { InkstoneError } from "../core/index.ts";

/**
 * A bounded number of places and a bounded line before them; first come, first served.
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
  readonly #line: (() => void)[] = [];
  #inside = 0;

  constructor(places: number, mostWaiting: number) {
    this.#places = places;
    this.#mostWaiting = mostWaiting;
  }

  get inside(): number {
    return this.#inside;
  }
  get waiting(): number {
    return this.#line.length;
  }

  /**
   * Waits for a place; the returned function gives it back (once; later calls do nothing).
   *
   * Errors: E_QUEUE when the line is full; the signal's reason when it is aborted while waiting, and then no place is taken.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#inside < this.#places && this.#line.length === 0) this.#inside++;
    else await this.#wait(signal);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#line.shift();
      if (next) next();
      else this.#inside--;
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#line.length >= this.#mostWaiting) throw new InkstoneError("E_QUEUE", { waiting: this.#line.length, limit: this.#mostWaiting });
    return new Promise((done, fail) => {
      const go = () => {
        signal.removeEventListener("abort", leave);
        done();
      };
      const leave = () => {
        this.#line.splice(this.#line.indexOf(go), 1);
        fail(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#line.push(go);
    });
  }
}
