// What a terminal needs: a progress line, control characters made visible, colours only where they are shown. Knows no models.
import type { Language } from "../core/index.ts";
import type { Words } from "./language.ts";
import type { Signals } from "./signals.ts";

/** The surroundings of a verb: streams, environment, language. Tests hand in their own. */
export interface Surroundings {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly errors: NodeJS.WriteStream;
  readonly language: Language;
  readonly signals: Signals;
  /** Show stacks. */
  readonly debug: boolean;
  /** The words of the surroundings' language. */
  say(words: Words): string;
}

/** Whether a stream is a terminal that understands escapes. */
export function isTerminal(stream: NodeJS.WriteStream | NodeJS.ReadStream): boolean {
  return stream.isTTY === true && process.env.TERM !== "dumb";
}

/**
 * Makes control characters of untrusted text visible, so that a model cannot drive the terminal; line breaks and tabs stay.
 *
 * @example
 * visible("a\u001b[31mb"); // "a\\u001b[31mb"
 */
export function visible(text: string): string {
  return text.replace(controls, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

// What must not reach a terminal: controls but for tabs and ends of lines, and marks of direction.
const controls = /(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

const wide = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/;

/**
 * Columns that a text takes on a terminal: two for each Chinese character.
 *
 * @example
 * displayWidth("砚 ink"); // 6
 */
export function displayWidth(text: string): number {
  let sum = 0;
  for (const character of text) sum += wide.test(character) ? 2 : 1;
  return sum;
}

/** Model text as it may be shown on a stream: made visible on a terminal, untouched elsewhere. */
export function shown(text: string, output: NodeJS.WriteStream): string {
  return output.isTTY ? visible(text) : text;
}

/** Dim text where colours are shown (NO_COLOR and TERM=dumb respected). */
export function dim(text: string, stream: NodeJS.WriteStream): string {
  return isTerminal(stream) && !process.env.NO_COLOR ? `\u001b[2m${text}\u001b[22m` : text;
}

/**
 * A progress bar of one line on a terminal; elsewhere one plain line a tenth. `label` names what is going on.
 */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #label = "";
  #began = 0;
  #tenth = -1;
  #drawn = false;
  #last = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  update(label: string, done: number, total: number | undefined, unit: "bytes" | "part" = "part"): void {
    if (label !== this.#label) this.#start(label);
    const share = total ? Math.min(1, done / total) : undefined;
    if (isTerminal(this.#stream)) this.#draw(share, done, total, unit);
    else this.#note(share, done, total, unit);
  }

  /** Clears the line. */
  end(): void {
    if (this.#drawn) this.#stream.write("\r\u001b[K");
    this.#drawn = false;
    this.#label = "";
  }

  #start(label: string): void {
    this.#label = label;
    this.#began = performance.now();
    this.#tenth = -1;
    this.#last = 0;
  }

  #draw(share: number | undefined, done: number, total: number | undefined, unit: "bytes" | "part"): void {
    const now = performance.now();
    if (now - this.#last < 80 && share !== 1) return;
    this.#last = now;
    const columns = this.#stream.columns || 80;
    const facts = this.#facts(share, done, total, unit);
    const room = Math.min(30, columns - displayWidth(this.#label) - displayWidth(facts) - 4);
    const filled = Math.round((share ?? 0) * Math.max(0, room));
    const bar = room >= 8 && share !== undefined ? `${"━".repeat(filled)}${"╌".repeat(room - filled)} ` : "";
    let line = `${this.#label} ${bar}${facts}`;
    while (displayWidth(line) >= columns) line = line.slice(0, -1);
    this.#stream.write(`\r\u001b[K${line}`);
    this.#drawn = true;
  }

  #note(share: number | undefined, done: number, total: number | undefined, unit: "bytes" | "part"): void {
    if (unit === "part" || performance.now() - this.#began < 1000) return; // what takes moments is not worth a line in a log
    const tenth = share === undefined ? 0 : Math.floor(share * 10);
    if (tenth <= this.#tenth) return;
    this.#tenth = tenth;
    this.#stream.write(`${this.#label} ${this.#facts(share, done, total, unit)}\n`);
  }

  #facts(share: number | undefined, done: number, total: number | undefined, unit: "bytes" | "part"): string {
    const percent = share === undefined ? "" : `${Math.floor(share * 100)} %`;
    if (unit === "part") return percent;
    const seconds = (performance.now() - this.#began) / 1000;
    const left = share && share > 0.02 && share < 1 && seconds > 0.5 ? ` · ${Math.ceil((seconds / share) * (1 - share))} s` : "";
    return `${(done / 1e6).toFixed(1)}${total ? `/${(total / 1e6).toFixed(1)}` : ""} MB${percent ? ` · ${percent}` : ""}${left}`;
  }
}
