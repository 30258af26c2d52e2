// Counts rows whose text was there before, within and between files. Exact ones after normalisation, near ones by a finder that is given.
import { fingerprint, normalText } from "../fingerprint.ts";
import { SampledCount, SeenTexts } from "./seen.ts";
import type { DuplicateReport, NearDuplicateBatches, NearDuplicateFinder, Pair, Place } from "./types.ts";

const EXAMPLES = 10;
/** Texts of a batch. */
const BATCH = 256;

/** A row as it is compared; `label` is the number of its label, -1 without. */
export interface Row {
  readonly text: string;
  readonly file: number;
  readonly line: number;
  readonly label: number;
}

interface Repeat {
  readonly file: number;
  readonly line: number;
}

/** Repeats by the two files. */
class Repeats {
  readonly #counts = new Map<number, SampledCount>();
  readonly #examples: { first: Repeat; again: Repeat; between: boolean }[] = [];

  add(first: Repeat, again: Repeat, low: number): void {
    const pair = first.file * 65_536 + again.file;
    const count = this.#counts.get(pair) ?? new SampledCount();
    this.#counts.set(pair, count);
    count.add(low);
    // Leaks are worse than repeats within a file: they are shown first.
    const between = first.file !== again.file;
    if (this.#examples.length < EXAMPLES) this.#examples.push({ first, again, between });
    else if (between) {
      const within = this.#examples.findLastIndex((example) => !example.between);
      if (within >= 0) this.#examples[within] = { first, again, between };
    }
  }

  report(files: readonly string[], shift: number): DuplicateReport {
    let within = 0;
    const leaks: { from: string; to: string; rows: number }[] = [];
    for (const [pair, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      const [from, to] = [Math.floor(pair / 65_536), pair % 65_536];
      const rows = count.estimate(shift);
      if (from === to) within += rows;
      else if (rows > 0) leaks.push({ from: files[from], to: files[to], rows });
    }
    const place = ({ file, line }: Repeat): Place => ({ file: files[file], line });
    const examples = this.#examples
      .toSorted((a, b) => Number(b.between) - Number(a.between))
      .map(({ first, again }): Pair => ({ first: place(first), again: place(again) }));
    return { within, between: leaks.reduce((sum, { rows }) => sum + rows, 0), leaks, examples };
  }
}

/** Compares rows as they come. */
export class Duplicates {
  readonly #seen: SeenTexts;
  readonly #finder: NearDuplicateFinder | NearDuplicateBatches | undefined;
  // Texts that a finder of batches has not seen yet.
  #waiting: { text: string; number: number }[] = [];
  readonly #exact = new Repeats();
  readonly #near = new Repeats();
  readonly #conflicting = new SampledCount();
  // Where the rows are whose numbers the finder knows.
  readonly #places: Repeat[] = [];

  constructor(mostTexts: number | undefined, finder: NearDuplicateFinder | NearDuplicateBatches | undefined) {
    this.#seen = new SeenTexts(mostTexts);
    this.#finder = finder;
  }

  add({ text, file, line, label }: Row): void {
    const normal = normalText(text);
    if (normal === "") return;
    const print = fingerprint(normal);
    const first = this.#seen.meet(print, { file, line, label });
    if (first !== undefined) {
      this.#exact.add(first, { file, line }, print.low);
      if (first.label !== label) this.#conflicting.add(print.low);
    } else if (this.#finder !== undefined) {
      const number = this.#places.push({ file, line }) - 1;
      if ("meet" in this.#finder) this.#repeat(this.#finder.meet(text, number), number);
      else this.#waiting.push({ text, number });
    }
  }

  #repeat(before: number | undefined, number: number): void {
    if (before !== undefined) this.#near.add(this.#places[before], this.#places[number], 0);
  }

  /** Whether `settle` is to be waited for. */
  get isFull(): boolean {
    return this.#waiting.length >= BATCH;
  }

  /** Shows a finder of batches what it has not seen yet. */
  async settle(signal?: AbortSignal): Promise<void> {
    if (this.#finder === undefined || !("meetAll" in this.#finder) || this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    const found = await this.#finder.meetAll(
      batch.map(({ text }) => text),
      batch.map(({ number }) => number),
      signal,
    );
    for (const [i, before] of found.entries()) this.#repeat(before, batch[i].number);
  }

  /** What was found, by the names of the files. */
  report(files: readonly string[]): { exact: DuplicateReport; near: DuplicateReport | undefined; conflicting: number; compared: number } {
    const { shift } = this.#seen;
    const exact = this.#exact.report(files, shift);
    const near = this.#finder && this.#near.report(files, 0);
    return { exact, near, conflicting: this.#conflicting.estimate(shift), compared: 2 ** -shift };
  }
}
