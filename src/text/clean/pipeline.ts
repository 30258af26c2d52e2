// Steps in a row over a stream of texts, with a report of what each changed. Holds one text at a time.
import { setImmediate as nextTurn } from "node:timers/promises";
import { InkstoneError, refuseUnknown } from "../../core/index.ts";
import type { Cleaner, CleanStep } from "./step.ts";

/** A text before and after a step; cut to the surroundings of the first difference. */
export interface CleanExample {
  /** Number of the text, from 0. */
  readonly index: number;
  readonly before: string;
  /** Undefined: dropped. */
  readonly after: string | undefined;
}

/** What one step did. */
export interface StepReport {
  readonly name: string;
  /** Texts that came to it. */
  readonly texts: number;
  /** Texts that it changed or dropped. */
  readonly changed: number;
  /** Places that it changed, as the step counts them. */
  readonly changes: number;
  readonly dropped: number;
  /** The first few texts that it changed. */
  readonly examples: readonly CleanExample[];
}

/** What a run did. */
export interface CleanReport {
  readonly texts: number;
  readonly kept: number;
  readonly dropped: number;
  readonly steps: readonly StepReport[];
}

/** How a run goes. */
export interface CleanOptions {
  /** Examples kept for each step (default 3). */
  readonly examples?: number;
}

interface Counter {
  readonly step: CleanStep;
  readonly clean: Cleaner;
  texts: number;
  changed: number;
  changes: number;
  dropped: number;
  readonly examples: CleanExample[];
}

/** Event loop's turn after so many milliseconds. */
const turnMs = 20;

/**
 * A row of cleaning steps. Opened once; its memory (duplicates) and its report go over all texts that it is given.
 *
 * @example
 * const cleaning = clean([html(), whitespace(), duplicates()]);
 * const texts: string[] = [];
 * for await (const text of cleaning.stream(["<b>ink</b>", " ink", "pen"])) texts.push(text);
 * texts; // ["ink", "pen"]
 * cleaning.report().steps.map(({ name, changed, dropped }) => [name, changed, dropped]); // [["html", 1, 0], ["whitespace", 1, 0], ["duplicates", 1, 1]]
 */
export class Cleaning {
  readonly #steps: readonly CleanStep[];
  readonly #most: number;
  #counters: Promise<Counter[]> | undefined;
  #open: readonly Counter[] = [];
  #texts = 0;
  #kept = 0;

  constructor(steps: readonly CleanStep[], options: CleanOptions = {}) {
    refuseUnknown<CleanOptions>("Cleaning", options, { examples: true });
    const { examples = 3 } = options;
    this.#steps = steps;
    this.#most = examples;
  }

  /** Gets every step ready and gives the function that cleans one text (undefined: dropped). Errors: those of the steps, as E_PACKAGE_MISSING. */
  async open(): Promise<(text: string) => string | undefined> {
    this.#counters ??= Promise.all(
      this.#steps.map(async (step) => ({ step, clean: await step.open(), texts: 0, changed: 0, changes: 0, dropped: 0, examples: [] })),
    );
    this.#open = await this.#counters;
    return (text) => this.#one(text);
  }

  /**
   * The texts that are kept, cleaned, in order. Gives the event loop its turn; a signal ends it with its reason.
   */
  async *stream(texts: Iterable<string> | AsyncIterable<string>, { signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<string> {
    const one = await this.open();
    let since = performance.now();
    for await (const text of texts) {
      signal?.throwIfAborted();
      const cleaned = one(text);
      if (cleaned !== undefined) yield cleaned;
      if (performance.now() - since < turnMs) continue;
      await nextTurn();
      since = performance.now();
    }
  }

  /** What was done so far. */
  report(): CleanReport {
    const steps = this.#open.map(({ step, texts, changed, changes, dropped, examples }) => ({
      name: step.name,
      texts,
      changed,
      changes,
      dropped,
      examples: [...examples],
    }));
    return { texts: this.#texts, kept: this.#kept, dropped: this.#texts - this.#kept, steps };
  }

  #one(given: string): string | undefined {
    const index = this.#texts++;
    let text: string | undefined = given;
    for (const counter of this.#open) {
      text = this.#through(counter, text, index);
      if (text === undefined) return undefined;
    }
    this.#kept++;
    return text;
  }

  #through(counter: Counter, before: string, index: number): string | undefined {
    const { text: after, changes } = counter.clean(before);
    counter.texts++;
    counter.changes += changes;
    if (after === undefined) counter.dropped++;
    if (after === before) return after;
    counter.changed++;
    if (counter.examples.length < this.#most) counter.examples.push({ index, ...around(before, after) });
    return after;
  }
}

const reach = 30;

// The first difference with what stands around it; whole characters only.
function around(before: string, after: string | undefined): { before: string; after: string | undefined } {
  let at = 0;
  while (after !== undefined && at < before.length && before[at] === after[at]) at++;
  const from = Math.max(0, at - reach);
  const cut = (text: string): string => {
    const piece = text.slice(from, at + 2 * reach).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
    return `${from > 0 ? "…" : ""}${piece}${text.length > at + 2 * reach ? "…" : ""}`;
  };
  return { before: cut(before), after: after === undefined ? undefined : cut(after) };
}

/**
 * A row of cleaning steps, to be opened or streamed through.
 *
 * @example
 * (await clean([urls(), whitespace()]).open())("see  https://example.com now"); // "see now"
 */
export function clean(steps: readonly CleanStep[], options?: CleanOptions): Cleaning {
  return new Cleaning(steps, options);
}

/**
 * One text through steps that need no package and no loading; undefined when a step drops it. Each call begins with an empty memory.
 *
 * Errors: E_OPTION for a step that has to load something first: use `clean`.
 *
 * @example
 * cleanText("It’s <b>INK</b>!!!", [html(), quotes(), repeats(), lowerCase()]); // "it's ink!"
 */
export function cleanText(text: string, steps: readonly CleanStep[]): string | undefined {
  return cleanTexts([text], steps)[0];
}

/**
 * Several texts through such steps; dropped ones are left out.
 *
 * @example
 * cleanTexts(["A", "a", "b"], [lowerCase(), duplicates()]); // ["a", "b"]
 */
export function cleanTexts(texts: Iterable<string>, steps: readonly CleanStep[]): string[] {
  const cleaners = steps.map((step) => {
    const cleaner = step.open();
    if (typeof cleaner === "function") return cleaner;
    cleaner.catch(() => undefined);
    throw new InkstoneError("E_OPTION", {
      option: "steps",
      value: step.name,
      allowed: { en: "steps that load nothing; for this one use clean()", zh: "无需加载的步骤；此步骤请用 clean()" },
    });
  });
  const kept: string[] = [];
  for (const given of texts) {
    let text: string | undefined = given;
    for (const one of cleaners) text = text === undefined ? undefined : one(text).text;
    if (text !== undefined) kept.push(text);
  }
  return kept;
}
