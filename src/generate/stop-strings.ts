// Finds stop strings in text that comes in pieces, without ever letting the beginning of one out. Knows no tokens.

/**
 * Looks for the first of several stop strings.
 *
 * @example
 * const scanner = new StopScanner(["END"]);
 * scanner.push("the E"); // "the "
 * scanner.push("ND is near"); // ""
 * scanner.stopped; // true
 */
export class StopScanner {
  stopped = false;
  readonly #stops: readonly string[];
  #held = "";

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Takes more text and gives what may be shown: everything before a stop string, and nothing that could still become one. */
  push(text: string): string {
    if (this.stopped) return "";
    if (this.#stops.length === 0) return text;
    const whole = this.#held + text;
    const found = Math.min(...this.#stops.map((stop) => whole.indexOf(stop)).map((at) => (at < 0 ? Number.POSITIVE_INFINITY : at)));
    if (found !== Number.POSITIVE_INFINITY) {
      this.stopped = true;
      this.#held = "";
      return whole.slice(0, found);
    }
    const safe = whole.length - this.#longestBeginning(whole);
    this.#held = whole.slice(safe);
    return whole.slice(0, safe);
  }

  /** What was held back and did not become a stop string. */
  end(): string {
    const rest = this.#held;
    this.#held = "";
    return rest;
  }

  // Length of the longest end of `text` that is the beginning of a stop string.
  #longestBeginning(text: string): number {
    let longest = 0;
    for (const stop of this.#stops) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
